"""Each red flag says what its cases say; a crash is a fault of the flag; sums are exact."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rules.flag_cases import flag_cases, ran

from jiheng.policy import on
from jiheng.rules import redflags
from jiheng.rules.redflags import Facts, Flag, codes, records
from jiheng.rules.redflags.acceptance import METRES_A_DEGREE, one_place
from jiheng.rules.redflags.procurement import together
from jiheng.rules.redflags.subsidies import standing

POLICY = on(date(2024, 12, 31))
MONEY = st.integers(1, 10**12).map(lambda fen: Decimal(fen).scaleb(-2))


@pytest.mark.parametrize("case", flag_cases(), ids=lambda case: f"{case.rule} {case.name}")
def test_a_flag_says_exactly_what_its_case_states(case):
    found = ran(case)
    assert found.faults == ()
    assert [f"{hit.level}：{hit.message}" for hit in found.hits] == case.expect
    for hit in found.hits:
        assert hit.code == case.rule and hit.evidence and hit.key


def test_a_crashing_flag_is_a_fault_of_its_own_and_the_others_go_on():
    def crashes(facts, policy):
        raise ZeroDivisionError("除以零")

    broken = Flag("F90", "坏的", "", "", (), (), "管理", 1, crashes)
    facts = Facts(
        fiscal_year=2024,
        today=date(2024, 12, 31),
        transfers=(
            records.Transfer(
                document="湘财预〔2024〕1号", unit="1", received=date(2024, 1, 2), amount=Decimal(10000)
            ),
        ),
    )
    late = next(flag for flag in redflags.flags() if flag.code == "F15")
    found = redflags.run(facts, POLICY, [broken, late])
    assert [hit.code for hit in found.hits] == ["F15"]
    assert [fault.message for fault in found.faults] == [
        "疑点规则 F90 自身出错，本条未检查（ZeroDivisionError：除以零）；请告知系统管理员"
    ]


def test_flags_without_their_facts_are_left_out_and_say_what_is_lacking():
    found = redflags.run(Facts(fiscal_year=2024, today=date(2024, 12, 31)), POLICY)
    assert found.hits == () and found.faults == ()
    assert len(found.left_out) == 16
    assert found.left_out["F02"] == ("subsidies", "items", "listed")


def test_the_registry_is_closed_after_import():
    with pytest.raises(RuntimeError, match="closed"):
        redflags.flagging.flag("F99", "", question="", guard="", needs=(), kind="")(lambda facts, policy: ())


@pytest.mark.parametrize("flag", redflags.flags(), ids=lambda flag: flag.code)
def test_the_guide_tells_of_each_flag_its_guard_and_its_data(flag):
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "flags.md").read_text(encoding="utf-8")
    section = guide.partition(f"\n### {flag.code} {flag.title}\n")[2].partition("\n### ")[0]
    assert flag.guard in section
    titles = [(redflags.REGISTRIES | redflags.BOOKS)[name].TITLE for name in (*flag.needs, *flag.also)]
    assert [title for title in titles if title not in section] == []


# ── 统一社会信用代码 ──────────────────────────────────────────────────────────────────────────────────


@given(st.text(codes.ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(codes.ALPHABET))
def test_the_check_digit_finds_every_single_slip(first, place, letter):
    code = first + codes.check_digit(first)
    assert codes.is_valid(code)
    slipped = code[:place] + letter + code[place + 1 :]
    assert codes.is_valid(slipped) == (slipped == code)


def test_what_is_no_code_is_not_valid():
    assert not codes.is_valid("")
    assert not codes.is_valid("91430299MA4SIO0019")  # I and O are not among the letters
    assert not codes.is_valid("430299MA4L2WYF06")


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────────────


def flag(code):
    return [item for item in redflags.flags() if item.code == code]


def contract(number, amount, day):
    return records.Contract(
        number=str(number), unit="1", name="x", party="甲", amount=amount, signed=date(2024, 1, 1) + day
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), max_size=7), st.integers(0, 120))
def test_contracts_are_together_iff_some_span_of_days_holds_two_that_reach_the_limit(rows, days):
    limit = Decimal(60)
    every = sorted(
        (contract(n, Decimal(a), timedelta(d)) for n, (a, d) in enumerate(rows)), key=lambda c: c.signed
    )
    taken = {one.number for one in together(every, limit, days)}
    wanted = set()
    for size in range(2, len(every) + 1):
        for group in combinations(every, size):
            within = (group[-1].signed - group[0].signed).days <= days
            if within and sum(one.amount for one in group) >= limit:
                span = [one for one in every if group[0].signed <= one.signed <= group[-1].signed]
                wanted |= {one.number for one in span}
    assert taken == wanted


@settings(max_examples=60, deadline=None)
@given(MONEY, st.integers(1, 10**6), MONEY)
def test_tax_a_mu_is_compared_without_rounding(tax, area, promise):
    facts = Facts(
        fiscal_year=2024,
        today=date(2024, 12, 31),
        agreements=(
            records.Agreement(
                number="A",
                unit="1",
                name="x",
                code="c",
                party="甲",
                area=Decimal(area).scaleb(-2),
                tax_per_mu=promise,
            ),
        ),
        taxes=(records.Tax(year=2024, code="c", paid=tax),),
    )
    hits = redflags.run(facts, POLICY, flag("F05")).hits
    assert bool(hits) == (tax * 100 < promise * area)
    if hits:
        assert hits[0].amount == promise * Decimal(area).scaleb(-2) - tax


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 3).filter(bool), max_size=8))
def test_what_was_taken_back_does_not_stand(amounts):
    rows = [
        records.Subsidy(
            number=f"{n}",
            item="i",
            unit="1",
            code="c",
            name="x",
            period="2024",
            amount=Decimal(a),
            paid=date(2024, 1, 1 + n),
        )
        for n, a in enumerate(amounts)
    ]
    kept = standing(rows)
    for size in (1, 2, 3):
        paid, back = amounts.count(size), amounts.count(-size)
        assert sum(1 for row in kept if row.amount == size) == max(paid - back, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=9))
def test_places_are_the_same_iff_both_coordinates_are_within_reach(points):
    reach = Decimal(5) / METRES_A_DEGREE
    rows = [
        records.Acceptance(
            number=str(n),
            year=2024,
            unit="1",
            project="p",
            owner=str(n),
            longitude=Decimal(x).scaleb(-6),
            latitude=Decimal(y).scaleb(-6),
        )
        for n, (x, y) in enumerate(points)
    ]
    near = {
        n
        for (n, (x, y)), (m, (u, v)) in combinations(enumerate(points), 2)
        if abs(x - u) <= reach * 10**6 and abs(y - v) <= reach * 10**6
        for n in (n, m)
    }
    assert {int(row.number) for row in one_place(rows, Decimal(5))} == near
