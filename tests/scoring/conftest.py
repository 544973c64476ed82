"""Reading the case files: a finance officer's words become sheets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
import yaml

from jiheng.policy import Policy, load
from jiheng.sheets import (
    NOT_REPORTED,
    Amount,
    Band,
    Header,
    Indicator,
    Missing,
    MissingReason,
    MoneyProgress,
    MoneyResult,
    MonitoringSheet,
    Operator,
    Progress,
    ProjectEvaluationSheet,
    Quantity,
    Result,
)

Case = dict[str, Any]
DAY = date(2024, 3, 1)


def _times_wan(text: str) -> Decimal:
    """Also of figures that `Amount.wan` would refuse: a stored form may hold anything."""
    with localcontext(Emax=MAX_EMAX, Emin=MIN_EMIN, prec=100):
        return Decimal(text) * 10_000


def quantity(words: Case, name: str) -> Quantity | Missing:
    return Quantity(Decimal(words[name]), words[name]) if name in words else NOT_REPORTED


def amount(words: Case, name: str) -> Amount | Missing:
    return Amount(_times_wan(words[name]), words[name]) if name in words else NOT_REPORTED


def indicator(words: Case) -> Indicator:
    qualitative = words["符号"] == "定性"
    return Indicator(
        key="k1",
        level1=words.get("一级", "产出指标"),
        name=words.get("指标名", "某项指标"),
        operator=Operator(words["符号"]),
        target=NOT_REPORTED if qualitative else quantity(words, "指标值"),
        target_text=words.get("指标文字", words.get("指标值", "") if qualitative else ""),
        weight=quantity(words, "分值"),
        accumulates=words.get("累计") == "是",
    )


def result(words: Case, key: str = "k1") -> Result:
    actual = quantity(words, "完成值")
    if "缺" in words:
        actual = Missing(MissingReason(words["缺"]))
    return Result(
        key=key,
        indicator=indicator(words),
        actual=actual,
        actual_text=words.get("完成文字", ""),
        band=Band(words["档次"]) if "档次" in words else None,
        claimed=quantity(words, "自评"),
        reason=words.get("原因", ""),
    )


def evaluation(lines: list[Case], money: Case | None = None, **fields: Any) -> ProjectEvaluationSheet:
    rows: tuple[MoneyResult, ...] = ()
    if money is not None:
        rows = (MoneyResult(key="total", revised=amount(money, "预算"), executed=amount(money, "执行")),)
        fields |= {"execution_weight": quantity(money, "分值"), "execution_claimed": quantity(money, "自评")}
        fields["execution_reason"] = money.get("原因", "")
    results = tuple(result(words, f"k{place}") for place, words in enumerate(lines, 1))
    return ProjectEvaluationSheet(header=Header(fiscal_year=2023), money=rows, lines=results, **fields)


def monitoring(month: int, lines: list[Case], money: Case | None = None) -> MonitoringSheet:
    rows: tuple[MoneyProgress, ...] = ()
    if money is not None:
        rows = (MoneyProgress(key="total", budget=amount(money, "预算"), executed=amount(money, "执行")),)
    results = tuple(
        Progress(
            key=f"k{place}",
            indicator=indicator(words),
            actual=quantity(words, "完成值"),
            band=Band(words["档次"]) if "档次" in words else None,
        )
        for place, words in enumerate(lines, 1)
    )
    return MonitoringSheet(header=Header(fiscal_year=2024, month=month), money=rows, lines=results)


@pytest.fixture
def policy_of(tmp_path: Path) -> Callable[[Case], Policy]:
    """The policy of a case: the general values, with a region's file made of the case's 政策."""

    def build(case: Case) -> Policy:
        tree: dict[str, Any] = {}
        for path, text in case.get("政策", {}).items():
            node, *names = tree, *path.split(".")
            for name in names[:-1]:
                node = node.setdefault(name, {})
            value = yaml.safe_load(text)
            node[names[-1]] = [
                {
                    "since": date(2020, 2, 25),
                    "value": value,
                    "document": "",
                    "source": "算例",
                    "status": "待核",
                    "reason": "算例",
                }
            ]
        if tree:
            (tmp_path / "430299.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
        return load(overrides_dir=tmp_path).on(DAY, "430299")

    return build
