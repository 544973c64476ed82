"""结果应用: the case file, what-ifs, and totals met to the fen."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.scoring.conftest import DAY, Case

from jiheng import policy
from jiheng.scoring.balancing import Movable, Unmet, balance, spread
from jiheng.scoring.results import Action, Standing, action_of, changed, propose, terms_of
from jiheng.sheets import NOT_REPORTED, WAN, Grade, Missing

FILE = Path(__file__).parents[1] / "cases" / "scoring" / "results.yaml"


def cases() -> list[Any]:
    rows = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return [pytest.param(row, id=row["名称"]) for row in rows]


def yuan(case: Case, name: str, usual: str = "1000") -> Decimal | Missing:
    text = case.get(name, usual)
    return NOT_REPORTED if text == "缺" else Decimal(text) * WAN


def standing(case: Case) -> Standing:
    twice = yuan(case, "两年结转", "0")
    assert isinstance(twice, Decimal)
    late = int(case.get("逾期问题", "0"))
    return Standing(
        key=1,
        base=yuan(case, "本年"),
        grade=Grade(case["等级"]) if "等级" in case else None,
        source="财政评价",
        revised=yuan(case, "预算"),
        executed=yuan(case, "支出"),
        carried_twice=twice,
        open_problems=int(case.get("问题", "0")) + late,
        overdue_problems=late,
        is_livelihood=case.get("民生") == "是",
        has_ended=case.get("到期") == "是",
    )


@pytest.mark.parametrize("case", cases())
def test_a_fund_is_proposed_what_the_case_says(case: Case) -> None:
    found = propose(standing(case), terms_of(policy.on(DAY)))
    assert found.action == Action(case["建议"])
    assert found.amount == yuan(case, "下年")
    assert case.get("算式", "") in "；".join(step.text for step in found.steps)
    for name, value in (("最低", found.low), ("最高", found.high)):
        if name in case:
            assert value == Decimal(case[name]) * WAN


def test_another_term_gives_another_proposal_and_leaves_the_terms_alone() -> None:
    terms = terms_of(policy.on(DAY))
    milder = changed(terms, {"grade_change.中": Decimal(-5), "recovers_idle": False})
    fair = Standing(key=1, base=Decimal(1000), grade=Grade.FAIR, revised=Decimal(10), executed=Decimal(1))
    assert propose(fair, milder).amount == Decimal(950)
    assert propose(fair, terms).amount == Decimal(841)
    with pytest.raises(KeyError):
        changed(terms, {"grade": Decimal(1)})


def test_a_decision_is_named_by_what_it_does() -> None:
    assert action_of(Decimal(10), Decimal(0)) is Action.CANCEL
    assert action_of(Decimal(10), Decimal(11)) is Action.RAISE
    assert action_of(NOT_REPORTED, Decimal(1)) is Action.UNKNOWN


fen = st.integers(0, 10**13)


@st.composite
def movables(draw: st.DrawFn) -> list[Movable]:
    rows = draw(st.lists(st.tuples(fen, fen, fen, st.integers(0, 3)), min_size=1, max_size=30))
    items = []
    for key, (*bounds, group) in enumerate(rows):
        low, amount, high = (Decimal(value).scaleb(-2) for value in sorted(bounds))
        items.append(Movable(key=key, amount=amount, low=low, high=high, group=group))
    return items


@given(movables(), st.integers(0, 10**6))
def test_any_total_within_reach_is_met_to_the_fen(items: list[Movable], where: int) -> None:
    low, high = (sum((getattr(item, name) for item in items), Decimal(0)) for name in ("low", "high"))
    total = low + Decimal(int((high - low).scaleb(2)) * where // 10**6).scaleb(-2)
    found = spread(items, total)
    assert sum(found.values(), Decimal(0)) == total
    assert all(item.low <= found[item.key] <= item.high for item in items)
    now = sum((item.amount for item in items), Decimal(0))
    assert all((found[item.key] - item.amount) * (1 if total >= now else -1) >= 0 for item in items)


@given(movables(), st.integers(0, 10**6), st.dictionaries(st.integers(0, 3), st.integers(0, 10**6)))
def test_ceilings_and_total_hold_together(items: list[Movable], where: int, limits: dict[int, int]) -> None:
    ceilings, least, most = {}, Decimal(0), Decimal(0)
    for group in {item.group for item in items}:
        low, high = (
            sum((getattr(item, name) for item in items if item.group == group), Decimal(0))
            for name in ("low", "high")
        )
        if group in limits:
            high = ceilings[group] = low + Decimal(
                int((high - low).scaleb(2)) * limits[group] // 10**6
            ).scaleb(-2)
        least, most = least + low, most + high
    total = least + Decimal(int((most - least).scaleb(2)) * where // 10**6).scaleb(-2)
    found = balance(items, total, ceilings)
    assert sum(found.values(), Decimal(0)) == total
    assert all(item.low <= found[item.key] <= item.high for item in items)
    for group, ceiling in ceilings.items():
        assert sum(found[item.key] for item in items if item.group == group) <= ceiling


def test_nothing_moves_without_need() -> None:
    items = [Movable(key=1, amount=Decimal("3.33"), low=Decimal(0), high=Decimal(9))]
    assert balance(items) == {1: Decimal("3.33")}


def test_what_cannot_be_met_says_what_can() -> None:
    item = Movable(key=1, amount=Decimal(50_000), low=Decimal(20_000), high=Decimal(60_000), group=7)
    with pytest.raises(Unmet, match=r"7 万元做不到：.*只能在 2 至 6 万元之间"):
        balance([item], Decimal(70_000))
    with pytest.raises(Unmet) as caught:
        balance([item], None, {7: Decimal(10_000)})
    assert caught.value.group == 7
