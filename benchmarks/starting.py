"""How long until the first page: the example district alone, and with --clone everything from a bare clone.

Run: .venv/bin/python benchmarks/starting.py [--clone]
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _district
import serving

ROOT = Path(__file__).resolve().parent.parent
AIM_DEMO, PATIENCE = 60, 900


def district(folder: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = _district.build(folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print("the example district, with its tables and static files")
    print(f"  on the clock {wall:.1f} s, of the processor {used:.1f} s (aim < {AIM_DEMO} s)")


def step(title: str, command: list[str], folder: Path, **more: str) -> None:
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "env": clean() | more}
    subprocess.run(command, cwd=folder, check=True, timeout=PATIENCE, **quiet)
    print(f"  {title:<46}{time.perf_counter() - start:8.1f} s", flush=True)


def clean() -> dict[str, str]:
    """The environment without what would lead a clone to this folder's files."""
    return {key: text for key, text in os.environ.items() if not key.startswith(("JIHENG_", "PYTHONPATH"))}


def from_a_clone(folder: Path) -> None:
    """The parts of `make run`, one after another, in the order in which it goes through them."""
    began, clone = time.perf_counter(), folder / "clone"
    print("from a bare clone (what pip and npm have fetched before is in their caches)")
    step("git clone", ["git", "clone", "--quiet", str(ROOT), str(clone)], folder)
    step("Python: virtual environment and packages", ["make", ".venv/.installed"], clone)
    step("browser libraries", ["make", "build/vendor/.copied"], clone)
    step("tables and static files", [".venv/bin/jiheng", "setup"], clone, JIHENG_HASHED_STATIC="1")
    step("the example district", [".venv/bin/jiheng", "district", "build"], clone)
    port = serving.free_port()
    start = time.perf_counter()
    run = ["make", "run"]
    environment = clean() | {"JIHENG_PORT": str(port)}
    process = subprocess.Popen(
        run, cwd=clone, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not serving.answers(port):
            if process.poll() is not None or time.perf_counter() - start > PATIENCE:
                raise SystemExit("the server does not start")
            time.sleep(0.1)
        print(f"  {'make run, to the first page':<46}{time.perf_counter() - start:8.1f} s")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    print(f"  {'altogether':<46}{time.perf_counter() - began:8.1f} s")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        district(folder / "data")
        shutil.rmtree(folder / "data")
        if "--clone" in sys.argv[1:]:
            from_a_clone(folder)
        else:
            print("  the whole way from a bare clone: benchmarks/starting.py --clone")


if __name__ == "__main__":
    main()
