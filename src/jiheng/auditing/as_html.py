"""A report as one page that needs nothing else: the text with every checked figure marked, and the findings.

No script, no outside request; all that comes from the document is escaped. A colour never stands alone:
each mark says its word when pointed at, wrong ones carry 错, 警 or 示, and the legend shows all.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from jiheng.auditing.marking import LEVELS, Level, Piece, levels, pieces
from jiheng.auditing.telling import (
    KINDS,
    OUTCOMES,
    Places,
    Row,
    arithmetic,
    counted,
    discovered,
    in_context,
    proposed,
    rows,
    summary,
)
from jiheng.claims import Found, Report
from jiheng.sheets import Severity

STYLE = Path(__file__).with_name("page.css")
LEGEND = {
    Level.OK: "绿，成立",
    Level.ROUNDING: "灰，四舍五入所致",
    Level.WARNING: "黄，警告",
    Level.ERROR: "红，错误",
    Level.HINT: "蓝，提示",
    Level.UNKNOWN: "点线，存疑未判",
}
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n")  # of pages that were left empty
GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.HINT)
HEADINGS = ("文件", "数字", "核对", "错误", "警告", "提示", "说明")


def report_html(reports: Iterable[Report]) -> str:
    """The whole page."""
    lines, sections = [], []
    for report in reports:
        lines.append(line(report))
        sections.append(section(report))
    return "".join([*head(), *lines, middle(), *sections, TAIL])


def head() -> Iterator[str]:
    yield '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>文稿数字核对报告</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
    yield "<body>\n<h1>文稿数字核对报告</h1>\n"
    yield "<p>报告只说哪些数字不能同时成立，不断定哪一个有误；修改建议须由人判断。</p>\n"
    yield (
        "<table>\n<thead><tr>" + "".join(f"<th>{name}</th>" for name in HEADINGS) + "</tr></thead>\n<tbody>\n"
    )


def middle() -> str:
    """Between the table of documents and the documents."""
    shown = "".join(f'<span class="m m-{level}">{words}</span>' for level, words in LEGEND.items())
    return f'</tbody>\n</table>\n<p class="legend">图例：{shown}</p>\n'


TAIL = "</body>\n</html>\n"


def line(report: Report) -> str:
    """The row of a document in the table at the top."""
    counts, name = counted(report), escape(report.document)
    numbers = [counts.figures, counts.relations, *(counts.severities[key] for key in GRAVEST_FIRST)]
    cells = "".join(f'<td class="n">{number}</td>' for number in numbers)
    note = f"读不了：{escape(report.error)}" if report.error else escape("；".join(report.unread[:3]))
    return f'<tr><td><a href="#{_prefix(report)}">{name}</a></td>{cells}<td>{note}</td></tr>\n'


def section(report: Report) -> str:
    """A document: its findings, its text with marks, what was checked."""
    prefix = _prefix(report)
    parts = [f'<section id="{prefix}">\n<h2>{escape(report.document)}</h2>\n']
    if report.error:
        parts.append(f'<p><span class="badge b-error">读不了</span> {escape(report.error)}</p>\n</section>\n')
        return "".join(parts)
    counts = counted(report)
    parts.append(f"<p>{escape(summary(counts))}；{escape(discovered(counts.severities))}。</p>\n")
    parts += [f"<p>未能读取：{escape(part)}</p>\n" for part in report.unread]
    if report.findings:
        parts += ["<h3>发现</h3>\n<ol>\n", *(_finding(row, prefix) for row in rows(report)), "</ol>\n"]
    if report.repairs:
        places = Places(report)
        parts.append("<h3>修改建议（须由人判断）</h3>\n<ol>\n")
        for repair in report.repairs:
            resolved = "、".join(
                f'<a href="#{prefix}-{_safe(key)}">{escape(key)}</a>' for key in repair.resolves
            )
            note = f'<div class="quote">{escape(repair.note)}</div>' if repair.note else ""
            parts.append(f"<li>{escape(proposed(repair, places))}；可消除 {resolved}{note}</li>\n")
        parts.append("</ol>\n")
    parts += ['<h3>原文</h3>\n<div class="text">', *_text(report, prefix), "</div>\n"]
    parts += [*_checked(report, prefix), "</section>\n"]
    return "".join(parts)


def _finding(row: Row, prefix: str) -> str:
    found = row.found
    key = _safe(found.id)
    details = [
        f"{label}：{escape(text)}" for label, text in (("计算", row.arithmetic), ("理由", row.proof)) if text
    ]
    details += [f"另见：{escape(other)}" for other in row.others]
    if found.relation:
        details.append(f'<a href="#{prefix}-{_safe(found.relation)}">核对项 {escape(found.relation)}</a>')
    more = (
        f"<details><summary>计算过程和相关数字</summary>{'<br>'.join(details)}</details>" if details else ""
    )
    advice = "".join(f"<div>建议：{escape(text)}</div>" for text in row.suggestions[:2])
    return (
        f'<li id="{prefix}-{key}"><span class="badge b-{found.severity}">{row.severity}</span> '
        f'<a href="#{prefix}-at-{key}">{escape(row.place)}</a> {escape(row.kind)} {escape(found.code)} '
        f'{escape(found.message)}<div class="quote">{escape(row.before)}<b>{escape(row.quote)}</b>'
        f"{escape(row.after)}</div>{advice}{more}</li>\n"
    )


def _text(report: Report, prefix: str) -> Iterator[str]:
    for piece in pieces(report):
        for found in piece.opening:
            yield f'<span id="{prefix}-at-{_safe(found.id)}"></span>'
        inner = escape(_BLANK_LINES.sub("\n\n", report.text[piece.start : piece.end]))
        if piece.mark:
            inner = _marked(piece, inner, prefix)
        if piece.clauses:
            gravest = _gravest(piece.clauses)
            inner = f'<span class="clause c-{gravest}">{inner}</span>'
        yield inner


def _marked(piece: Piece, inner: str, prefix: str) -> str:
    """Links to the finding of the clause it stands in, else to what was checked."""
    mark = piece.mark
    if mark is None:
        return inner
    of_mark = [found for found in piece.clauses if found.relation in mark.relations]
    target = of_mark[0].id if of_mark else mark.relations[0]
    title = f"{LEVELS[mark.level]}：{'、'.join(mark.relations[:5])}"
    return f'<a class="m m-{mark.level}" href="#{prefix}-{_safe(target)}" title="{escape(title)}">{inner}</a>'


def _checked(report: Report, prefix: str) -> Iterator[str]:
    """Everything that was checked, what holds too."""
    if not report.relations:
        return
    places, level_of = Places(report), levels(report)
    yield f"<details><summary>全部核对项（{len(report.relations)}）</summary>\n<table>\n<thead><tr>"
    yield "".join(f"<th>{name}</th>" for name in ("编号", "类型", "结论", "位置", "原文", "计算过程"))
    yield "</tr></thead>\n<tbody>\n"
    for relation in report.relations:
        before, quote, after = in_context(report.text, relation.start, relation.end)
        told = "；".join(part for part in (relation.message, arithmetic(relation), relation.proof) if part)
        cells = (
            f"{relation.id} {relation.code}",
            KINDS[relation.kind],
            OUTCOMES[relation.verdict],
            places.of(relation.id, relation.start),
            f"{before}{quote}{after}",
            told,
        )
        yield f'<tr id="{prefix}-{_safe(relation.id)}" class="r-{level_of[relation.id]}">'
        yield "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"
    yield "</tbody>\n</table>\n</details>\n"


def _gravest(clauses: tuple[Found, ...]) -> Severity:
    present = Counter(found.severity for found in clauses)
    return next(severity for severity in GRAVEST_FIRST if present[severity])


def _prefix(report: Report) -> str:
    """The same for the same name, and no other document's."""
    return "d" + hashlib.sha256(report.document.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _safe(key: str) -> str:
    return "".join(letter for letter in key if letter.isalnum() or letter in "-_.")
