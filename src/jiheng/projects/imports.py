"""Special funds with their projects, and budget lines, as they come in by file."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.projects import budget, clearing, years
from jiheng.projects.models import BudgetDates, BudgetKind, BudgetLine, Fund, FundType, Project
from jiheng.sheets import WAN, Missing, plain
from jiheng.units import log
from jiheng.units.imports import Checked, ImportKind, Published, Wrong, repeated
from jiheng.units.models import Batch, BatchState, Person, Region, Unit

YES, NO = "是", "否"
FUND_TYPE_OF = {str(kind.label): kind.value for kind in FundType} | {
    kind.value: kind.value for kind in FundType
}
BUDGET_KIND_OF = {str(kind.label): kind for kind in BudgetKind}
FUND_FIELDS = {  # column → field of Fund; an empty cell leaves the field as it is
    "name": "name",
    "attribute": "attribute",
    "period": "period",
    "function_code": "function_code",
    "description": "description",
    "since_year": "since_year",
    "until_year": "until_year",
}

FUND_COLUMNS = (
    Column("code", "专项代码", ColumnKind.CODE, required=True),
    Column("name", "专项名称", required=True, width=36),
    Column(
        "unit", "单位代码", ColumnKind.CODE, required=True, help="专项的实施单位", aliases=("agency_code",)
    ),
    Column("attribute", "项目属性", ColumnKind.CHOICE, choices=("新增", "延续")),
    Column("period", "项目期"),
    Column("function_code", "支出功能分类", ColumnKind.CODE, aliases=("exp_func_code",)),
    Column("is_livelihood", "民生项目", ColumnKind.CHOICE, choices=(YES, NO)),
    Column("since_year", "起始年度", ColumnKind.WHOLE),
    Column("until_year", "截止年度", ColumnKind.WHOLE),
    Column("description", "内容", width=40),
    Column(
        "project_code", "项目代码", ColumnKind.CODE, help="一个专项有几个项目就写几行", aliases=("pro_code",)
    ),
    Column("project_name", "项目名称", width=36, aliases=("pro_name",)),
    Column("project_unit", "项目单位代码", ColumnKind.CODE, help="可空；与专项的单位不同时填写"),
)
BUDGET_COLUMNS = (
    Column(
        "fiscal_year",
        "预算年度",
        ColumnKind.WHOLE,
        help="可空；填写时应与所选年度一致",
        aliases=("fiscal_year",),
    ),
    Column("unit", "单位代码", ColumnKind.CODE, required=True, aliases=("agency_code",)),
    Column("fund", "专项代码", ColumnKind.CODE, help="基本支出留空"),
    Column("project", "项目代码", ColumnKind.CODE, help="可空；只填项目也可", aliases=("pro_code",)),
    Column(
        "kind",
        "指标种类",
        ColumnKind.CHOICE,
        required=True,
        choices=tuple(BUDGET_KIND_OF),
        help="追减写年中调整，金额为负",
    ),
    Column(
        "fund_type",
        "资金性质",
        ColumnKind.CHOICE,
        choices=tuple(FUND_TYPE_OF),
        help="可空，空为一般公共预算",
        aliases=("fund_type_code",),
    ),
    Column("amount", "金额", ColumnKind.YUAN, required=True, aliases=("amount",)),
    Column("document", "指标文号", width=30, aliases=("cor_bgt_doc_no",)),
    Column("decided_on", "日期", ColumnKind.DATE, required=True, aliases=("doc_date",)),
)

DATES = {"submitted_on": "预算申报日期", "approved_on": "预算批复日期", "published_on": "预算公开日期"}
DATE_COLUMNS = (
    Column("unit", "单位代码", ColumnKind.CODE, required=True, aliases=("agency_code",)),
    Column("fund", "专项代码", ColumnKind.CODE, help="可空；专项与部门预算日期不同的才填"),
    *(Column(name, title, ColumnKind.DATE, help="还没有的留空") for name, title in DATES.items()),
    Column("document", "批复文号", width=30),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the region has, by code: what a row of a file can name."""

    units: dict[str, Unit]
    funds: dict[str, Fund]
    projects: dict[str, Project]

    @classmethod
    def of(cls, region: Region | str) -> Known:
        return cls(
            {unit.code: unit for unit in Unit.objects.filter(region=region)},
            {fund.code: fund for fund in Fund.objects.filter(region=region)},
            {found.code: found for found in Project.objects.filter(region=region).select_related("fund")},
        )

    def lost(self, row: Row) -> list[Wrong]:
        """The codes of a row that name nothing here: reported, never guessed."""
        values, wrong = row.values, []
        if values["unit"] not in self.units:
            wrong.append(Wrong(row, "unit", "系统中没有这个单位，请先导入单位或核对代码"))
        if values.get("fund") and values["fund"] not in self.funds:
            wrong.append(Wrong(row, "fund", "系统中没有这个专项，请先导入专项和项目或核对代码"))
        project = self.projects.get(values["project"] or "")
        if values["project"] and project is None:
            wrong.append(Wrong(row, "project", "系统中没有这个项目，请先导入专项和项目或核对代码"))
        if project is not None and values.get("fund") and project.fund.code != values["fund"]:
            wrong.append(
                Wrong(row, "project", f"这个项目属于专项 {project.fund.code}，不属于 {values['fund']}")
            )
        return wrong

    def fund_of(self, row: Row) -> Fund | None:
        """The fund that a row names, or that its project belongs to; None for 基本支出."""
        project = self.projects.get(row.values["project"] or "")
        return project.fund if project else self.funds.get(row.values.get("fund") or "")


# ── 专项和项目 ────────────────────────────────────────────────────────────────────────────────────────


def check_funds(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Units known, a fund one name and one unit, a project once and under one fund."""
    known = Known.of(batch.region)
    wrong = repeated(rows, "project_code", "项目代码")
    first: dict[str, Row] = {}
    for row in rows:
        values = row.values
        wrong += [
            Wrong(row, column, "系统中没有这个单位，请先导入单位或核对代码")
            for column in ("unit", "project_unit")
            if values[column] and values[column] not in known.units
        ]
        above = first.setdefault(values["code"], row)
        for column, words in (("name", "名称"), ("unit", "单位代码")):
            if values[column] != above.values[column]:
                told = (
                    f"专项 {values['code']} 在第 {above.number} 行的{words}是“{above.values[column]}”，请统一"
                )
                wrong.append(Wrong(row, column, told))
        if above is not row and not values["project_code"]:
            wrong.append(
                Wrong(row, "project_code", f"专项已在第 {above.number} 行出现，本行应写明另一个项目")
            )
        wrong += _wrong_project(row, known)
    return Checked(wrong)


def _wrong_project(row: Row, known: Known) -> list[Wrong]:
    values, wrong = row.values, []
    project = known.projects.get(values["project_code"] or "")
    if project is not None and project.fund.code != values["code"]:
        told = f"系统中这个项目属于专项 {project.fund.code}“{project.fund.name}”，请核对"
        wrong.append(Wrong(row, "project_code", told))
    if bool(values["project_code"]) != bool(values["project_name"]):
        column = "project_name" if values["project_code"] else "project_code"
        wrong.append(Wrong(row, column, "项目代码和项目名称应同时填写"))
    wrong += [
        Wrong(row, column, "应为四位年份（2000 至 2100），没有可留空")
        for column in ("since_year", "until_year")
        if values[column] is not None and not 2000 <= values[column] <= 2100
    ]
    return wrong


def publish_funds(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Adds what is new and changes what differs, each logged."""
    region, known = batch.region, Known.of(batch.region)
    drafts: list[log.LogDraft] = []
    counts = {"新增专项": 0, "修改专项": 0, "新增项目": 0, "修改项目": 0}
    for row in rows:
        values, unit = row.values, known.units[row.values["unit"]]
        fields: dict[str, Any] = {
            name: values[column] for column, name in FUND_FIELDS.items() if values[column] is not None
        }
        fields["unit"] = unit
        if values["is_livelihood"] is not None:
            fields["is_livelihood"] = values["is_livelihood"] == YES
        fund = known.funds.get(values["code"])
        if fund is None:
            fund = Fund.objects.create(region=region, code=values["code"], **fields)
            known.funds[fund.code] = fund
            counts["新增专项"] += 1
            drafts.append(_drafted("新增专项", fund, {}, {"代码": fund.code}, unit))
        elif before := _apply(fund, fields):
            counts["修改专项"] += 1
            drafts.append(_drafted("修改专项", fund, before, {name: fields[name] for name in before}, unit))
        if not values["project_code"]:
            continue
        place = known.units[values["project_unit"]] if values["project_unit"] else unit
        wanted: dict[str, Any] = {"name": values["project_name"], "unit": place}
        project = known.projects.get(values["project_code"])
        if project is None:
            project = Project.objects.create(region=region, fund=fund, code=values["project_code"], **wanted)
            known.projects[project.code] = project
            counts["新增项目"] += 1
            drafts.append(_drafted("新增项目", project, {}, {"代码": project.code}, place))
        elif before := _apply(project, wanted):
            counts["修改项目"] += 1
            drafts.append(
                _drafted("修改项目", project, before, {name: wanted[name] for name in before}, place)
            )
    log.record_many(person, drafts)
    return Published(counts)


def _apply(found: Fund | Project, wanted: dict[str, Any]) -> dict[str, Any]:
    """Changes what differs; returns what stood there before."""
    before = {name: getattr(found, name) for name in wanted if getattr(found, name) != wanted[name]}
    if before:
        for name in before:
            setattr(found, name, wanted[name])
        found.save(update_fields=list(before))
    return before


def _drafted(
    action: str, subject: Fund | Project, before: dict[str, Any], after: dict[str, Any], unit: Unit
) -> log.LogDraft:
    return log.LogDraft(action=action, subject=subject, before=before, after=after, unit_name=unit.name)


# ── 预算指标 ──────────────────────────────────────────────────────────────────────────────────────────


def check_budgets(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Codes known, the year the one chosen, negative amounts only as 年中调整, no decision twice."""
    known = Known.of(batch.region)
    wrong: list[Wrong] = []
    first: dict[str, Row] = {}
    for row in rows:
        values = row.values
        wrong += known.lost(row) + wrong_year(row, batch)
        kind = BUDGET_KIND_OF[values["kind"]]
        if values["amount"] < 0 and kind is not BudgetKind.ADJUSTMENT:
            wrong.append(Wrong(row, "amount", f"{kind.label}不能为负；追减请把指标种类写为“年中调整”"))
        above = first.setdefault(_budget_hash(batch, row), row)
        if above is not row:
            wrong.append(
                Wrong(row, "amount", f"与第 {above.number} 行完全相同，请核对后只留一行或注明不同文号")
            )
    wrong += _not_cleared(batch, rows, known)
    there = set(_published_lines(batch).values_list("row_hash", flat=True))
    again = sum(row_hash in there for row_hash in first)
    return Checked(wrong, [f"{again} 行在以前的文件中已经入库，将跳过"] if again else [])


def _not_cleared(batch: Batch, rows: Sequence[Row], known: Known) -> list[Wrong]:
    """Rows whose fund may get no budget line, as its ex-ante assessment was not passed. Rows that are stored
    already are no new decision."""
    there = set(_published_lines(batch).values_list("row_hash", flat=True))
    fresh = [(row, known.fund_of(row)) for row in rows if _budget_hash(batch, row) not in there]
    amounts: dict[int, Decimal] = {}
    for row, fund in fresh:
        if fund is not None and row.values["amount"] > 0:
            amounts[fund.pk] = amounts.get(fund.pk, Decimal(0)) + row.values["amount"]
    if not amounts:
        return []
    had = budget.of_funds(
        batch.region, year_of(batch), None if len(amounts) > budget.FEW else _funds(amounts)
    )
    for pk in amounts:
        before = had[pk].revised
        amounts[pk] += Decimal(0) if isinstance(before, Missing) else before
    blocked = clearing.blocked(batch.region, year_of(batch), amounts)
    return [
        Wrong(row, "amount", blocked[fund.pk])
        for row, fund in fresh
        if fund is not None and fund.pk in blocked and row.values["amount"] > 0
    ]


def _funds(pks: Iterable[int]) -> QuerySet[Fund]:
    return Fund.objects.filter(pk__in=list(pks))


def year_of(batch: Batch) -> int:
    """The fiscal year that the person chose for the file; a kind that `has_year` never lacks it."""
    if batch.fiscal_year is None:
        raise ValueError(f"batch {batch.pk} has no fiscal year")
    return batch.fiscal_year


def wrong_year(row: Row, batch: Batch) -> list[Wrong]:
    """The year in the file must be the one that the person chose."""
    year = row.values["fiscal_year"]
    if year is None or year == batch.fiscal_year:
        return []
    return [Wrong(row, "fiscal_year", f"所选预算年度是 {batch.fiscal_year}，请核对年度或分年度导入")]


def publish_budgets(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Appends the decisions that are not there yet. Raises ValidationError for a fund that was refused, or
    found in need of an assessment, since the file was checked."""
    if why := years.why_closed(batch.region_id, year_of(batch)):
        raise ValidationError(why)
    known = Known.of(batch.region)
    refused = _not_cleared(batch, rows, known)
    if refused:
        raise ValidationError(f"第 {refused[0].row.number} 行：{refused[0].reason}；请重新上传核对")
    there = set(_published_lines(batch).values_list("row_hash", flat=True))
    fresh = [row for row in rows if _budget_hash(batch, row) not in there]
    BudgetLine.objects.bulk_create(
        [
            BudgetLine(
                region=batch.region,
                fiscal_year=year_of(batch),
                unit=known.units[row.values["unit"]],
                fund=known.fund_of(row),
                project=known.projects.get(row.values["project"] or ""),
                kind=BUDGET_KIND_OF[row.values["kind"]],
                fund_type=fund_type_of(row),
                amount=row.values["amount"],
                typed=plain(row.values["amount"] / WAN),
                document=(row.values["document"] or "")[:100],
                decided_on=row.values["decided_on"],
                batch=batch,
                row=row.number,
                row_hash=_budget_hash(batch, row),
            )
            for row in fresh
        ],
        batch_size=500,
    )
    return Published({"新增": len(fresh), "已有": len(rows) - len(fresh)})


def _published_lines(batch: Batch) -> Any:
    return BudgetLine.objects.filter(
        region=batch.region_id, fiscal_year=year_of(batch), batch__state=BatchState.PUBLISHED
    )


def fund_type_of(row: Row) -> str:
    """The code of a row's 资金性质; 一般公共预算 where it names none."""
    return FUND_TYPE_OF[row.values["fund_type"]] if row.values["fund_type"] else FundType.GENERAL.value


def _budget_hash(batch: Batch, row: Row) -> str:
    """The row's content, whatever file it stands in."""
    values = row.values
    parts = (
        str(batch.fiscal_year),
        values["unit"],
        values["fund"] or "",
        values["project"] or "",
        values["kind"],
        fund_type_of(row),
        plain(values["amount"]),
        values["document"] or "",
        values["decided_on"].isoformat(),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


# ── 预算日期 ──────────────────────────────────────────────────────────────────────────────────────────


def check_dates(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Codes known, a fund of that unit, each subject once, at least one date, 申报 ≤ 批复 ≤ 公开."""
    known = Known.of(batch.region)
    wrong: list[Wrong] = []
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        values = row.values
        if values["unit"] not in known.units:
            wrong.append(Wrong(row, "unit", "系统中没有这个单位，请先导入单位或核对代码"))
        fund = known.funds.get(values["fund"] or "")
        if values["fund"] and (fund is None or fund.unit.code != values["unit"]):
            wrong.append(Wrong(row, "fund", "这个单位没有这个专项，请核对代码"))
        above = first.setdefault((values["unit"], values["fund"] or ""), row)
        if above is not row:
            wrong.append(Wrong(row, "unit", f"与第 {above.number} 行是同一个对象，请只留一行"))
        dates = [(title, values[name]) for name, title in DATES.items() if values[name]]
        if not dates:
            wrong.append(Wrong(row, "submitted_on", "三个日期至少填一个"))
        wrong += [
            Wrong(row, "approved_on", f"{later}早于{earlier}，请核对先后")
            for (earlier, before), (later, after) in itertools.pairwise(dates)
            if after < before
        ]
    return Checked(wrong)


def publish_dates(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """Adds and changes; an empty cell leaves a date as it is. Each change is logged."""
    if why := years.why_closed(batch.region_id, year_of(batch)):
        raise ValidationError(why)
    known = Known.of(batch.region)
    there = {
        (found.unit_id, found.fund_id): found
        for found in BudgetDates.objects.filter(region=batch.region, fiscal_year=year_of(batch))
    }
    counts, drafts = {"新增": 0, "修改": 0, "没有变化": 0}, []
    for row in rows:
        unit, fund = known.units[row.values["unit"]], known.funds.get(row.values["fund"] or "")
        wanted = {name: row.values[name] for name in (*DATES, "document") if row.values[name]}
        found = there.get((unit.pk, fund.pk if fund else None))
        if found is None:
            found = BudgetDates.objects.create(
                region=batch.region, fiscal_year=year_of(batch), unit=unit, fund=fund, batch=batch, **wanted
            )
            counts["新增"] += 1
            drafts.append(
                log.LogDraft(action="登记预算日期", subject=found, after=wanted, unit_name=unit.name)
            )
            continue
        before = {name: getattr(found, name) for name in wanted if getattr(found, name) != wanted[name]}
        counts["修改" if before else "没有变化"] += 1
        if before:
            for name in before:
                setattr(found, name, wanted[name])
            found.batch = batch
            found.save()
            draft = log.LogDraft(
                action="更改预算日期",
                subject=found,
                before=before,
                after={name: wanted[name] for name in before},
                unit_name=unit.name,
            )
            drafts.append(draft)
    log.record_many(person, drafts)
    return Published(counts)


FUNDS = ImportKind(
    name="funds",
    title="专项和项目",
    action="import_funds",
    columns=FUND_COLUMNS,
    check=check_funds,
    publish=publish_funds,
    examples=(
        {
            "code": "105002001",
            "name": "薄弱学校改造专项资金",
            "unit": "105002",
            "attribute": "延续",
            "is_livelihood": YES,
            "project_code": "43029924T000000000001",
            "project_name": "第一中学教学楼改造",
        },
    ),
)
BUDGETS = ImportKind(
    name="budgets",
    title="预算指标",
    action="import_budgets",
    columns=BUDGET_COLUMNS,
    check=check_budgets,
    publish=publish_budgets,
    has_year=True,
    is_mappable=True,
    examples=(
        {
            "unit": "105002",
            "fund": "105002001",
            "kind": "年初预算",
            "fund_type": "一般公共预算",
            "amount": 30000000,
            "document": "天衡财预〔2024〕1号",
        },
    ),
)
BUDGET_DATES = ImportKind(
    name="budget_dates",
    title="预算日期（三同步）",
    action="import_budgets",
    columns=DATE_COLUMNS,
    check=check_dates,
    publish=publish_dates,
    has_year=True,
    examples=(
        {
            "unit": "105002",
            "submitted_on": date(2023, 10, 20),
            "approved_on": date(2024, 1, 28),
            "published_on": date(2024, 2, 16),
            "document": "天衡财预〔2024〕3号",
        },
    ),
)
