"""Years and other words of time that do not fit the year a document reports on."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from jiheng.claims.paper import LONGEST_CLAUSE, YEAR, Paper, hint, warning
from jiheng.claims.report import Found, Kind

_QUOTED = re.compile(r"《[^》\n]{0,80}》|“[^”\n]{0,60}”|〔[^〕\n]{0,12}〕")
_RANGE = re.compile(r"20\d\d年?度?\s?[-—–~～至到、和与及]{1,2}\s?20\d\d年?")
_HISTORY = re.compile(
    r"以来|历年|回顾|规划|计划|十[一二三四五]五|预算草案|安排|展望|近[\d两二三四五]年|自20\d\d|20\d\d年起|跨年|结转"
)
_DATE = re.compile(r"(20[0-4]\d)\s?年\s?(\d{1,2})\s?月(?:\s?(\d{1,3})\s?日)?(?!\d)")
_FIVE_DIGITS = re.compile(r"20\d{3}年")
_YEAR_END = re.compile(r"截[至止]\s?(?P<year>20[0-4]\d)年(?:年?末|年?底|12月末|12月底|12月31日)")
_EARLIER = re.compile(r"上年|年初|期初|同期|上一年|分别|结转")
_NOTES_OF_ONE_YEAR = ("san_gong", "transfers", "debt")
NEAR = 500


def heading_year(paper: Paper) -> Iterator[Found]:
    """K48, 财预〔2016〕143号: a heading with another year than the text below it and the document.

    Only where the text below names the document's year twice and the heading's year not at all.
    """
    if paper.year is None or "年" not in paper.text:
        return
    ends = [line.start for line in paper.headings[1:]] + [len(paper.text)]
    for line, end in zip(paper.headings, ends, strict=False):
        if "年" not in line.text:
            continue
        years = {int(year) for year in YEAR.findall(_bare(line.text))}
        if len(years) != 1 or _HISTORY.search(line.text):
            continue
        year = years.pop()
        if year in (paper.year, paper.year + 1):
            continue
        below = paper.text[line.end : min(end, line.end + 4 * NEAR)]
        if below.count(f"{paper.year}年") >= 2 and f"{year}年" not in below:
            yield _wrong(line.start, line.end, year, f"标题写{year}年，下面的正文说的是{paper.year}年")


def note_year(paper: Paper) -> Iterator[Found]:
    """K48, 财预〔2016〕143号: a note that begins with another year and never names its own."""
    if paper.year is None:
        return
    for note in paper.notes:
        body = paper.text[note.start : note.end]
        first = YEAR.search(_bare(body))
        if note.kind not in _NOTES_OF_ONE_YEAR or first is None or f"{paper.year}年" in body:
            continue
        year = int(first[0])
        opening = _opening_of(body)
        at = body.find(f"{year}年")
        if (
            at > opening
            or year == paper.year
            or _HISTORY.search(body[:opening])
            or f"{year}年" in note.heading.text
        ):
            continue
        span = paper.clause(note.start + at)
        yield _wrong(*span, year, f"说明开头说的是{year}年，通篇没有报告年{paper.year}年")


def year_end(paper: Paper) -> Iterator[Found]:
    """K48, 财预〔2018〕209号: a balance “as of” the end of another year, among figures of the year reported.

    Silent where the text nearby also gives the year's own end, or speaks of an opening balance.
    """
    if paper.year is None or "截" not in paper.text:
        return
    for match in _YEAR_END.finditer(paper.text):
        year = int(match["year"])
        around = paper.text[max(0, match.start() - NEAR) : match.end() + NEAR]
        sentence = paper.text[match.start() : match.end() + 80].split("。")[0]
        before = paper.text[max(0, match.start() - 200) : match.start()]
        own = re.search(rf"{paper.year}年(?:年?末|年?底|12月)|截[至止](?:目前|年末|年底|本年)", around)
        if year != paper.year - 1 or own or _EARLIER.search(sentence) or "余额" not in sentence:
            continue
        if f"{paper.year}年" in before:
            yield _wrong(*match.span(), year, f"前文说的是{paper.year}年的数，这里的余额截至{year}年末")


def impossible_date(paper: Paper) -> Iterator[Found]:
    """K48, 财预〔2016〕143号: a date that no calendar has (2月30日), a year of five digits."""
    if "年" not in paper.text:
        return
    for match in _DATE.finditer(paper.text):
        if paper.text[max(0, match.start() - 1) : match.start()].isdigit():
            continue
        year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
        if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
            yield warning("K48", Kind.YEAR, match.span(), f"没有“{match[0]}”这个日期，请核对")
    for match in _FIVE_DIGITS.finditer(paper.text):
        if paper.text[max(0, match.start() - 1) : match.start()] in tuple("0123456789.,"):
            continue
        yield warning("K48", Kind.YEAR, match.span(), f"年份“{match[0]}”多了一位数字，请核对")


def compared_year(paper: Paper) -> Iterator[Found]:
    """K48, 财预〔2016〕143号: 比2021年增长 in the accounts of 2024, which may be meant."""
    if paper.year is None or paper.is_report:
        return
    for match in re.finditer(
        r"[比较](20[0-4]\d)年(?:决算|同期|全年)?(?:数|支出|收入)?(?:增|减|上升|下降|降低)", paper.text
    ):
        if int(match[1]) not in (paper.year - 1, paper.year):
            yield hint(
                "K48",
                Kind.YEAR,
                match.span(),
                f"与{match[1]}年比，报告年的上一年是{paper.year - 1}年，请核对年份",
            )


@dataclass(frozen=True, slots=True)
class _Count:
    """A count of one thing, the time it is said of and what is done with it."""

    number: str
    thing: str
    time: str
    start: int
    end: int
    said: str  # the clause it stands in


_TIME = re.compile(r"今年|本年度?(?![末初])|当年|(?<!\d)20[0-4]\d年(?:度)?")
_THING = "项目|单位|部门|资金|企业|学校|村"
_THING_BEFORE = re.compile(rf"(?:{_THING})$")
_COUNTED = re.compile(
    rf"[个家所项](?<=\d[个家所项])(?:(?:重点|预算|试点|专项)?(?P<thing>{_THING})|(?![月百]))"
)
_NUMBER_BEFORE = re.compile(r"\d{1,4}$")
_DONE = re.compile(r"评价|评估|评审|监控|自评|四评|抽查|检查|审计|验收|整改|立项|建设|公开|奖补|扶持")
_RELATIVE = ("今年", "本年", "本年度", "当年")
FEWEST = 3  # below it the same count twice says nothing


def unclear_time(paper: Paper) -> Iterator[Found]:
    """XS03, 财预〔2016〕143号: the same count of a thing under 今年 here and another year next door.

    今年评价项目8个…2023年对…评价的8个项目: whether these are the same 8 cannot be told. Both stand in one
    paragraph or in neighbouring ones, name the same activity, and no other count of that thing lies between.
    """
    if paper.year is None or not any(word in paper.text for word in _RELATIVE):
        return
    last: _Count | None = None
    for count in _counts(paper):
        before, last = last, count
        if before is None or before.number != count.number or before.thing != count.thing:
            continue
        if not _disagree(before.time, count.time, paper.year) or count.start - before.end > NEAR // 2:
            continue
        if not set(_DONE.findall(before.said)) & set(_DONE.findall(count.said)):
            continue
        yield warning(
            "XS03",
            Kind.YEAR,
            (count.start, count.end),
            f"前面说“{before.time}”{count.thing}{count.number}个，这里说“{count.time}”也是{count.number}个，"
            "是不是同一批、属于哪一年不明，请写明年份",
        )


def _counts(paper: Paper) -> Iterator[_Count]:
    for match in _COUNTED.finditer(paper.text):
        number = _NUMBER_BEFORE.search(paper.text, max(0, match.start() - 4), match.start())
        if number is None or int(number[0]) < FEWEST or not paper.is_prose(number.start()):
            continue
        begin = (
            max(
                paper.text.rfind(mark, max(0, number.start() - 2 * NEAR), number.start()) for mark in "。；\n"
            )
            + 1
        )
        sentence = _bare(paper.text[begin : match.end() + LONGEST_CLAUSE])
        at = number.start() - begin
        times = _TIME.findall(sentence[:at])
        before = _THING_BEFORE.search(sentence[:at])
        thing = match["thing"] or (before[0] if before else "")
        if times and thing:
            start, end = paper.clause(number.start())
            span = (number.start() - (0 if match["thing"] else len(thing)), match.end())
            yield _Count(number[0], thing, times[-1], *span, paper.text[start:end])


def _disagree(one: str, other: str, year: int) -> bool:
    """One is 今年 and the other another year than the one reported on."""
    relative = [time for time in (one, other) if time in _RELATIVE]
    named = [time for time in (one, other) if time not in _RELATIVE]
    return len(relative) == 1 and len(named) == 1 and int(named[0][:4]) != year


def _bare(text: str) -> str:
    """The text with names, quotations and ranges of years blanked, every offset kept."""
    for pattern in (_QUOTED, _RANGE):
        text = pattern.sub(lambda match: "　" * len(match[0]), text)
    return text


def _opening_of(body: str) -> int:
    """Where the second sentence ends."""
    first = body.find("。")
    second = body.find("。", first + 1)
    return second if second >= 0 else len(body)


def _wrong(start: int, end: int, year: int, said: str) -> Found:
    return warning("K48", Kind.YEAR, (start, end), f"{said}，请核对年份“{year}年”")
