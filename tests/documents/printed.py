"""PDF files for tests and benchmarks: Chinese text at places, ruling lines, no fonts embedded."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 595, 842
LEFT, SIZE, PITCH = 90, 16, 28
_FONT = b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>"
_DESCENDANT = (
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
    b"/Supplement 4>>/DW 1000/W[1 95 500 814 939 500]/FontDescriptor 5 0 R>>"
)
_DESCRIPTOR = (
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
    b"/Ascent 880/Descent -120/CapHeight 880/StemV 93>>"
)


def width(text: str, size: float = SIZE) -> float:
    return sum(size if ord(character) > 0x2000 else size / 2 for character in text)


class Wrapped(NamedTuple):
    text: str
    is_first: bool
    is_full: bool


def wrapped(text: str, columns: int, *, first: bool = True) -> Iterator[Wrapped]:
    """The lines of a paragraph; its first is indented by two characters."""
    line, is_first = "", first
    for character in text:
        if width(line + character) > (columns - 2 * is_first) * SIZE:
            yield Wrapped(line, is_first, is_full=True)
            line, is_first = "", False
        line += character
    yield Wrapped(line, is_first, is_full=False)


class Paper:
    """One page; y counts downwards from the top."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self.y = 80.0

    def text(self, x: float, y: float, text: str, size: float = SIZE, spacing: float = 0) -> None:
        code = text.encode("utf-16-be").hex()
        place = f"{x:.2f} {HEIGHT - y:.2f} Td"
        self.operators.append(f"BT /F1 {size} Tf {spacing:.3f} Tc {place} <{code}> Tj ET")

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.operators.append(f"0.5 w {x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S")

    def paragraph(self, text: str, *, columns: int = 26, left: float = LEFT, first: bool = True) -> None:
        """Indented, wrapped and justified as fiscal reports are."""
        for line in wrapped(text, columns, first=first):
            self.line(line, columns, left)

    def line(self, line: Wrapped, columns: int = 26, left: float = LEFT) -> None:
        x = left + (2 * SIZE if line.is_first else 0)
        spare = left + columns * SIZE - x - width(line.text)
        self.text(x, self.y, line.text, spacing=spare / (len(line.text) - 1) if line.is_full else 0)
        self.y += PITCH

    def centred(self, text: str, size: float = SIZE) -> None:
        self.text((WIDTH - width(text, size)) / 2, self.y, text, size)
        self.y += PITCH * size / SIZE

    def table(
        self, rows: Sequence[Sequence[str]], *, widths: Sequence[float], are_ruled: bool = True
    ) -> None:
        """Cells with rules around each; without `are_ruled` only the head is parted from the rows."""
        xs = [LEFT + sum(widths[:n]) for n in range(len(widths) + 1)]
        top = self.y
        for number, row in enumerate(rows):
            for x, cell in zip(xs, row, strict=False):
                for n, part in enumerate(cell.split("\n")):
                    self.text(x + 3, self.y + 16 + 14 * n, part, 11)
            if number < 2 or are_ruled:
                self.rule(xs[0], self.y, xs[-1], self.y)
            self.y += 22 + 14 * max(cell.count("\n") for cell in row)
        self.rule(xs[0], self.y, xs[-1], self.y)
        for x in xs:
            self.rule(x, top, x, self.y)
        self.y += PITCH

    def foot(self, number: int) -> None:
        self.text(WIDTH / 2 - 20, 800, f"— {number} —", 12)


def pdf(pages: Sequence[Paper], trailer: bytes = b"") -> bytes:
    """The pages as one file."""
    numbers = [6 + 2 * n for n in range(len(pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids),
        3: _FONT,
        4: _DESCENDANT,
        5: _DESCRIPTOR,
    }
    for number, page in zip(numbers, pages, strict=True):
        stream = zlib.compress("\n".join(page.operators).encode())
        objects[number] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (WIDTH, HEIGHT, number + 1)
        )
        objects[number + 1] = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (
            len(stream),
            stream,
        )
    out, places = bytearray(b"%PDF-1.5\n"), []
    for number, body in sorted(objects.items()):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, start)
    return bytes(out)
