"""`jiheng audit`: the figures of published documents that cannot all be true. Needs no Django."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import IO

from tqdm import tqdm

from jiheng.auditing import as_html, as_json
from jiheng.auditing.batch import Chosen, Format, Settings, Told, audit_files, chosen
from jiheng.auditing.pipeline import Steps
from jiheng.auditing.steps import REAL
from jiheng.auditing.telling import Digest
from jiheng.auditing.workers import WorkersFailed
from jiheng.config import CommandError
from jiheng.sheets import Severity

CLOSED_PIPE = 141  # as a shell reports a program that nobody listens to any more
COUNTED = {"error": {Severity.ERROR}, "warning": {Severity.ERROR, Severity.WARNING}, "never": set[Severity]()}


def audit(asked: argparse.Namespace, steps: Steps = REAL) -> int:
    """0 nothing at or above --fail-on, 1 something found, 2 something unreadable (2 wins over 1)."""
    _check_usage(asked)
    files = chosen(asked.paths)
    for folder in files.empty:
        print(f"文件夹“{folder}”里没有可以检查的文件", file=sys.stderr)
    outcome = _Outcome(bool(files.empty), COUNTED[asked.fail_on])
    settings = Settings(steps, asked.date or date.today(), _format(asked), asked.year)  # noqa: DTZ011 - local day
    try:
        with _output(asked.output) as out:
            _write(asked, out, _watched(asked, files, settings, outcome))
    except BrokenPipeError:
        # what is still buffered has nowhere to go either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except WorkersFailed as error:
        raise CommandError(f"检查进程无法启动：{error}") from error
    if files.passed_over:
        print(f"跳过文件夹中 {files.passed_over} 个其他类型的文件", file=sys.stderr)
    return outcome.code


class _Outcome:
    def __init__(self, is_unreadable: bool, counted: set[Severity]) -> None:  # noqa: FBT001
        self._is_unreadable, self._counted, self._is_found = is_unreadable, counted, False

    def add(self, told: Told) -> None:
        self._is_unreadable |= bool(told.error)
        self._is_found |= told.worst in self._counted

    @property
    def code(self) -> int:
        return 2 if self._is_unreadable else int(self._is_found)


def _check_usage(asked: argparse.Namespace) -> None:
    if asked.jobs < 1 or asked.limit < 1:
        raise CommandError("--jobs 和 --limit 应为正整数")
    if asked.format == "docx" and asked.output is None and sys.stdout.isatty():
        raise CommandError("Word 报告不能显示在终端，请用 --output 文件.docx 指定保存位置")


def _format(asked: argparse.Namespace) -> Format:
    if asked.format == "text":
        in_colour = asked.output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        return Format.COLOURED if in_colour else Format.TEXT
    return Format(asked.format)


def _watched(
    asked: argparse.Namespace, files: Chosen, settings: Settings, outcome: _Outcome
) -> Iterator[Told]:
    """The answers as they come, with a bar on a terminal; each unreadable file is named there as well."""
    hidden = not sys.stderr.isatty() or len(files.files) < 2
    beside = asked.output is not None or asked.format != "text" or not sys.stdout.isatty()
    with (
        closing(audit_files(files.files, settings, jobs=asked.jobs, seconds=asked.limit)) as answers,
        tqdm(answers, total=len(files.files), disable=hidden, unit="份", desc="核对", leave=False) as bar,
    ):
        for told in bar:
            outcome.add(told)
            if told.error and beside:
                bar.write(f"读不了“{told.document}”：{told.error}", file=sys.stderr)
            yield told


@contextmanager
def _output(path: Path | None) -> Iterator[IO[bytes]]:
    """Where the report goes. A file appears under its name only when it is whole."""
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    is_special = path.exists() and not path.is_file()
    partial = path if is_special else path.with_name(f"{path.name}.part")
    try:
        file = partial.open("wb")
    except OSError as error:
        raise CommandError(f"写不了“{path}”：请检查路径和权限（{error.strerror}）") from error
    try:
        with file:
            yield file
        if partial != path:
            partial.replace(path)
    finally:
        if partial != path:
            partial.unlink(missing_ok=True)


def _write(asked: argparse.Namespace, out: IO[bytes], answers: Iterable[Told]) -> None:
    if asked.format == "docx":
        # loaded only now: its library takes as long as all the rest
        word = import_module("jiheng.auditing.as_word")
        out.write(word.word_of(told.body for told in answers if isinstance(told.body, Digest)))
    elif asked.format == "html":
        _page(out, answers)
    elif asked.format == "json":
        _array(out, answers)
    else:
        for told in answers:
            with tqdm.external_write_mode(sys.stdout):  # on a terminal the bar makes room
                out.write(_encoded(told.body))
                out.flush()


def _array(out: IO[bytes], answers: Iterable[Told]) -> None:
    """One document after the other, so that ten thousand need no more memory than one."""
    out.write(as_json.HEAD.encode())
    for number, told in enumerate(answers):
        if number:
            out.write(as_json.BETWEEN.encode())
        out.write(_encoded(told.body))
        out.flush()
    out.write(as_json.TAIL.encode())


def _page(out: IO[bytes], answers: Iterable[Told]) -> None:
    """The table at the top is written as answers come; the documents wait on disk until it is complete."""
    with ExitStack() as stack:
        waiting = stack.enter_context(tempfile.TemporaryFile())
        for part in as_html.head():
            out.write(part.encode())
        for told in answers:
            out.write(_encoded(told.line))
            waiting.write(_encoded(told.body))
        out.write(as_html.middle().encode())
        waiting.seek(0)
        while piece := waiting.read(1 << 20):
            out.write(piece)
        out.write(as_html.TAIL.encode())


def _encoded(text: object) -> bytes:
    """A broken character becomes one mark, so that no offset moves."""
    return str(text).encode("utf-8", "replace")
