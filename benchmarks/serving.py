"""The pages of the server that `make run` starts, with the example district, for a logged-in reviewer.

First the home page with 待办, as fast as 12 connections ask, by turns with a minimal logged-in Django page on
the same server; then the list pages with 50 clients who think two seconds between pages. Server and load
generator share the machine. Run: .venv/bin/python benchmarks/serving.py [seconds of a run]
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import _district

HERE = Path(__file__).resolve().parent
CONNECTIONS, CLIENTS, THINK, PAIRS = 12, 50, 2.0, 3
AIM_PAGES, AIM_P95 = 200, 0.3
USER, PASSWORD = "jixiao", "tianheng-2024"
LISTS = (
    *("/", "/coverage/", "/calendar/", "/goals/", "/monitoring/", "/evaluation/"),
    *("/funds/", "/units/", "/payments/", "/log/", "/policy/", "/corrections/", "/questions/"),
)
# as many people as clients, each with pages of their own: the bureau, 人大/审计, departments, units
MANY = (
    *("jixiao", "jixiao2", "jixiao3", "yusuan", "guoku", "zhaiwu", "renda", "shenji", "jiaokewen"),
    *(f"gushi{number:02}" for number in (1, 3, 4, 5, 6, 7)),
    *(f"bm{number}" for number in range(101, 123)),
    *(f"dw{number}001" for number in range(101, 114)),
)
FOR_ALL = tuple(path for path in LISTS if path != "/log/")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    more = {"JIHENG_PORT": str(port), "JIHENG_HOST": "127.0.0.1", "PYTHONPATH": path_with(HERE)}
    environment = _district.environment(data) | more
    if "_minimal" in command[-1]:
        environment["DJANGO_SETTINGS_MODULE"] = "_minimal"
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while not answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("the server does not start")
            time.sleep(0.2)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def path_with(folder: Path) -> str:
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))


def answers(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", "/")
        return link.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def logged_in(port: int, user: str = USER) -> str:
    """The cookie of a person who logged in by the page."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("GET", "/login/")
    answer = link.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    given = answer.headers.get_all("Set-Cookie") or []
    cookies = "; ".join(cookie.partition(";")[0] for cookie in given)
    sent = {"csrfmiddlewaretoken": token[1] if token else "", "username": user, "password": PASSWORD}
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    link.request("POST", "/login/", urlencode(sent), headers)
    answer = link.getresponse()
    answer.read()
    session = [cookie for cookie in answer.headers.get_all("Set-Cookie") or [] if "sessionid" in cookie]
    if not session:
        raise SystemExit(f"{user} could not log in: {answer.status}")
    return session[0].partition(";")[0]


def load(port: int, cookies: list[str], paths: list[str], clients: int, think: float, seconds: float) -> dict:
    asked = {"port": port, "cookies": cookies, "paths": paths}
    asked |= {"clients": clients, "think": think, "seconds": seconds}
    command = [sys.executable, str(HERE / "_load.py")]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if found["wrong"]:
        raise SystemExit(f"{len(found['wrong'])} pages did not come: {sorted(set(found['wrong']))[:5]}")
    return found


def processor(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor that the server and its workers have used."""
    told = subprocess.run(["ps", "-eo", "pgid=,times=,pid="], capture_output=True, text=True, check=True)
    pids = [line.split()[2] for line in told.stdout.splitlines() if line.split()[0] == str(process.pid)]
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def full_speed(
    process: subprocess.Popen[bytes], port: int, cookie: str, seconds: float
) -> tuple[float, float]:
    """Pages a second, and milliseconds of the server's processor time a page."""
    used = processor(process)
    found = load(port, [cookie], ["/"], CONNECTIONS, 0, seconds)
    pages = len(found["times"]["/"])
    return pages / found["seconds"], (processor(process) - used) / pages * 1000


def home_page(data: Path, seconds: float) -> tuple[int, str, contextlib.ExitStack, subprocess.Popen[bytes]]:
    """Compares by turns; the server is left running for the lists."""
    stack, port, other = contextlib.ExitStack(), free_port(), free_port()
    ours = stack.enter_context(running([sys.executable, "-m", "jiheng.config.cli", "run"], data, port))
    cookie = logged_in(port)
    server = ["--interface", "wsgi", "--no-ws", "--http", "1", "--host", "127.0.0.1", "--port", str(other)]
    how = ["--workers", "2", "--blocking-threads", "4", "--log-level", "error", "_minimal:application"]
    pairs = []
    with running([sys.executable, "-m", "granian", *server, *how], data, other) as peer:
        full_speed(ours, port, cookie, 1)
        full_speed(peer, other, cookie, 1)
        for _ in range(PAIRS):
            mine = full_speed(ours, port, cookie, seconds)
            pairs.append((mine, full_speed(peer, other, cookie, seconds)))
    print(f"home page of {USER}, {CONNECTIONS} connections, medians of {PAIRS} pairs of {seconds:g} s")
    print(f"  {'':<34}{'jiheng':>10}{'minimal':>10}{'share':>8}")
    for side, title in enumerate(("pages a second (aim 200)", "server's processor, ms a page")):
        here, there = (statistics.median(pair[who][side] for pair in pairs) for who in (0, 1))
        print(f"  {title:<34}{here:10.1f}{there:10.1f}{here / there:8.2f}")
    return port, cookie, stack, ours


def lists(
    process: subprocess.Popen[bytes], port: int, cookies: list[str], paths: tuple[str, ...], seconds: float
) -> None:
    used, wall = processor(process), time.perf_counter()
    found = load(port, cookies, list(paths), CLIENTS, THINK, seconds)
    busy = (processor(process) - used) / (time.perf_counter() - wall)
    every = sorted(taken for times in found["times"].values() for taken in times)
    print(f"list pages, {CLIENTS} clients of {len(cookies)} logins thinking {THINK:g} s, {len(every)} pages;")
    print(
        f"  the server was busy {busy:.2f} of {os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f}"
    )
    print(f"  {'':<20}{'p50':>9}{'p95':>9}   ms (aim p95 < {AIM_P95 * 1000:.0f})")
    for path, times in [*found["times"].items(), ("all", every)]:
        if times:
            print(f"  {path:<20}{share(times, 0.5):9.0f}{share(times, 0.95):9.0f}")


def share(times: list[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    with tempfile.TemporaryDirectory() as name:
        data = _district.copied(Path(name))
        port, cookie, stack, ours = home_page(data, seconds)
        with stack:
            lists(ours, port, [cookie], LISTS, seconds * 5)
            lists(ours, port, [logged_in(port, user) for user in MANY], FOR_ALL, seconds * 5)


if __name__ == "__main__":
    main()
