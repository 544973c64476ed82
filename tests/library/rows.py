"""Rows of the library for the tests of pages."""

from __future__ import annotations

from tests.cast import Cast

from jiheng.library import workflow
from jiheng.library.models import Indicator, Standard
from jiheng.library.workflow import IndicatorDraft, StandardDraft

BRIDGES = IndicatorDraft(
    name="危桥改造数", sector="交通运输", level2="数量指标", operator="≥", unit="座", typed="3", place="邻县"
)
UPKEEP = StandardDraft(
    name="县道日常养护标准", sector="交通运输", operator="≥", typed="10000", unit="元/公里·年"
)


def indicator(cast: Cast, draft: IndicatorDraft = BRIDGES) -> Indicator:
    return workflow.add(cast.performance, draft)


def standard(cast: Cast, draft: StandardDraft = UPKEEP) -> Standard:
    return workflow.add_standard(cast.performance, draft)
