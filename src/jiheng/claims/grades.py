"""Grades against scores: 综合得分86.50分，评价等级为“优” cannot both hold.

The bands are policy (财预〔2020〕10号); a score is rounded to two decimals before it is graded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from jiheng.claims.frames import Paragraph
from jiheng.claims.relating import is_vague, relation, term
from jiheng.claims.report import Equation, Kind, Operand, Relation
from jiheng.claims.verdicts import judge
from jiheng.policy import Policy

_GRADED = re.compile('[^。;]{0,12}?(?:等[级次]|评定|评为|结果|档次)[^。;]{0,6}?[“"‘]?([优良中差])[”"’]?')
_HALF_POINT = Decimal("0.005")  # of the two decimals a score is rounded to
_BANDS = (("grades.excellent", "优"), ("grades.good", "良"), ("grades.fair", "中"))
_SCORED = re.compile("综合|总分|总得分|自评得?分|评价得?分|最终得?分|得分")


def grade_relations(paragraph: Paragraph, policy: Policy) -> Iterator[Relation]:
    """Each score that a grade follows, against the lower and the upper bound of that grade's band."""
    for frame in paragraph.levels:
        level = frame.level
        if (
            level is None
            or level.figure.base != "分"
            or is_vague(frame)
            or not _SCORED.search(level.words[-12:])
        ):
            continue
        match = _GRADED.match(paragraph.text, level.figure.end)
        if match is None:
            continue
        bands = [(policy.decimal(path), name) for path, name in _BANDS] + [(Decimal(0), "差")]
        at = next(number for number, (_, name) in enumerate(bands) if name == match[1])
        span, exact = match.span(1), Decimal(0)
        bound, equation = bands[at][0], Equation((term(0), term(1, -1)), at_most=True)
        if at and level.figure.value - level.figure.half >= bands[at - 1][0] - _HALF_POINT:
            # the score belongs to the band above: hold it against the last score below that band
            bound = bands[at - 1][0] - 2 * _HALF_POINT
            equation = Equation((term(1), term(0, -1)), at_most=True)
        limit = Operand(match[1], bound, "分", *span, exact)
        made = relation("WD09", Kind.RANGE, [limit, frame], [equation])
        yield judge(made)
