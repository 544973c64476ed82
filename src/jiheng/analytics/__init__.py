"""Questions over a ledger of any size: each is one Ibis expression, run by DuckDB here or by Spark elsewhere.

    answer = ask("units", source_at(Path("ledger")), policy, Filters(year=2024, until=date(2024, 6, 30)))
    answer.columns, answer.rows, answer.total, answer.notes, answer.steps
    behind = rows(source, behind(filters, answer.where(answer.rows[0])))

Money is exact from the first file to the last cell: the engine only adds up decimals, Python divides.
"""

from jiheng.analytics.answers import Answer, AskError, Cell, Column, Filters, Names, Rows
from jiheng.analytics.asking import ask, behind, question, rows
from jiheng.analytics.engines import Choice, Engine, opened
from jiheng.analytics.questions import QUESTIONS, Question
from jiheng.analytics.sources import BUDGETS, NAMES, PAYMENTS, PROJECTS, WORDS, Source, source_at

__all__ = [
    "BUDGETS",
    "NAMES",
    "PAYMENTS",
    "PROJECTS",
    "QUESTIONS",
    "WORDS",
    "Answer",
    "AskError",
    "Cell",
    "Choice",
    "Column",
    "Engine",
    "Filters",
    "Names",
    "Question",
    "Rows",
    "Source",
    "ask",
    "behind",
    "opened",
    "question",
    "rows",
    "source_at",
]
