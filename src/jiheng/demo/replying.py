"""批复 and 三同步 of the example year: most units in step with their budgets, a few late, a few forgotten."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from django.utils import timezone

from jiheng.demo.places import District, moment
from jiheng.filings.models import Filing
from jiheng.goals.models import GoalReply, RepliedGoal
from jiheng.goals.replying import GOALS
from jiheng.projects.models import BudgetDates

YEARS = (2023, 2024)
WHERE = "天衡区人民政府门户网站·财政预决算专栏（演示）"
EVERY_LATE, EVERY_UNPUBLISHED, EVERY_UNREPLIED = 17, 29, 41  # one unit in so many


def reply(district: District) -> None:
    """The dates of every unit's budget, and the replies to nearly all of them, of 2023 and 2024."""
    dice = Random(district.region.pk)
    for year in YEARS:
        _year(district, year, dice)


def _year(district: District, year: int, dice: Random) -> None:
    approved, published = date(year, 1, 26), date(year, 2, 14)
    filings: dict[int, list[Filing]] = {}
    known = Filing.objects.filter(region=district.region, fiscal_year=year, form__in=GOALS)
    for filing in known.select_related("approved").order_by("unit__code", "fund__code"):
        filings.setdefault(filing.unit_id, []).append(filing)
    dates: list[BudgetDates] = []
    replies: list[GoalReply] = []
    told: list[tuple[GoalReply, Filing]] = []
    for place, unit in enumerate(district.units):
        goals = filings.get(unit.pk, [])
        sent = [timezone.localdate(filing.submitted_at) for filing in goals if filing.submitted_at]
        handed_in = max(sent, default=date(year - 1, 11, 20)) + timedelta(days=dice.randint(-2, 2))
        if place % EVERY_LATE == 3:
            handed_in -= timedelta(days=dice.randint(9, 20))
        dates.append(
            BudgetDates(
                region=district.region,
                fiscal_year=year,
                unit=unit,
                submitted_on=min(handed_in, approved),
                approved_on=approved,
                published_on=published,
                document=f"天衡财预〔{year}〕{place + 1}号",
            )
        )
        ready = [filing for filing in goals if filing.approved_id]
        if not ready or (year == YEARS[-1] and place % EVERY_UNREPLIED == 7):
            continue
        last = max(timezone.localdate(filing.approved_at) for filing in ready if filing.approved_at)
        issued = max(approved, last) + timedelta(days=25 if place % EVERY_LATE == 5 else 0)
        is_public = year != YEARS[-1] or place % EVERY_UNPUBLISHED != 11
        one = GoalReply(
            region=district.region,
            unit=unit,
            fiscal_year=year,
            year=year,
            serial=len(replies) + 1,
            number=f"财绩批〔{year}〕{len(replies) + 1}号",
            issued_on=issued,
            issued_by=district.people["jixiao"],
            issued_at=moment(issued.year, issued.month, issued.day, 15, 0),
            published_on=max(published, issued) if is_public else None,
            published_where=WHERE if is_public else "",
        )
        replies.append(one)
        told += [(one, filing) for filing in ready]
    BudgetDates.objects.bulk_create(dates, batch_size=500)
    GoalReply.objects.bulk_create(replies, batch_size=500)
    RepliedGoal.objects.bulk_create(
        [
            RepliedGoal(reply=one, filing=filing, version=filing.approved)
            for one, filing in told
            if filing.approved is not None
        ],
        batch_size=500,
    )
