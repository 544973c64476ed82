"""The page of GB/T 9704 as policy has it: margins, lines and characters, fonts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jiheng.policy import Policy

PAPER_WIDTH, PAPER_HEIGHT = 210, 297  # millimetres, A4
BODY_POINTS = 16  # 三号
FOOTER = 25  # millimetres from the edge: the dashes stand 7 mm below the text


@dataclass(frozen=True, slots=True)
class Layout:
    """Margins in millimetres, the grid of a page, and fonts by what they are for."""

    top: int
    right: int
    bottom: int
    left: int
    rows: int
    characters: int
    fonts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, policy: Policy) -> Layout:
        """As policy has it (wording.page, wording.fonts)."""
        page: Any = policy.table("wording.page")
        fonts = tuple((str(name), str(font)) for name, font in policy.table("wording.fonts").items())
        return cls(**{name: int(value) for name, value in page.items()}, fonts=fonts)

    @property
    def width(self) -> int:
        """Twips between the margins."""
        return twips(PAPER_WIDTH - self.left - self.right)

    @property
    def pitch(self) -> int:
        """Twips from line to line."""
        return twips(PAPER_HEIGHT - self.top - self.bottom) // self.rows

    @property
    def tightening(self) -> int:
        """Twips put between characters of 三号 so that a line holds as many as it should; below 0 as a rule.

        Editors differ on a grid of characters (LibreOffice makes it too wide), and agree on this.
        """
        return self.width // self.characters - BODY_POINTS * 20


def twips(millimetres: int) -> int:
    return millimetres * 14400 // 254
