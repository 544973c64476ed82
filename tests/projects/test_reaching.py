"""Funds and projects are reached by their unit, and live in some years only."""

import pytest
from django.http import Http404
from tests.cast import Cast

from jiheng.projects import access


def test_who_sees_the_unit_sees_its_funds(cast: Cast) -> None:
    assert access.fund_for(cast.department, cast.building.pk) == cast.building
    assert {fund.pk for fund in access.funds_for(cast.division)} == {cast.building.pk, cast.meals.pk}
    with pytest.raises(Http404, match="没有找到"):
        access.fund_for(cast.stranger, cast.building.pk)


def test_a_project_is_reached_by_its_own_unit_or_its_funds(cast: Cast) -> None:
    project = cast.building_projects[0]
    assert access.project_for(cast.reporter, project.pk) == project
    with pytest.raises(Http404):
        access.project_for(cast.stranger, project.pk)
    project.unit = cast.health_bureau
    project.save()
    assert access.project_for(cast.stranger, project.pk) == project
    assert access.project_for(cast.reporter, project.pk) == project


def test_what_has_ended_is_not_counted(cast: Cast) -> None:
    cast.meals.until_year = 2023
    cast.meals.save()
    cast.clinic.since_year = 2024
    cast.clinic.save()
    assert cast.meals in access.funds_in(cast.region, 2023)
    assert cast.meals not in access.funds_in(cast.region, 2024)
    assert cast.clinic in access.units_in(cast.region, 2024)
    assert cast.clinic not in access.units_in(cast.region, 2023)
