"""Writing a text from top to bottom: headings that number themselves, what is lacking noted on the way."""

from __future__ import annotations

from jiheng.wording.phrases import Phrase, joined, led, words
from jiheng.wording.text import Block, Paragraph, Part, Run, Table, Text

_HAN = "一二三四五六七八九"


def han(number: int) -> str:
    """1 to 99 in Chinese: 十, 十三, 二十."""
    tens, ones = divmod(number, 10)
    lead = "" if not tens else "十" if tens == 1 else f"{_HAN[tens - 1]}十"
    return lead + (_HAN[ones - 1] if ones else "")


class Writer:
    """One text being written."""

    def __init__(self, kind: str, title: str) -> None:
        self._kind, self._title = kind, title
        self._blocks: list[Block] = [Paragraph(Part.TITLE, words(title))]
        self._lacking: list[str] = []
        self._heading = self._subheading = 0

    def heading(self, text: str) -> None:
        """一、"""
        self._heading += 1
        self._subheading = 0
        self._blocks.append(Paragraph(Part.HEADING, words(f"{han(self._heading)}、{text}")))

    def subheading(self, text: str) -> None:
        """（一）"""
        self._subheading += 1
        self._blocks.append(Paragraph(Part.SUBHEADING, words(f"（{han(self._subheading)}）{text}")))

    def body(self, *sentences: Phrase) -> None:
        """A paragraph of the sentences that say something, a full stop after each."""
        runs: list[Run] = []
        for sentence in sentences:
            if sentence:
                runs += [*sentence, Run("。")]
        if runs:
            self._blocks.append(Paragraph(Part.BODY, tuple(runs)))

    def numbered(self, number: int, *sentences: Phrase) -> None:
        """A paragraph that begins with （一）."""
        said = [sentence for sentence in sentences if sentence]
        if said:
            self.body(led(f"（{han(number)}）", said[0]), *said[1:])

    def prose(self, text: str) -> None:
        """A person's own words, a paragraph a line."""
        for line in text.splitlines():
            if line.strip():
                self._blocks.append(Paragraph(Part.BODY, words(line.strip())))

    def annex(self, heading: str, title: str) -> None:
        """附件1 on a page of its own, and its title."""
        self._blocks += [Paragraph(Part.ANNEX, words(heading)), Paragraph(Part.CAPTION, words(title))]

    def table(self, table: Table) -> None:
        self._blocks.append(table)

    def asked(self, phrase: Phrase, content: str) -> Phrase:
        """The phrase, and a note that the text lacks this content where there is nothing to say."""
        if not phrase and content not in self._lacking:
            self._lacking.append(content)
        return phrase

    def text(self) -> Text:
        """What was written."""
        return Text(self._kind, self._title, tuple(self._blocks), tuple(self._lacking))


def listed(phrases: list[Phrase]) -> Phrase:
    """Parts of a list, between semicolons."""
    return joined(phrases, "；")
