"""What was left in a text by mistake: placeholders, field codes, unchosen alternatives, words typed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jiheng.claims.paper import Paper, hint, warning
from jiheng.claims.report import Found, Kind

_FIELDS = (
    "[bookmark", "_GoBack", "错误!未", "错误！未", "Error! ", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A",
    "####", "PAGEREF _", "MERGEFORMAT", "HYPERLINK \"", "\ufffd\ufffd",
)  # fmt: skip
_FIELD = re.compile(
    r"\[bookmark: ?\w+\]|_GoBack|错误[!！]未\w{2,12}[。.]?|Error! [A-Z]\w+[ \w]{0,40}"
    r"|#(?:REF|DIV/0|VALUE)!|#NAME\?"
    r"|#N/A|#{4,}|PAGEREF _\w+|\\\* MERGEFORMAT|HYPERLINK \"|\ufffd{2,}"
)
_BLANK_MARKS = (
    "XX",
    "xx",
    "ＸＸ",
    "××",
    "某某",
    "待填",
    "待补充",
    "（略）",
    "(略)",
    "□□",
    "此处填",
    "请填写",
    "____",
)
_BLANK = re.compile(
    r"(?<![A-Za-z0-9/._=-])(?:X{2,}|x{2,})(?![A-Za-z0-9/._=-])|Ｘ{2,}|×{2,}|某某[县市区镇乡村局某]?|待填写?|待补充(?=[。，；）\n]|$)"
    r"|[（(]略[）)]|□{2,}|此处填写?|(?<=[（(])请填写|_{4,}"
)
LONGEST_NAME = 80  # characters of a regulation in 《》
_UP, _DOWN = ("增加", "增长", "上升", "提高"), ("减少", "下降", "降低")
_CHOICE = re.compile(r"[（(/](?P<other>增加|增长|上升|提高|减少|下降|降低)[）)]?")
_AFTER_CHOICE = re.compile(r"\s*(?:了|约|为)?\s*[\d０-９X×_]")
_TWICE = (
    "增加", "减少", "增长", "下降", "上升", "降低", "其中", "同比", "比上年", "较上年", "主要是",
    "主要用于", "完成", "合计", "共计", "分别", "万元", "亿元", "预算数", "决算数", "比预算", "进一步",
    "以及", "同时", "截至",
)  # fmt: skip
_STOPS_TWICE = (
    "，，", "；；", "、、", "，。", "、。", "；。", "，；", "、，", "、；", "；，",
    "其中：其中", "其中:其中", "占占", "%%", "％％", "%个百分点", "％个百分点",
)  # fmt: skip
KIND_OF_CODE = 7  # characters: PAGEREF _Toc1 and PAGEREF _Toc2 are one kind
MOST = 8  # hints of one document
_DOUBLED = tuple(word * 2 for word in _TWICE) + _STOPS_TWICE
# where the doubled signs may be right, what must not stand around them: 目的的确, 。。。 for an ellipsis
_GUARDED = {
    "的的": re.compile(r"(?<![目标中])的的(?![士确])"),
    "。。": re.compile(r"(?<!。)。。(?!。)"),
    "元元": re.compile(r"(?<=\d)(?:[万亿]?元元)|(?<=\d[万亿])元元"),
    "万万": re.compile(r"(?<=\d)万万元"),
}
_SHARE_OR_RATE = re.compile(
    r"(?:占|增长|下降|上升|提高|降低)(?P<of>[^，。；、：\d%％（）()\n]{0,25}?)\s?(?P<figure>\d{1,3}\.\d{1,2})\s?"
    r"(?=[，。；）\n]|$)"
)
# 完成预算286.89万元的102，: after 预算…的 a number without a unit can be nothing but a percentage
_COMPLETED = re.compile(
    r"(?:年初|调整)?预算(?:数|任务)?(?:\s?[\d,，.]+\s?[万亿]?元)?的\s?\d{1,3}(?:\.\d{1,2})?\s?(?=[，。；）\n]|$)"
)
_BARE = re.compile(r"\d\s?(?:[，。；）]|$)")  # a figure without a unit: most lines have none
_NO_RATE = (
    "元", "亩", "平方", "位", "分", "倍", "点", "公里", "吨", "地", "天", "从", "由", "至", "到",
)  # fmt: skip
_SCORE = re.compile(r"得分|分数|指数|系数|价格")
_SIGN_LATER = re.compile(r"，\s?\d[\d.]*\s?[%％]")


@dataclass(frozen=True, slots=True)
class _Look:
    """A search worth making only where one of the marks stands in the text at all."""

    marks: tuple[str, ...]
    pattern: re.Pattern[str]

    def over(self, text: str) -> Iterator[re.Match[str]]:
        if any(mark in text for mark in self.marks):
            yield from self.pattern.finditer(text)


def field_codes(paper: Paper) -> Iterator[Found]:
    """K49, 财预〔2016〕143号 (公开内容真实、准确): bookmarks, broken references and errors of a spreadsheet.

    One hint a kind of remnant: a document full of #REF! is one thing to mend.
    """
    seen: set[str] = set()
    for match in _Look(_FIELDS, _FIELD).over(paper.text):
        if match[0][:KIND_OF_CODE] not in seen:
            seen.add(match[0][:KIND_OF_CODE])
            yield hint("K49", Kind.RESIDUE, match.span(), f"“{match[0]}”是编辑软件留下的代码，请删去或改正")


def placeholders(paper: Paper) -> Iterator[Found]:
    """K49, 财预〔2016〕143号: a blank that nobody filled; names of regulations in 《》 are left alone."""
    seen: set[str] = set()
    for match in _Look(_BLANK_MARKS, _BLANK).over(paper.text):
        before = paper.text[max(0, match.start() - LONGEST_NAME) : match.start()]
        inside = before.rfind("《") > max(before.rfind("》"), before.rfind("\n"))
        after = paper.text[match.end() : match.end() + 2]
        is_formula = match[0].startswith("×") and after[:1].isdigit()
        if inside or is_formula or match[0] in seen:
            continue
        seen.add(match[0])
        yield hint("K49", Kind.RESIDUE, match.span(), f"“{match[0]}”像是没有填写的占位，请补上内容")


def unchosen(paper: Paper) -> Iterator[Found]:
    """K49, 财预〔2016〕143号: 下降（增长） before a figure is a template's choice that was not made."""
    for match in _CHOICE.finditer(paper.text):
        first = paper.text[match.start() - 2 : match.start()]
        both = (first in _UP and match["other"] in _DOWN) or (first in _DOWN and match["other"] in _UP)
        if both and _AFTER_CHOICE.match(paper.text, match.end()) and paper.is_prose(match.start()):
            said = f"“{first}{match[0]}”两个方向都在，请按实际情况留下一个"
            yield hint("K49", Kind.RESIDUE, (match.start() - 2, match.end()), said)


def repeated(paper: Paper) -> Iterator[Found]:
    """XS01, 财预〔2016〕143号: a word, a unit or a stop typed twice (增加增加, 其中其中, 。。).

    Of many in one document only the first are named, and none where the text was read with holes: what is
    twice may then be two ends of something lost.
    """
    found = sorted((at, word) for at, word in _twice(paper.text) if paper.is_prose(at))
    if len(found) > MOST and paper.document.unread:
        return
    for at, word in found[:MOST]:
        yield hint("XS01", Kind.RESIDUE, (at, at + len(word)), f"“{word}”重复或多余，请删去一处")


def _twice(text: str) -> Iterator[tuple[int, str]]:
    for word in _DOUBLED:
        at = text.find(word)
        while at >= 0:
            yield at, word
            at = text.find(word, at + len(word))
    for word, guarded in _GUARDED.items():
        if word in text:
            yield from ((match.start(), match[0]) for match in guarded.finditer(text))


def percent_sign(paper: Paper) -> Iterator[Found]:
    """K43, 财预〔2016〕143号: a share or a rate without its % (占76.23，).

    Only figures with decimals that nothing but a stop follows; a list that ends with one % (5.3、6.1和7.2%)
    and what grows by amounts, points or places is left alone.
    """
    for line in paper.prose:
        if not _BARE.search(line.text):
            continue
        if "预算" in line.text:
            for match in _COMPLETED.finditer(line.text):
                yield _without_sign(match, line.start)
        if "." not in line.text:
            continue
        for match in _SHARE_OR_RATE.finditer(line.text):
            about = line.text[max(0, match.start() - 8) : match.start()] + match["of"]
            if any(word in match["of"] for word in _NO_RATE) or _SCORE.search(about):
                continue
            if _SIGN_LATER.match(line.text, match.end()):
                continue
            yield _without_sign(match, line.start)


def _without_sign(match: re.Match[str], start: int) -> Found:
    span = (start + match.start(), start + match.end())
    return hint("K43", Kind.UNIT, span, f"“{match[0].strip()}”后面没有单位，若是百分数请补上“%”")


_SMALL_YUAN = re.compile(r"\.\d{1,2}\s?元(?![/／每])")
_WHOLE = re.compile(r"(?<![\d.,，])\d{1,3}$")
_PER_HEAD = re.compile(
    r"每|人均|户均|均|单价|价|标准|票|工资|收入水平|按|[/／]|月|斤|吨|度|日|天|折合|汇率|美|欧|港|费率|保费|缴费|不足|零钱|面值|一张"
)
_HUGE_SHARE = re.compile(
    r"(?P<per>人均|每人|每亩|每头|每平方米|每生)(?P<of>[^，。；、：\d\n]{0,16})(?P<figure>\d{1,3}(?:[,，]\d{3})+|\d{4,})(?:\.\d+)?\s?万元"
)


def small_yuan(paper: Paper) -> Iterator[Found]:
    """K44, 财预〔2016〕143号: one sum of a few yuan among figures in 万元 (住房公积金3.58元).

    Silent where it is a price, a rate or an amount per head, and where the text has more such figures.
    """
    hits = list(_SMALL_YUAN.finditer(paper.text)) if "元" in paper.text else []
    if not 1 <= len(hits) <= 2 or paper.text.count("万元") < 5:
        return
    for match in hits:
        whole = _WHOLE.search(paper.text[max(0, match.start() - 4) : match.start()])
        start, end = paper.clause(match.start())
        around = paper.text[max(0, match.start() - 150) : match.end() + 150]
        if whole is None or _PER_HEAD.search(paper.text[start:end]) or around.count("万元") < 3:
            continue
        figure = whole[0] + match[0].removesuffix("元").strip()
        said = f"前后都以万元为单位，这里是“{figure}元”；若是“{figure}万元”，请改正单位"
        yield warning("K44", Kind.UNIT, (start, end), said)


def huge_share(paper: Paper) -> Iterator[Found]:
    """K44, 财预〔2016〕143号: an amount per head or per mu of thousands of 万元 is meant in 元."""
    for match in _HUGE_SHARE.finditer(paper.text):
        yield warning(
            "K44",
            Kind.UNIT,
            match.span(),
            f"“{match[0]}”折合每份上千万元，单位可能应为“元”，请核对",
        )


_PAIRS = (("（(", "）)"), ("《", "》"), ("“", "”"))
# 1） and 一） open nothing
_MARKED = re.compile(r"(?:^|[；。，：\s])(?:\d{1,2}|[一二三四五六七八九十])[）)]")


def unbalanced(paper: Paper) -> Iterator[Found]:
    """XS02, 财预〔2016〕143号: a paragraph with more brackets or quotation marks opened than closed.

    Full-width brackets count with half-width ones. Where several paragraphs are so, a quotation runs over
    them or the text was broken up in reading: nothing is said. One hint for each kind of mark.
    """
    for opening, closing in _PAIRS:
        if _surplus(paper.text, opening, closing) == 0:
            continue
        wrong = [line for line in paper.prose if _surplus(line.text, opening, closing)]
        if len(wrong) != 1:
            continue
        line = wrong[0]
        surplus = _surplus(line.text, opening, closing)
        if surplus < 0 and _MARKED.search(line.text):
            continue
        at = max(line.text.rfind(sign) for sign in opening) if surplus > 0 else _first(line.text, closing)
        span = (line.start + at, min(line.start + at + 20, line.end))
        lacking = (closing if surplus > 0 else opening)[0]
        said = f"这一段的“{opening[0]}{closing[0]}”不成对，缺“{lacking}”"
        yield hint("XS02", Kind.RESIDUE, span, said)


def _surplus(text: str, opening: str, closing: str) -> int:
    return sum(text.count(sign) for sign in opening) - sum(text.count(sign) for sign in closing)


def _first(text: str, signs: str) -> int:
    return min(at for at in (text.find(sign) for sign in signs) if at >= 0)
