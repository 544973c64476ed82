"""What day a file itself says it was made or last changed."""

from __future__ import annotations

import re
from datetime import date

from jiheng.documents.archive import LIMITS, Archive, Limits

SIGNATURES: dict[str, bytes] = {
    "pdf": b"%PDF-",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
}
_CORE = "docProps/core.xml"
_HEAD = 256 * 1024  # a photograph's own description stands at its beginning
_IN_XML = re.compile(rb">\s*(\d{4})-(\d\d)-(\d\d)T")
_IN_PDF = re.compile(rb"/(?:CreationDate|ModDate)\s*\(D:(\d{4})(\d\d)(\d\d)")
_IN_PICTURE = re.compile(rb"(\d{4}):(\d\d):(\d\d) \d\d:\d\d:\d\d")


def is_what_it_says(data: bytes, name: str) -> bool:
    """Whether a file's first bytes are of the kind that its name's ending claims."""
    begins = SIGNATURES.get(name.rpartition(".")[2].lower())
    return begins is not None and data.startswith(begins)


def made_on(data: bytes, name: str, limits: Limits = LIMITS) -> date | None:
    """The latest day that a file itself names as that of its making or changing; None where it names none.

    Raises DocumentError for an archive beyond the limits.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix in ("docx", "xlsx"):
        archive = Archive(data, name, limits)
        found = _IN_XML.findall(archive.read(_CORE)) if _CORE in archive.names else []
    elif suffix == "pdf":
        found = _IN_PDF.findall(data)
    elif suffix in ("jpg", "jpeg"):
        found = _IN_PICTURE.findall(data[:_HEAD])
    else:
        found = []
    days = [day for parts in found if (day := _day(*parts)) is not None]
    return max(days, default=None)


def _day(year: bytes, month: bytes, day: bytes) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
