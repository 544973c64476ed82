"""The user guide says what is there: pictures are drawn, columns exist, its example of a policy loads."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from jiheng.policy.book import Book
from jiheng.units.imports import ImportKind

ROOT = Path(__file__).resolve().parents[2]
GUIDE = [ROOT / "docs" / "guide.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
PICTURE = re.compile(r"\[图 (\d+)　[^\]]+\]\([./]*build/pictures/(图[^)]+)\.png\)")


def drawn() -> set[str]:
    """The pictures that scripts/pictures.py makes, by its functions' names."""
    tree = ast.parse((ROOT / "scripts" / "pictures.py").read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {f"图{name[1:3]}-{name[4:]}" for name in names if re.match(r"p\d\d_", name)}


def captions() -> list[tuple[str, str]]:
    found = []
    for page in GUIDE:
        found += PICTURE.findall(page.read_text(encoding="utf-8"))
    return found


def test_every_picture_of_the_guide_is_drawn_and_every_drawn_one_shown() -> None:
    assert {unquote(name) for _, name in captions()} == drawn()


def test_a_caption_s_number_is_its_picture_s() -> None:
    assert [(number, name) for number, name in captions() if int(number) != int(name[1:3])] == []


@pytest.mark.parametrize("name", settings.IMPORTS)
def test_every_column_of_an_import_stands_in_the_guide(name: str) -> None:
    kind: ImportKind = import_string(settings.IMPORTS[name])
    text = (ROOT / "docs" / "guide" / "imports.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {kind.title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]*) \|", section, re.MULTILINE)
    written = {heading: required.strip() for heading, required in rows if heading not in ("列", "---")}
    assert written == {column.heading: "必填" if column.required else "" for column in kind.columns}


def test_the_example_of_a_region_s_own_policy_is_accepted(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "guide" / "policy-and-forms.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "430299000.yaml").write_text(example, encoding="utf-8")
    policy = Book.load(overrides_dir=tmp_path).on(date(2025, 6, 1), "430299000")
    assert policy.whole("scoring.execution.weight") == 15
    assert policy.whole("lights.execution.red_below") == 70
    assert "division" in policy.table("desks.monitoring")


TOLD = re.compile(r"(?:点|用|按|打开|进|选|勾选|到)“([^”]{1,24})”")
VARIES = re.compile(r"N|……|（")  # “公开已审核的 N 个”: what stands on the page is put together


def test_everything_the_guide_tells_to_click_or_choose_is_on_a_page() -> None:
    app = ROOT / "src" / "jiheng"
    files = [path for ending in ("html", "py", "js", "yaml") for path in app.rglob(f"*.{ending}")]
    pages = "".join(path.read_text(encoding="utf-8") for path in files)
    told = {
        (path.name, word.strip(" …"))
        for path in GUIDE
        for words in TOLD.findall(path.read_text(encoding="utf-8"))
        for word in words.split("→")
    }
    assert len(told) > 150
    assert sorted(item for item in told if item[1] not in pages and not VARIES.search(item[1])) == []
