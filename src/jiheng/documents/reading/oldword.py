"""Old Word files (doc, wps, rtf) through LibreOffice, where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from jiheng.documents.archive import DocumentError
from jiheng.documents.reading.building import Source


def converted(source: Source) -> bytes:
    """The docx that LibreOffice makes of it, in a folder of its own that is gone afterwards."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        raise DocumentError(
            f"文件“{source.name}”是旧版 Word 格式，本机没有安装 LibreOffice，无法读取；"
            "请用 Word 或 WPS 另存为 docx 再查"
        )
    with tempfile.TemporaryDirectory(prefix="jiheng-doc-") as folder:
        ending = ".rtf" if source.data[:5] == b"{\\rtf" else ".doc"
        original = Path(folder) / f"original{ending}"
        original.write_bytes(source.data)
        _run(program, original, source)
        made = Path(folder) / "original.docx"
        if not made.exists():
            raise DocumentError(
                f"文件“{source.name}”已损坏或加了密码，LibreOffice 打不开；请用 Word 或 WPS 另存为 docx 再查"
            )
        return made.read_bytes()


def _run(program: str, original: Path, source: Source) -> None:
    folder = original.parent
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    # Its own process group: soffice is a script whose child goes on when only the script is ended.
    process = subprocess.Popen(
        [
            program,
            profile,
            "--headless",
            "--norestore",
            "--convert-to",
            "docx:MS Word 2007 XML",
            "--outdir",
            str(folder),
            str(original),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=source.limits.convert_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise DocumentError(
            f"文件“{source.name}”由 LibreOffice 转换超过 {source.limits.convert_seconds} 秒，已停止；"
            "请用 Word 或 WPS 另存为 docx 再查"
        ) from None
