# ruff: noqa: N802 - a flag's number stands in its function's name
"""Acceptance ledgers 验收台账: paid but not accepted, gaps, days in the wrong order, twice the same (F07)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from jiheng.policy import Policy
from jiheng.rules.redflags.facts import Facts
from jiheng.rules.redflags.flagging import Evidence, Hit, Level, by, flag, money, shows
from jiheng.rules.redflags.records import Acceptance, Subsidy
from jiheng.rules.redflags.subsidies import standing
from jiheng.sheets import Missing, plain

# degrees of latitude: one is 111,320 metres; of longitude it is less, so that taking the same for both
# calls fewer places the same, never more
METRES_A_DEGREE = Decimal(111_320)
_NEEDED = ("owner", "address", "kind", "started", "finished", "accepted", "inspector")


@flag(
    "F07",
    "验收台账不规范、验收遗漏",
    question="付了款的户不在验收台账里，或台账缺项、日期颠倒、同户同址重复吗？",
    guard="按证件密文匹配，没有证件的按户主加地址；照片坐标相差在容差以内才算同一处；已全额冲回的发放不判；"
    "没有台账的项目不判",
    needs=("acceptances",),
    also=("subsidies",),
    kind="核算",
)
def flag_F07(facts: Facts, policy: Policy) -> Iterator[Hit]:
    """What the ledger of accepted works lacks beside what was paid; its own gaps and repetitions."""
    metres = policy.decimal("flags.acceptance.metres")
    paid = by((row for row in standing(facts.subsidies) if not row.code), "project")
    for project, rows in by(facts.acceptances, "project").items():
        names = {row.household for row in rows if row.accepted}
        yield from _unaccepted(project, rows, [one for one in paid.get(project, []) if one.who not in names])
        gaps = [(row, [name for name in _NEEDED if not getattr(row, name)]) for row in rows]
        yield from _said(
            project,
            "台账缺项",
            Level.MEDIUM,
            "{count} 条缺少必填内容",
            [(row, tuple(missing)) for row, missing in gaps if missing],
        )
        yield from _said(
            project,
            "验收早于完工",
            Level.HIGH,
            "{count} 条验收日期早于完工日期",
            [
                (row, ("finished", "accepted"))
                for row in rows
                if row.accepted and row.finished and row.accepted < row.finished
            ],
        )
        same = [row for one in by(rows, "household", "kind").values() if len(one) > 1 for row in one]
        same = [row for row in same if row.household]
        yield from _said(
            project,
            "同户重复",
            Level.HIGH,
            "{count} 条是同一户、同一类型",
            [(row, ("owner", "person", "address", "kind")) for row in same],
        )
        yield from _said(
            project,
            "同一坐标",
            Level.HIGH,
            f"{{count}} 条不同户的照片拍在同一处（相差不超过 {plain(metres)} 米）",
            [(row, ("owner", "longitude", "latitude")) for row in one_place(rows, metres)],
        )


def _unaccepted(project: str, rows: Sequence[Acceptance], unknown: list[Subsidy]) -> Iterator[Hit]:
    if not unknown:
        return
    total = sum((one.amount for one in unknown), Decimal(0))
    yield Hit(
        level=Level.HIGH,
        unit=rows[0].unit,
        project=project,
        key=f"{project}|付款未验收",
        subject="付款未验收",
        message=f"已发放 {len(unknown)} 户、{money(total)}，不在验收台账里或没有验收日期",
        evidence=tuple(row for one in unknown for row in shows(one, "name", "person", "amount", "paid")),
        amount=total,
    )


def _said(
    project: str, what: str, level: Level, words: str, rows: Sequence[tuple[Acceptance, tuple[str, ...]]]
) -> Iterator[Hit]:
    """One hit for all rows of a project with the same fault."""
    if not rows:
        return
    evidence: list[Evidence] = []
    for row, names in rows:
        evidence += shows(row, *(name for name in ("owner", *names) if name))
    shown = "、".join(row.number for row, _ in rows[:5]) + ("等" if len(rows) > 5 else "")
    yield Hit(
        level=level,
        unit=rows[0][0].unit,
        project=project,
        key=f"{project}|{what}",
        subject=what,
        message=f"验收台账{words.format(count=len(rows))}：{shown}",
        evidence=tuple(dict.fromkeys(evidence)),
    )


def one_place(rows: Sequence[Acceptance], metres: Decimal) -> list[Acceptance]:
    """Rows of different households whose photographs were taken within so many metres of each other."""
    reach = metres / METRES_A_DEGREE
    cells: dict[tuple[int, int], list[tuple[Decimal, Decimal, Acceptance]]] = {}
    found: dict[str, Acceptance] = {}
    for row in rows:
        if isinstance(row.longitude, Missing) or isinstance(row.latitude, Missing):
            continue
        east, north = row.longitude, row.latitude
        column, line = (int(value // reach) if reach else int(value * 10**6) for value in (east, north))
        near = [
            other
            for across in (-1, 0, 1)
            for along in (-1, 0, 1)
            for x, y, other in cells.get((column + across, line + along), ())
            if abs(x - east) <= reach and abs(y - north) <= reach and other.household != row.household
        ]
        for other in near:
            found[other.number], found[row.number] = other, row
        cells.setdefault((column, line), []).append((east, north, row))
    return [found[number] for number in sorted(found)]
