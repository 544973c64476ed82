"""Problems of earlier years in a file: the registers that a bureau has kept in Excel.

An imported problem keeps its state: still to be issued, issued with its deadline, or closed. The rows of one
file get the next numbers; a row with the same unit, year, title and day of finding as a problem that is there
is not imported again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from jiheng import policy as policies
from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.findings.likeness import recurs
from jiheng.findings.models import Problem, ProblemState, Source
from jiheng.findings.registering import number
from jiheng.projects.imports import Known
from jiheng.sheets import MissingReason
from jiheng.units import log
from jiheng.units.imports import Checked, ImportKind, Published, Wrong
from jiheng.units.models import Batch, Person

SOURCE_OF = {str(source.label): source for source in Source}
STATE_OF = {
    str(state.label): state for state in (ProblemState.REGISTERED, ProblemState.ISSUED, ProblemState.CLOSED)
}
Key = tuple[str, int, str, date]

COLUMNS = (
    Column("unit", "单位代码", ColumnKind.CODE, required=True, aliases=("agency_code",)),
    Column("fund", "专项代码", ColumnKind.CODE, help="可空；部门整体的问题留空"),
    Column("project", "项目代码", ColumnKind.CODE, help="可空", width=26, aliases=("pro_code",)),
    Column("fiscal_year", "预算年度", ColumnKind.WHOLE, required=True),
    Column("source", "问题来源", ColumnKind.CHOICE, required=True, choices=tuple(SOURCE_OF)),
    Column("kind", "问题类别", required=True, help="按政策规定的类别：决策、管理、资金、核算、效益、其他"),
    Column("title", "问题名称", required=True, width=36),
    Column("description", "问题事实", required=True, width=50),
    Column("amount", "涉及金额", ColumnKind.YUAN, help="可空，空为没有登记金额"),
    Column("requirement", "整改要求", width=40),
    Column("found_on", "发现日期", ColumnKind.DATE, required=True),
    Column("state", "状态", ColumnKind.CHOICE, required=True, choices=tuple(STATE_OF)),
    Column("issued_on", "下达日期", ColumnKind.DATE, help="状态为已下达、已销号的必填"),
    Column("due_on", "整改期限", ColumnKind.DATE, help="状态为已下达、已销号的必填"),
    Column("closed_on", "销号日期", ColumnKind.DATE, help="状态为已销号的必填"),
)


def check(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Codes known, kinds of policy, days there where the state asks for them and in order."""
    known = Known.of(batch.region)
    kinds = policies.on(timezone.localdate(), batch.region_id).table("problems.kinds")
    wrong: list[Wrong] = []
    there, first = _there(batch), dict[Key, Row]()
    repeats = 0
    for row in rows:
        values = row.values
        wrong += known.lost(row)
        fund = known.funds.get(values["fund"] or "")
        unit = known.units.get(values["unit"])
        if fund is not None and unit is not None and fund.unit_id != unit.pk:
            wrong.append(Wrong(row, "fund", f"这个专项不是“{unit.name}”的，请核对"))
        if values["kind"] not in kinds:
            wrong.append(Wrong(row, "kind", f"不在规定的类别之列：{'、'.join(kinds)}"))
        if not 2000 <= values["fiscal_year"] <= 2100:
            wrong.append(Wrong(row, "fiscal_year", "应为四位年份（2000 至 2100）"))
        if values["amount"] is not None and values["amount"] < 0:
            wrong.append(Wrong(row, "amount", "涉及金额不能为负"))
        wrong += _wrong_days(row)
        above = first.setdefault(_key(row), row)
        if above is not row:
            wrong.append(Wrong(row, "title", f"与第 {above.number} 行是同一个问题，请核对后只留一行"))
        repeats += _key(row) in there
    notes = [f"{repeats} 行在系统中已有，入库时跳过"] if repeats else []
    return Checked(wrong, notes)


def _wrong_days(row: Row) -> list[Wrong]:
    values, today = row.values, timezone.localdate()
    wanted = {ProblemState.REGISTERED: (), ProblemState.ISSUED: ("issued_on", "due_on")}.get(
        STATE_OF[values["state"]], ("issued_on", "due_on", "closed_on")
    )
    wrong = [Wrong(row, name, f"状态为“{values['state']}”的必填") for name in wanted if values[name] is None]
    before = values["found_on"]
    if before > today:
        wrong.append(Wrong(row, "found_on", "晚于今天，请核对"))
    for name, words in (("issued_on", "下达日期"), ("closed_on", "销号日期")):
        day = values[name]
        if day is not None and (day < before or day > today):
            wrong.append(Wrong(row, name, f"{words}应在 {before} 和今天之间"))
    if values["issued_on"] and values["due_on"] and values["due_on"] < values["issued_on"]:
        wrong.append(Wrong(row, "due_on", "早于下达日期，请核对"))
    return wrong


def publish(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Registers what is not there yet, in the order of the file."""
    known, there = Known.of(batch.region), _there(batch)
    made = []
    for row in rows:
        if _key(row) in there:
            continue
        problem = _problem(person, batch, row, known)
        problem.recurs = recurs(problem)
        number(problem)
        problem.save(force_insert=True)
        made.append(problem)
    log.record_many(
        person,
        [
            log.LogDraft(
                action="登记问题",
                subject=problem,
                after={"名称": problem.title, "状态": problem.get_state_display(), "批次": batch.pk},
                reason="由文件导入",
                unit_name=problem.unit.name,
            )
            for problem in made
        ],
    )
    again = sum(1 for problem in made if problem.recurs_id is not None)
    notes = [f"其中 {again} 个与此前的问题相似，可在问题台账选“反复出现”查看"] if again else []
    return Published({"新增": len(made), "已有": len(rows) - len(made)}, notes)


def _problem(person: Person, batch: Batch, row: Row, known: Known) -> Problem:
    values = row.values
    is_issued = values["state"] != ProblemState.REGISTERED.label
    return Problem(
        region=batch.region,
        unit=known.units[values["unit"]],
        fund=known.fund_of(row),
        project=known.projects.get(values["project"] or ""),
        fiscal_year=values["fiscal_year"],
        source=SOURCE_OF[values["source"]],
        kind=values["kind"],
        title=values["title"][:160],
        description=values["description"],
        requirement=values["requirement"] or "",
        amount=values["amount"],
        amount_missing="" if values["amount"] is not None else MissingReason.NOT_REPORTED.value,
        found_on=values["found_on"],
        state=STATE_OF[values["state"]],
        issued_at=_noon(values["issued_on"]) if is_issued else None,
        due_on=values["due_on"] if is_issued else None,
        closed_at=_noon(values["closed_on"]) if values["state"] == ProblemState.CLOSED.label else None,
        registered_by=person,
        registered_at=timezone.now(),
    )


def _there(batch: Batch) -> set[Any]:
    rows = Problem.objects.filter(region=batch.region_id)
    return set(rows.values_list("unit__code", "fiscal_year", "title", "found_on"))


def _key(row: Row) -> Key:
    values = row.values
    return values["unit"], values["fiscal_year"], values["title"][:160], values["found_on"]


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


PROBLEMS = ImportKind(
    name="problems",
    title="问题",
    action="import_problems",
    columns=COLUMNS,
    check=check,
    publish=publish,
    examples=(
        {
            "unit": "105002",
            "fund": "430299T000000000001",
            "fiscal_year": 2023,
            "source": "审计",
            "kind": "核算",
            "title": "项目支出列入基本支出科目",
            "description": "2023年3月第27号凭证将设备维修款列入办公费。",
            "amount": "86000.00",
            "requirement": "调整账目，规范科目使用",
            "found_on": date(2024, 6, 3),
            "state": "已下达",
            "issued_on": date(2024, 6, 17),
            "due_on": date(2024, 7, 17),
        },
    ),
)
