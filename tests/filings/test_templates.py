"""表样: the newest uploaded for a year, else the built-in."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from tests.cast import Cast

from jiheng.documents.forms import TemplateError, blank, built_in, marked_blank
from jiheng.filings import templates
from jiheng.filings.models import Template
from jiheng.sheets import Form
from jiheng.units.models import LogEntry

FORM = Form.PROJECT_GOAL


def test_the_newest_upload_up_to_the_year_is_in_force(cast: Cast) -> None:
    assert templates.template_for(cast.region, FORM, 2024) is built_in(FORM)
    stored = templates.upload(cast.performance, FORM, 2024, marked_blank(FORM), "目标表2024.xlsx")
    assert templates.template_for(cast.region, FORM, 2023) is built_in(FORM)
    ours = templates.template_for(cast.region, FORM, 2025)
    assert ours is not built_in(FORM)
    assert ours is templates.template_for(cast.region, FORM, 2025)  # read once
    assert LogEntry.objects.order_by("-pk")[0].action == "上传表样"
    templates.remove(cast.performance, stored)
    assert templates.template_for(cast.region, FORM, 2025) is built_in(FORM)


def test_a_wrong_blank_is_refused_and_nothing_is_stored(cast: Cast) -> None:
    with pytest.raises(TemplateError):
        templates.upload(cast.performance, FORM, 2024, blank(FORM), "没有标记.xlsx")
    assert not Template.objects.exists()


def test_only_the_performance_section_uploads(cast: Cast) -> None:
    for name in set(cast.people) - {"performance", "colleague"}:
        with pytest.raises(PermissionDenied):
            templates.upload(cast.people[name], FORM, 2024, marked_blank(FORM), "目标表.xlsx")
