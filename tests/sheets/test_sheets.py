import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from pydantic import ValidationError
from tests.sheets.strategies import SHEETS

from jiheng.sheets import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    Amount,
    Change,
    Form,
    Funding,
    Header,
    Indicator,
    Missing,
    ProjectGoalSheet,
    Quantity,
    differences,
    from_json,
    label_of,
    plain,
    to_json,
)


@settings(max_examples=60, deadline=None)
@given(SHEETS)
def test_a_sheet_comes_back_from_json_unchanged(sheet):
    text = json.dumps(to_json(sheet), ensure_ascii=False)
    back = from_json(sheet.form, json.loads(text))
    assert back == sheet
    assert repr(back) == repr(sheet)  # 13.40 and 13.4 are equal and not the same
    assert differences(sheet, back) == []


def test_other_data_is_no_form():
    with pytest.raises(ValidationError):
        from_json(Form.UNIT_GOAL, {"header": {}})
    with pytest.raises(ValueError, match="no_such"):
        from_json("no_such", {})


GOAL = ProjectGoalSheet(
    header=Header(fiscal_year=2024, revision=3),
    funding=Funding(annual_total=Amount.wan("13.4")),
    indicators=(
        Indicator(key="k1", name="养护里程", target=Quantity.of("1250"), unit="公里"),
        Indicator(key="k2", name="列养率"),
    ),
)


def test_differences_name_field_label_before_and_after():
    first, second = GOAL.indicators
    other = replace(
        GOAL,
        header=replace(GOAL.header, revision=4),
        funding=replace(GOAL.funding, annual_total=Amount.wan("13.40")),
        indicators=(replace(first, target=Quantity.of("1300")), second),
    )
    assert differences(GOAL, other) == [
        Change("funding.annual_total", "资金 年度资金总额", "13.4", "13.40"),
        Change("indicators[k1].target", "绩效指标·养护里程 指标值", "1250", "1300"),
    ]


def test_a_line_moved_is_no_difference_and_a_line_gone_has_no_after():
    first, second = GOAL.indicators
    assert differences(GOAL, replace(GOAL, indicators=(second, first))) == []
    gone = differences(GOAL, replace(GOAL, indicators=(first,)))
    assert {change.after for change in gone} == {None}
    assert all(change.field.startswith("indicators[k2].") for change in gone)


def test_missing_and_zero_differ_and_the_reason_is_told():
    none = replace(GOAL, funding=Funding(annual_total=NOT_REPORTED))
    zero = replace(GOAL, funding=Funding(annual_total=Amount.wan("0")))
    assert differences(none, zero) == [Change("funding.annual_total", "资金 年度资金总额", "（未报送）", "0")]


@pytest.mark.parametrize("missing", [NOT_REPORTED, NOT_APPLICABLE, Missing(note="查无此数")])
def test_missing_has_no_truth_value(missing):
    with pytest.raises(TypeError, match="isinstance"):
        bool(missing)
    with pytest.raises(TypeError):
        assert not (missing or 0)


@pytest.mark.parametrize("text", ["", "五百", "NaN", "Infinity", "1,000", "500万"])
def test_amounts_and_quantities_are_plain_numbers(text):
    for make in (Amount.wan, Quantity.of):
        with pytest.raises(ValueError, match="不是数字"):
            make(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0E+2", "0"), ("3.1400", "3.14"), ("1E+3", "1000"), ("-0.50", "-0.5"), ("120", "120")],
)
def test_plain_has_no_exponent_and_no_trailing_zeros(value, text):
    assert plain(Decimal(value)) == text


def test_labels_stand_in_the_record_alone():
    assert label_of(Header, "unit_code") == "单位代码"
    with pytest.raises(KeyError):
        label_of(Header, "no_such")
    assert GOAL.indicators[0].target_in_words == "≥1250公里"
