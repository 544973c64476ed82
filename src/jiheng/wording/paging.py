"""Page numbers and PDF by LibreOffice, an optional tool; without it Word fills in the contents itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2

from jiheng.documents import office
from jiheng.policy import Policy
from jiheng.wording.text import Text
from jiheng.wording.word import entries_of, word

SECONDS = 180
TRIES = 3  # a longer page number may push a line of the contents


@dataclass(frozen=True, slots=True)
class Published:
    """The files. `pdf` is empty and `told` says so where LibreOffice is not there or made nothing of it."""

    word: bytes
    pdf: bytes = b""
    pages: tuple[int, ...] = ()  # where the entries of the contents stand
    told: str = ""


def published(texts: Sequence[Text], title: str, policy: Policy) -> Published:
    """The Word file with right page numbers in its contents, and the PDF of it."""
    pages: tuple[int, ...] = ()
    pdf = b""
    try:
        for _ in range(TRIES):
            pdf = as_pdf(word(texts, title, policy, pages=pages, controls=False))
            found = _pages(pdf, texts)
            if found == pages:
                break
            pages = found
    except NoPdf as why:
        return Published(word(texts, title, policy), told=str(why))
    return Published(word(texts, title, policy, pages=pages), pdf, pages)


class NoPdf(Exception):
    """Why there is no PDF, in Chinese."""


def as_pdf(data: bytes) -> bytes:
    """A Word file as PDF. Raises NoPdf."""
    later = "目录页码由 Word 或 WPS 打开时更新"
    try:
        made = office.converted(data, ".docx", "pdf", SECONDS)
    except office.NoOffice:
        raise NoPdf(f"本机没有安装 LibreOffice，没有生成 PDF；{later}") from None
    except office.OfficeTooSlow:
        raise NoPdf(f"LibreOffice 转换超过 {SECONDS} 秒，已停止，没有生成 PDF；{later}") from None
    if made is None:
        raise NoPdf(f"LibreOffice 没有转换成功，没有生成 PDF；{later}")
    return made


def _pages(pdf: bytes, texts: Sequence[Text]) -> tuple[int, ...]:
    """The printed page of every entry, from the outline that LibreOffice puts into the PDF."""
    if len(texts) < 2:
        return ()
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = [mark.get_dest().get_index() for mark in document.get_toc() if mark.level == 0]
    finally:
        document.close()
    if len(found) != len(entries_of(texts)):
        raise NoPdf("没能从 PDF 里读出目录页码，请用 Word 或 WPS 打开后更新目录")
    return tuple(index - found[0] + 1 for index in found)
