"""The text for a web page and the list of sources that goes beside the Word file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from jiheng.sheets import plain
from jiheng.wording.text import Block, Paragraph, Run, Table, Text

FORMAT = 1


def reading_view(texts: Sequence[Text]) -> list[dict[str, Any]]:
    """The texts as plain data: blocks of runs; a figure has its number (f1 …, as in Word) and its sources."""
    figure = 0
    view = []
    for text in texts:
        blocks = []
        for block in text.blocks:
            shown, figure = _block(block, figure)
            blocks.append(shown)
        view.append({"kind": text.kind, "title": text.title, "lacking": list(text.lacking), "blocks": blocks})
    return view


def sources_json(texts: Sequence[Text], word: bytes) -> str:
    """Every printed figure with its exact value and source ids, and the hash of the file it belongs to."""
    figures = [run for text in texts for run in text.figures()]
    rows = [
        {
            "id": f"f{number}",
            "text": run.text,
            "value": plain(run.value) if run.value is not None else "",
            "how": run.how or "表内数",
            "sources": list(run.sources),
        }
        for number, run in enumerate(figures, 1)
    ]
    told = {"format": FORMAT, "sha256": hashlib.sha256(word).hexdigest(), "figures": rows}
    return json.dumps(told, ensure_ascii=False, indent=1)


def _block(block: Block, figure: int) -> tuple[dict[str, Any], int]:
    if isinstance(block, Paragraph):
        runs, figure = _runs(block.runs, figure)
        return {"part": str(block.part), "runs": runs}, figure
    rows = []
    for row in block.rows:
        cells, figure = _runs(row, figure)
        rows.append(cells)
    return {"part": "table", "columns": _columns(block), "rows": rows}, figure


def _columns(table: Table) -> list[dict[str, Any]]:
    return [{"heading": column.heading, "is_figure": column.is_figure} for column in table.columns]


def _runs(runs: Sequence[Run], figure: int) -> tuple[list[dict[str, Any]], int]:
    found: list[dict[str, Any]] = []
    for run in runs:
        shown: dict[str, Any] = {"text": run.text}
        if run.is_figure:
            figure += 1
            shown |= {"id": f"f{figure}", "how": run.how or "表内数", "sources": list(run.sources)}
        found.append(shown)
    return found, figure
