"""Every relative link of the documentation leads somewhere, down to the heading."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
DRAWN = "build/pictures/"  # made by scripts/pictures.py; held by test_guide


def anchors(page: Path) -> set[str]:
    """The headings' anchors, as a forge makes them: lower case, blanks to hyphens, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- 　]", "", text.strip().lower()).replace(" ", "-") for text in headings}


def broken(page: Path) -> list[str]:
    found = []
    for target in LINK.findall(
        re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    ):
        address, _, anchor = unquote(target).partition("#")
        if ":" in address or DRAWN in address:
            continue
        there = (page.parent / address).resolve() if address else page
        is_lost = bool(anchor) and there.suffix == ".md" and there.exists() and anchor not in anchors(there)
        if not there.exists() or is_lost:
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_lost_page_and_a_lost_heading_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# 有这一节\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#有这一节) [c](gone.md) [d](there.md#没有) [e](https://example.org)",
        encoding="utf-8",
    )
    assert broken(page) == ["gone.md", "there.md#没有"]
