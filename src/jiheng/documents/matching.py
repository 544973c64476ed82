"""Laying a template over a workbook that people have worked in: rows added or removed, labels changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from jiheng.documents.archive import DocumentError
from jiheng.documents.cells import split
from jiheng.documents.fields import Kind
from jiheng.documents.template import Block, FormTemplate, Pattern, SheetMap
from jiheng.documents.workbook import Workbook, Worksheet
from jiheng.sheets import FORM_TITLES, Finding, Form, Severity

TITLE_ROWS = 12
MOST_LABELS = 8
_NOISE = re.compile(r"[\s　：:（）()、，,。]+")


@dataclass(slots=True)
class Fitted:
    """A sheet of the template found in a workbook, and how far each part of it has moved."""

    map: SheetMap
    sheet: Worksheet
    shifts: list[int] = field(default_factory=list)  # before the first block, after it, after the second …
    last_rows: list[int] = field(default_factory=list)  # last row of each block in the workbook
    findings: list[Finding] = field(default_factory=list)

    def moved(self, ref: str) -> str:
        column, row = split(ref)
        after = sum(1 for block in self.map.blocks if block.last < row)
        return f"{column}{max(row + self.shifts[after], 1)}"

    def block_rows(self, block: Block) -> tuple[int, int]:
        place = self.map.blocks.index(block)
        return block.first + self.shifts[place], self.last_rows[place]


def fit(book: Workbook, template: FormTemplate) -> list[Fitted]:
    """Every sheet of the template found in the workbook. Raises DocumentError if the form is not there."""
    fitted: list[Fitted] = []
    for place, sheet_map in enumerate(template.sheets):
        found = _find(book, sheet_map)
        if found is None:
            if place == 0:
                raise DocumentError(_not_this_form(book, template.form, sheet_map))
            missing = f"没有找到工作表“{sheet_map.name}”，其中各项按未报送处理；请用官方空表填写后再传"
            fitted[0].findings.append(Finding("WD01", Severity.ERROR, missing))
            continue
        fitted.append(_laid(sheet_map, *found))
    wrong = sum(len(one.findings) for one in fitted)
    if wrong and wrong > sum(len(one.map.labels) for one in fitted) // 2:
        raise DocumentError(
            f"文件“{book.name}”虽有“{template.form.heading}”的标题，版式却与本年空表不符"
            f"（{wrong} 处标签对不上）：可能是别的年度或别的地区的表，请下载本年空表，把内容粘贴过去再传"
        )
    return fitted


def recognise(book: Workbook) -> Form | None:
    """Which official form a workbook is, by its titles; the longest title wins."""
    for sheet in book.visible:
        texts = [folded(sheet.text(ref)) for ref in _top_cells(sheet)]
        for form in sorted(Form, key=lambda item: -len(FORM_TITLES[item])):
            title = folded(FORM_TITLES[form])
            names = {title, title.replace("部门", "部门单位", 1)}
            names.add(title.replace("绩效目标执行监控表", "绩效运行监控表"))
            if any(name in text for text in texts for name in names):
                return form
    return None


def folded(text: str) -> str:
    """A label without spaces, colons and brackets, full-width letters made plain."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text))


def match_pattern(pattern: Pattern, text: str) -> list[str] | None:
    """The texts that a cell holds for the marks of its pattern, in order; None if its words are not there.

    Brackets around a mark may be missing with what is in them: “区教育局” for “区教育局（201）”.
    """
    marks = [part for part in pattern if not isinstance(part, str)]
    if all(part.kind is Kind.WHOLE for part in marks):
        return _numbers(pattern, unicodedata.normalize("NFKC", text))
    expression, is_open = "", False
    for index, part in enumerate(pattern):
        if not isinstance(part, str):
            expression += "(.*?)"
        elif part in ("（", "(") and index:
            expression, is_open = expression + "(?:[（(]", True
        elif is_open and part in ("）", ")"):
            expression, is_open = expression + "[）)])?", False
        else:
            expression += re.escape(part)
    match = None if is_open else re.fullmatch(rf"\s*{expression}\s*", text, re.DOTALL)
    return [(found or "").strip() for found in match.groups()] if match else None


def _numbers(pattern: Pattern, text: str) -> list[str] | None:
    """Years and months out of their words, however the brackets and dashes around them are written."""
    words = [part if isinstance(part, str) else None for part in pattern]
    expression = "".join(
        r"(\d*)"
        if part is None
        else re.sub(r"\\?[()\-—–~至,，]", ".?", re.escape(unicodedata.normalize("NFKC", part)))
        for part in words
    )
    match = re.fullmatch(rf"\s*{expression}\s*", text)
    if match:
        return list(match.groups())
    if any(re.search(r"\d", part) for part in words if part):
        return None  # “1-　　月” unfilled is not month 1
    numbers = re.findall(r"\d+", text)
    return numbers if len(numbers) == words.count(None) else None


def _find(book: Workbook, sheet_map: SheetMap) -> tuple[Worksheet, int] | None:
    wanted = folded(sheet_map.title)
    title_row = min(split(ref)[1] for ref in [*sheet_map.labels, *sheet_map.singles])
    for sheet in sorted(book.visible, key=lambda item: item.name != sheet_map.name):
        for ref in _top_cells(sheet):
            if wanted and wanted in folded(sheet.text(ref)):
                return sheet, split(ref)[1] - title_row
    return None


def _top_cells(sheet: Worksheet) -> Iterator[str]:
    for row in sorted(sheet.rows)[:TITLE_ROWS]:
        for column in sheet.rows[row]:
            yield f"{column}{row}"


def _not_this_form(book: Workbook, form: Form, sheet_map: SheetMap) -> str:
    other = recognise(book)
    if other is not None and other is not form:
        return f"文件“{book.name}”是《{other.heading}》，这里要的是《{form.heading}》，请核对后再传"
    return (
        f"文件“{book.name}”里没有找到标题“{sheet_map.title}”，不像《{form.heading}》：请下载本年空表填写；"
        "如已用空表，请恢复表头标题后再传"
    )


def _laid(sheet_map: SheetMap, sheet: Worksheet, shift: int) -> Fitted:
    one = Fitted(sheet_map, sheet, [shift])
    for place, block in enumerate(sheet_map.blocks):
        following = sheet_map.blocks[place + 1].first if place + 1 < len(sheet_map.blocks) else 10**7
        labels: dict[int, list[str]] = {}
        for ref in sheet_map.labels:
            row = split(ref)[1]
            if block.last < row < following:
                labels.setdefault(row, []).append(ref)
        found = _anchor(one, block, labels)
        if found is None:
            last = block.last + shift if labels else max(sheet.last_row, block.last + shift)
        else:
            shift, last = found
        one.shifts.append(shift)
        one.last_rows.append(last)
    one.findings.extend(_label_findings(one))
    return one


def _anchor(one: Fitted, block: Block, labels: dict[int, list[str]]) -> tuple[int, int] | None:
    """The first row below a block whose labels are found: how far it moved, and where the block ends."""
    start = block.first + one.shifts[-1]
    for row in sorted(labels):
        wanted = [(split(ref)[0], folded(one.map.labels[ref])) for ref in labels[row]]
        best = sorted(
            (abs(at - row - one.shifts[-1]), at)
            for at in range(start, one.sheet.last_row + 1)
            if all(folded(one.sheet.text(f"{column}{at}")) == text for column, text in wanted)
        )
        if best:
            shift = best[0][1] - row
            return shift, block.last + shift
    return None


def _label_findings(one: Fitted) -> Iterator[Finding]:
    wrong = 0
    for ref, text in one.map.labels.items():
        if not folded(text):
            continue
        at = one.moved(ref)
        have = one.sheet.text(at)
        if folded(have) == folded(text) or folded(text) in ("", "-", "－") or _is_title(one, ref, have):
            continue
        wrong += 1
        if wrong > MOST_LABELS:
            yield Finding("WD01", Severity.ERROR, "还有别的标签对不上，请下载本年空表，把内容粘贴过去再传")
            return
        yield _label_finding(one, at, text, have)


def _label_finding(one: Fitted, at: str, text: str, have: str) -> Finding:
    wanted = folded(text)
    elsewhere = next((ref for ref in one.sheet.raw if folded(one.sheet.text(ref)) == wanted), "")
    now = f"现在是“{have.strip()[:20]}”" if have.strip() else "现在是空的"
    moved = f"，这个标签移到了 {elsewhere}" if elsewhere else ""
    message = f"{at}：应为标签“{text.strip()[:20]}”，{now}{moved}：请恢复官方空表的版式后再传"
    return Finding("WD01", Severity.ERROR, message, "", one.sheet.place(at))


def _is_title(one: Fitted, ref: str, have: str) -> bool:
    return folded(one.map.title) in folded(have) and split(ref)[1] == min(split(r)[1] for r in one.map.labels)
