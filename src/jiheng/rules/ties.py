"""What several packs compare alike: totals with parts, header with header, lines with the approved goal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from jiheng.figures import Figure, Verdict, adds_up, figure_of
from jiheng.policy import Policy
from jiheng.rules.engine import Remark, error, warning
from jiheng.sheets import Amount, Header, Indicator, Missing, Quantity, Sheet, Taxonomy, label_of, plain

Part = tuple[str, Amount | Missing]


def total_remarks(
    field: str, label: str, total: Amount | Missing, parts: Sequence[Part], policy: Policy
) -> Iterator[Remark]:
    """总额＝Σ分项 in 万元; an empty part is named, never read as zero. Silent when no part is filled.

    Printed precision is that of the finest figure in the column, and never coarser than policy says:
    spreadsheets drop trailing zeros, so that “90” beside “89.974” means 90.000.
    """
    given = [(name, amount) for name, amount in parts if isinstance(amount, Amount)]
    if not given:
        return
    listed = "＋".join(f"{name} {amount}" for name, amount in given)
    blank = "、".join(name for name, amount in parts if isinstance(amount, Missing))
    left_out = f"（{blank}未填）" if blank else ""
    if isinstance(total, Missing):
        computed = sum((amount.in_wan for _, amount in given), Decimal(0))
        yield error(field, f"{label}未填，分项 {listed} 合计 {plain(computed)} 万元{left_out}；请填写{label}")
        return
    figures = _in_one_precision([total, *(amount for _, amount in given)], policy)
    found = adds_up(figures[0], figures[1:])
    if found.verdict is Verdict.OK:
        return
    text = (
        f"{label} {total} 万元，分项 {listed} 合计 {plain(found.computed)} 万元{left_out}，"
        f"相差 {plain(found.difference)} 万元"
    )
    if found.verdict is Verdict.ROUNDING:
        yield warning(field, f"{text}，可能是舍入造成；请核对各项小数")
    else:
        yield error(field, f"{text}；请核对，使总额等于各分项之和")


def same_money(a: Amount, b: Amount, policy: Policy) -> bool:
    """Whether two amounts can be printings of one; precision as in `total_remarks`."""
    first, second = _in_one_precision([a, b], policy)
    return adds_up(first, [second]).verdict is Verdict.OK


def header_remarks(header: Header, expected: Header | None) -> Iterator[Remark]:
    """Another year's, unit's, region's or project's form."""
    if expected is None:
        return
    for name in ("region", "fiscal_year", "month", "department_code", "unit_code", "subject_code"):
        found, wanted = getattr(header, name), getattr(expected, name)
        if wanted and found != wanted:
            label = label_of(Header, name)
            yield error(
                f"header.{name}",
                f"{label}是“{found or '（空）'}”，这里应是“{wanted}”；请确认没有拿错年度、单位或项目的表",
            )


def changed_lines(
    path: str, lines: Iterable[tuple[str, Indicator]], approved: Iterable[Indicator]
) -> Iterator[Remark]:
    """Indicators that differ from the approved goal: 批复后不得自行改动."""
    goal = {item.key: item for item in approved}
    seen = set()
    for key, line in lines:
        seen.add(key)
        was = goal.get(key)
        here = f"{path}[{key}].indicator"
        if was is None:
            yield error(here, f"指标“{line.name}”不在已批复的绩效目标中；请删除，或先按程序调整目标")
            continue
        if (line.level1, line.level2, line.name) != (was.level1, was.level2, was.name):
            yield error(
                f"{here}.name",
                f"指标是“{line.level1}·{line.level2}·{line.name}”，"
                f"批复的是“{was.level1}·{was.level2}·{was.name}”；请改回批复的名称和分类",
            )
        if (line.operator, _value(line.target), line.unit, line.target_text) != (
            (was.operator, _value(was.target), was.unit, was.target_text)
        ):
            yield error(
                f"{here}.target",
                f"指标“{line.name}”的指标值是 {line.target_in_words}，批复的是 {was.target_in_words}；"
                "请改回批复值，或先按程序调整目标",
            )
        if line.accumulates != was.accumulates:
            words = "累计型" if was.accumulates else "非累计型"
            yield error(f"{here}.accumulates", f"指标“{line.name}”批复为{words}；请改回，或先按程序调整目标")
        if _value(line.weight) != _value(was.weight):
            yield error(
                f"{here}.weight",
                f"指标“{line.name}”的分值是 {line.weight}，批复的是 {was.weight}；请改回批复分值",
            )
    for key, was in goal.items():
        if key not in seen:
            yield error(path, f"缺少已批复的指标“{was.name}”（{was.target_in_words}）；请补上这一行")


def _value(quantity: Quantity | Missing) -> Decimal | None:
    return quantity.value if isinstance(quantity, Quantity) else None


def _in_one_precision(amounts: Sequence[Amount], policy: Policy) -> list[Figure]:
    figures = [figure_of(amount) for amount in amounts]
    coarsest = policy.decimal("checks.money_step")
    step = min([coarsest, *(figure.step for figure in figures if figure.step)])
    return [replace(figure, step=step if figure.step else Decimal(0)) for figure in figures]


def required_remarks(sheet: Sheet, policy: Policy) -> Iterator[Remark]:
    """The text fields that policy requires of this form and that are empty."""
    for name in policy.table(f"checks.required.{sheet.form.value}"):
        if not getattr(sheet, name).strip():
            yield error(name, f"{label_of(sheet, name)}未填；请填写后再报送")


def frame_remarks(
    path: str, taxonomy: Taxonomy, lines: Sequence[tuple[str, Indicator]], policy: Policy
) -> Iterator[Remark]:
    """First and second levels against the frame the form is written in; `lines` are (path, indicator)."""
    frame = policy.table(f"taxonomy.{taxonomy.value}")
    costs = policy.table("goals.cost_levels")
    first = next((line for _, line in lines if line.level1 in costs), None)
    second = next((line for _, line in lines if line.level2 in costs and line.level1 not in costs), None)
    if first is not None and second is not None:
        yield error(
            path,
            f"成本既是一级指标（“{first.name}”）又在“{second.level1}”下（“{second.name}”）；"
            f"一张表只能用一版分类，请统一为 {taxonomy.value} 版",
        )
        return
    for here, line in lines:
        if line.level1 not in frame:
            wanted = policy.table("taxonomy.aliases_level1").get(line.level1, "")
            advice = f"应为“{wanted}”" if wanted in frame else "应为：" + "、".join(frame)
            yield error(
                f"{here}.level1",
                f"指标“{line.name}”的一级指标“{line.level1}”不在 {taxonomy.value} 版分类中；{advice}",
            )
        elif line.level2 not in frame[line.level1]:
            wanted = policy.table("taxonomy.aliases_level2").get(line.level2, "")
            fits = wanted in frame[line.level1]
            advice = f"应为“{wanted}”" if fits else "应为：" + "、".join(frame[line.level1])
            yield error(
                f"{here}.level2",
                f"指标“{line.name}”的二级指标“{line.level2}”不属于“{line.level1}”（{taxonomy.value} 版）；"
                f"{advice}",
            )
