"""`jiheng run` as a person starts it: pages, a worker that is started again, a taken port, a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

JIHENG = Path(sys.executable).with_name("jiheng")
PATIENCE = 60.0


@dataclass(frozen=True)
class Run:
    process: subprocess.Popen[str]
    port: int
    log: Path
    environment: dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> dict[int, str]:
    """Process id → command line of the children of a process."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 2) for line in listed.stdout.splitlines())
    return {int(row[0]): row[2] for row in rows if len(row) == 3 and int(row[1]) == pid}


def worker_of(pid: int) -> list[int]:
    return [child for child, command in children(pid).items() if command.endswith("cli worker")]


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Run]:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JIHENG_")} | {
        "JIHENG_DATA": str(tmp_path / "data"),
        "JIHENG_PORT": str(port),
        "JIHENG_DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "jiheng.config.settings",
    }
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen([JIHENG, "run"], env=environment, stdout=out, stderr=out, text=True)
    run = Run(process, port, log, environment)
    try:
        wait_until(lambda: process.poll() is not None or "按 Ctrl-C 停止" in log.read_text(), "no first page")
        assert process.poll() is None, log.read_text()
        yield run
    finally:
        process.kill()
        process.wait()


def test_run_serves_works_and_ends(running: Run) -> None:
    told = running.log.read_text()
    assert re.search(rf"首页可用 \d+\.\d 秒。请用浏览器打开 http://127\.0\.0\.1:{running.port}\b", told)
    assert "jiheng admin" in told  # an empty installation says what comes first
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/", timeout=30) as page:
        text = page.read().decode()
    assert re.search(r"/static/jiheng/\w+\.[0-9a-f]{12}\.css", text), "static files must be served hashed"

    second = subprocess.run(
        [JIHENG, "run"], env=running.environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert f"无法使用地址 127.0.0.1:{running.port}" in second.stderr

    first = worker_of(running.process.pid)
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: worker_of(running.process.pid) not in ([], first), "the worker was not started again")
    assert "后台处理程序意外退出" in running.log.read_text()

    family = set(children(running.process.pid))
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=PATIENCE) == 0
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "children were left behind")


def test_a_killed_parent_leaves_no_children(running: Run) -> None:
    family = set(children(running.process.pid))
    assert len(family) == 2
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "children were left behind")
