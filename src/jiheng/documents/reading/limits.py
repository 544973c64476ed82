"""What reading one document may cost. These guard the machine; they are not policy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from jiheng.documents.archive import MEGABYTE, DocumentError, Limits


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Sizes in bytes and characters, times in seconds."""

    file_bytes: int = 200 * MEGABYTE
    text_bytes: int = 60 * MEGABYTE  # of a file that is text all through: it is held several times over
    characters: int = 20_000_000
    pages: int = 5000
    page_objects: int = 400_000  # drawn on one page of a PDF
    page_characters: int = 400_000
    stream_bytes: int = 400 * MEGABYTE  # one inflated stream of a PDF
    cells: int = 3_000_000
    seconds: int = 180
    convert_seconds: int = 90  # LibreOffice, for one old file
    archive: Limits = field(
        default_factory=lambda: Limits(file_bytes=200 * MEGABYTE, sheets=200, cells=3_000_000)
    )


LIMITS = ReadingLimits()


class Clock:
    """Says when a document takes too long; asked between pages, blocks and tables."""

    def __init__(self, name: str, seconds: int) -> None:
        self._name, self._seconds = name, seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        if time.monotonic() > self._end:
            raise DocumentError(
                f"文件“{self._name}”读取超过 {self._seconds} 秒，已停止；请拆分后再查，或另存一份再试"
            )
