"""The calendar of a work year: when each stage is open, and which fiscal year it works on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404

from jiheng.projects import years
from jiheng.projects.models import Stage, Window
from jiheng.sheets import Form
from jiheng.units import log
from jiheng.units.access import region_of, require
from jiheng.units.models import Person, Region

STAGES: dict[Form, Stage] = {
    Form.PROJECT_GOAL: Stage.GOAL,
    Form.UNIT_GOAL: Stage.GOAL,
    Form.MONITORING: Stage.MONITORING,
    Form.PROJECT_EVALUATION: Stage.EVALUATION,
    Form.UNIT_EVALUATION: Stage.EVALUATION,
}


class WindowState(StrEnum):
    """A stage window on a day; late forms are still taken until it closes."""

    NOT_YET = "未开放"
    OPEN = "开放中"
    OVERDUE = "已逾期"
    CLOSED = "已关闭"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDraft:
    """What 绩效股 assigns: dates inclusive, opens ≤ due ≤ closes; `month` 1–12 for monitoring, else 0."""

    work_year: int
    stage: Stage
    fiscal_year: int
    opens_on: date
    due_on: date
    closes_on: date
    month: int = 0
    note: str = ""


def stage_of(form: Form | str) -> Stage:
    """The stage that a form belongs to."""
    return STAGES[Form(form)]


def state_on(found: Window, day: date) -> WindowState:
    """How the window stands on a day."""
    if day < found.opens_on:
        return WindowState.NOT_YET
    if day > found.closes_on:
        return WindowState.CLOSED
    return WindowState.OVERDUE if day > found.due_on else WindowState.OPEN


def open_windows(region: Region, day: date) -> list[Window]:
    """The windows in which forms may be filed that day, those due first in front."""
    found = Window.objects.filter(region=region, opens_on__lte=day, closes_on__gte=day)
    return list(found.order_by("due_on", "stage", "fiscal_year", "month"))


def window(region: Region, stage: Stage | str, fiscal_year: int, month: int = 0) -> Window | None:
    """The window of a stage for a fiscal year (and month); the latest work year's if it was opened twice."""
    found = Window.objects.filter(region=region, stage=stage, fiscal_year=fiscal_year, month=month)
    return found.order_by("-work_year").first()


def windows_of(region: Region, work_year: int) -> list[Window]:
    """A work year's whole calendar, in the order in which the windows open."""
    return list(
        Window.objects.filter(region=region, work_year=work_year).order_by("opens_on", "stage", "month")
    )


def set_window(person: Person, draft: WindowDraft) -> Window:
    """Opens a stage, or moves the dates of one that is there. Raises ValidationError in Chinese."""
    require(person, "assign_calendar")
    region = region_of(person)
    _check(draft)
    if why := years.why_closed(region, draft.fiscal_year, draft.stage):
        raise ValidationError({"fiscal_year": why})
    key = {"work_year": draft.work_year, "stage": draft.stage, "fiscal_year": draft.fiscal_year}
    with transaction.atomic():
        found = Window.objects.select_for_update().filter(region=region, month=draft.month, **key)
        before = found.first()
        fresh = before or Window(region=region, month=draft.month, **key)
        was = _dates(before) if before else {}
        fresh.opens_on, fresh.due_on, fresh.closes_on = draft.opens_on, draft.due_on, draft.closes_on
        fresh.note = draft.note
        fresh.save()
        log.record(person, "调整工作日历" if before else "布置工作", fresh, before=was, after=_dates(fresh))
    return fresh


def remove_window(person: Person, pk: int) -> None:
    """Takes a window out of the calendar; forms already filed stay. Raises Http404 for another region's."""
    require(person, "assign_calendar")
    with transaction.atomic():
        found = Window.objects.select_for_update().filter(pk=pk, region=region_of(person)).first()
        if found is None:
            raise Http404("没有找到这项工作安排")
        log.record(person, "取消工作安排", found, before=_dates(found))
        found.delete()


def _dates(found: Window) -> dict[str, object]:
    return {
        "开放日期": found.opens_on,
        "截止日期": found.due_on,
        "关闭日期": found.closes_on,
        "布置要求": found.note,
    }


def _check(draft: WindowDraft) -> None:
    errors: dict[str, str] = {}
    if not draft.opens_on <= draft.due_on:
        errors["due_on"] = f"截止日期 {draft.due_on} 早于开放日期 {draft.opens_on}，请改为开放日期当天或以后"
    if not draft.due_on <= draft.closes_on:
        errors["closes_on"] = (
            f"关闭日期 {draft.closes_on} 早于截止日期 {draft.due_on}，请改为截止日期当天或以后"
        )
    if draft.stage is Stage.MONITORING and not 1 <= draft.month <= 12:
        errors["month"] = f"运行监控须写明截至月份（1 至 12），现为 {draft.month}"
    if draft.stage is not Stage.MONITORING and draft.month:
        errors["month"] = f"{draft.stage.label}按年度布置，监控截止月请留空，现为 {draft.month}"
    if not 2000 <= draft.fiscal_year <= 2100 or not 2000 <= draft.work_year <= 2100:
        errors["fiscal_year"] = (
            f"年度应为四位年份，现为工作年度 {draft.work_year}、预算年度 {draft.fiscal_year}"
        )
    if errors:
        raise ValidationError(errors)
