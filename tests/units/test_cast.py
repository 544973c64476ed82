"""The cast is complete, consistent and cheap."""

from django.db.models import Sum
from tests.cast import PASSWORD, Cast

from jiheng.ledger.models import Entry
from jiheng.projects.models import BudgetLine
from jiheng.units.models import Role


def test_every_role_has_somebody(cast: Cast) -> None:
    assert {person.role for person in cast.people.values()} == set(Role)


def test_everybody_can_log_in(cast: Cast) -> None:
    assert all(person.check_password(PASSWORD) for person in cast.people.values())


def test_the_well_known_line_stands(cast: Cast) -> None:
    of_2023 = {"fund": cast.building, "fiscal_year": 2023}
    assert str(BudgetLine.objects.filter(**of_2023).aggregate(all=Sum("amount"))["all"]) == "47540000.00"
    assert str(Entry.objects.filter(**of_2023).aggregate(all=Sum("amount"))["all"]) == "46040000.00"
