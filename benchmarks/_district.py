"""The example district for benchmarks: built once into build/bench, copied for each run."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "bench"
SOURCES = ("src/jiheng/demo/*", "src/jiheng/*/migrations/*.py", "src/jiheng/policy/values/*")


def environment(data: Path) -> dict[str, str]:
    """Of processes that work in this data folder, as `make run` sets it up."""
    return os.environ | {"JIHENG_DATA": str(data), "JIHENG_HASHED_STATIC": "1", "JIHENG_DATABASE": ""}


def build(data: Path) -> float:
    """Tables, hashed static files and the district; seconds it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "jiheng.config.cli", "district", "build"]
    subprocess.run(command, env=environment(data), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def copied(into: Path) -> Path:
    """A data folder with the district in it, free to be changed."""
    stamp = KEPT / "stamp"
    if not stamp.exists() or stamp.read_text() != _fingerprint():
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True)
        print("building the example district for the benchmarks …", flush=True)
        build(KEPT)
        stamp.write_text(_fingerprint())
    data = into / "data"
    shutil.copytree(KEPT / "static", data / "static")
    shutil.copy(KEPT / "secret", data / "secret")
    with sqlite3.connect(KEPT / "jiheng.sqlite3") as source:
        with sqlite3.connect(data / "jiheng.sqlite3") as target:
            source.backup(target)
        target.close()
    source.close()
    return data


def _fingerprint() -> str:
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                found.update(path.read_bytes())
    return found.hexdigest()
