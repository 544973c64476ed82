"""Keeping the library: add, revise, retire, restore, replace, merge; each leaves an edition and a log entry.

Every verb is one transaction. A change names the edition it was made from; where somebody was quicker it is
refused (ValidationError) and nothing is lost. All raise PermissionDenied for who does not keep the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404
from django.utils import timezone

from jiheng import policy as policies
from jiheng.figures import FigureError, quantity
from jiheng.library.models import Edition, Indicator, Standard, Status, Use
from jiheng.library.placing import levels
from jiheng.library.uses import adopt, stored
from jiheng.library.wording import folded
from jiheng.sheets import Operator
from jiheng.units import log
from jiheng.units.access import region_of, require
from jiheng.units.models import Person, Region

# kept beside what people write, and no part of an edition's content
_OWN = frozenset({"id", "region", "folded", "edition", "updated_at", "value"})
Thing = TypeVar("Thing", Indicator, Standard)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorDraft:
    """What is written of an indicator; `typed` is its typical value as text, empty for none."""

    name: str
    sector: str
    level2: str
    operator: str
    unit: str = ""
    function_codes: str = ""
    keywords: str = ""
    accumulates: bool = False
    meaning: str = ""
    formula: str = ""
    typed: str = ""
    value_words: str = ""
    place: str = ""
    year: int | None = None
    source: str = ""
    is_verified: bool = False
    card_source: str = ""
    card_check: str = ""
    card_accuracy: str = ""
    card_limits: str = ""
    card_remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardDraft:
    """What is written of a standard; `typed` is its value as text."""

    name: str
    sector: str
    operator: str
    typed: str
    unit: str
    function_codes: str = ""
    scope: str = ""
    place: str = ""
    year: int | None = None
    document: str = ""
    source: str = ""
    is_verified: bool = False


# ── indicators ────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def add(person: Person, draft: IndicatorDraft, code: str = "", cause: str = "新增") -> Indicator:
    """A new indicator under its own code, else the next free one. Lines of goal forms that were written under
    its name become its uses. Raises ValidationError by field."""
    require(person, "manage_library")
    region = lock_region(region_of(person))
    values = values_of(draft, region)
    if _same(Indicator, region, values).exists():
        raise ValidationError({"name": "指标库里已有同名、同方向、同单位的在用指标，请修订那一个"})
    item = Indicator(region=region, code=code or next_code(Indicator, region, "ZB"), **values)
    _keep(person, item, cause, "")
    adopt([item])
    return item


@transaction.atomic
def revise(
    person: Person, pk: int, based_on: int, draft: IndicatorDraft, reason: str, cause: str = "修订"
) -> Indicator:
    """Writes an indicator anew as its next edition. Uses keep it, whatever its name was."""
    item = _locked(person, Indicator, pk, based_on)
    values = values_of(draft, item.region)
    if _same(Indicator, item.region, values).exclude(pk=pk).exists():
        raise ValidationError({"name": "指标库里已有另一个同名、同方向、同单位的在用指标，请合并"})
    changed = _changed(item, values, reason, person, cause)
    adopt([changed])
    return changed


@transaction.atomic
def replace(person: Person, old_pk: int, based_on: int, new_pk: int, reason: str) -> Indicator:
    """Retires an indicator in favour of another: new lines under the old name count as the new one's, what
    was written before stays the old one's."""
    old, new = _pair(person, old_pk, based_on, new_pk)
    _require_reason(reason)
    return _changed(old, {"status": Status.RETIRED, "replaced_by": new}, reason, person, "替代")


@transaction.atomic
def merge(person: Person, other_pk: int, based_on: int, kept_pk: int, reason: str) -> Indicator:
    """Two indicators that mean the same become one: the other is retired and its uses follow. Returns the
    one that is kept."""
    other, kept = _pair(person, other_pk, based_on, kept_pk)
    _require_reason(reason)
    moved = Use.objects.filter(indicator=other).update(indicator=kept)
    _changed(other, {"status": Status.RETIRED, "replaced_by": kept}, reason, person, "合并")
    keywords = " ".join(dict.fromkeys([*kept.keywords.split(), folded(other.name)]))[:200]
    return _changed(
        kept,
        {"keywords": keywords},
        f"并入“{other.name}”（{moved} 次使用随之转入）：{reason}",
        person,
        "合并",
    )


def _pair(person: Person, gone_pk: int, based_on: int, stays_pk: int) -> tuple[Indicator, Indicator]:
    gone = _locked(person, Indicator, gone_pk, based_on)
    stays = Indicator.objects.select_for_update().filter(region=gone.region, pk=stays_pk).first()
    if stays is None:
        raise ValidationError({"other": "请从本区指标库里选另一个指标"})
    if stays.pk == gone.pk:
        raise ValidationError({"other": "不能用它自己，请选另一个指标"})
    if Status.RETIRED in (gone.status, stays.status):
        raise ValidationError({"other": "两个指标都应在用；停用的请先恢复"})
    return gone, stays


# ── standards, and what both have in common ───────────────────────────────────────────────────────────


@transaction.atomic
def add_standard(person: Person, draft: StandardDraft, code: str = "", cause: str = "新增") -> Standard:
    """A new expenditure standard. Raises ValidationError by field."""
    require(person, "manage_library")
    region = lock_region(region_of(person))
    values = standard_values(draft)
    item = Standard(region=region, code=code or next_code(Standard, region, "BZ"), **values)
    _keep(person, item, cause, "")
    return item


@transaction.atomic
def revise_standard(
    person: Person, pk: int, based_on: int, draft: StandardDraft, reason: str, cause: str = "修订"
) -> Standard:
    """Writes a standard anew as its next edition."""
    item = _locked(person, Standard, pk, based_on)
    return _changed(item, standard_values(draft), reason, person, cause)


@transaction.atomic
def retire(person: Person, kind: type[Thing], pk: int, based_on: int, reason: str) -> Thing:
    """停用: no longer suggested; what uses it stays as it is. A reason is needed."""
    item = _locked(person, kind, pk, based_on)
    _require_reason(reason)
    if item.status == Status.RETIRED:
        raise ValidationError("已经停用，不必再停")
    return _changed(item, {"status": Status.RETIRED}, reason, person, "停用")


@transaction.atomic
def restore(person: Person, kind: type[Thing], pk: int, based_on: int, reason: str) -> Thing:
    """恢复: in use again, in nobody's place."""
    item = _locked(person, kind, pk, based_on)
    _require_reason(reason)
    if item.status == Status.ACTIVE:
        raise ValidationError("正在使用，不必恢复")
    return _changed(item, {"status": Status.ACTIVE, "replaced_by": None}, reason, person, "恢复")


def _locked(person: Person, kind: type[Thing], pk: int, based_on: int) -> Thing:
    require(person, "manage_library")
    region = region_of(person)
    item = kind.objects.select_for_update().filter(region=region, pk=pk).first()
    if item is None:
        raise Http404("库里没有这一条")
    if item.edition != based_on:
        last = item.editions.select_related("person").order_by("-number").first()
        who = last.person.name if last and last.person else "别人"
        raise ValidationError(
            f"这一条刚被{who}改为第 {item.edition} 版，您的修改还没有保存：请打开最新版核对后再改"
        )
    return item


def _changed(item: Thing, values: Mapping[str, Any], reason: str, person: Person, cause: str) -> Thing:
    before = content_of(item)
    for name, value in values.items():
        setattr(item, name, value)
    if content_of(item) == before:
        raise ValidationError("内容没有变化，没有生成新版本")
    item.edition += 1
    _keep(person, item, cause, reason, before)
    return item


def _keep(
    person: Person,
    item: Indicator | Standard,
    cause: str,
    reason: str,
    before: Mapping[str, str] | None = None,
) -> None:
    item.updated_at = timezone.now()
    item.save()
    edition = edition_of(item, cause, person, reason)
    edition.save(force_insert=True)
    was, now = before or {}, edition.content
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    title = str(item._meta.verbose_name)
    log.record(
        person,
        f"{cause}{title}",
        item,
        before={name: was[name] for name in changed if name in was},
        after={name: now[name] for name in changed if name in now},
        reason=reason,
    )


def edition_of(item: Indicator | Standard, cause: str, person: Person | None, reason: str = "") -> Edition:
    """The edition that keeps how an item reads now; not stored yet."""
    return Edition(
        region=item.region,
        indicator=item if isinstance(item, Indicator) else None,
        standard=item if isinstance(item, Standard) else None,
        number=item.edition,
        cause=cause,
        content=content_of(item),
        reason=reason.strip(),
        person=person,
        at=timezone.now(),
    )


def content_of(item: Indicator | Standard) -> dict[str, str]:
    """How an item reads: the Chinese names of its fields and what stands in them, empty ones left out."""
    told = {}
    for field in item._meta.local_fields:
        if field.name in _OWN:
            continue
        text = _in_words(item, field)
        if text:
            told[str(field.verbose_name)] = text
    return told


def _in_words(item: Indicator | Standard, field: models.Field[Any, Any]) -> str:
    value = getattr(item, field.name)
    if isinstance(value, bool):
        return "是" if value else ""
    if field.name == "status":
        return str(item.get_status_display())
    return "" if value is None else str(value)


# ── what may be written ───────────────────────────────────────────────────────────────────────────────


def values_of(draft: IndicatorDraft, region: Region) -> dict[str, Any]:
    """A draft as the model's fields. Raises ValidationError by field."""
    policy = policies.on(timezone.localdate(), region.pk)
    values, errors = _plain_values(Indicator, asdict(draft))
    if draft.level2 not in levels(policy):
        errors["level2"] = f"“{draft.level2}”不是二级指标，应为：{'、'.join(levels(policy))}"
    is_words = draft.operator == Operator.QUALITATIVE.value
    if not is_words and not values["unit"]:
        errors["unit"] = "定量指标要有计量单位，如 人、公里、%"
    if is_words and values["typed"]:
        errors["typed"] = "定性指标的典型值写在“典型值说明”里"
    if errors:
        raise ValidationError(errors)
    return values


def standard_values(draft: StandardDraft) -> dict[str, Any]:
    """A draft as the model's fields. Raises ValidationError by field."""
    values, errors = _plain_values(Standard, asdict(draft))
    if not values["typed"]:
        errors["typed"] = "请填写标准值"
    if not values["unit"]:
        errors["unit"] = "请填写计量单位，如 元/公里·年"
    if draft.operator == Operator.QUALITATIVE.value:
        errors["operator"] = "支出标准要有数，方向为 ≥、≤ 或 ="
    if errors:
        raise ValidationError(errors)
    return values


def _plain_values(
    kind: type[Indicator] | type[Standard], given: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What both kinds have in common: lengths, name, codes, the value read from its text."""
    values: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in given.items()
    }
    errors: dict[str, str] = {}
    for name, value in values.items():
        most = getattr(kind._meta.get_field(name), "max_length", None)
        if most and isinstance(value, str) and len(value) > most:
            errors[name] = f"最多 {most} 个字，现有 {len(value)} 个"
    values["folded"] = folded(values["name"])
    if not values["folded"]:
        errors["name"] = "请填写名称"
    if not values["sector"]:
        errors["sector"] = "请填写行业领域"
    if values["operator"] not in {item.value for item in Operator}:
        errors["operator"] = f"“{values['operator']}”不是计算符号"
    codes = values["function_codes"].replace("，", " ").replace(",", " ").split()
    values["function_codes"] = " ".join(codes)
    if any(not code.isascii() or not code.isdigit() or len(code) not in (3, 5, 7) for code in codes):
        errors["function_codes"] = "功能分类写 3、5 或 7 位数字，几个之间用空格隔开"
    if values["year"] is not None and not 2000 <= values["year"] <= 2100:
        errors["year"] = "年度应为四位数字，如 2024"
    values["value"], problem = _read(values["typed"], values["unit"])
    if problem:
        errors["typed"] = problem
    return values, errors


def _read(text: str, unit: str) -> tuple[Decimal | None, str]:
    if not text:
        return None, ""
    try:
        value = stored(quantity(text, unit))
    except FigureError as wrong:
        return None, str(wrong)
    return value, "" if value is not None else "数太大，或小数超过六位"


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": "请写明理由"})


def _same(kind: type[Indicator], region: Region, values: Mapping[str, Any]) -> models.QuerySet[Indicator]:
    names = ("folded", "operator", "unit", "sector")
    return kind.objects.filter(region=region, status=Status.ACTIVE, **{name: values[name] for name in names})


def lock_region(region: Region) -> Region:
    """Keeps two who add at once apart, so that no code is given twice."""
    return Region.objects.select_for_update().get(pk=region.pk)


def next_code(kind: type[Indicator] | type[Standard], region: Region, letters: str) -> str:
    """The next free code: ZB00001."""
    return codes_after(kind.objects.filter(region=region, code__startswith=letters), letters, 1)[0]


def codes_after(items: models.QuerySet[Any], letters: str, count: int) -> list[str]:
    """So many free codes after the highest that is taken."""
    taken: Iterable[str] = items.values_list("code", flat=True)
    numbers = [int(code[len(letters) :]) for code in taken if code[len(letters) :].isdigit()]
    first = max(numbers, default=0) + 1
    return [f"{letters}{number:05}" for number in range(first, first + count)]
