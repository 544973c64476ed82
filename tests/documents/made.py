"""Odd but possible sheets of all five forms, for the round trips."""

from __future__ import annotations

import string
from decimal import Decimal

from hypothesis import strategies as st

from jiheng import sheets as s
from jiheng.documents import forms

ODD = st.sampled_from(
    [
        "=1+1",
        "+86",
        "@SUM(A1)",
        "-1",
        " 前后有空格 ",
        "第一行\n第二行",
        "回车\r\n换行\r",
        "_x000D_ 与 _x0041_x0042_",
        "<b>&amp;\"'",
        "\x01控制\x1f符\x0b",
        "\ufffe\uffff",
        "—",
        "不适用",
        "{{项目名称}}",
        "𠮷野家 😀",
        "１２３",
        "007",
        "1E5",
        "（）",
        "≥95%",
    ]
)
text = st.one_of(st.just(""), ODD, st.text(max_size=12))
digits = st.decimals(-(10**9), 10**9, places=6, allow_nan=False, allow_infinity=False)
typed = st.one_of(
    st.sampled_from(
        ["0", "-0", "0.00", "13.40", "89.974", "1E+5", "0.30000000000000004", "12345678901234567890.12"]
    ),
    digits.map(str),
    st.integers(-(10**6), 10**6).map(str),
)
missing = st.one_of(
    st.builds(s.Missing, st.sampled_from(s.MissingReason)),
    st.builds(s.Missing, st.sampled_from(s.MissingReason), st.sampled_from(["", "原件缺失"])),
)
amount = st.one_of(missing, typed.map(s.Amount.wan), st.builds(s.Amount, digits.map(lambda d: round(d, 2))))
quantity = st.one_of(missing, typed.map(s.Quantity.of), st.builds(s.Quantity, digits))
keys = st.lists(
    st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=6), unique=True, max_size=15
)


def made(record, **own):
    """The record with every field drawn by its type."""
    drawn = {
        "str": text,
        "Amount | Missing": amount,
        "Quantity | Missing": quantity,
        "bool": st.booleans(),
        "Operator": st.sampled_from(s.Operator),
        "Taxonomy": st.sampled_from(s.Taxonomy),
        "Band | None": st.none() | st.sampled_from(s.Band),
        "Likelihood | None": st.none() | st.sampled_from(s.Likelihood),
        "tuple[Cause, ...]": st.sets(st.sampled_from(s.Cause)).map(
            lambda c: tuple(x for x in s.Cause if x in c)
        ),
    }
    fields = {
        name: drawn[str(f.type)] for name, f in record.__dataclass_fields__.items() if str(f.type) in drawn
    }
    return st.builds(record, **(fields | own))


def lines(record, key_list, **own):
    return key_list.flatmap(lambda ks: st.tuples(*(made(record, key=st.just(k), **own) for k in ks)))


former = made(s.FormerTarget)
indicator = {"former": st.lists(former, max_size=1).map(tuple)}


def inner_lines(record):
    def one(key):
        return made(record, key=st.just(key), indicator=made(s.Indicator, key=st.just(key), **indicator))

    return keys.flatmap(lambda ks: st.tuples(*(one(k) for k in ks)))


def money(record, form):
    rows = forms.rows_of(form)
    return st.lists(st.sampled_from([key for key, _ in rows]), unique=True).flatmap(
        lambda ks: st.tuples(*(made(record, key=st.just(k)) for k in ks))
    )


header = made(
    s.Header, fiscal_year=st.integers(2015, 2035), month=st.integers(0, 12), revision=st.integers(0, 10**6)
)
spending = st.lists(
    st.sampled_from([key for key, _ in forms.rows_of(s.Form.UNIT_EVALUATION, "basic.spending")]), unique=True
).flatmap(lambda ks: st.tuples(*(made(s.SpendingControl, key=st.just(k)) for k in ks)))

SHEETS = {
    s.Form.PROJECT_GOAL: made(
        s.ProjectGoalSheet,
        header=header,
        funding=made(s.Funding),
        indicators=lines(s.Indicator, keys, **indicator),
    ),
    s.Form.UNIT_GOAL: made(
        s.UnitGoalSheet,
        header=header,
        tasks=lines(s.Task, keys),
        indicators=lines(s.Indicator, keys, **indicator),
    ),
    s.Form.MONITORING: made(
        s.MonitoringSheet,
        header=header,
        money=money(s.MoneyProgress, s.Form.MONITORING),
        lines=inner_lines(s.Progress),
    ),
    s.Form.PROJECT_EVALUATION: made(
        s.ProjectEvaluationSheet,
        header=header,
        money=money(s.MoneyResult, s.Form.PROJECT_EVALUATION),
        lines=inner_lines(s.Result),
    ),
    s.Form.UNIT_EVALUATION: made(
        s.UnitEvaluationSheet,
        header=header,
        money=money(s.MoneyResult, s.Form.UNIT_EVALUATION),
        lines=inner_lines(s.Result),
        basic=made(s.BasicData, spending=spending),
    ),
}


def plain_indicator(
    key, name, target="95", unit="%", level1="产出指标", level2="数量指标", weight="10", **more
):
    return s.Indicator(
        key=key,
        level1=level1,
        level2=level2,
        name=name,
        target=s.Quantity.of(target),
        unit=unit,
        weight=s.Quantity.of(weight),
        **more,
    )


def goal(count=3, **more):
    """An ordinary project goal of the invented 天衡区."""
    return s.ProjectGoalSheet(
        header=s.Header(
            region="430299",
            fiscal_year=2024,
            department_code="201",
            department_name="区教育局",
            unit_code="201001",
            unit_name="区教育局（本级）",
            subject_code="Z2024001",
            subject_name="农村学校免费午餐",
            revision=7,
        ),
        attribute="延续",
        period="2024年",
        leader="李明",
        phone="0731-22880000",
        funding=s.Funding(
            annual_total=s.Amount.wan("1320.50"),
            annual_fiscal=s.Amount.wan("1320.50"),
            annual_other=s.Amount.wan("0"),
        ),
        annual_goal="保障农村学生吃上免费午餐。",
        indicators=tuple(plain_indicator(f"k{n}", f"指标{n}") for n in range(1, count + 1)),
        **more,
    )


def evaluation(count=3, money=()):
    return s.ProjectEvaluationSheet(
        header=goal().header,
        money=money
        or tuple(
            s.MoneyResult(
                key=k,
                label=label,
                initial=s.Amount.wan("90"),
                revised=s.Amount.wan("90.00"),
                executed=s.Amount.wan("89.974"),
            )
            for k, label in forms.rows_of(s.Form.PROJECT_EVALUATION)
        ),
        lines=tuple(
            s.Result(
                key=f"k{n}",
                indicator=plain_indicator(f"k{n}", f"指标{n}"),
                actual=s.Quantity.of("96"),
                claimed=s.Quantity.of("10"),
            )
            for n in range(1, count + 1)
        ),
    )


def decimals_of(value):
    return value if isinstance(value, s.Missing) else Decimal(str(value))
