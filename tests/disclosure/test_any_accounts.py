"""Whatever the closed tables hold: every figure that is written is read, has its source, and is no error.

`benchmarks/disclosures.py` does the same for 1,000 sets."""

from __future__ import annotations

from datetime import date

import pytest
from disclosures import cases
from wording_audit import unread_figures

from jiheng import policy, wording
from jiheng.auditing import audit_document
from jiheng.documents import reading
from jiheng.sheets import Severity

RULES = policy.on(date(2026, 1, 1))


@pytest.mark.parametrize("seed", range(2001, 2009))
def test_no_error_is_found_and_no_figure_lost(seed: int) -> None:
    for texts in cases(seed, RULES):
        document = reading.read(wording.word(texts, "决算公开说明", RULES), "text.docx")
        assert unread_figures(texts, document) == []
        assert all(run.sources for text in texts for run in text.figures())
        report = audit_document(document, RULES, year=None)
        assert [one.message for one in report.findings if one.severity is Severity.ERROR] == []
