"""Exact numbers in the database: Decimal in code, a whole number of their last decimal in the column.

SQLite keeps decimals as floats: 0.10 + 0.20 fails a CHECK and 17 digits come back changed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    Whole = models.BigIntegerField[Any, Any]
else:
    Whole = models.BigIntegerField


class HundredthsField(Whole):
    """An exact number of two decimals (a score, a percentage); anything finer is refused, never rounded."""

    description = "两位小数"
    places = 2
    if TYPE_CHECKING:  # what django-stubs reads a field's Python type from
        _pyi_private_set_type: Decimal | Combinable  # type: ignore[assignment]
        _pyi_private_get_type: Decimal  # type: ignore[assignment]
        _pyi_lookup_exact_type: Decimal  # type: ignore[assignment]

    def from_db_value(self, value: int | None, *_: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise ValidationError("不能用浮点数")
        return Decimal(value)

    def get_prep_value(self, value: Any) -> int | None:
        yuan = self.to_python(value)
        if yuan is None:
            return None
        fen = yuan.scaleb(self.places)
        if fen != fen.to_integral_value():
            words = {2: "两位", 6: "六位"}[self.places]
            raise ValidationError(f"{yuan} 超过{words}小数，请核对")
        return int(fen)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> int | None:  # noqa: FBT001, FBT002
        return value if prepared else self.get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


class MoneyField(HundredthsField):
    """An exact amount: Decimal yuan in code, integer 分 in the column."""

    description = "金额（元）"


class MillionthsField(HundredthsField):
    """An exact quantity of up to six decimals and twelve whole digits: a target, a typical value."""

    description = "六位小数"
    places = 6
