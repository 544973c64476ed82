from decimal import Decimal

import pytest
from tests.claims.building import Written, agreeing, equal, found, rates, share, terms

from jiheng.claims.repairs import repairs
from jiheng.claims.report import Equation, Kind, Outcome
from jiheng.claims.verdicts import judge


def proposed(written):
    judged = [judge(each) for each in written.relations]
    return repairs(judged, found(judged), written.text), judged


def applied(text, repair):
    for edit in reversed(repair.edits):
        assert text[edit.start : edit.end] == edit.text
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text


def replacements(repair):
    return [(edit.text, edit.replacement) for edit in repair.edits]


def transfers(half_of_level):
    """Three parts and a total, each with its change, of which two say 减少…上升."""
    written = Written()
    total = written.say("转移支付").figure("27.54亿元")
    words = [written.say("，比上年").word("减少")]
    change = written.figure("5.46亿元")
    words += [written.say("，").word("上升")]
    rate = written.figure("19.82%")
    first = written.say("，其中：返还性收入").figure("1.3亿元")
    level = written.say("，").level(half_of_level)
    refunds = [written.say("，其中：增值税返还").figure("0.9亿元"), written.say("；其他").figure("0.4亿元")]
    second = written.say("。\n一般性转移支付").figure("13.40亿元")
    words += [written.say("，比上年").word("减少")]
    second_change = written.figure("7.04亿元")
    words += [written.say("，").word("下降")]
    second_rate = written.figure("34.44%")
    third = written.say("。\n专项转移支付").figure("7.39亿元")
    words += [written.say("，比上年").word("减少")]
    third_change = written.figure("2.5亿元")
    words += [written.say("，").word("上升")]
    third_rate = written.figure("25.59%")
    written.say("。主要是上级对农业农村的支出减少3.9亿元。\n")
    up = (1, -1)
    changes = tuple(equal(-a, 1, b, c, signs=(a, b, c)) for a in up for b in up for c in up)
    written.relate(Kind.SUM, [first, second, third, total], [equal(1, 1, 1, -1)])
    written.relate(Kind.SUM, [change, level, second_change, third_change], changes, words[::2])
    written.relate(Kind.PERCENT_CHANGE, [total, change, rate], rates(), words[:2])
    written.relate(Kind.DIRECTION, [], agreeing(), words[:2])
    written.relate(Kind.SUM, [*refunds, first], [equal(1, 1, -1)])
    written.relate(Kind.PERCENT_CHANGE, [second, second_change, second_rate], rates(), words[2:4])
    written.relate(Kind.PERCENT_CHANGE, [third, third_change, third_rate], rates(), words[4:])
    written.relate(Kind.DIRECTION, [], agreeing(), words[4:])
    return written


def whole(found_repairs, errors, figures):
    """The repairs after which all errors are gone, nothing breaks and this many figures are other ones."""
    return [
        each
        for each in found_repairs
        if len(each.resolves) == errors
        and not each.breaks
        and sum(edit.replacement[0].isdigit() for edit in each.edits) == figures
    ]


def test_the_transfers_have_exactly_one_repair_of_two_figures():
    found_repairs, judged = proposed(transfers("0.1"))
    errors = [each.id for each in judged if each.verdict is Outcome.ERROR]
    assert errors == ["R1", "R2", "R3", "R4", "R8"]
    pairs = whole(found_repairs, 5, 2)
    assert len(pairs) == 1
    assert pairs[0] is found_repairs[0]
    assert replacements(pairs[0]) == [
        ("27.54", "22.09"),
        ("上升", "下降"),
        ("减少", "增加"),
        ("2.5", "1.5"),
    ]
    assert "上年数" in pairs[0].note
    assert "减少3.9亿元”与改后的方向相反" in pairs[0].note
    assert not whole(found_repairs, 5, 1)


def test_one_figure_of_the_transfers_resolves_the_sum_and_the_rate_of_the_total():
    found_repairs, _ = proposed(transfers("0.1"))
    single = next(
        each for each in found_repairs if replacements(each) == [("27.54", "22.09"), ("上升", "下降")]
    )
    assert single.resolves == ("F1", "F3", "F4")
    assert not single.breaks


def test_the_transfers_have_none_where_unchanged_means_unchanged():
    found_repairs, _ = proposed(transfers("0"))
    assert found_repairs
    assert not [each for each in found_repairs if len(each.resolves) == 5 and not each.breaks]


def test_a_debt_below_what_was_issued_fits_if_its_point_is_moved():
    written = Written()
    parts = [written.say("、").figure(each) for each in ("3000万元", "152500万元", "33120万元")]
    issued = written.say("，合计").figure("188620万元")
    repaid = written.say("，还本").figure("26800万元")
    closing = written.say("，余额").figure("131583.09万元")
    written.relate(Kind.SUM, [*parts, issued], [equal(1, 1, 1, -1)])
    written.relate(Kind.BALANCE, [issued, repaid, closing], [Equation(terms(1, -1, -1), at_most=True)])
    found_repairs, _ = proposed(written)
    assert replacements(found_repairs[0]) == [("131583.09", "1315830.9")]
    assert "小数点移位" in found_repairs[0].note


def one_sum(*figures):
    written = Written()
    operands = [written.say("、").figure(each) for each in figures]
    written.relate(Kind.SUM, operands, [equal(*[1] * (len(figures) - 1), -1)])
    return written


def test_a_unit_is_offered():
    found_repairs, _ = proposed(one_sum("1.20亿元", "3.40亿元", "4.60万元"))
    assert ("万元", "亿元") in replacements(found_repairs[0])
    assert "单位写错" in found_repairs[0].note


def test_commas_stay():
    found_repairs, _ = proposed(one_sum("1,200.50万元", "3,400.00万元", "4,060.50万元"))
    assert [("4,060.50", "4,600.50")] in [replacements(each) for each in found_repairs]


def test_a_wrong_denominator_is_named():
    written = Written()
    level, change, rate = (written.say("，").figure(each) for each in ("120.00万元", "20.00万元", "16.67%"))
    words = [written.word("增加"), written.word("增长")]
    written.relate(Kind.PERCENT_CHANGE, [level, change, rate], rates(), words)
    found_repairs, _ = proposed(written)
    assert replacements(found_repairs[0]) == [("16.67", "20.00")]
    assert "分母" in found_repairs[0].note


def test_only_the_word():
    written = Written()
    level, change, rate = (written.say("，").figure(each) for each in ("80.00万元", "20.00万元", "20.00%"))
    words = [written.word("减少"), written.word("增长")]
    written.relate(Kind.PERCENT_CHANGE, [level, change, rate], rates(), words)
    written.relate(Kind.DIRECTION, [], agreeing(), words)
    found_repairs, _ = proposed(written)
    assert replacements(found_repairs[0]) == [("增长", "下降")]


def test_two_figures_where_one_alone_would_only_move_the_error():
    written = Written()
    parts = [written.say("、").figure(each) for each in ("1200.50万元", "3400.25万元")]
    total = written.say("，合计").figure("4600.57万元")
    again = written.say("。合计").figure("4600.57万元")
    written.relate(Kind.SUM, [*parts, total], [equal(1, 1, -1)])
    written.relate(Kind.SAME_FACT, [total, again], [equal(1, -1)])
    found_repairs, _ = proposed(written)
    assert [("4600.57", "4600.75"), ("4600.57", "4600.75")] in [replacements(each) for each in found_repairs]


def test_nothing_is_offered_where_all_holds():
    assert proposed(one_sum("1万元", "2万元", "3万元"))[0] == ()


def test_words_and_figures_that_cannot_be_edited_are_left_alone():
    written = Written()
    level = written.level("0")
    written.relate(Kind.SUM, [level, written.figure("5元")], [equal(1, -1)])
    found_repairs, _ = proposed(written)
    assert [replacements(each) for each in found_repairs] == [[("5", "0")]]


@pytest.mark.parametrize("errors", [1, 40])
def test_the_work_is_bounded(errors):
    written = Written()
    previous = written.figure("1000.00万元")
    for number in range(errors):
        whole_of = written.say("；").figure(f"{number + 7}00.00万元")
        parts = [written.say("、").figure(f"{number}{part}.00万元") for part in range(11, 19)]
        rate = written.figure("55.50%")
        written.relate(Kind.SUM, [*parts, previous, whole_of], [equal(*[1] * 9, -1)])
        written.relate(Kind.SHARE, [parts[0], whole_of, rate], share())
        previous = whole_of
    found_repairs, judged = proposed(written)
    assert len(found_repairs) <= 5 * sum(each.verdict is Outcome.ERROR for each in judged)
    for each in found_repairs:
        applied(written.text, each)


def test_repairs_are_the_same_every_time():
    assert proposed(transfers("0.1"))[0] == proposed(transfers("0.1"))[0]
    assert Decimal(0) not in {edit.start for each in proposed(transfers("0.1"))[0] for edit in each.edits}
