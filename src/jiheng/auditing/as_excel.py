"""A report as an Excel workbook: the documents, the findings, the repairs, everything that was checked."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook

from jiheng.auditing.telling import (
    KINDS,
    OUTCOMES,
    Places,
    arithmetic,
    counted,
    in_context,
    proposed,
    rows,
)
from jiheng.claims import Report
from jiheng.sheets import Severity

MOST_TEXT = 32_767  # what a cell of Excel holds
MOST_ROWS = 1_048_000
CELLS = {
    "文件": (("文件", 40), ("数字", 8), ("核对", 8), ("错误", 8), ("警告", 8), ("提示", 8), ("说明", 50)),
    "问题": (
        *(("文件", 30), ("编号", 8), ("程度", 8), ("类型", 10), ("代码", 8), ("位置", 16), ("原文", 50)),
        *(("问题", 50), ("计算过程", 40), ("理由", 40), ("另见", 40), ("建议修改", 40)),
    ),
    "修改建议": (("文件", 30), ("建议", 60), ("可消除", 20), ("会破坏", 20), ("依据", 60)),
    "全部核对项": (
        *(("文件", 30), ("编号", 8), ("代码", 8), ("类型", 10), ("结论", 12), ("位置", 16), ("原文", 50)),
        *(("计算过程", 40), ("说明", 50)),
    ),
}
Cell = str | int


def report_excel(reports: Iterable[Report]) -> bytes:
    """An .xlsx file of four sheets. Text stays text, also where it begins with an equals sign."""
    held = io.BytesIO()
    book = Workbook(
        held,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    head = book.add_format({"bold": True, "bg_color": "#EAEEF2", "border": 1, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheets, filled = {}, dict.fromkeys(CELLS, 0)
    for name, columns in CELLS.items():
        sheet = sheets[name] = book.add_worksheet(name)
        for number, (heading, width) in enumerate(columns):
            sheet.write_string(0, number, heading, head)
            sheet.set_column(number, number, width, wrapped)
        sheet.freeze_panes(1, 0)
    for report in reports:
        for name, line in _lines(report):
            if filled[name] < MOST_ROWS:
                filled[name] += 1
                for number, cell in enumerate(line):
                    if isinstance(cell, int):
                        sheets[name].write_number(filled[name], number, cell, wrapped)
                    else:
                        sheets[name].write_string(filled[name], number, cell[:MOST_TEXT], wrapped)
    for name, columns in CELLS.items():
        sheets[name].autofilter(0, 0, max(filled[name], 1), len(columns) - 1)
    book.close()
    return held.getvalue()


def _lines(report: Report) -> Iterable[tuple[str, Sequence[Cell]]]:
    name, counts = report.document, counted(report)
    severities = [counts.severities[key] for key in (Severity.ERROR, Severity.WARNING, Severity.HINT)]
    note = f"读不了：{report.error}" if report.error else "；".join(report.unread)
    yield "文件", (name, counts.figures, counts.relations, *severities, note)
    for row in rows(report):
        found = row.found
        yield (
            "问题",
            (
                *(name, found.id, row.severity, row.kind, found.code, row.place, row.context, found.message),
                *(row.arithmetic, row.proof, "\n".join(row.others), "\n".join(row.suggestions)),
            ),
        )
    places = Places(report)
    for repair in report.repairs:
        resolved, broken = "、".join(repair.resolves), "、".join(repair.breaks)
        yield "修改建议", (name, proposed(repair, places), resolved, broken, repair.note)
    for relation in report.relations:
        quote = "".join(in_context(report.text, relation.start, relation.end))
        place = places.of(relation.id, relation.start)
        head = (
            name,
            relation.id,
            relation.code,
            KINDS[relation.kind],
            OUTCOMES[relation.verdict],
            place,
            quote,
        )
        yield "全部核对项", (*head, arithmetic(relation), relation.message)
