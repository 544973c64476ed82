"""What the lines of a fiscal document are by their wording: headings, contents, captions, units."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MOST_OF_A_HEADING = 50  # characters
_HAN = "[一二三四五六七八九十百]"
_MARKS = (
    (1, re.compile(rf"第(?:{_HAN}{{1,4}}|\d{{1,2}})(?:部分|章|篇)")),
    (2, re.compile(rf"第(?:{_HAN}{{1,4}}|\d{{1,2}})节")),
    (1, re.compile(rf"{_HAN}{{1,4}}\s?[、.．]")),
    (2, re.compile(rf"[（(]\s?{_HAN}{{1,4}}\s?[)）]")),
    (3, re.compile(r"[0-9０-９]{1,2}\s?(?:[、．]|\.(?![0-9０-９]))")),
    (4, re.compile(r"[（(]\s?[0-9０-９]{1,2}\s?[)）]")),
    (4, re.compile(r"[0-9]{1,2}[)）]")),
    (5, re.compile(r"[①-⑳]")),
)
_SENTENCE = re.compile(r"[。；;！!？?]")
_FIGURE_CLAUSE = re.compile(r"\d.*[，,].*\d|[，,：:]\s*$|\d\s*(?:亿|万)?元")
_LEADERS = re.compile(r"(?:[.．·•…]\s*){4,}\s*[-—]?\s*\d{0,4}\s*[-—]?\s*$|…{2,}")
_PAGE_AT_END = re.compile(r"[.．·•…\s\-—]*\d{1,4}\s*$")
_CONTENTS = re.compile(r"目\s*[录次]\s*$")
_CAPTION = re.compile(
    r"^附?\s*[表件]\s*[一二三四五六七八九十\d]+|表(?:[（(].{1,20}[)）])?$|表[一二三四五六七八九十\d]"
)
_UNIT = re.compile(
    r"[（(【\[]?\s*(?:金额)?\s*(?:计量)?单\s*位\s*[:：]?\s*(?:人民币)?\s*"
    r"((?:[百千]?[万亿]?\s*元)(?:\s*[、,，/]\s*[%％\w]{1,4})?|[%％])\s*[)）】\]]?"
)
_CJK_SIGNS = frozenset("“”‘’—…·")
_ORDINARY = frozenset(
    "０１２３４５６７８９，。、．；：（）“”％—-.,%():/ "
)  # beside words, in tables of figures too
_INVISIBLE = dict.fromkeys(map(ord, "\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202c"))
_SPACES = re.compile(r"[^\S\n]+")
_BROKEN = re.compile(r"[^\S\n]*\n\s*")


def numbering(text: str) -> tuple[int, int]:
    """Level of the list mark at the start (一、=1 （一）=2 1.=3 （1）=4 ①=5) and where it ends."""
    for level, mark in _MARKS:
        if found := mark.match(text):
            return level, found.end()
    return 0, 0


def heading_level(text: str) -> int:
    """Level of a heading by its numbering, 0 where it is running text: a sentence, or amounts."""
    text = text.strip()
    if len(text) > MOST_OF_A_HEADING:
        return 0
    level, end = numbering(text)
    if not level or end == len(text) or _SENTENCE.search(text, end) or _FIGURE_CLAUSE.search(text, end):
        return 0
    return level


def is_title(text: str) -> bool:
    """Whether what is set as a title reads like one, and not like a sentence or what a table is called."""
    return len(text) <= 80 and not _SENTENCE.search(text) and not is_caption(text) and not unit_in(text)


def is_contents_line(text: str) -> bool:
    """“一、预算执行情况……3”, with its dots, or the word 目录 alone."""
    return len(text) < 200 and (bool(_LEADERS.search(text)) or bool(_CONTENTS.match(text.strip())))


def ends_with_page(text: str) -> bool:
    return bool(_PAGE_AT_END.search(text))


def is_caption(text: str) -> bool:
    """“表3 …”, “附表一”, “2024年一般公共预算收入决算表”."""
    return len(text) <= 80 and "。" not in text and bool(_CAPTION.search(text.strip()))


def unit_in(text: str) -> str:
    """“万元” of “单位：万元”; empty if the text names no unit."""
    found = _UNIT.search(text)
    return re.sub(r"\s", "", found[1]) if found else ""


def without_unit(text: str) -> str:
    return _UNIT.sub(" ", text).strip()


def is_cjk(character: str) -> bool:
    """Whether it is set in a square of its own, as Chinese words and signs are."""
    return (
        "\u2e80" <= character <= "\u9fff"
        or "\uff00" <= character <= "\uffef"
        or "\uf900" <= character <= "\ufaff"
        or "①" <= character <= "⑳"
        or character in _CJK_SIGNS
    )


def glue(left: str, right: str) -> str:
    """What stands between two pieces that a line break parted: nothing, or a space."""
    if not left or not right:
        return ""
    a, b = left[-1], right[0]
    if is_cjk(a) or is_cjk(b) or a.isspace() or b.isspace():
        return ""
    if (a.isdigit() or a in ",.") and (b.isdigit() or b in ",.%"):
        return ""
    return " " if a.isalnum() and b.isalnum() else ""


def tidy(text: str) -> str:
    """Text without invisible characters and double spaces, joined where a line break parted it."""
    text = text.translate(_INVISIBLE)
    if "\n" in text or "\r" in text:
        pieces = [piece for piece in _BROKEN.split(text.replace("\r", "\n")) if piece]
        text = pieces[0] if pieces else ""
        for piece in pieces[1:]:
            text += glue(text, piece) + piece
    return _SPACES.sub(" ", text).strip()


def is_garbage(text: str) -> bool:
    """Whether a page's characters are a broken mapping: symbols instead of Chinese."""
    seen = [character for character in text if not character.isspace()]
    if len(seen) < 30:
        return False
    if strange_share(text) > 20:
        return True
    words = sum("\u4e00" <= character <= "\u9fff" for character in seen)
    odd = sum(
        not (character.isalnum() and character.isascii()) and character not in _ORDINARY for character in seen
    )
    return words * 12 < len(seen) and (odd - words) * 6 > len(seen)


def strange_share(text: str) -> int:
    """Per cent of the characters that no text has: private, unassigned, control."""
    kinds = Counter(character for character in text if not character.isspace())
    strange = sum(number for character, number in kinds.items() if _is_strange(character))
    return 100 * strange // max(kinds.total(), 1)


def _is_strange(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn", "Cc", "Cs")
