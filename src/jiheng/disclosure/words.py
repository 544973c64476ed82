"""What people write into the explanations beside their figures: passages, and lines of 附件1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from jiheng.sheets import Amount, Grade, Quantity
from jiheng.wording import Passage


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A line of 附件1 as typed: amount in 万元, score in points."""

    project: str
    department: str
    years: str
    amount: str = ""
    score: str = ""
    grade: str = ""
    is_four_reviews: bool = False

    @property
    def figures(self) -> tuple[Amount | None, Quantity | None]:
        """The amount and the score; None where nothing is typed. Raises ValueError for what is no number."""
        amount = Amount.wan(self.amount) if self.amount else None
        return amount, Quantity.of(self.score) if self.score else None


@dataclass(frozen=True, slots=True)
class Words:
    """Of the region: 制度建设, 主要问题, 下一步举措, 附件1, 挂钩金额 in 万元. Of a unit: `performance`."""

    systems: str = ""
    problems: tuple[Passage, ...] = ()
    measures: tuple[Passage, ...] = ()
    reviewed: tuple[ReviewedLine, ...] = ()
    four: tuple[int, ...] = ()  # which of the year's own 重点评价 (by id) the 人大 reviewed too
    linked: str = ""
    performance: str = ""

    def problems_found(self) -> dict[str, str]:
        """What cannot be taken, by field: a figure that is none, a grade that is none."""
        found = {}
        if self.linked and _wrong(self.linked, Amount.wan):
            found["linked"] = f"挂钩金额“{self.linked}”不是数字（万元）"
        for number, line in enumerate(self.reviewed, 1):
            where = f"附件1 第{number}行"
            if not line.project or not line.department:
                found[f"reviewed{number}"] = f"{where}要写项目名称和主管部门"
            elif line.amount and _wrong(line.amount, Amount.wan):
                found[f"reviewed{number}"] = f"{where}的金额“{line.amount}”不是数字（万元）"
            elif line.score and _wrong(line.score, Quantity.of):
                found[f"reviewed{number}"] = f"{where}的得分“{line.score}”不是数字"
            elif line.grade and line.grade not in {grade.value for grade in Grade}:
                found[f"reviewed{number}"] = f"{where}的等级“{line.grade}”应为优、良、中、差"
        return found


def _wrong(text: str, take: Any) -> bool:
    try:
        take(text)
    except ValueError:
        return True
    return False


_WORDS = TypeAdapter(Words)


def words_of(data: Mapping[str, Any]) -> Words:
    """From what is stored; empty where nothing is."""
    return _WORDS.validate_python(dict(data))


def words_json(words: Words) -> dict[str, Any]:
    """As it is stored."""
    made: dict[str, Any] = _WORDS.dump_python(words, mode="json")
    return made
