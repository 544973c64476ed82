"""`jiheng ask`: a question over ledger files. Needs no Django and no database."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jiheng import analytics, policy
from jiheng.accounts import subjects
from jiheng.analytics import QUESTIONS, WORDS, AskError, Cell, Choice, Column, Filters
from jiheng.config import CommandError
from jiheng.documents import personal
from jiheng.documents.columns import harmless
from jiheng.figures import rounded
from jiheng.sheets import Missing

PAGE = 100
CLOSED_PIPE = 141
TEXTS = ("code", "name", "word", "day")
# a spreadsheet takes what begins so for a formula


def ask(asked: argparse.Namespace) -> int:
    """0 answered; CommandError (2) for a question or source that does not exist or cannot be read."""
    if asked.list:
        sys.stdout.write(_listed())
        return 0
    if asked.source is None:
        raise CommandError("请用 --source 写明支付文件或文件夹；能问的问题见 jiheng ask --list")
    if asked.question is None and not asked.details:
        raise CommandError(
            "请写明问题，如 jiheng ask 按单位执行 --source 文件夹；能问的问题见 jiheng ask --list"
        )
    if asked.page < 1 or (asked.top is not None and asked.top < 1):
        raise CommandError("--page 和 --top 应为正整数")
    try:
        told = _details(asked) if asked.details else _answer(asked)
    except AskError as error:
        raise CommandError(str(error)) from error
    return _write(asked.output, told)


def _listed() -> str:
    lines = [f"{one.title}\t{one.key}\t{one.asks}" for one in QUESTIONS]
    return "\n".join(["能问的问题（中文名、英文名、问的是什么）：", *lines]) + "\n"


def _filters(asked: argparse.Namespace) -> Filters:
    return Filters(
        year=asked.year,
        until=asked.until,
        month=asked.month,
        region=asked.region,
        unit=asked.unit,
        fund=asked.fund,
        project=asked.project,
        fund_type=asked.fund_type,
        function=asked.function,
        economic=asked.economic,
        digits=asked.digits,
    )


def _choice(asked: argparse.Namespace) -> Choice:
    return Choice(asked.engine, asked.memory, asked.master)


def _subject(sort: str, code: str) -> str:
    """The name of a class of 政府收支分类; other names are in the source, or nowhere."""
    return subjects.names(sort).get(code, "") if sort in ("function", "economic") else ""


def _answer(asked: argparse.Namespace) -> str:
    one = analytics.question(asked.question)  # before any file is looked for
    source = replace(analytics.source_at(asked.source), names=_subject)
    terms = policy.on(asked.until or date.today(), asked.region or "")  # noqa: DTZ011 - local day
    answer = analytics.ask(one.key, source, terms, _filters(asked), _choice(asked))
    rows = answer.rows[: asked.top] if asked.top else answer.rows
    if asked.format == "json":
        return _json(
            {
                "question": answer.question,
                "title": answer.title,
                "asks": answer.asks,
                "until": answer.until.isoformat() if answer.until else None,
                "columns": _columns(answer.columns),
                "rows": [_plain(answer.columns, row) for row in rows],
                "total": _plain(answer.columns, answer.total) if answer.total else None,
                "notes": list(answer.notes),
                "steps": list(answer.steps),
            }
        )
    if asked.format == "csv":
        return _csv(answer.columns, rows)
    shown = [*rows, *([("合计", *answer.total[1:])] if answer.total else [])]
    more = [f"……共 {len(answer.rows)} 行，只列前 {len(rows)} 行"] if len(rows) < len(answer.rows) else []
    head = [f"{answer.title}：{answer.asks}", *answer.notes, ""]
    steps = ["", *(f"· {step}" for step in answer.steps if not step.startswith("SQL"))]
    return "\n".join([*head, *_table(answer.columns, shown), *more, *steps]) + "\n"


def _details(asked: argparse.Namespace) -> str:
    source = analytics.source_at(asked.source)
    size = asked.top or PAGE
    found = analytics.rows(source, _filters(asked), (asked.page - 1) * size, size, _choice(asked))
    rows = [_sealed(found.columns, row) for row in found.rows]
    if asked.format == "json":
        return _json(
            {
                "count": found.count,
                "total": str(found.total),
                "page": asked.page,
                "columns": _columns(found.columns),
                "rows": [_plain(found.columns, row) for row in rows],
            }
        )
    if asked.format == "csv":
        return _csv(found.columns, rows)
    pages = max(1, -(-found.count // size))
    head = f"共 {found.count:,} 笔，合计 {found.total:,} 元；第 {asked.page} 页，共 {pages} 页"
    return "\n".join([head, "", *_table(found.columns, rows)]) + "\n"


def _sealed(columns: Sequence[Column], row: Sequence[Cell]) -> tuple[Cell, ...]:
    """A payment row as it may be shown: codes in words, long numbers within its texts masked."""
    made: list[Cell] = []
    for column, cell in zip(columns, row, strict=True):
        words = WORDS.get(column.key, {}).get(str(cell), cell)
        is_text = column.kind == "name" and isinstance(words, str)
        made.append(personal.hidden(words) if is_text and isinstance(words, str) else words)
    return tuple(made)


# ── forms of output ───────────────────────────────────────────────────────────────────────────────────


def _columns(columns: Sequence[Column]) -> list[dict[str, str]]:
    return [{"key": one.key, "title": one.title, "kind": one.kind, "unit": one.unit} for one in columns]


def _json(told: dict[str, Any]) -> str:
    return json.dumps({"version": 1, **told}, ensure_ascii=False, indent=1) + "\n"


def _exact(column: Column, cell: Cell) -> Any:
    """Money to the 分, shares to four decimals, as text."""
    if isinstance(cell, Decimal):
        return f"{rounded(cell, 2 if column.kind == 'money' else 4):f}"
    return cell.isoformat() if isinstance(cell, date) else cell


def _plain(columns: Sequence[Column], row: Sequence[Cell]) -> list[Any]:
    return [
        {"missing": str(cell)} if isinstance(cell, Missing) else _exact(column, cell)
        for column, cell in zip(columns, row, strict=True)
    ]


def _csv(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    """UTF-8 with a byte order mark, as WPS and Excel want it; what is missing is an empty cell."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow([column.heading for column in columns])
    for row in rows:
        cells = zip(columns, row, strict=True)
        writer.writerow(
            ["" if isinstance(cell, Missing) else _harmless(column, cell) for column, cell in cells]
        )
    return "\ufeff" + held.getvalue()


def _harmless(column: Column, cell: Cell) -> Any:
    value = _exact(column, cell)
    return harmless(value) if isinstance(cell, str) else value


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Aligned columns, a Chinese character two wide, figures to the right."""
    shown = [[column.heading for column in columns]]
    shown += [[_shown(column, cell) for column, cell in zip(columns, row, strict=True)] for row in rows]
    widths = [max(_width(row[place]) for row in shown) for place in range(len(columns))]
    return [
        "  ".join(
            _padded(text, width, to_the_right=column.kind not in TEXTS)
            for text, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in shown
    ]


def _shown(column: Column, cell: Cell) -> str:
    if isinstance(cell, Missing):
        return "—"
    if isinstance(cell, Decimal):
        return f"{rounded(cell, 2):,f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, *, to_the_right: bool) -> str:
    gap = " " * (width - _width(text))
    return gap + text if to_the_right else text + gap


def _write(path: Path | None, told: str) -> int:
    try:
        if path is None:
            sys.stdout.write(told)
            sys.stdout.flush()
        else:
            path.write_text(told, encoding="utf-8", newline="")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except OSError as error:
        raise CommandError(f"写不了“{path}”：请检查路径和权限（{error.strerror}）") from error
    return 0
