"""绩效板块取数: goals, monitoring and self-evaluation by the field names of 预算管理一体化, as drafts.

What another system holds already becomes a draft that the unit checks, completes and submits. Only what
nobody has begun is laid out: a form that is there is never overwritten, its rows are told. Upstream counts by
project, Jiheng files by special fund: the lines of a fund's projects stand on one form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from jiheng.documents.tables import Column, ColumnKind, Row
from jiheng.evaluation.prefill import fresh_sheet as fresh_evaluation
from jiheng.evaluation.scores import policy_of
from jiheng.evaluation.workflow import amount_of
from jiheng.figures import FigureError, quantity
from jiheng.filings import drafting, moves
from jiheng.filings.models import Filing
from jiheng.goals.prefill import form_of, fresh, total_of
from jiheng.goals.workflow import policy_for
from jiheng.monitoring.prefill import MONTHS, Subject, approved_goal, last_sheet
from jiheng.monitoring.prefill import fresh_sheet as fresh_monitoring
from jiheng.monitoring.workflow import budget_of
from jiheng.policy import Policy
from jiheng.projects import years
from jiheng.projects.imports import Known, year_of
from jiheng.projects.models import Fund, Stage
from jiheng.sheets import (
    Band,
    Cause,
    EvaluationSheet,
    Form,
    GoalSheet,
    Indicator,
    Likelihood,
    Missing,
    MonitoringSheet,
    Operator,
    Progress,
    Quantity,
    Result,
    Sheet,
    Taxonomy,
)
from jiheng.units.imports import Checked, ImportKind, Published, Wrong
from jiheng.units.models import Batch, Person, Unit

SIGNS = {
    **{sign.value: sign for sign in Operator},
    ">=": Operator.AT_LEAST,
    "大于等于": Operator.AT_LEAST,
    "大于": Operator.MORE_THAN,
    "<=": Operator.AT_MOST,
    "小于等于": Operator.AT_MOST,
    "小于": Operator.LESS_THAN,
    "等于": Operator.EQUAL,
    "＝": Operator.EQUAL,
}
DELETED = "1"  # is_deleted: 1 deleted, 2 not (财办〔2023〕12号, 待核)

SUBJECT = (
    Column(
        "fiscal_year",
        "预算年度",
        ColumnKind.WHOLE,
        help="可空；填写时应与所选年度一致",
        aliases=("fiscal_year",),
    ),
    Column(
        "project",
        "项目代码",
        ColumnKind.CODE,
        aliases=("pro_code",),
        help="项目或专项的代码；部门整体的空着，填单位代码",
    ),
    Column("unit", "单位代码", ColumnKind.CODE, aliases=("agency_code", "dept_code"), help="部门整体必填"),
    Column("deleted", "是否删除", aliases=("is_deleted",), help="1 为已删除，不取"),
)
LEVELS = (
    Column("level1", "一级指标", aliases=("lv1_perf_ind_name",)),
    Column("level2", "二级指标", aliases=("lv2_perf_ind_name",)),
    Column("name", "三级指标", required=True, width=30, aliases=("lv3_perf_ind_name", "kpi_name")),
)
GOAL_COLUMNS = (
    *SUBJECT,
    Column("goal", "年度总体目标", width=40, aliases=("kpi_target",), help="同一张表写在任意一行"),
    *LEVELS,
    Column("operator", "计算符号", aliases=("computesign",), help="≥ > ≤ < = 定性"),
    Column("target", "指标值", aliases=("kpi_val",)),
    Column("measure", "计量单位", aliases=("meterunit",)),
    Column("weight", "分值", aliases=("weight", "ind_weight")),
    Column("standard", "评（扣）分标准", width=30, aliases=("kpi_evalstd",)),
    Column("basis", "指标内容", width=30, aliases=("kpi_content",)),
    Column("note", "备注", aliases=("kpi_remark",)),
)
MONITORING_COLUMNS = (
    *SUBJECT,
    Column("month", "截至月份", ColumnKind.WHOLE, required=True, help="1 至 12", aliases=("month",)),
    *LEVELS,
    Column("actual", "执行情况", aliases=("perf_comp",)),
    Column("forecast", "全年预计完成情况", aliases=("est_perf_annual",)),
    Column("reasons", "偏差原因", aliases=("ana_dev_reasons",), width=30),
    Column("likelihood", "完成目标可能性", aliases=("complete_rate",)),
    Column("note", "备注", aliases=("kpi_remark",)),
)
EVALUATION_COLUMNS = (
    *SUBJECT,
    *LEVELS,
    Column("actual", "实际完成值", aliases=("ind_comp",)),
    Column("score", "得分", aliases=("eval_score",)),
    Column("reason", "偏差原因分析及改进措施", width=30, aliases=("devi_analy",)),
    Column("done", "实际完成情况", width=30, aliases=("goal_comp",), help="同一张表写在任意一行"),
)


# ── whose form a row is of ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Whose:
    """A unit's whole, or a fund; with the month of a monitoring form, else 0."""

    unit: Unit
    fund: Fund | None
    month: int = 0

    def filing(self, batch: Batch, form: Form) -> Filing:
        """The form, not stored."""
        return Filing(
            region=batch.region,
            form=form,
            fiscal_year=year_of(batch),
            month=self.month,
            unit=self.unit,
            fund=self.fund,
        )


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of each form, and what is wrong with those that are of none."""

    rows: dict[Whose, list[Row]]
    wrong: list[Wrong]


def _read(batch: Batch, rows: Iterable[Row]) -> Read:
    known = Known.of(batch.region)
    units = {unit.pk: unit for unit in known.units.values()}
    found: dict[tuple[int, int | None, int], tuple[Whose, list[Row]]] = {}
    wrong: list[Wrong] = []
    for row in rows:
        values = row.values
        if values["deleted"] == DELETED:
            continue
        if values["fiscal_year"] not in (None, year_of(batch)):
            wrong.append(Wrong(row, "fiscal_year", f"与所选的 {year_of(batch)} 年度不一致"))
            continue
        month = values.get("month") or 0
        if "month" in values and not 1 <= month <= MONTHS:
            wrong.append(Wrong(row, "month", "应为 1 至 12"))
            continue
        code = values["project"]
        project = known.projects.get(code or "")
        fund = project.fund if project else known.funds.get(code or "")
        unit = units.get(fund.unit_id) if fund else known.units.get(values["unit"] or "")
        if code and fund is None:
            wrong.append(Wrong(row, "project", "系统中没有这个项目或专项，请先导入专项和项目或核对代码"))
        elif unit is None:
            wrong.append(Wrong(row, "unit", "系统中没有这个单位；没有项目代码的行要填单位代码"))
        elif not _lives(fund or unit, year_of(batch)):
            words = f"“{fund or unit}”在 {year_of(batch)} 年不计入（见起止年度），请核对"
            wrong.append(Wrong(row, "project" if fund else "unit", words))
        else:
            whose = Whose(unit, fund, month)
            key = (unit.pk, fund.pk if fund else None, month)
            found.setdefault(key, (whose, []))[1].append(row)
    return Read(dict(found.values()), wrong)


def _lives(subject: Fund | Unit, fiscal_year: int) -> bool:
    return subject.since_year <= fiscal_year <= subject.until_year


def _begun(batch: Batch, read: Read, form_of_subject: Callable[[Whose], Form]) -> Iterator[Wrong]:
    """Forms that are there already: what a unit wrote is never overwritten."""
    there = drafting.there(Filing.objects.filter(region=batch.region, fiscal_year=year_of(batch)))
    for whose, rows in read.rows.items():
        form = form_of_subject(whose)
        if drafting.key_of(whose.filing(batch, form)) in there:
            words = f"“{whose.fund or whose.unit}”已有{form.heading}，不覆盖；请单位在表上核对修改"
            yield from (Wrong(row, "name", words) for row in rows)


def _require_open(batch: Batch, stage: Stage) -> None:
    if why := years.why_closed(batch.region_id, year_of(batch), stage):
        raise ValidationError(why)


def _published(person: Person, made: list[Filing], action: str) -> Published:
    count = drafting.keep(person, made, action)
    return Published({"新增草稿": count}, ["草稿由单位核对、补充后报送；已有的表没有改动"] if count else [])


# ── 绩效目标 ──────────────────────────────────────────────────────────────────────────────────────────


def check_goals(batch: Batch, rows: Sequence[Row]) -> Checked:
    """Levels of one taxonomy, signs, figures; each indicator once; no form there yet."""
    read = _read(batch, rows)
    policy = policy_for(batch.region, year_of(batch))
    wrong = [*read.wrong, *_begun(batch, read, _goal_form)]
    for whose_rows in read.rows.values():
        taxonomy = _taxonomy(whose_rows, policy)
        seen: dict[tuple[str, ...], Row] = {}
        for row in whose_rows:
            values = row.values
            frame = policy.table(f"taxonomy.{taxonomy.value}")
            if values["level2"] not in frame.get(values["level1"], ()):
                level = f"{values['level1'] or '（空）'}·{values['level2'] or '（空）'}"
                words = f"“{level}”不在 {taxonomy.value} 版指标分类中；一张表只用一版分类"
                wrong.append(Wrong(row, "level2", words))
            name = (values["level1"] or "", values["level2"] or "", values["name"])
            if seen.setdefault(name, row) is not row:
                wrong.append(Wrong(row, "name", f"与第 {seen[name].number} 行是同一个指标，请只留一行"))
            wrong += [Wrong(row, column, words) for column, words in _bad_indicator(values)]
    return Checked(wrong)


def publish_goals(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """One draft a subject, money from the budget, lines from the file."""
    _require_open(batch, Stage.GOAL)
    policy = policy_for(batch.region, year_of(batch))
    made = []
    for whose, whose_rows in _read(batch, rows).rows.items():
        sheet = fresh(person, whose.unit, whose.fund, year_of(batch), policy)
        sheet = replace(
            sheet,
            annual_goal=_first(whose_rows, "goal") or sheet.annual_goal,
            leader="",  # the unit's, not who took it over
            phone="",
            taxonomy=_taxonomy(whose_rows, policy),
            indicators=tuple(_indicator(row.values, place) for place, row in enumerate(whose_rows, 1)),
        )
        total = total_of(sheet)
        amount = total if isinstance(total, Missing) else total.yuan
        made.append(_laid_out(whose.filing(batch, _goal_form(whose)), sheet, amount, person))
    return _published(person, made, "取数生成目标草稿")


def _goal_form(whose: Whose) -> Form:
    return form_of(whose.fund)


def _taxonomy(rows: Sequence[Row], policy: Policy) -> Taxonomy:
    """The one that knows most of the lines' levels; the default where both do."""
    default = Taxonomy(policy.text("taxonomy.default"))

    def known(taxonomy: Taxonomy) -> int:
        frame = policy.table(f"taxonomy.{taxonomy.value}")
        return sum(row.values["level2"] in frame.get(row.values["level1"], ()) for row in rows)

    return max((default, *(each for each in Taxonomy if each is not default)), key=known)


def _bad_indicator(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    sign = SIGNS.get(_sign(values))
    if sign is None:
        said = values["operator"] or "（空）"
        yield "operator", f"“{said}”不是计算符号，应为 ≥ > ≤ < = 或 定性"
    elif sign is not Operator.QUALITATIVE:
        yield from _bad_figure("target", values["target"], values["measure"])
    yield from _bad_figure("weight", values["weight"], "分")


def _sign(values: Mapping[str, Any]) -> str:
    return (values["operator"] or "").lstrip("'")  # led by an apostrophe, where a file guards its formulas


def _bad_figure(column: str, text: str | None, unit: str | None) -> Iterator[tuple[str, str]]:
    if not text:
        return
    try:
        quantity(text, unit or "")
    except FigureError as error:
        yield column, str(error)


def _indicator(values: Mapping[str, Any], place: int) -> Indicator:
    sign = SIGNS[_sign(values)]
    is_words = sign is Operator.QUALITATIVE
    given: dict[str, Any] = {
        "target_text": (values["target"] or "") if is_words else "",
        **({} if is_words else _figure("target", values["target"], values["measure"])),
        **_figure("weight", values["weight"], "分"),
    }
    return Indicator(
        key=f"b{place}",
        level1=values["level1"] or "",
        level2=values["level2"] or "",
        name=values["name"],
        operator=sign,
        unit=values["measure"] or "",
        standard=values["standard"] or "",
        basis=values["basis"] or "",
        note=values["note"] or "",
        **given,
    )


def _figure(name: str, text: str | None, unit: str | None) -> dict[str, Quantity]:
    """Nothing where the cell is empty: the field stays missing."""
    return {name: quantity(text, unit or "")} if text else {}


# ── 运行监控、绩效自评 ────────────────────────────────────────────────────────────────────────────────


def _goals_of(batch: Batch, read: Read) -> dict[Whose, GoalSheet | None]:
    return {
        whose: approved_goal(Subject(unit=whose.unit, fund=whose.fund, fiscal_year=year_of(batch)))
        for whose in read.rows
    }


def _line_of(goal: GoalSheet, values: Mapping[str, Any]) -> Indicator | None:
    """The approved line that a row speaks of: by name, and by level where names repeat."""
    named = [item for item in goal.indicators if item.name == values["name"]]
    if len(named) > 1:
        named = [item for item in named if item.level2 == values["level2"]]
    return named[0] if len(named) == 1 else None


def _check_told(
    batch: Batch,
    rows: Sequence[Row],
    form_of_subject: Callable[[Whose], Form],
    bad: Callable[[Indicator, Mapping[str, Any]], Iterator[tuple[str, str]]],
) -> Checked:
    """What reports on an approved goal: it is there, each row is one of its lines and is told once."""
    read = _read(batch, rows)
    wrong = [*read.wrong, *_begun(batch, read, form_of_subject)]
    for whose, goal in _goals_of(batch, read).items():
        seen: dict[str, Row] = {}
        for row in read.rows[whose]:
            if goal is None:
                words = f"“{whose.fund or whose.unit}”{year_of(batch)}年的绩效目标还没有批复，无从填报"
                wrong.append(Wrong(row, "name", words))
                continue
            line = _line_of(goal, row.values)
            if line is None:
                wrong.append(Wrong(row, "name", "批复的绩效目标里没有这个指标（或有同名的，请填二级指标）"))
                continue
            if seen.setdefault(line.key, row) is not row:
                words = f"与第 {seen[line.key].number} 行是同一个指标，请只留一行"
                wrong.append(Wrong(row, "name", words))
            wrong += [Wrong(row, column, words) for column, words in bad(line, row.values)]
    return Checked(wrong)


def _monitoring_form(_: Whose) -> Form:
    return Form.MONITORING


def _evaluation_form(whose: Whose) -> Form:
    return Form.PROJECT_EVALUATION if whose.fund else Form.UNIT_EVALUATION


def check_monitoring(batch: Batch, rows: Sequence[Row]) -> Checked:
    """What each row reports can be read."""

    def bad(line: Indicator, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        if line.operator is not Operator.QUALITATIVE:
            for column in ("actual", "forecast"):
                yield from _bad_figure(column, values[column], line.unit)
        if values["likelihood"] and values["likelihood"] not in {item.value for item in Likelihood}:
            yield "likelihood", f"应为：{'、'.join(item.value for item in Likelihood)}"

    return _check_told(batch, rows, _monitoring_form, bad)


def publish_monitoring(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """One draft a subject and month, money from the payments, what was reported from the file."""
    _require_open(batch, Stage.MONITORING)
    read = _read(batch, rows)
    made = []
    for whose, goal in _goals_of(batch, read).items():
        assert goal is not None
        subject = Subject(unit=whose.unit, fund=whose.fund, fiscal_year=year_of(batch))
        sheet: MonitoringSheet = fresh_monitoring(
            subject, whose.month, goal, last_sheet(subject, whose.month)
        )
        told = {_key(goal, row): row.values for row in read.rows[whose]}
        lines = tuple(_progress(line, told[line.key]) if line.key in told else line for line in sheet.lines)
        filing = whose.filing(batch, Form.MONITORING)
        made.append(_laid_out(filing, replace(sheet, lines=lines), budget_of(sheet), person))
    return _published(person, made, "取数生成监控草稿")


def _key(goal: GoalSheet, row: Row) -> str:
    line = _line_of(goal, row.values)
    assert line is not None
    return line.key


def _progress(line: Progress, values: Mapping[str, Any]) -> Progress:
    is_words = line.indicator.operator is Operator.QUALITATIVE
    given: dict[str, Any] = {}
    if is_words:
        given = {**_banded(values["actual"]), "forecast_text": values["forecast"] or ""}
    else:
        for name in ("actual", "forecast"):
            given |= _figure(name, values[name], line.indicator.unit)
    reasons = values["reasons"] or ""
    return replace(
        line,
        causes=tuple(cause for cause in Cause if cause.value in reasons),
        explanation=reasons,
        likelihood=Likelihood(values["likelihood"]) if values["likelihood"] else line.likelihood,
        note=values["note"] or line.note,
        **given,
    )


def check_evaluation(batch: Batch, rows: Sequence[Row]) -> Checked:
    """What each row reports can be read."""

    def bad(line: Indicator, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        if line.operator is not Operator.QUALITATIVE:
            yield from _bad_figure("actual", values["actual"], line.unit)
        yield from _bad_figure("score", values["score"], "分")

    return _check_told(batch, rows, _evaluation_form, bad)


def publish_evaluation(person: Person, batch: Batch, rows: Sequence[Row]) -> Published:
    """One draft a subject: goal and money as the books have them, results and own scores from the file."""
    _require_open(batch, Stage.EVALUATION)
    read = _read(batch, rows)
    made = []
    for whose, goal in _goals_of(batch, read).items():
        assert goal is not None
        subject = Subject(unit=whose.unit, fund=whose.fund, fiscal_year=year_of(batch))
        filing = whose.filing(batch, _evaluation_form(whose))
        sheet: EvaluationSheet = fresh_evaluation(subject, goal, policy_of(filing))
        told = {_key(goal, row): row.values for row in read.rows[whose]}
        lines = tuple(_result(line, told[line.key]) if line.key in told else line for line in sheet.lines)
        done = _first(read.rows[whose], "done")
        sheet = replace(sheet, lines=lines, actual_goal=done or sheet.actual_goal)
        made.append(_laid_out(filing, sheet, amount_of(sheet), person))
    return _published(person, made, "取数生成自评草稿")


def _result(line: Result, values: Mapping[str, Any]) -> Result:
    is_words = line.indicator.operator is Operator.QUALITATIVE
    given: dict[str, Any] = _banded(values["actual"]) if is_words else {}
    if not is_words:
        given |= _figure("actual", values["actual"], line.indicator.unit)
    given |= _figure("claimed", values["score"], "分")
    return replace(line, reason=values["reason"] or "", **given)


def _banded(text: str | None) -> dict[str, Any]:
    """What was reported of a qualitative line, parted from its 档次."""
    said = text or ""
    band = next((each for each in Band if said.startswith(each.value)), None)
    return {"band": band, "actual_text": said.removeprefix(band.value if band else "").lstrip("；，：")}


def _first(rows: Iterable[Row], name: str) -> str:
    return next((str(row.values[name]) for row in rows if row.values[name]), "")


def _laid_out(filing: Filing, sheet: Sheet, amount: Decimal | Missing | None, person: Person) -> Filing:
    filing.sheet = moves.stored(sheet)
    filing.amount = None if amount is None else moves.whole_fen(amount)
    filing.updated_by, filing.arrived_at = person, moves.now()
    return filing


def _kind(name: str, title: str, columns: tuple[Column, ...], **more: Any) -> ImportKind:
    return ImportKind(
        name=name,
        title=title,
        action="exchange",
        columns=columns,
        has_year=True,
        is_mappable=True,
        **more,
    )


GOALS = _kind(
    "board_goals",
    "绩效目标（一体化）",
    GOAL_COLUMNS,
    check=check_goals,
    publish=publish_goals,
    examples=(
        {
            "project": "105002001001",
            "goal": "改造教学楼 2 栋",
            "level1": "产出指标",
            "level2": "数量指标",
            "name": "改造教学楼栋数",
            "operator": "≥",
            "target": "2",
            "measure": "栋",
            "weight": "20",
        },
    ),
)
MONITORING = _kind(
    "board_monitoring",
    "运行监控（一体化）",
    MONITORING_COLUMNS,
    check=check_monitoring,
    publish=publish_monitoring,
    examples=(
        {
            "project": "105002001001",
            "month": 7,
            "name": "改造教学楼栋数",
            "actual": "1",
            "forecast": "2",
            "likelihood": "确定能",
        },
    ),
)
EVALUATION = _kind(
    "board_evaluation",
    "绩效自评（一体化）",
    EVALUATION_COLUMNS,
    check=check_evaluation,
    publish=publish_evaluation,
    examples=({"project": "105002001001", "name": "改造教学楼栋数", "actual": "2", "score": "20"},),
)
