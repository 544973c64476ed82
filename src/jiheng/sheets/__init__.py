"""The hall table: the frozen records that everybody passes.

A *sheet* is one official form as filled for one subject (a unit 单位, or a special fund 专项资金) and one
fiscal year. Rooms store sheets, rules check them, scoring scores them, documents print and read them; nobody
keeps a second model of the same form.

Three conventions hold everywhere:

* A figure is a value or `Missing`; missing is never zero and never false.
* An `Amount` holds exact yuan, and beside it the text as typed in 万元, so that 13.40 stays 13.40.
* A field's Chinese label stands in its metadata and nowhere else. Lines carry a `key` that survives
  reordering, so that a remark, a difference or an upload can say which line it means.
"""

from __future__ import annotations

from jiheng.sheets.comparing import Change, differences, in_words, label_of
from jiheng.sheets.document import Block, BlockKind, Cell, Document
from jiheng.sheets.records import (
    SHEET_TYPES,
    BasicData,
    EvaluationSheet,
    FormerTarget,
    Funding,
    GoalSheet,
    Header,
    Indicator,
    MoneyProgress,
    MoneyResult,
    MonitoringSheet,
    Progress,
    ProjectEvaluationSheet,
    ProjectGoalSheet,
    Result,
    Sheet,
    SpendingControl,
    Task,
    UnitEvaluationSheet,
    UnitGoalSheet,
    from_json,
    named,
    to_json,
)
from jiheng.sheets.vocabulary import (
    FORM_TITLES,
    MOST_DIGITS,
    NOT_APPLICABLE,
    NOT_REPORTED,
    WAN,
    Amount,
    Band,
    Cause,
    Finding,
    Form,
    Grade,
    Light,
    Likelihood,
    Missing,
    MissingReason,
    Operator,
    Place,
    Quantity,
    Severity,
    Taxonomy,
    plain,
)

__all__ = [
    "FORM_TITLES",
    "MOST_DIGITS",
    "NOT_APPLICABLE",
    "NOT_REPORTED",
    "SHEET_TYPES",
    "WAN",
    "Amount",
    "Band",
    "BasicData",
    "Block",
    "BlockKind",
    "Cause",
    "Cell",
    "Change",
    "Document",
    "EvaluationSheet",
    "Finding",
    "Form",
    "FormerTarget",
    "Funding",
    "GoalSheet",
    "Grade",
    "Header",
    "Indicator",
    "Light",
    "Likelihood",
    "Missing",
    "MissingReason",
    "MoneyProgress",
    "MoneyResult",
    "MonitoringSheet",
    "Operator",
    "Place",
    "Progress",
    "ProjectEvaluationSheet",
    "ProjectGoalSheet",
    "Quantity",
    "Result",
    "Severity",
    "Sheet",
    "SpendingControl",
    "Task",
    "Taxonomy",
    "UnitEvaluationSheet",
    "UnitGoalSheet",
    "differences",
    "from_json",
    "in_words",
    "label_of",
    "named",
    "plain",
    "to_json",
]
