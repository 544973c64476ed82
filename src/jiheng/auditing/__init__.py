"""Auditing: files in, reports out: reading, checking and checking again, many at once, told in five formats.

    report = audit_file(path, policy, year=2024)
    for told in audit_files(chosen([folder]).files, Settings(REAL, date.today()), jobs=2): …

A file that cannot be read is a report with an `error`, not an exception. `report_text`, `report_json`,
`report_html`, `as_word.report_word` and `as_excel.report_excel` tell reports (the last two apart, because
their libraries take time to load); `pieces` and `marks` say what a page should mark.
"""

from jiheng.auditing.as_html import report_html
from jiheng.auditing.as_json import document as as_fields
from jiheng.auditing.as_json import report_json
from jiheng.auditing.as_text import report_text
from jiheng.auditing.batch import (
    Chosen,
    Format,
    Settings,
    Told,
    audit_files,
    chosen,
)
from jiheng.auditing.marking import LEVELS, Level, Mark, Piece, marks, pieces
from jiheng.auditing.pipeline import Steps, audited
from jiheng.auditing.steps import REAL, audit_document, audit_file
from jiheng.auditing.workers import WorkersFailed

__all__ = [
    "LEVELS",
    "REAL",
    "Chosen",
    "Format",
    "Level",
    "Mark",
    "Piece",
    "Settings",
    "Steps",
    "Told",
    "WorkersFailed",
    "as_fields",
    "audit_document",
    "audit_file",
    "audit_files",
    "audited",
    "chosen",
    "marks",
    "pieces",
    "report_html",
    "report_json",
    "report_text",
]
