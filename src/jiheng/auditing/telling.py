"""The words in which every format tells a report: severities, kinds, places, the arithmetic of a finding."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from jiheng.claims import Edit, Found, Kind, Outcome, Relation, Repair, Report
from jiheng.sheets import Severity

SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.HINT: "提示"}
OUTCOMES = {
    Outcome.OK: "成立",
    Outcome.ROUNDING: "四舍五入",
    Outcome.ERROR: "不能同时成立",
    Outcome.UNKNOWN: "存疑未判",
}
KINDS = {
    Kind.SUM: "合计",
    Kind.DIFFERENCE: "增减额",
    Kind.PERCENT_CHANGE: "增减率",
    Kind.SHARE: "占比",
    Kind.DIRECTION: "增减方向",
    Kind.COMPLETION: "完成率",
    Kind.BALANCE: "收支结余",
    Kind.LIMIT: "限额",
    Kind.SAME_FACT: "同一事实",
    Kind.RANGE: "范围",
    Kind.MISSING: "缺漏",
    Kind.RESIDUE: "残留文字",
    Kind.UNIT: "计量单位",
    Kind.YEAR: "年份",
}
AROUND = 16  # characters of context on either side of a quote
LONGEST_QUOTE = 160
BEFORE_EDIT = 8
_CONTROLS = dict.fromkeys([*range(10), *range(11, 32), *range(127, 160)], " ")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a summary says of one document."""

    figures: int
    outcomes: Counter[Outcome]
    severities: Counter[Severity]
    unread: int

    @property
    def relations(self) -> int:
        return self.outcomes.total()


def counted(report: Report) -> Counts:
    return Counts(
        report.figures,
        Counter(relation.verdict for relation in report.relations),
        Counter(found.severity for found in report.findings),
        len(report.unread),
    )


def summary(counts: Counts) -> str:
    """“读到 312 个数字，核对 145 项关系：成立 137，…”; outcomes that did not occur are left out."""
    parts = [
        f"{word} {counts.outcomes[outcome]}" for outcome, word in OUTCOMES.items() if counts.outcomes[outcome]
    ]
    return f"读到 {counts.figures} 个数字，核对 {counts.relations} 项关系" + (
        "：" + "，".join(parts) if parts else ""
    )


def discovered(severities: Counter[Severity]) -> str:
    """“发现 5 个错误、3 个警告” or “没有发现问题”."""
    parts = [f"{severities[key]} 个{word}" for key, word in SEVERITIES.items() if severities[key]]
    return "发现 " + "、".join(parts) if parts else "没有发现问题"


class Places:
    """Where in the file a stretch of the text stands: as the reader says, else the line of the text."""

    def __init__(self, report: Report) -> None:
        self._said = report.places or {}
        self._text = report.text
        self._lines = [0]
        position = report.text.find("\n")
        while position >= 0:
            self._lines.append(position + 1)
            position = report.text.find("\n", position + 1)

    def of(self, key: str, start: int) -> str:
        return self._said.get(key) or f"第{bisect_right(self._lines, start)}行"

    def at(self, start: int) -> str:
        """Of a figure of a relation that a finding comes from."""
        return self.of(at_key(start), start)

    def edited(self, edit: Edit) -> str:
        """Where an edit stands, with the words before it where its own stand there more than once."""
        start, end = self._text.rfind("\n", 0, edit.start) + 1, self._text.find("\n", edit.end)
        alone = self._text.count(edit.text, start, len(self._text) if end < 0 else end) < 2
        before = _flat(self._text[max(start, edit.start - BEFORE_EDIT) : edit.start])
        return self.at(edit.start) + ("" if alone or not before else f"“{before}”后的")


def at_key(start: int) -> str:
    """Under which `Report.places` says where a figure stands; of relations and findings it is their id."""
    return f"@{start}"


@dataclass(frozen=True, slots=True)
class Row:
    """One finding in words. The quote is `before`【`quote`】`after`."""

    found: Found
    severity: str
    kind: str
    place: str
    before: str
    quote: str
    after: str
    arithmetic: str
    proof: str
    others: tuple[str, ...]
    suggestions: tuple[str, ...]

    @property
    def context(self) -> str:
        return f"{self.before}【{self.quote}】{self.after}"


def rows(report: Report) -> list[Row]:
    """The findings, sorted by where they stand in the text."""
    places = Places(report)
    relations = {relation.id: relation for relation in report.relations}
    proposals: dict[str, list[str]] = {}
    for repair in report.repairs:
        for finding in repair.resolves:
            proposals.setdefault(finding, []).append(proposed(repair, places))
    ordered = sorted(report.findings, key=lambda found: (found.start, found.end, found.id))
    return [_row(report, found, relations, places, proposals) for found in ordered]


def _row(
    report: Report,
    found: Found,
    relations: dict[str, Relation],
    places: Places,
    proposals: dict[str, list[str]],
) -> Row:
    relation = relations.get(found.relation)
    before, quote, after = in_context(report.text, found.start, found.end)
    return Row(
        found,
        SEVERITIES[found.severity],
        KINDS[found.kind],
        places.of(found.id, found.start),
        before,
        quote,
        after,
        arithmetic(relation) if relation else "",
        relation.proof if relation else "",
        _elsewhere(report.text, found, relation, places) if relation else (),
        tuple(proposals.get(found.id, ())),
    )


def in_context(text: str, start: int, end: int) -> tuple[str, str, str]:
    """What stands before, in and after a stretch, on its own line and short."""
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    left, right = max(line_start, start - AROUND), min(line_end, end + AROUND)
    quote = text[start:end]
    if len(quote) > LONGEST_QUOTE:
        quote = f"{quote[: LONGEST_QUOTE // 2]}……{quote[-LONGEST_QUOTE // 2 :]}"
    before = ("…" if left > line_start else "") + text[left:start]
    after = text[end:right] + ("…" if right < line_end else "")
    return _flat(before), _flat(quote), _flat(after)


def _flat(text: str) -> str:
    return harmless(text).replace("\n", " ")


def harmless(text: str) -> str:
    """Without the control characters that would steer a terminal; line breaks stay, tabs become blanks."""
    return text.translate(_CONTROLS)


def _elsewhere(text: str, found: Found, relation: Relation, places: Places) -> tuple[str, ...]:
    """The relation's figures outside the clause of the finding, each with its line."""
    seen: dict[int, str] = {}
    for operand in relation.operands:
        if not found.start <= operand.start < found.end:
            before, quote, after = in_context(text, operand.start, operand.end)
            seen.setdefault(operand.start, f"{places.at(operand.start)} {before}【{quote}】{after}")
    return tuple(seen[start] for start in sorted(seen))


def arithmetic(relation: Relation) -> str:
    """What is printed, what follows from the other figures, and what rounding explains."""
    parts = [
        f"{word} {plainly(value)}"
        for word, value in (
            ("原文", relation.stated),
            ("算得", relation.computed),
            ("相差", relation.difference),
            ("四舍五入可解释", relation.tolerance),
        )
        if value is not None
    ]
    return "，".join(parts)


def plainly(value: Decimal) -> str:
    """All digits, no exponent."""
    return format(value, "f")


def proposed(repair: Repair, places: Places) -> str:
    """“把第4段“27.54”改为“22.09”，把第7段“上升”改为“下降””, with what would no longer hold."""
    told = "，".join(f"把{places.edited(edit)}“{edit.text}”改为“{edit.replacement}”" for edit in repair.edits)
    return told + (f"（会使原来成立的 {'、'.join(repair.breaks)} 不成立）" if repair.breaks else "")


@dataclass(frozen=True, slots=True)
class Digest:
    """What a report on paper keeps of a document: no text, so that a thousand of them fit."""

    document: str
    error: str
    counts: Counts
    rows: tuple[Row, ...]
    repairs: tuple[str, ...]
    unread: tuple[str, ...]


def digest(report: Report) -> Digest:
    places = Places(report)
    told = tuple(
        f"{proposed(repair, places)}；可消除 {'、'.join(repair.resolves)}。{repair.note}"
        for repair in report.repairs
    )
    return Digest(report.document, report.error, counted(report), tuple(rows(report)), told, report.unread)


def worst(findings: Iterable[Found]) -> Severity | None:
    """The gravest severity among findings."""
    present = {found.severity for found in findings}
    return next((severity for severity in SEVERITIES if severity in present), None)
