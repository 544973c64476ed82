"""`jiheng run`: one parent that looks after web server and worker; `jiheng worker`: the worker alone."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import types
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from django.conf import settings

from jiheng.config import CommandError, installing
from jiheng.config.installing import say
from jiheng.demo.build import LOGINS, PASSWORD
from jiheng.units import jobs

START_SECONDS = 60
STOP_SECONDS = 10
PR_SET_PDEATHSIG = 1
MAX_DEATHS = 3  # of one child within a minute; then something is wrong that a restart won't mend


@dataclass
class Child:
    """A process that the parent keeps alive."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)


def run(_: argparse.Namespace) -> int:
    """Prepares everything, serves until Ctrl-C or SIGTERM. 1 when a child can't be kept alive."""
    began = float(os.environ.get("JIHENG_STARTED") or time.time())
    _require_free_port(settings.HOST, settings.PORT)
    installing.setup()
    has_demo = installing.build_if_empty()
    _stop_on_signals()
    children = [_start(name, command) for name, command in _commands().items()]
    try:
        _wait_for_first_page(children)
        _print_welcome(time.time() - began, has_demo=has_demo)
        return _watch(children)
    except KeyboardInterrupt:
        say("\n正在停止……")
        return 0
    finally:
        _stop(children)


def worker(_: argparse.Namespace) -> int:
    """Does jobs until told to stop; a job under way is put back for the next worker."""
    _stop_on_signals()
    jobs.work_forever()
    return 0


def _stop_on_signals() -> None:
    # SIGINT too: a shell that starts us in the background has it ignored
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(*_: int | types.FrameType | None) -> None:
    # Ctrl-C reaches every process of the terminal, and the parent tells its children once more
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _require_free_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"无法使用地址 {host}:{port}（{error}）。可能绩衡已在运行，或端口被别的程序占用："
                f"请先停掉它，或换一个端口，例如 JIHENG_PORT={port + 1} make run"
            ) from error


def _commands() -> dict[str, list[str]]:
    server = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
        *("--host", settings.HOST, "--port", str(settings.PORT), "--workers", str(settings.SERVER_WORKERS)),
        *("--blocking-threads", str(settings.SERVER_THREADS), "--respawn-failed-workers"),
        *("--log-level", "warning", "--workers-kill-timeout", "5", "jiheng.config.wsgi:application"),
    ]
    return {"网站": server, "后台处理程序": [sys.executable, "-m", "jiheng.config.cli", "worker"]}


def _start(name: str, command: list[str]) -> Child:
    return Child(name, command, _spawn(command))


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, preexec_fn=_die_with_parent if sys.platform == "linux" else None)


def _die_with_parent() -> None:
    """Asks Linux to end this process when its parent was killed, so that nothing keeps the port unseen."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for_first_page(children: list[Child]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if dead := next((child for child in children if child.process.poll() is not None), None):
            raise CommandError(f"{dead.name}启动后即退出（代码 {dead.process.returncode}），原因见上方输出")
        try:
            with urllib.request.urlopen(_address(), timeout=5):
                return
        except urllib.error.HTTPError as error:
            raise CommandError(f"首页打不开（HTTP {error.code}），原因见上方输出") from error
        except OSError:
            time.sleep(0.1)
    raise CommandError(f"{START_SECONDS} 秒内网站没有应答，请查看上方输出")


def _address() -> str:
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST
    return f"http://{host}:{settings.PORT}/"


def _print_welcome(seconds: float, *, has_demo: bool) -> None:
    say(f"\n绩衡已启动，从启动到首页可用 {seconds:.1f} 秒。请用浏览器打开 {_address().rstrip('/')}")
    if has_demo:
        say(f"演示数据，示例登录名（密码均为 {PASSWORD}，无需修改）：")
        for username, description in LOGINS:
            say(f"  {username:<12}{description}")
        say("您做过的修改会保留；要恢复最初的演示数据：.venv/bin/jiheng district reset")
    elif installing.is_empty():
        say("数据库是空的：请先运行 .venv/bin/jiheng admin 登录名 姓名，建立第一个系统管理员")
    say("按 Ctrl-C 停止")


def _watch(children: list[Child]) -> int:
    while True:
        time.sleep(0.5)
        for child in children:
            code = child.process.poll()
            if code is None:
                continue
            now = time.monotonic()
            child.deaths = [death for death in child.deaths if death > now - 60] + [now]
            if len(child.deaths) > MAX_DEATHS:
                say(f"{child.name}一分钟内退出 {len(child.deaths)} 次（代码 {code}），绩衡停止，原因见上方")
                return 1
            say(f"{child.name}意外退出（代码 {code}），正在重新启动")
            child.process = _spawn(child.command)


def _stop(children: list[Child]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a second Ctrl-C must not leave children
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
