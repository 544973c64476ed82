"""绩效板块导出: approved goals, monitoring and self-evaluation as tables by the field names of 预算管理一体化
(财办〔2023〕12号, names as in published implementations: 待核).

Money in yuan, percentages in percent; a figure that is missing is an empty cell. A fund of one project
goes by the project's code, of several by its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from jiheng.documents.archive import pack
from jiheng.documents.columns import harmless
from jiheng.evaluation.models import Score
from jiheng.figures import percent, rounded
from jiheng.filings.access import visible
from jiheng.filings.models import Filing
from jiheng.findings.models import Correction
from jiheng.projects.models import Project
from jiheng.sheets import (
    Amount,
    EvaluationSheet,
    Form,
    GoalSheet,
    Indicator,
    Missing,
    MonitoringSheet,
    Operator,
    Progress,
    Quantity,
    Result,
    plain,
)
from jiheng.units.models import Person

KEPT = "2"  # is_deleted: not deleted


def _fields(words: str) -> tuple[str, ...]:
    return tuple(words.split())


SUBJECT = _fields("mof_div_code fiscal_year pro_code pro_name agency_code agency_name")
LEVELS = _fields("kpi_id lv1_perf_ind_name lv2_perf_ind_name lv3_perf_ind_name")
TABLES: Mapping[str, tuple[str, ...]] = {
    "PM_PERF_GOAL_INFO": SUBJECT + _fields("kpi_per_id yearflag kpi_target version is_deleted"),
    "PM_PERF_INDICATOR": SUBJECT
    + LEVELS
    + _fields("kpi_per_id kpi_target computesign kpi_val meterunit weight kpi_evalstd kpi_content")
    + _fields("kpi_remark is_deleted"),
    "PAY_PERF_MONITOR_INFO": SUBJECT
    + LEVELS
    + _fields("month kpi_target pro_bgt_comp est_pro_bgt_annual kpi_val perf_comp est_perf_annual")
    + _fields("ana_dev_reasons complete_rate kpi_remark is_perf_rectify rectify_advise rectify_epilog"),
    "PM_PERF_SELF_EVAL": SUBJECT + _fields("total_eval_value dept_score"),
    "PM_SELF_EVAL_GOAL": SUBJECT + _fields("kpi_target goal_comp"),
    "PM_SELF_EVAL_INDICATOR": SUBJECT
    + LEVELS
    + _fields("kpi_val ind_comp kpi_evalstd ind_weight eval_score devi_analy"),
    "PM_PERF_SELF_BGT": SUBJECT
    + _fields("found_type_code reply_amt year_adj_amt cur_amt year_exe_amt exe_amt_rate"),
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Codes:
    """The code by which another system knows a form's subject."""

    projects: dict[int, list[Project]]

    def subject(self, filing: Filing) -> Row:
        projects = self.projects.get(filing.fund_id or 0, [])
        if filing.fund is None:
            code, name = "", filing.unit.name
        elif len(projects) == 1:
            code, name = projects[0].code, projects[0].name
        else:
            code, name = filing.fund.code, filing.fund.name
        return {
            "mof_div_code": filing.region_id,
            "fiscal_year": filing.fiscal_year,
            "pro_code": code,
            "pro_name": name,
            "agency_code": filing.unit.code,
            "agency_name": filing.unit.name,
        }


def exported(person: Person, fiscal_year: int) -> bytes:
    """A zip of one CSV a table (UTF-8 with a byte order mark), of the approved forms that the person sees.
    Eight queries, however many."""
    tables = tables_of(person, fiscal_year)
    files = [(f"{name}.csv", _csv(TABLES[name], rows)) for name, rows in tables.items()]
    return pack(files)


def tables_of(person: Person, fiscal_year: int) -> dict[str, list[Row]]:
    """Each table's rows by field name."""
    found = visible(person).filter(fiscal_year=fiscal_year).exclude(approved=None)
    found = found.select_related("unit", "fund", "approved").defer("sheet")
    filings = list(found.order_by("unit__code", "fund__code", "month", "form"))
    by_fund: dict[int, list[Project]] = {}
    funds = {filing.fund_id for filing in filings if filing.fund_id}
    for project in Project.objects.filter(region=person.region_id).order_by("code"):
        if project.fund_id in funds:
            by_fund.setdefault(project.fund_id, []).append(project)
    codes = _Codes(by_fund)
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    corrections = _corrections(filings)
    scores = {row.filing_id: row for row in Score.objects.filter(filing__in=[one.pk for one in filings])}
    for filing in filings:
        assert filing.approved is not None
        filing.approved.filing = filing
        sheet = filing.approved.as_sheet()
        of = codes.subject(filing)
        if filing.form in (Form.UNIT_GOAL, Form.PROJECT_GOAL):
            _goal(tables, of, filing, cast("GoalSheet", sheet))
        elif filing.form == Form.MONITORING:
            _monitoring(tables, of, cast("MonitoringSheet", sheet), corrections.get(filing.pk))
        else:
            _evaluation(tables, of, cast("EvaluationSheet", sheet), scores.get(filing.pk))
    return tables


def _goal(tables: dict[str, list[Row]], of: Row, filing: Filing, sheet: GoalSheet) -> None:
    per = {"kpi_per_id": str(filing.pk), "kpi_target": sheet.annual_goal, "is_deleted": KEPT}
    assert filing.approved is not None
    tables["PM_PERF_GOAL_INFO"].append({**of, **per, "yearflag": "0", "version": filing.approved.number})
    for line in sheet.indicators:
        tables["PM_PERF_INDICATOR"].append(
            {
                **of,
                **per,
                **_levels(line),
                "computesign": line.operator.value,
                "kpi_val": _target(line),
                "meterunit": line.unit,
                "weight": _told(line.weight),
                "kpi_evalstd": line.standard,
                "kpi_content": line.basis,
                "kpi_remark": line.note,
            }
        )


def _monitoring(
    tables: dict[str, list[Row]], of: Row, sheet: MonitoringSheet, correction: Correction | None
) -> None:
    total = next((row for row in sheet.money if row.key == "total"), None)
    for line in sheet.lines:
        is_words = line.indicator.operator is Operator.QUALITATIVE
        causes = "、".join(cause.value for cause in line.causes)
        tables["PAY_PERF_MONITOR_INFO"].append(
            {
                **of,
                "month": sheet.header.month,
                "kpi_target": sheet.annual_goal,
                "pro_bgt_comp": _told(total.executed) if total else "",
                "est_pro_bgt_annual": _told(total.forecast) if total else "",
                **_levels(line.indicator),
                "kpi_val": _target(line.indicator),
                "perf_comp": _banded(line) if is_words else _told(line.actual),
                "est_perf_annual": line.forecast_text if is_words else _told(line.forecast),
                "ana_dev_reasons": "：".join(part for part in (causes, line.explanation) if part),
                "complete_rate": line.likelihood.value if line.likelihood else "",
                "kpi_remark": line.note,
                "is_perf_rectify": "1" if correction else "2",
                "rectify_advise": correction.requirement if correction else "",
                "rectify_epilog": correction.reply if correction else "",
            }
        )


def _evaluation(tables: dict[str, list[Row]], of: Row, sheet: EvaluationSheet, score: Score | None) -> None:
    tables["PM_PERF_SELF_EVAL"].append(
        {
            **of,
            "total_eval_value": "" if score is None else _told(score.computed),
            "dept_score": "" if score is None else _told(score.reviewed),
        }
    )
    tables["PM_SELF_EVAL_GOAL"].append(
        {**of, "kpi_target": sheet.expected_goal, "goal_comp": sheet.actual_goal}
    )
    for line in sheet.lines:
        is_words = line.indicator.operator is Operator.QUALITATIVE
        tables["PM_SELF_EVAL_INDICATOR"].append(
            {
                **of,
                **_levels(line.indicator),
                "kpi_val": _target(line.indicator),
                "ind_comp": _banded(line) if is_words else _told(line.actual),
                "kpi_evalstd": line.indicator.standard,
                "ind_weight": _told(line.indicator.weight),
                "eval_score": _told(line.claimed),
                "devi_analy": line.reason,
            }
        )
    for money in sheet.money:
        initial, revised, executed = money.initial, money.revised, money.executed
        tables["PM_PERF_SELF_BGT"].append(
            {
                **of,
                "found_type_code": money.label,
                "reply_amt": _told(initial),
                "year_adj_amt": _less(revised, initial),
                "cur_amt": _told(revised),
                "year_exe_amt": _told(executed),
                "exe_amt_rate": _rate(executed, revised),
            }
        )


def _levels(line: Indicator) -> Row:
    return {
        "kpi_id": line.key,
        "lv1_perf_ind_name": line.level1,
        "lv2_perf_ind_name": line.level2,
        "lv3_perf_ind_name": line.name,
    }


def _target(line: Indicator) -> str:
    if line.operator is Operator.QUALITATIVE or isinstance(line.target, Missing):
        return line.target_text
    return _told(line.target)


def _banded(line: Progress | Result) -> str:
    """What was reported of a qualitative line, led by its 档次."""
    return "；".join(part for part in (line.band.value if line.band else "", line.actual_text) if part)


def _told(figure: Any) -> str:
    """A figure as the file has it; empty where it is missing."""
    if figure is None or isinstance(figure, Missing):
        return ""
    if isinstance(figure, Amount):
        return plain(figure.yuan)
    return str(figure) if isinstance(figure, Quantity) else plain(figure)


def _less(one: Amount | Missing, other: Amount | Missing) -> str:
    if isinstance(one, Missing) or isinstance(other, Missing):
        return ""
    return plain(one.yuan - other.yuan)


def _rate(part: Amount | Missing, whole: Amount | Missing) -> str:
    if isinstance(part, Missing) or isinstance(whole, Missing):
        return ""
    found = percent(part.yuan, whole.yuan)
    return "" if isinstance(found, Missing) else plain(rounded(found, 2))


def _corrections(filings: Iterable[Filing]) -> dict[int, Correction]:
    """The latest order on each monitoring form. One query."""
    found = Correction.objects.filter(filing__in=[filing.pk for filing in filings]).order_by("pk")
    return {row.filing_id: row for row in found}


def _csv(fields: Iterable[str], rows: Iterable[Row]) -> bytes:
    held = io.StringIO(newline="")
    writer = csv.DictWriter(held, list(fields), restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in rows)
    return "\ufeff".encode() + held.getvalue().encode()
