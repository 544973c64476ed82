"""Filling 121 official templates against openpyxl; the other members of each zip stay byte-identical.

Run: .venv/bin/python benchmarks/filling.py
"""

from __future__ import annotations

import io
import statistics
import time
import zipfile
from collections.abc import Callable

import openpyxl

from jiheng.documents import forms
from jiheng.sheets import Amount, Form, Funding, Header, Indicator, ProjectGoalSheet, Quantity

FILES, PAIRS = 121, 5
LINES = 12


def sheets() -> list[ProjectGoalSheet]:
    return [
        ProjectGoalSheet(
            header=Header(
                fiscal_year=2024, unit_code=f"{n:06d}", unit_name=f"示例单位{n}", subject_name=f"示例项目{n}"
            ),
            attribute="延续",
            period="2024年",
            funding=Funding(
                annual_total=Amount.wan(f"{n}.50"),
                annual_fiscal=Amount.wan(f"{n}.50"),
                annual_other=Amount.wan("0"),
            ),
            annual_goal="按照年度计划完成各项任务，资金使用规范，服务对象满意。" * 2,
            indicators=tuple(
                Indicator(
                    key=f"k{line}",
                    level1="产出指标" if line < 8 else "效益指标",
                    level2="数量指标" if line < 8 else "社会效益指标",
                    name=f"第{line}项指标完成情况",
                    target=Quantity.of("95"),
                    unit="%",
                    weight=Quantity.of("8"),
                )
                for line in range(LINES)
            ),
        )
        for n in range(FILES)
    ]


def with_openpyxl(blank: bytes, sheet: ProjectGoalSheet) -> bytes:
    """The same visible cells, as an office script would write them."""
    book = openpyxl.load_workbook(io.BytesIO(blank))
    page = book.worksheets[0]
    page["A2"] = f"（{sheet.header.fiscal_year}年度）"
    page["C3"], page["F4"] = sheet.header.subject_name, sheet.header.unit_name
    page["C5"], page["F5"] = sheet.attribute, sheet.period
    for ref, amount in (("F7", "annual_total"), ("F8", "annual_fiscal"), ("F9", "annual_other")):
        page[ref] = float(str(getattr(sheet.funding, amount)))
    page["E11"] = sheet.annual_goal
    for row, line in enumerate(sheet.indicators, start=13):
        page[f"B{row}"], page[f"C{row}"], page[f"D{row}"] = line.level1, line.level2, line.name
        page[f"E{row}"], page[f"F{row}"] = line.target_in_words, float(str(line.weight))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def changed_members(blank: bytes, filled: bytes) -> list[str]:
    before, after = zipfile.ZipFile(io.BytesIO(blank)), zipfile.ZipFile(io.BytesIO(filled))
    if before.namelist() != after.namelist():
        raise SystemExit("the members of the zip are not the same")
    return [name for name in before.namelist() if before.read(name) != after.read(name)]


def main() -> None:
    blank, many = forms.blank(Form.PROJECT_GOAL), sheets()
    filled = forms.fill(many[1])
    changed = changed_members(blank, filled)
    if changed != ["xl/worksheets/sheet1.xml", "xl/worksheets/jiheng.xml"]:
        raise SystemExit(f"more than the form and the snapshot changed: {changed}")
    if forms.take(filled, "表.xlsx", Form.PROJECT_GOAL).sheet != many[1]:
        raise SystemExit("what went out did not come back")
    pairs = [
        (
            timed(lambda: [forms.fill(sheet) for sheet in many]),
            timed(lambda: [with_openpyxl(blank, sheet) for sheet in many]),
        )
        for _ in range(PAIRS)
    ]
    ratio = statistics.median(peer / ours for ours, peer in pairs)
    print(f"filling {FILES} official templates of {LINES} lines; processor time, medians of {PAIRS} pairs")
    for side, name in enumerate(("jiheng", "openpyxl")):
        seconds = statistics.median(pair[side] for pair in pairs)
        print(f"  {name:<12}{seconds:8.3f} s {FILES / seconds:8.0f} files/s")
    print(f"  ratio {ratio:.1f}× (aim 10×); members changed: {', '.join(changed)}")


if __name__ == "__main__":
    main()
