"""LibreOffice, an optional tool: one file in, the same in another format out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path


class NoOffice(Exception):
    """LibreOffice is not installed."""


class OfficeTooSlow(Exception):
    """It took longer than it may, and was ended."""


def is_there() -> bool:
    """Whether LibreOffice is installed."""
    return _program() is not None


def converted(data: bytes, ending: str, target: str, seconds: int) -> bytes | None:
    """The file (".doc", ".docx") as `target` ("pdf", "docx:MS Word 2007 XML"); None where nothing came out.

    It runs in a folder of its own that is gone afterwards. Raises NoOffice, OfficeTooSlow.
    """
    program = _program()
    if program is None:
        raise NoOffice
    with tempfile.TemporaryDirectory(prefix="jiheng-office-") as folder:
        original = Path(folder) / f"original{ending}"
        original.write_bytes(data)
        _run(program, original, target, seconds)
        made = original.with_name("made") / f"original.{target.partition(':')[0]}"
        return made.read_bytes() if made.exists() else None


def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def _run(program: str, original: Path, target: str, seconds: int) -> None:
    folder = original.parent
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    asked = ["--headless", "--norestore", "--convert-to", target, "--outdir", str(folder / "made")]
    # Its own process group: soffice is a script whose child goes on when only the script is ended.
    process = subprocess.Popen(
        [program, profile, *asked, str(original)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise OfficeTooSlow from None
