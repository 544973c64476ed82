"""The sealed sheet: what text is hashed, and how anybody can do it again.

The digest is the sha256 of `sealed_text`: a random salt, then the sheet in a fixed order. Published
before the panel is opened it tells nothing (the salt hides it), and binds rater and bureau alike; later on
salt and text are shown, and `sha256sum` of the file gives the digest that stands in the log.
"""

from __future__ import annotations

import hashlib
import secrets

from jiheng.panels.models import Seat


def new_salt() -> str:
    """128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def sealed_text(seat: Seat, salt: str) -> str:
    """The sheet as it is hashed: UTF-8, one line each, fields by tabs, scores with two decimals."""
    marks = seat.marks.select_related("line").order_by("line__place")
    head = (f"随机码\t{salt}", f"评审组\t{seat.panel_id}\t{_flat(seat.panel.title)}", f"席位\t{seat.pk}")
    rows = (
        "\t".join((mark.line.code, f"{mark.score:.2f}", _flat(mark.reason), _flat(mark.evidence)))
        for mark in marks
        if mark.score is not None
    )
    return "\n".join((*head, *rows, f"总体意见\t{_flat(seat.opinion)}", ""))


def digest_of(seat: Seat, salt: str) -> str:
    """sha256 of the text, in hexadecimal."""
    return hashlib.sha256(sealed_text(seat, salt).encode()).hexdigest()


def holds(seat: Seat) -> bool:
    """Whether the stored sheet still gives the digest that was published when it was sealed."""
    return bool(seat.digest) and digest_of(seat, seat.salt) == seat.digest


def _flat(text: str) -> str:
    return " ".join(text.split())
