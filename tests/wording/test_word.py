"""The Word file: what was written is read back, its layout, its contents, its sources."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import date

import pypdfium2
import pytest
from drawn_accounts import Draw
from lxml import etree
from tests.wording.making import three_public
from wording_audit import unread_figures

from jiheng import claims, policy, wording
from jiheng.documents import office, reading
from jiheng.sheets import BlockKind, Severity
from jiheng.wording.layout import Layout
from jiheng.wording.phrases import Style

POLICY = policy.on(date(2025, 6, 1))
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def member(data: bytes, name: str = "word/document.xml") -> etree._Element:
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read(name))


def four(seed: int = 1) -> list[wording.Text]:
    return [wording.note(facts, POLICY) for facts in Draw(seed).facts()]


@pytest.mark.parametrize("seed", range(40))
def test_every_figure_written_is_read_and_no_error_found(seed: int) -> None:
    draw = Draw(seed)
    texts = [wording.note(facts, POLICY) for facts in draw.facts()]
    for made in (texts, [wording.note(draw.department("区审计局"), POLICY)]):
        document = reading.read(wording.word(made, "决算公开说明", POLICY), "a.docx")
        report = claims.check(document, POLICY, year=draw.whose.year)
        assert unread_figures(made, document) == []
        assert [found.message for found in report.findings if found.severity is Severity.ERROR] == []
        assert [found.message for found in report.findings if found.code.startswith("QX")] == []


def test_headings_contents_and_table_are_read_as_such() -> None:
    document = reading.read(wording.word(four(), "决算公开说明", POLICY, pages=[1, 3, 4, 5, 7]), "a.docx")
    kinds = {block.kind for block in document.blocks}
    assert kinds >= {BlockKind.HEADING, BlockKind.CONTENTS, BlockKind.PARAGRAPH, BlockKind.TABLE}
    contents = [document.text[b.start : b.end] for b in document.blocks if b.kind is BlockKind.CONTENTS]
    assert "关于税收返还及转移支付情况的说明 3" in contents


def test_the_page_is_that_of_the_standard() -> None:
    data = wording.word(four(), "决算公开说明", POLICY)
    sections = member(data).findall(f".//{W}sectPr")
    margins = sections[-1].find(f"{W}pgMar")
    assert [margins.get(f"{W}{side}") for side in ("top", "bottom", "left", "right")] == [
        "2097", "1984", "1587", "1474",
    ]  # fmt: skip
    layout = Layout.of(POLICY)
    assert layout.pitch * 22 <= 225 * 56.7 < layout.pitch * 22.1
    assert (320 + layout.tightening) * 28 <= layout.width < (320 + layout.tightening) * 28.1
    styles = etree.tostring(member(data, "word/styles.xml"), encoding="unicode")
    for font in ("方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"):
        assert f'w:eastAsia="{font}"' in styles
    assert len(member(data).findall(f".//{W}gridCol")) == 7


def test_the_contents_are_a_field_that_word_fills_in_where_pages_are_unknown() -> None:
    unknown, known = (wording.word(four(), "说明", POLICY, pages=pages) for pages in ((), (1, 2, 3, 4, 5)))
    assert member(unknown, "word/settings.xml").find(f"{W}updateFields") is not None
    assert member(known, "word/settings.xml").find(f"{W}updateFields") is None
    assert "TOC" in "".join(member(known).itertext(f"{W}instrText"))


def test_the_same_texts_give_the_same_bytes() -> None:
    assert wording.word(four(), "说明", POLICY) == wording.word(four(), "说明", POLICY)


def test_text_of_a_person_cannot_break_the_file() -> None:
    texts = four()
    broken = wording.word(texts, "说明<&>\x0b", POLICY)
    assert "说明<&>" in "".join(member(broken, "word/document.xml").itertext())


def test_numbers_in_word_view_and_sources_are_the_same() -> None:
    texts = four()
    data = wording.word(texts, "说明", POLICY)
    told = json.loads(wording.sources_json(texts, data))
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    controls = {
        control.find(f"{W}sdtPr/{W}tag").get(f"{W}val"): "".join(control.itertext(f"{W}t"))
        for control in member(data).iter(f"{W}sdt")
    }
    assert {row["id"]: row["text"] for row in told["figures"]} == controls
    shown = json.dumps(wording.reading_view(texts), ensure_ascii=False)
    assert len(re.findall('"id": "f', shown)) == len(controls)
    assert all(row["sources"] for row in told["figures"])


def test_one_text_has_no_contents() -> None:
    document = reading.read(wording.word([wording.note(three_public(), POLICY)], "说明", POLICY), "a.docx")
    assert document.text.startswith("关于区级“三公”经费支出情况的说明\n")


def test_without_libreoffice_the_word_file_is_there_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.shutil, "which", lambda _: None)
    made = wording.published(four(), "说明", POLICY)
    assert made.pdf == b""
    assert "没有安装 LibreOffice" in made.told
    assert reading.read(made.word, "a.docx").text


@pytest.mark.skipif(not office.is_there(), reason="LibreOffice is not installed")
def test_pages_of_the_contents_are_right() -> None:
    texts = four(3)
    made = wording.published(texts, "天衡区2024年决算公开说明", POLICY)
    pdf = pypdfium2.PdfDocument(made.pdf)
    pages = [page.get_textpage().get_text_bounded() for page in pdf]
    front = len(pages) - sum("— " in page for page in pages)
    for text, number in zip(texts, made.pages, strict=False):
        page = pages[front + number - 1]
        assert text.title in page.replace(" ", "")
        assert f"— {number} —" in page
        assert f"{text.title}{number}" in re.sub(r"[\s.]", "", pages[0])
    pdf.close()


@pytest.mark.parametrize(
    "style", [Style("亿元", 2, 2), Style("元", 2, 2), Style("万元", 0, 1)], ids=lambda style: style.unit
)
def test_no_error_in_another_unit_either(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Style, "of", lambda _: style)
    for seed in range(40, 46):
        draw = Draw(seed)
        for facts in (*draw.facts(), draw.department("区审计局")):
            text = wording.note(facts, POLICY)
            report = claims.check(reading.read(text.plain.encode(), "a.txt"), POLICY, year=draw.whose.year)
            assert [found.message for found in report.findings if found.severity is Severity.ERROR] == []


@pytest.mark.parametrize("seed", range(50, 60))
def test_with_figures_missing_nothing_contradicts_itself(seed: int) -> None:
    draw = Draw(seed, gaps=15)
    texts = [wording.note(facts, POLICY) for facts in draw.facts()]
    assert any(text.lacking for text in texts)
    document = reading.read(wording.word(texts, "决算公开说明", POLICY), "a.docx")
    report = claims.check(document, POLICY, year=draw.whose.year)
    assert [found.message for found in report.findings if found.severity is Severity.ERROR] == []
