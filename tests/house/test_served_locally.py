"""Pages carry no inline script or style, and nothing is asked from outside the bureau's network."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "src" / "jiheng" / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
STATIC = sorted(path for path in (WEB / "static").rglob("*") if path.suffix in (".js", ".css", ".svg"))
NAMESPACES = re.compile(r"http://www\.w3\.org/[\w/.\-#]+")

INLINE = {
    "a script without src": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son\w+\s*=", re.IGNORECASE),
    "htmx evaluated in the page": re.compile(
        r"\shx-on[:\-]|\shx-vals=['\"]js:|hx-trigger=\"[^\"]*\[", re.IGNORECASE
    ),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}
# data for a script, which no browser runs
DATA = re.compile(r"<script[^>]*type=\"application/json\"[^>]*>")
# template tags are gone before a browser sees the page: `{% if one == two %}` is no event
TAGS = re.compile(r"{%.*?%}", re.DOTALL)


@pytest.mark.parametrize("name", INLINE)
def test_no_template_has(name: str) -> None:
    found = [
        f"{path.relative_to(WEB)}: {match[0]}"
        for path in TEMPLATES
        for match in INLINE[name].finditer(TAGS.sub("", DATA.sub("", path.read_text(encoding="utf-8"))))
    ]
    assert not found


def test_nothing_is_fetched_from_another_host() -> None:
    assert TEMPLATES
    assert STATIC
    outside = re.compile(r"(https?:)?//[a-z0-9\-]+\.[a-z]{2,}", re.IGNORECASE)
    found = [
        f"{path.relative_to(WEB)}: {match[0]}"
        for path in [*TEMPLATES, *STATIC]
        for match in outside.finditer(NAMESPACES.sub("", path.read_text(encoding="utf-8")))
    ]
    assert not found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a script without src", "<script>alert(1)</script>"),
        ("a style attribute", '<p style="color:red">'),
        ("an event attribute", '<a href="#" onclick="go()">'),
    ],
)
def test_the_patterns_find_what_they_forbid(name: str, text: str) -> None:
    assert INLINE[name].search(text)
