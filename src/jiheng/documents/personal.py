"""Personal numbers on arrival: a keyed hash and a mask take their place, so that they are stored nowhere.

The same number under the same key gives the same hash, however it was spaced; without the key nobody can try
numbers until one fits (an account has too few digits for a plain hash).
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import unicodedata
import zipfile
import zlib

SHOWN_DIGITS = 4
HASH_LENGTH = 32  # hex digits kept: 128 bits
STARS = "****"
HEAD_BYTES = 64 * 1024
MOST_LOOKED_AT = 4 * 1024 * 1024
# ids and bank accounts within free text: 15 to 19 digits, not a part of a longer code
_WITHIN = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|\d{15,19})(?![0-9A-Za-z])")
HEADINGS = (  # of columns that hold such numbers, as upstream systems print them
    "iden_no",
    "payee_acct_no",
    "身份证号",
    "身份证号码",
    "证件号码",
    "公民身份号码",
    "收款账号",
    "收款人账号",
    "收款人银行账号",
    "银行账号",
    "银行卡号",
)


def normal(text: str) -> str:
    """A number without spaces and dashes, full-width digits made plain."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


def keyed(text: str, key: bytes) -> str:
    """HMAC-SHA256 of a number, as hex; empty for an empty text."""
    plain = normal(text)
    return hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH] if plain else ""


def masked(text: str) -> str:
    """What a page may show: the last four digits of a number of at least eight, else nothing of it."""
    plain = normal(text)
    if not plain:
        return ""
    return STARS + (plain[-SHOWN_DIGITS:] if len(plain) >= 2 * SHOWN_DIGITS else "")


def sealed(text: str, key: bytes) -> str:
    """What is kept instead of a number: its hash and its mask, with a colon between."""
    return f"{keyed(text, key)}:{masked(text)}" if normal(text) else ""


def hidden(text: str) -> str:
    """A text with the numbers within it masked."""
    return _WITHIN.sub(lambda found: masked(found[0]), text)


def headings_in(data: bytes) -> list[str]:
    """Which of `HEADINGS` a CSV's first lines or a workbook's shared texts hold as a cell."""
    texts: list[str] = []
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as book, book.open("xl/sharedStrings.xml") as member:
                texts.append(member.read(MOST_LOOKED_AT).decode(errors="replace"))
        except (zipfile.BadZipFile, KeyError, OSError, zlib.error, NotImplementedError):
            return []  # what it is, its own reader says
    else:
        head = data[:HEAD_BYTES]
        texts += [head.decode(errors="replace"), head.decode("gb18030", errors="replace")]
    return [word for word in HEADINGS if any(_is_cell(word, text) for text in texts)]


def _is_cell(word: str, text: str) -> bool:
    return re.search(rf"(?:^|[,;\t\n\r>\"]){re.escape(word)}(?:$|[,;\t\n\r<\"])", text) is not None


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer pad of HMAC-SHA256, for who computes it in SQL."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
