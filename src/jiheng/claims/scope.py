"""Hints on scope: units and precision mixed in one note, two names for one count, a list taken up in part."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from jiheng.claims.paper import Paper, hint
from jiheng.claims.report import Found, Kind

_BODIES = re.compile(r"[个家](?<=\d\d[个家])(?:预算)?(单位|部门)")
_NUMBER_BEFORE = re.compile(r"\d{2,}$")
_LISTED = re.compile(r"个，?(?:即|分别是|分别为|包括)[：:]?(?P<items>[^。\n]{20,300})。")
_COUNT = {sign: value for row in ("三四五六七八九", "3456789") for value, sign in enumerate(row, 3)}
_GENERIC = re.compile(
    r"\d|年|[^\u4e00-\u9fff]|专项|资金|经费|项目|补助|[\u4e00-\u9fff]{1,8}[局委办厅](?=[\u4e00-\u9fff\d])"
)
FEWEST = 10  # below it two counts agree by chance
LONGEST = 20  # digits of a count


def mixed_precision(paper: Paper) -> Iterator[Found]:
    """XS06, 财预〔2016〕143号: one figure of a note printed finer than all others in the same unit."""
    for note in paper.notes:
        figures = paper.money(note)
        for unit in ("万元", "亿元"):
            same = [match for match in figures if match[3] == unit and match[1] != "0"]
            fine = [match for match in same if match[2]]
            if len(fine) == 1 and len(same) >= 4:
                said = f"本节其他{unit}数都是整数，“{fine[0][0]}”有小数，请统一精度"
                yield hint("XS06", Kind.UNIT, fine[0].span(), said)


def mixed_units(paper: Paper) -> Iterator[Found]:
    """XS06, 财预〔2016〕143号: of notes published together, one is all in another unit."""
    if len(paper.notes) < 3:
        return
    units = []
    for note in paper.notes:
        counted = Counter(match[3] for match in paper.money(note))
        if note.kind in ("san_gong", "transfers", "debt") and len(counted) == 1 and counted.total() >= 3:
            units.append((note, next(iter(counted))))
    common = Counter(unit for _, unit in units).most_common(1)
    for note, unit in units:
        if len(units) >= 3 and unit != common[0][0]:
            span = (note.heading.start, note.heading.end)
            yield hint("XS06", Kind.UNIT, span, f"本节以{unit}为单位，其他各节以{common[0][0]}为单位，请统一")


def two_names(paper: Paper) -> Iterator[Found]:
    """XS07, 财预〔2016〕143号: the same count once of 部门 and once of 单位, which are not the same thing."""
    if "部门" not in paper.text or "单位" not in paper.text:
        return
    first: dict[str, str] = {}
    said: set[str] = set()
    for match in _BODIES.finditer(paper.text):
        digits = _NUMBER_BEFORE.search(paper.text, max(0, match.start() - LONGEST), match.start())
        if digits is None or int(digits[0]) < FEWEST:
            continue
        number, name = digits[0], match[1]
        other = first.setdefault(number, name)
        if other != name and number not in said:
            said.add(number)
            message = f"“{number}”前面说的是{other}，这里说的是{name}；部门和单位口径不同，请统一或注明"
            yield hint("XS07", Kind.SAME_FACT, (digits.start(), match.end()), message)


def half_told(paper: Paper) -> Iterator[Found]:
    """XS08, 中发〔2018〕34号: projects listed under 问题, of which some never come up below."""
    if "问题" not in paper.text:
        return
    headings = [line for line in paper.prose if line.level == 2]
    starts = [line.start for line in headings]
    for match in _LISTED.finditer(paper.text):
        own = bisect_left(starts, match.start()) - 1
        if own < 0 or "问题" not in headings[own].text[:40]:
            continue
        items = match["items"].split("、")
        counted = _COUNT.get(paper.text[max(0, match.start() - 1) : match.start()], 0)
        if len(items) != counted:
            continue
        end = starts[own + 1] if own + 1 < len(starts) else len(paper.text)
        below = _GENERIC.sub("", paper.text[match.end() : end])
        untold = [item for item in items if not _taken_up(item, below)]
        if 0 < len(untold) < counted:
            names = "、".join(f"“{item.strip()}”" for item in untold)
            message = f"列出的{counted}个项目中，{names}下文没有写具体问题，请核对是否写全"
            yield hint("XS08", Kind.MISSING, match.span("items"), message)


def _taken_up(item: str, below: str) -> bool:
    """Whether four characters in a row of the project's own name stand in the text below."""
    name = _GENERIC.sub("", item)
    if len(name) < 4:
        return True
    return any(name[at : at + 4] in below for at in range(len(name) - 3))
