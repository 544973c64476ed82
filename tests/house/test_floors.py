"""The floors of the house, and the rooms as docs/rooms.md names them."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "jiheng"


def test_no_room_looks_forward_and_the_ground_floor_knows_no_django() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_rooms_md_names_every_room() -> None:
    table = (ROOT / "docs" / "rooms.md").read_text(encoding="utf-8").split("\n## ")[0]
    named = set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) - {"room"}
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert named == rooms


def test_no_room_is_called_after_nothing_in_particular() -> None:
    empty_words = {"utils", "helpers", "common", "base", "core", "services", "managers", "misc"}
    modules = {path.stem for path in PACKAGE.rglob("*.py")} | {path.name for path in PACKAGE.iterdir()}
    assert not modules & empty_words
