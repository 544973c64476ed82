from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiheng.figures import Figure, FigureError, amount_in_wan, parse, quantity, target
from jiheng.sheets import Operator


@pytest.mark.parametrize(
    ("text", "value", "unit", "step"),
    [
        ("13.40", "13.40", "", "0.01"),
        ("３，１５６．０７", "3156.07", "", "0.01"),
        ("3, 156,077", "3156077", "", "1"),
        ("1 234 567.8", "1234567.8", "", "0.1"),
        ("3。5", "3.5", "", "0.1"),
        (".5", "0.5", "", "0.1"),
        ("500万", "500", "万", "1"),
        ("27.54亿元", "27.54", "亿元", "0.01"),
        ("12千元", "12", "千元", "1"),
        ("¥500", "500", "元", "1"),
        ("￥500万", "500", "万元", "1"),
        ("95%", "95", "%", "1"),
        ("95％", "95", "%", "1"),
        ("0.5个百分点", "0.5", "个百分点", "0.1"),
        ("−5", "-5", "", "1"),
        ("-5", "-5", "", "1"),
        ("－5", "-5", "", "1"),
        ("（1.2）", "-1.2", "", "0.1"),
        ("(1,234.50)万元", "-1234.50", "万元", "0.01"),
        ("10000元/公里·年", "10000", "元/公里·年", "1"),
        ("三百万元", "300", "万元", "1"),
        ("伍拾万元整", "50", "万元", "1"),
        ("一百二十三万四千元", "1234000", "元", "1"),
        ("十五", "15", "", "1"),
        ("二〇二四年", "2024", "年", "1"),
        ("负三点五", "-3.5", "", "0.1"),
        ("一亿零三万", "100030000", "", "1"),
    ],
)
def test_it_reads_figures_as_officials_write_them(text, value, unit, step):
    assert parse(text) == Figure(Decimal(value), unit, Decimal(step), text)
    assert str(parse(text).value) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "没有填写数字"),
        ("约3", "“约3”不是数字，请只写一个确定的数，如 1234.56"),
        ("1-2", "“1-2”不是数字，请只写一个确定的数，如 1234.56"),
        ("500余人", "“500余人”不是确定的数，请写出确切数字"),
        ("80%以上", "“80%以上”不是确定的数，请写出确切数字"),
        ("1,5", "“1,5”的千分位不对：逗号后应是三位数字；小数点请写“.”"),
        ("1.5E+05", "“1.5E+05”是科学计数法，可能已丢失位数，请把单元格改为数值格式后写出全部数字"),
    ],
)
def test_it_refuses_what_is_no_certain_figure(text, says):
    with pytest.raises(FigureError) as caught:
        parse(text)
    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("unit", "scale", "base"), [("亿元", 10**8, "元"), ("万人", 10**4, "人"), ("千米", 1, "千米")]
)
def test_a_unit_is_a_scale_and_a_base_unit(unit, scale, base):
    figure = parse("1" + unit)
    assert (figure.scale, figure.base_unit) == (scale, base)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("500万", "“500万”带了单位：本列单位已是万元，请只写数字 500"),
        ("500万元", "“500万元”带了单位：本列单位已是万元，请只写数字 500"),
        ("2.5亿元", "“2.5亿元”的单位是亿元：本列单位是万元，请换算后写 25000"),
        ("5000元", "“5000元”的单位是元：本列单位是万元，请换算后写 0.5"),
        ("95%", "“95%”不是金额：本列单位是万元，请只写数字"),
        ("0.0000001", "“0.0000001”精确到了分以下：以万元为单位时小数最多 6 位（到分），请核对"),
        ("10000000000", "“10000000000”万元过大，请核对是否把元填进了万元列"),
    ],
)
def test_an_amount_column_says_what_to_write(text, says):
    with pytest.raises(FigureError) as caught:
        amount_in_wan(text)
    assert str(caught.value) == says


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_amounts_come_back_to_the_cent_and_as_typed(value):
    amount = amount_in_wan(f"{value:,f}")
    assert amount.yuan == value * 10_000
    assert Decimal(str(amount)) == value
    assert str(amount) == format(value + 0, "f")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3))
def test_width_of_digits_and_commas_change_nothing(value):
    plain = format(value, "f")
    wide = f"{value:,f}".translate(str.maketrans("0123456789.,-", "０１２３４５６７８９．，－"))
    assert parse(wide).value == parse(plain).value == value


@given(st.text(max_size=80))
def test_any_text_is_a_figure_or_a_figure_error(text):
    for read in (parse, amount_in_wan, quantity, target):
        try:
            read(text)
        except FigureError as error:
            assert str(error)


def test_a_quantity_may_repeat_its_own_unit_only():
    assert str(quantity("95.0%", "%")) == "95.0"
    with pytest.raises(FigureError) as caught:
        quantity("95人", "户")
    assert str(caught.value) == "“95人”带了单位“人”：这里只写数字 95，本行计量单位是“户”"


@pytest.mark.parametrize(
    ("text", "operator", "value", "unit"),
    [
        ("≥95%", Operator.AT_LEAST, "95", "%"),
        ("不超过5300元/户", Operator.AT_MOST, "5300", "元/户"),
        ("＞3", Operator.MORE_THAN, "3", ""),
        ("4,754人", Operator.EQUAL, "4754", "人"),
    ],
)
def test_a_target_is_sign_value_and_unit(text, operator, value, unit):
    found = target(text)
    assert (found.operator, str(found.quantity), found.unit) == (operator, value, unit)
