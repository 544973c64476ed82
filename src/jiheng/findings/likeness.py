"""The same problem coming back across years and units: earlier ones of its kind whose titles are alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from jiheng import policy as policies
from jiheng.findings.models import Problem, ProblemState

MOST_LOOKED_AT = 3000  # of the newest of a kind: a county has some hundreds
SHOWN = 8
_NOISE = re.compile(r"[\d\W_]|年度?|存在|问题|部分|区|县|市")


@dataclass(frozen=True, slots=True)
class Like:
    """A problem that resembles another; `share` in percent of the titles' characters, and why it counts."""

    problem: Problem
    share: int
    why: str


def likes(problem: Problem) -> list[Like]:
    """The problems that this one looks like, the most alike first. Two queries; `problem` may be unsaved."""
    policy = policies.on(problem.found_on, problem.region_id)
    anywhere = policy.whole("problems.recurring.title_from")
    same_fund = policy.whole("problems.recurring.same_fund_from")
    others = Problem.objects.filter(region_id=problem.region_id, kind=problem.kind)
    others = others.exclude(pk=problem.pk).exclude(state=ProblemState.MERGED).order_by("-found_on", "-pk")
    wanted = _core(problem.title, problem.fund.name if problem.fund else "", problem.unit.name)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)  # what stays is set second: its index is made once
    shares: dict[int, int] = {}
    titles = others.values_list("pk", "fund_id", "title", "fund__name", "unit__name")
    for pk, fund_id, title, fund_name, unit_name in titles[:MOST_LOOKED_AT]:
        least = same_fund if problem.fund_id is not None and fund_id == problem.fund_id else anywhere
        share = _share(matcher, _core(title, fund_name or "", unit_name), wanted, least)
        if share >= least:
            shares[pk] = share
    found = [
        Like(other, shares[other.pk], _why(problem, other))
        for other in Problem.objects.filter(pk__in=shares).select_related("unit", "fund")
    ]
    found.sort(key=lambda like: (-like.share, -like.problem.found_on.toordinal()))
    return found[:SHOWN]


def recurs(problem: Problem) -> Problem | None:
    """The earlier problem that this one repeats, the nearest of those found before it."""
    earlier = [like for like in likes(problem) if like.problem.found_on <= problem.found_on]
    return earlier[0].problem if earlier else None


def _core(title: str, *names: str) -> str:
    """A title without what differs from year to year: figures, signs, the names of unit and fund."""
    for name in names:
        title = title.replace(name, "") if name else title
    return _NOISE.sub("", title)


def _share(matcher: SequenceMatcher[str], one: str, other: str, least: int) -> int:
    """How much of two titles is common, in whole percent rounded down; 0 where it cannot reach `least`."""
    together = len(one) + len(other)
    if not one or not other or 200 * min(len(one), len(other)) < least * together:
        return 0
    matcher.set_seq1(one)
    if matcher.quick_ratio() * 100 < least:  # never below the share, and ten times as fast
        return 0
    return 200 * sum(block.size for block in matcher.get_matching_blocks()) // together


def _why(problem: Problem, other: Problem) -> str:
    is_same_fund = problem.fund_id is not None and other.fund_id == problem.fund_id
    where = "同一专项" if is_same_fund else "同一单位" if other.unit_id == problem.unit_id else "其他单位"
    apart = problem.fiscal_year - other.fiscal_year
    when = "同一年度" if not apart else f"{'早' if apart > 0 else '晚'}{abs(apart)}年"
    return f"{where}、{when}，同类别"
