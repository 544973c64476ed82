"""A report to read in a terminal: one line of summary for each document, then what was found."""

from __future__ import annotations

from jiheng.auditing.telling import Places, Row, counted, discovered, harmless, proposed, rows, summary
from jiheng.claims import Report
from jiheng.sheets import Severity

COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.HINT: "36"}


def report_text(report: Report, *, coloured: bool = False) -> str:
    """Ends with a line break. `coloured` adds terminal colours to words that stand there anyway."""
    name = _paint(harmless(report.document), "1", coloured=coloured)
    if report.error:
        return f"{name}\n  {_paint('读不了', '31', coloured=coloured)}：{harmless(report.error)}\n"
    counts = counted(report)
    lines = [name, f"  {summary(counts)}；{discovered(counts.severities)}"]
    for number, row in enumerate(rows(report), start=1):
        lines += _finding(number, row, coloured=coloured)
    if report.repairs:
        lines.append("  修改建议（须由人判断）：")
        places = Places(report)
        for number, repair in enumerate(report.repairs, start=1):
            lines.append(
                f"    {number}) {harmless(proposed(repair, places))}；可消除 {'、'.join(repair.resolves)}"
            )
            lines += [f"       {harmless(repair.note)}"] if repair.note else []
    lines += [f"  未能读取：{harmless(part)}" for part in report.unread]
    return "\n".join(lines) + "\n"


def _finding(number: int, row: Row, *, coloured: bool) -> list[str]:
    found = row.found
    word = _paint(row.severity, COLOURS[found.severity], coloured=coloured)
    lines = [
        f"  {number}. {word} {found.code} {row.kind}（{found.id}，{row.place}）{row.context}",
        f"     {harmless(found.message)}",
    ]
    lines += [
        f"     {label}：{harmless(text)}"
        for label, text in (("计算", row.arithmetic), ("理由", row.proof))
        if text
    ]
    lines += [f"     另见：{other}" for other in row.others]
    return lines


def _paint(text: str, colour: str, *, coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured else text
