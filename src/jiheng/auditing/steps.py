"""The steps of a real audit, and the audit of one file by them."""

from __future__ import annotations

from pathlib import Path

from jiheng import claims
from jiheng.auditing.pipeline import Steps, audited, checked
from jiheng.claims import Report, verifier
from jiheng.documents import reading
from jiheng.policy import Policy
from jiheng.sheets import Document

REAL = Steps(reading.read, reading.place, claims.check, verifier.verify)


def audit_file(path: Path, policy: Policy, *, year: int | None = None) -> Report:
    """The report of one file, in this process; `error` says in Chinese why it could not be read or checked.

    `year` is the fiscal year that the document is about; None derives it from the text. Each error has been
    proved a second time by `claims.verifier`.
    """
    return audited(path, policy, year, REAL)


def audit_document(document: Document, policy: Policy, *, year: int | None = None) -> Report:
    """The same for a document that `documents.reading.read` gave; what goes wrong raises."""
    return checked(document, policy, year, REAL)
