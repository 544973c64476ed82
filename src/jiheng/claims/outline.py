"""A document's frame: contents against headings, numbering, annexes, what its parts promise one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from jiheng.claims.paper import NUMBERING, Line, Paper, compiled, hint, warning
from jiheng.claims.report import Found, Kind
from jiheng.sheets.document import Block, BlockKind

MOST = 5  # hints of one rule: a contents that never fits is one thing to mend
LONGEST_LIST = 20  # entries; longer ones list tables, whose titles a page may have broken up
_LEADERS = re.compile(r"[.．·…‥]{4,}")
_LEADER = re.compile(r"[.．·…‥\s\t]*\d{0,4}$")
_NOISE = str.maketrans("", "", " \t　“”\"'‘’《》（）()、，,：:.．·…—-")
_NUMERAL = re.compile(r"([一二三四五六七八九十]{1,3})、")
_DIGITS = "一二三四五六七八九"
_REFERRED = re.compile(
    r"(?:详?见|参见|列入|附于)(?P<what>附件|附表|附录)\s?(?P<number>[0-9０-９一二三四五六七八九十]{0,2})"
)
_ANNEX = re.compile(r"(?P<what>附件|附表|附录)\s?(?P<number>[0-9０-９一二三四五六七八九十]{0,2})")


def contents_and_headings(paper: Paper) -> Iterator[Found]:
    """K50, 财预〔2016〕143号: each line of the contents is a heading of the text, word for word.

    Hints of kind residue, at the contents' line; the heading that comes nearest is named.
    """
    listed = [line for line in paper.lines if line.kind is BlockKind.CONTENTS and _is_entry(line)]
    if not 2 <= len(listed) <= LONGEST_LIST:
        return
    bodies = [
        line for line in paper.prose if not (line.text.startswith("目") and _plain(line.text) == "目录")
    ]
    headings = [line for line in bodies if line.is_heading]
    named = [(line, _plain(line.name)) for line in headings]
    names = {name for _, name in named} | {_plain(line.text) for line in headings}
    names |= {_plain(one.text + other.text) for one, other in pairwise(headings)}  # a title over two lines
    titles = {_plain(block.title) for block in paper.document.blocks if block.title}
    starts = [_plain(line.text) for line in bodies if not line.is_heading]
    if 2 * sum(bool(NUMBERING.match(line.text)) for line in listed) > len(listed):
        listed = [line for line in listed if NUMBERING.match(line.text)]  # the rest are wrapped lines
    missing = []
    for line in listed:
        if _LEADERS.search(_title(line)):  # two entries run together
            continue
        entry = _plain(_entry(line))
        run_in = any(start.startswith((entry, _plain(_LEADER.sub("", line.text)))) for start in starts)
        if entry and entry not in names | titles and not run_in:
            missing.append(line)
    if len(missing) > max(len(listed) // 2, 2):  # the headings were not found: our reading, not their fault
        return
    for line in missing[:MOST]:
        near = _nearest(_plain(_entry(line)), named)
        said = f"正文标题是“{near.text}”" if near else "正文没有这个标题"
        yield hint("K50", Kind.RESIDUE, (line.start, line.end), f"目录“{_title(line)}”与正文不一致：{said}")


def _is_entry(line: Line) -> bool:
    return len(_plain(_entry(line))) >= 4


def _title(line: Line) -> str:
    return _LEADER.sub("", line.text)


def _entry(line: Line) -> str:
    numbered = NUMBERING.match(line.text)
    return _LEADER.sub("", line.text[numbered.end() :] if numbered else line.text).removeprefix("关于")


def _plain(text: str) -> str:
    return text.translate(_NOISE)


def _nearest(entry: str, named: list[tuple[Line, str]]) -> Line | None:
    """The heading that shares most pairs of characters with the entry, if more than half of them."""
    own = _pairs(entry)
    rated = ((len(own & _pairs(name)), name, line) for line, name in named)
    shared, name, line = max(rated, default=(0, "", None), key=lambda row: row[0])
    return line if line and 2 * shared > min(len(own), len(_pairs(name))) else None


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def numbering(paper: Paper) -> Iterator[Found]:
    """XS04, 财预〔2016〕143号: a jump or a repetition in 一、二、三、 at the beginnings of lines.

    A number 一 begins a new row; only rows whose neighbours fit (… 二、四、五、) are said to jump, and not
    where a heading without number lies between: word processors number by themselves, unseen in the text.
    """
    marks = [
        (_value(match[1]), line)
        for line in paper.prose
        if (match := _NUMERAL.match(line.text)) and _value(match[1])
    ]
    found = 0
    for (before, last), (this, line), (after, _) in zip(marks, marks[1:], marks[2:], strict=False):
        jumps = this == before + 2 and after in (this + 1, 1)
        if jumps and found < MOST and not _unnumbered(paper, last, line):
            found += 1
            message = (
                f"序号从“{_numeral(before)}、”跳到“{_numeral(this)}、”，中间缺“{_numeral(before + 1)}、”"
            )
            yield hint("XS04", Kind.RESIDUE, (line.start, min(line.end, line.start + 20)), message)


def _unnumbered(paper: Paper, last: Line, line: Line) -> bool:
    return any(last.start < other.start < line.start and not other.level for other in paper.headings)


def _value(numeral: str) -> int:
    """一 … 九十九; 0 for what is no number."""
    tens, ten, ones = numeral.partition("十")
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return 0
    if not ten:
        return _DIGITS.index(tens) + 1
    return (_DIGITS.index(tens) + 1 if tens else 1) * 10 + (_DIGITS.index(ones) + 1 if ones else 0)


def _numeral(value: int) -> str:
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _DIGITS[tens - 1] + "十") + (
        _DIGITS[ones - 1] if ones else ""
    )


def annexes(paper: Paper) -> Iterator[Found]:
    """K50, 财预〔2016〕143号: an annex that is referred to and neither there nor listed.

    It is there if a line begins with its name, or if its name stands anywhere but after 见; a line 附件： and
    a numbered list lists all of them.
    """
    if not any(word in paper.text for word in ("附件", "附表", "附录")):
        return
    there: set[tuple[str, str]] = set()
    lists: set[str] = set()
    for line in paper.lines:
        if "附" not in line.text:
            continue
        for match in _ANNEX.finditer(line.text):
            if match.start() == 0 or line.kind is BlockKind.TABLE or not _refers(line.text, match.start()):
                there.add((match["what"], match["number"]))
                if match.start() == 0:
                    lists.add(match["what"])
    said: set[tuple[str, str]] = set()
    for match in _REFERRED.finditer(paper.text):
        key = (match["what"], match["number"])
        if key in said or key in there or (not key[1] and key[0] in lists):
            continue
        said.add(key)
        if len(said) > MOST or _listed(paper, key):
            continue
        name = match["what"] + match["number"]
        yield hint("K50", Kind.MISSING, match.span(), f"文中引用“{name}”，但没有附上，也没有列出")


def _refers(text: str, at: int) -> bool:
    return bool(re.search(r"(?:见|列入|附于|[、和及与至])\s?$", text[max(0, at - 4) : at]))


def _listed(paper: Paper, key: tuple[str, str]) -> bool:
    """Whether a list headed 附件： (or a table titled so) has that number, or numbers at all."""
    what, number = key
    for index, line in enumerate(paper.lines):
        if re.match(rf"{what}\s?[：:\d一二三四五六七八九十]?", line.text):
            block = [line.text] + [other.text for other in paper.lines[index + 1 : index + 12]]
            if not number or any(
                re.match(rf"(?:{what}\s?[：:]?\s?)?{number}\s?[.．、：:\s]", text) for text in block
            ):
                return True
    return any(what + number in block.title for block in paper.document.blocks)


def empty_tables(paper: Paper) -> Iterator[Found]:
    """K29, 财预〔2016〕143号: a table of accounts without a figure says that it is empty, and why."""
    for block in paper.document.blocks:
        if block.kind is not BlockKind.TABLE or not re.search(r"(决算|预算|支出|收入).{0,8}表$", block.title):
            continue
        if len(block.cells) < 8 or any(
            char.isdigit() for cell in _body(block) for char in paper.text[cell[0] : cell[1]]
        ):
            continue
        below = paper.text[block.start : block.end + 200]
        if not _EMPTY.search(below) and not _said_elsewhere(paper, block.title):
            span = (block.start, min(block.end, block.start + 40))
            yield warning(
                "K29", Kind.MISSING, span, f"“{block.title}”没有数字，也没有空表说明；没有此项的请注明"
            )


_EMPTY = re.compile(
    r"空表|为空|无数据|没有|无此|无.{0,20}(收入|支出|预算|拨款|安排|发生)|不涉及|未安排|未发生|本表无"
)


def _said_elsewhere(paper: Paper, title: str) -> bool:
    """Whether the explanations say of this kind of account that there is none."""
    topic = next((word for word in ("政府性基金", "国有资本经营", "三公") if word in title), "")
    at = paper.text.find(topic) if topic else -1
    while at >= 0:
        if _EMPTY.search(paper.text, max(0, at - 40), at + 60):
            return True
        at = paper.text.find(topic, at + 1)
    return False


def _body(block: Block) -> Iterator[tuple[int, int]]:
    """Spans of the cells outside the first column and above no row: where the figures would stand."""
    for cell in block.cells:
        if cell.row > 0 and cell.column > 0:
            yield cell.start, cell.end


def two_meanings(paper: Paper) -> Iterator[Found]:
    """XS05, 财预〔2016〕143号 (通俗易懂): a term of public finance where it means something else."""
    for row in paper.policy.table("contents.two_meanings"):
        if row["term"] not in paper.text:
            continue
        near = compiled("|".join(row["near"]))
        for line in paper.prose:
            at = line.text.find(row["term"])
            if at >= 0 and near.search(line.text, at, at + 150):
                span = (line.start + at, line.start + at + len(row["term"]))
                yield hint("XS05", Kind.RESIDUE, span, f"“{row['term']}”{row['meaning']}，请换个说法或加注")
                break
