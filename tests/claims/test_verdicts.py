from decimal import Decimal

import pytest
from tests.claims.building import Written, agreeing, equal, rates, share, terms

from jiheng.claims.report import Equation, Kind, Outcome
from jiheng.claims.verdicts import judge, outcome_of


def sum_of(total, *parts):
    written = Written()
    operands = [written.figure(each) for each in (*parts, total)]
    return judge(written.relate(Kind.SUM, operands, [equal(*[1] * len(parts), -1)]))


def change(level, amount, rate, first, second):
    written = Written()
    operands = [written.figure(each) for each in (level, amount, rate)]
    words = [written.word(first), written.word(second)]
    return judge(written.relate(Kind.PERCENT_CHANGE, operands, rates(), words))


def test_a_total_that_is_not_the_sum_of_its_parts():
    relation = sum_of("27.54亿元", "1.3亿元", "13.40亿元", "7.39亿元")
    assert relation.verdict is Outcome.ERROR
    assert (relation.stated, relation.computed) == (Decimal("27.54"), Decimal("22.090"))
    assert (relation.difference, relation.tolerance) == (Decimal("5.450"), Decimal("0.065"))
    assert relation.proof == "1.3 + 13.40 + 7.39 ≤ 22.15 < 27.535 ≤ 27.54"
    assert "不能同时成立" in relation.message
    assert all(figure in relation.message for figure in ("27.54亿元", "1.3亿元", "13.40亿元", "7.39亿元"))


@pytest.mark.parametrize(
    ("total", "parts", "verdict"),
    [
        ("1.3亿元", ("0.9亿元", "0.4亿元"), Outcome.OK),
        ("188620万元", ("3000万元", "152500万元", "33120万元"), Outcome.OK),
        ("18.86亿元", ("3000万元", "152500万元", "33120万元"), Outcome.OK),
        ("101万元", ("50万元", "50万元"), Outcome.OK),  # 50.4 + 50.4 is 100.8
        ("102万元", ("50万元", "50万元"), Outcome.ROUNDING),
        ("103万元", ("50万元", "50万元"), Outcome.ERROR),
        ("100.01元", ("50元", "50元"), Outcome.ERROR),  # 元 is exact
    ],
)
def test_sums_are_intervals(total, parts, verdict):
    assert sum_of(total, *parts).verdict is verdict


def test_a_difference_that_a_reader_would_calculate_otherwise_is_rounding():
    written = Written()
    operands = [written.figure(each) for each in ("202万元", "171万元", "30万元")]
    relation = judge(written.relate(Kind.DIFFERENCE, operands, [equal(1, -1, -1)]))
    assert relation.verdict is Outcome.ROUNDING
    assert (relation.computed, relation.difference) == (31, -1)


def test_a_figure_used_twice_is_one_unknown():
    assert change("13.40亿元", "7.04亿元", "34.44%", "减少", "下降").verdict is Outcome.OK
    assert change("13.40亿元", "7.04亿元", "34.41%", "减少", "下降").verdict is Outcome.ROUNDING
    # the widths added up would give 34.40–34.48; the figures allow 34.42–34.47
    assert change("13.40亿元", "7.04亿元", "34.40%", "减少", "下降").verdict is not Outcome.OK


def test_the_nearest_readings_count_where_words_contradict_each_other():
    assert change("7.39亿元", "2.5亿元", "25.59%", "减少", "上升").verdict is Outcome.OK
    relation = change("27.54亿元", "5.46亿元", "19.82%", "减少", "上升")
    assert relation.verdict is Outcome.ERROR
    assert relation.proof.split("；") == [
        "19.82 ≤ 19.825 < 24.6944 ≤ 5.46 ÷ (27.54 - 5.46) × 100",
        "5.46 ÷ (27.54 + 5.46) × 100 ≤ 16.5607 < 19.815 ≤ 19.82",
    ]
    assert change("7.39亿元", "2.5亿元", "25.59%", "增加", "上升").verdict is Outcome.ERROR


def test_words_of_one_change_have_one_direction():
    written = Written()
    words = [written.word("减少"), written.word("上升")]
    relation = judge(written.relate(Kind.DIRECTION, [], agreeing(), words))
    assert relation.verdict is Outcome.ERROR
    assert relation.proof == "减少(-) ≠ 上升(+)"
    words = [written.word("减少"), written.word("下降")]
    assert judge(written.relate(Kind.DIRECTION, [], agreeing(), words)).verdict is Outcome.OK


def test_a_balance_below_what_was_issued_is_impossible():
    written = Written()
    operands = [written.figure(each) for each in ("188620万元", "26800万元", "131583.09万元")]
    relation = judge(written.relate(Kind.BALANCE, operands, [Equation(terms(1, -1, -1), at_most=True)]))
    assert relation.verdict is Outcome.ERROR
    assert relation.proof == "131583.09 ≤ 131583.095 < 161819 ≤ 188620 - 26800"


def test_no_percentage_of_nothing():
    written = Written()
    operands = [written.figure(each) for each in ("5元", "0元", "100%")]
    relation = judge(written.relate(Kind.PERCENT_CHANGE, operands, share()))
    assert relation.verdict is Outcome.ERROR
    assert relation.message.startswith("上年数为 0，不能有增减百分比")
    assert change("0.3万元", "0.3万元", "100%", "增加", "增长").verdict is Outcome.ERROR  # K40


def test_a_base_that_may_be_nothing_is_unknown():
    written = Written()
    operands = [written.figure(each) for each in ("0万元", "0万元", "100%")]
    assert judge(written.relate(Kind.COMPLETION, operands, share())).verdict is Outcome.UNKNOWN
    operands = [written.figure(each) for each in ("0元", "0元", "0%")]
    assert judge(written.relate(Kind.COMPLETION, operands, share())).verdict is Outcome.UNKNOWN


def test_nothing_to_check_is_unknown():
    assert judge(Written().relate(Kind.SUM, [], [])).verdict is Outcome.UNKNOWN


def test_a_figure_against_itself_holds():
    written = Written()
    figure = written.figure("5万元")
    assert judge(written.relate(Kind.SAME_FACT, [figure, figure], [equal(1, -1)])).verdict is Outcome.OK


def test_the_verdict_alone_is_the_same():
    written = Written()
    operands = [written.figure(each) for each in ("60元", "100元", "61%")]
    relation = written.relate(Kind.SHARE, operands, share())
    assert outcome_of(relation) is judge(relation).verdict is Outcome.ROUNDING
