"""A mapped file on arrival: what the mapping names is kept, personal numbers sealed, as one Parquet file.

`arrive` finds the header, leaves totals rows out (and remembers what they say), and writes the texts as they
stood, one column for each standard name. `mapped.table` makes checked rows of that; larger pulls query it.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from jiheng.documents import personal
from jiheng.documents.archive import DocumentError
from jiheng.documents.cells import column_letters
from jiheng.documents.mapping import Bound, SourceMapping, bind, is_money
from jiheng.documents.matching import folded
from jiheng.documents.sources import (
    SourceRow,
    Text,
    as_utf8,
    copied,
    csv_rows,
    excel_rows,
    head_of,
    view_rows,
)
from jiheng.documents.tables import HEADER_ROWS, Column, ColumnKind

META = "jiheng"
MEMORY = "1GB"
FIRST_CELLS = 4  # where a totals row says that it is one
MOST_TOTALS = 200
_UNIT_WORDS = re.compile(r"[（(\[【]\s*(?:单位[:：]?)?\s*(万元|元)\s*[)）\]】]")
_FREE_TEXT = ("payee", "summary")  # columns in which people write numbers that are nobody's business


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a file turned out to hold. `path` is the kept file; sha256 and size are the original's."""

    path: Path
    sha256: str
    size: int
    rows: int
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are: `places` from 0 by column name; rows of data come after `row`."""

    row: int
    places: dict[str, int]
    titles: list[str]
    units: dict[str, str] = field(default_factory=dict)  # 元 or 万元, as the file's own headings say


def open_duck(folder: Path, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """A database in memory that spills into a folder instead of growing; it fetches nothing."""
    (folder / "spill").mkdir(exist_ok=True)
    con = duckdb.connect(
        config={
            "memory_limit": memory,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )
    con.execute("SET threads = least(current_setting('threads'), 8)")
    return con


def arrive(
    source: Path | None,
    name: str,
    mapping: SourceMapping,
    columns: Sequence[Column],
    key: bytes,
    target: Path,
) -> Arrived:
    """Reads a file (or, without one, the mapping's database view) into `target`, a Parquet file.

    Raises DocumentError (Chinese) if it cannot be read, has no such header, lacks a required column, is not
    whole or changes meanwhile; then nothing is kept.
    """
    bound = bind(mapping, columns)
    with tempfile.TemporaryDirectory(prefix="jiheng-pull-") as folder_name:
        folder = Path(folder_name)
        con = open_duck(folder)
        try:
            if source is None:
                sha256, size = "", 0
                header = _load_rows(con, view_rows(mapping.dsn, mapping.view), name, mapping, bound, folder)
            else:
                copy = copied(source, name, folder)
                sha256, size = copy.sha256, copy.size
                header = _load(con, copy.path, name, mapping, bound, folder)
            meta = _meta(mapping, bound, header, con)
            count = _write(con, bound, key, target, meta)
        except duckdb.Error as error:
            raise DocumentError(f"文件“{name}”读不出来：内容不是所称的格式，请核对或另存后再取") from error
        finally:
            con.close()
    if not count:
        raise DocumentError(f"文件“{name}”只有表头，没有数据，请核对导出条件")
    return Arrived(target, sha256, size, count, meta)


def first_rows(source: Path, name: str, mapping: SourceMapping, most: int = 30) -> list[list[str]]:
    """The first rows of a file as they stand, for the page that makes a mapping. Raises DocumentError."""
    with tempfile.TemporaryDirectory(prefix="jiheng-pull-") as folder_name:
        folder = Path(folder_name)
        copy = copied(source, name, folder)
        kind = _format(mapping, name)
        if kind == "csv":
            return [cells for _, cells in head_of(as_utf8(copy.path, name, mapping.encoding), most)]
        if kind == "parquet":
            con = open_duck(folder)
            try:
                found = con.execute("SELECT * FROM read_parquet(?) LIMIT ?", [str(copy.path), most])
                titles = [part[0] for part in found.description or ()]
                return [titles, *([str(cell or "") for cell in row] for row in found.fetchall())]
            except duckdb.Error as error:
                raise DocumentError(f"文件“{name}”不是可读的 Parquet 文件，请核对") from error
            finally:
                con.close()
        return [cells for _, cells, _ in islice(excel_rows(copy.path, name, mapping.sheet), most)]


def _format(mapping: SourceMapping, name: str) -> str:
    if mapping.format not in ("auto", "database"):
        return mapping.format
    suffix = name.rpartition(".")[2].lower()
    found = {"csv": "csv", "txt": "csv", "tsv": "csv", "parquet": "parquet", "xlsx": "excel", "xls": "excel"}
    if suffix not in found:
        raise DocumentError(f"“{name}”不是能取数的文件类型，请用 CSV、Excel（xlsx、xls）或 Parquet")
    return found[suffix]


# ── finding the header ────────────────────────────────────────────────────────────────────────────────


def find_header(
    rows: Sequence[tuple[int, list[str]]], name: str, mapping: SourceMapping, bound: Sequence[Bound]
) -> Header:
    """The row (or two rows) whose titles the mapping knows best. Raises DocumentError naming what lacks."""
    best: Header | None = None
    for place, (number, cells) in enumerate(rows):
        alone = _header(number, [[cell] for cell in cells], bound, name)
        if best is None or len(alone.places) > len(best.places):
            best = alone
        if place + 1 < len(rows):
            below = rows[place + 1]
            both = _header(below[0], stacked(cells, below[1]), bound, name)
            if len(both.places) > len(best.places):
                best = both
    wanted = [one for one in bound if not one.source.value and (one.column.required or one.source.required)]
    lost = [one for one in wanted if best is None or one.column.name not in best.places]
    if best is None or lost:
        told = "、".join(f"{one.column.title}（{' / '.join(one.titles[:3])}）" for one in lost)
        there = "、".join(title for title in (best.titles if best else []) if title)[:300]
        raise DocumentError(
            f"文件“{name}”缺少栏目：{told}。文件里的栏目有：{there or '（没有找到表头）'}；"
            "如只是改了名称，请在映射中补上新名称"
        )
    return best


def stacked(top: list[str], below: list[str]) -> list[list[str]]:
    """Two header rows: a group's title spans the empty cells to its right."""
    columns: list[list[str]] = []
    group = ""
    for place in range(max(len(top), len(below))):
        upper = top[place].strip() if place < len(top) else ""
        lower = below[place].strip() if place < len(below) else ""
        group = upper or (group if lower else "")
        columns.append([lower, group + lower, upper] if lower else [upper])
    return columns


def _header(number: int, cells: list[list[str]], bound: Sequence[Bound], name: str) -> Header:
    known: dict[str, list[int]] = {}
    for place, words in enumerate(cells):
        for word in {_title(word) for word in words if word.strip()}:
            known.setdefault(word, []).append(place)
    places: dict[str, int] = {}
    units: dict[str, str] = {}
    for one in bound:
        for title in one.titles:
            found = known.get(_title(title))
            if not found or found[0] in places.values():
                continue
            if len(found) > 1 and len(places) > len(bound) // 2:
                columns = "、".join(f"{column_letters(place + 1)} 列" for place in found)
                raise DocumentError(
                    f"文件“{name}”的栏目“{title}”出现了两次（{columns}），请在映射中写明用哪一列"
                )
            places[one.column.name] = found[0]
            unit = next((m[1] for word in cells[found[0]] if (m := _UNIT_WORDS.search(word))), "")
            if unit:
                units[one.column.name] = unit
            break
    return Header(number, places, [next((word for word in words if word), "") for words in cells], units)


def _title(word: str) -> str:
    return folded(_UNIT_WORDS.sub("", word).strip("*＊ \t\n")).lower()


def _unit(one: Bound, header: Header, mapping: SourceMapping) -> str:
    """The unit of a money column. Raises DocumentError where the file's heading contradicts the mapping."""
    said = header.units.get(one.column.name, "")
    if one.source.unit and said and said != one.source.unit:
        raise DocumentError(
            f"映射“{mapping.title}”说“{one.column.title}”的单位是{one.source.unit}，而文件表头写的是{said}，请核对后再取"
        )
    return one.source.unit or said or ("万元" if one.column.kind == ColumnKind.WAN else "元")


# ── loading ───────────────────────────────────────────────────────────────────────────────────────────


def _load(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    mapping: SourceMapping,
    bound: Sequence[Bound],
    folder: Path,
) -> Header:
    kind = _format(mapping, name)
    if kind == "csv":
        return _load_csv(con, as_utf8(path, name, mapping.encoding), name, mapping, bound)
    if kind == "parquet":
        found = con.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(path)])
        titles = [part[0] for part in found.description or ()]
        header = find_header([(0, titles)], name, mapping, bound)
        cells = [f'CAST("{title.replace(chr(34), chr(34) * 2)}" AS VARCHAR)' for title in titles]
        con.execute(f"CREATE TABLE loaded AS SELECT {_listed(cells)} FROM read_parquet(?)", [str(path)])
        _number(con, header, mapping, len(titles), 1)
        return header
    return _load_rows(con, excel_rows(path, name, mapping.sheet), name, mapping, bound, folder)


def _listed(cells: Iterable[str]) -> str:
    return ", ".join(f"{cell} AS f{place}" for place, cell in enumerate(cells))


def _load_csv(
    con: duckdb.DuckDBPyConnection, text: Text, name: str, mapping: SourceMapping, bound: Sequence[Bound]
) -> Header:
    """A regular file is parsed by the database; any other (blank lines, ragged rows, line ends in cells) by
    Python's reader, so that row numbers are the user's and every odd row is named."""
    head = head_of(text, HEADER_ROWS + 2)
    header = find_header(
        [(number, cells) for number, (_, cells) in enumerate(head, start=1)], name, mapping, bound
    )
    line = head[header.row - 1][0]
    width = max(len(header.titles), len(head[header.row - 1][1]))
    types = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(width))
    needed = sorted({*header.places.values(), *range(min(FIRST_CELLS, width))})
    try:
        if line == header.row:
            loaded = text.path.with_suffix(".parquet")  # many times faster to read again than a table
            con.execute(
                f"COPY (SELECT {', '.join(f'f{place}' for place in needed)} FROM read_csv(?,"
                f" header=false, skip=?, delim=?, quote='\"', escape='\"', auto_detect=false,"
                f" strict_mode=true, max_line_size=1000000, columns={{{types}}}))"
                f" TO '{_quoted(loaded)}' (FORMAT parquet)",
                [str(text.path), line, text.delimiter],
            )
            con.execute(
                "CREATE VIEW loaded AS SELECT *, file_row_number AS rowid"
                f" FROM read_parquet('{_quoted(loaded)}', file_row_number=true)"
            )
            (rows,) = con.execute("SELECT count(*) FROM loaded").fetchone() or (0,)
            if rows == text.lines - line:
                _number(con, header, mapping, width, header.row + 1)
                return header
    except duckdb.Error:
        pass  # not regular: below
    con.execute("DROP VIEW IF EXISTS loaded")
    _store(con, csv_rows(text, name, width, header.row), header, mapping, text.path.with_suffix(".rows"))
    return header


def _number(
    con: duckdb.DuckDBPyConnection, header: Header, mapping: SourceMapping, width: int, first: int
) -> None:
    """`raw`: a view of what was loaded, with row numbers and only what the mapping names."""
    cells = [f"f{place} AS {name}" for name, place in header.places.items()]
    words = [f"f{place}" for place in range(min(FIRST_CELLS, width))]
    con.execute(
        f"CREATE VIEW raw AS SELECT rowid + {first} AS row, {', '.join(cells)}, NULL::VARCHAR AS kinds,"
        f" {_word_sql(words, _totals(mapping))} AS word FROM loaded"
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _word_sql(cells: Sequence[str], words: Sequence[str]) -> str:
    """SQL for the word by which a row says that it is a total; NULL for a row of data."""
    if not words:
        return "NULL::VARCHAR"
    quoted = ["'" + word.replace("'", "''") + "'" for word in words]
    # most cells are plain ASCII, which no Chinese word is: only the others are looked at closely
    close = "" if any(word.isascii() for word in words) else "strlen({cell}) <> length({cell}) AND "
    plain = "translate({cell}, ' 　:：\t', '')"
    # not IN: the database would join with its list before it looks at the first condition
    listed = " OR ".join(f"{plain} = {word}" for word in quoted)
    test = f"WHEN {close}({listed}) THEN {plain}"
    return f"CASE {' '.join(test.format(cell=cell) for cell in cells)} END"


def _totals(mapping: SourceMapping) -> list[str]:
    return sorted({word.replace(" ", "") for word in mapping.totals})


def _load_rows(
    con: duckdb.DuckDBPyConnection,
    rows: Iterator[SourceRow],
    name: str,
    mapping: SourceMapping,
    bound: Sequence[Bound],
    folder: Path,
) -> Header:
    head = list(islice(rows, HEADER_ROWS + 2))
    header = find_header([(number, cells) for number, cells, _ in head], name, mapping, bound)

    def after() -> Iterator[SourceRow]:
        yield from (row for row in head if row[0] > header.row)
        yield from rows

    _store(con, after(), header, mapping, folder / "rows")
    return header


def _store(
    con: duckdb.DuckDBPyConnection,
    rows: Iterator[SourceRow],
    header: Header,
    mapping: SourceMapping,
    path: Path,
) -> None:
    """`raw` from rows of text, by way of a file: the database takes rows one by one only slowly."""
    names = list(header.places)
    places = [header.places[name] for name in names]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, quoting=csv.QUOTE_ALL)
        for number, texts, letters in rows:
            cells = [texts[place] if place < len(texts) else "" for place in places]
            first = [text.strip() for text in texts[:FIRST_CELLS]]
            if not any(cell.strip() for cell in cells) and not any(first):
                continue
            kinds = "".join(letters[place] if place < len(letters) else "t" for place in places)
            first += [""] * (FIRST_CELLS - len(first))
            out.writerow([number, *cells, "" if set(kinds) <= {"t"} else kinds, *first])
    columns = {"row": "BIGINT"} | dict.fromkeys([*names, "kinds"], "VARCHAR")
    columns |= {f"w{place}": "VARCHAR" for place in range(FIRST_CELLS)}
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    con.execute(
        f"CREATE TABLE loaded AS SELECT * FROM read_csv(?, header=false, delim=',', quote='\"', escape='\"',"
        f" auto_detect=false, parallel=false, max_line_size=2000000, columns={{{types}}})",
        [str(path)],
    )
    words = _word_sql([f"w{place}" for place in range(FIRST_CELLS)], _totals(mapping))
    con.execute(
        f"CREATE VIEW raw AS SELECT row, {', '.join(names)}, nullif(kinds, '') AS kinds, {words} AS word"
        " FROM loaded"
    )


# ── writing what is kept ──────────────────────────────────────────────────────────────────────────────


def _meta(
    mapping: SourceMapping, bound: Sequence[Bound], header: Header, con: duckdb.DuckDBPyConnection
) -> dict[str, Any]:
    there = [one for one in bound if one.column.name in header.places]
    money = next((one.column.name for one in there if is_money(one.column)), "")
    con.execute(
        f"CREATE TABLE totals AS SELECT row, word, {money or 'NULL'} AS said FROM raw WHERE word IS NOT NULL"
    )
    totals = con.execute(f"SELECT * FROM totals ORDER BY row LIMIT {MOST_TOTALS}").fetchall()
    return {
        "header": header.row,
        "letters": {one.column.name: column_letters(header.places[one.column.name] + 1) for one in there},
        "titles": {one.column.name: header.titles[header.places[one.column.name]] for one in there},
        "units": {one.column.name: _unit(one, header, mapping) for one in there if is_money(one.column)},
        "money": money,
        "totals": [list(total) for total in totals],
        "order": [one.column.name for one in there],
    }


def _write(
    con: duckdb.DuckDBPyConnection, bound: Sequence[Bound], key: bytes, target: Path, meta: dict[str, Any]
) -> int:
    """The kept file: texts as they stood, personal numbers sealed, no totals rows, no empty rows."""
    order = meta["order"]
    cells, joins = ["row"], ["raw"]
    for one in bound:
        name = one.column.name
        if name not in order:
            cells.append(f"NULL::VARCHAR AS {name}")
        elif one.source.personal or one.column.is_personal:
            cells.append(f"{_sealed(con, name, key, joins)} AS {name}")
        elif name in _FREE_TEXT:
            where = rf"length({name}) >= 15 AND regexp_matches({name}, '\p{{Nd}}{{15}}')"
            told = _by_python(con, name, where, personal.hidden, joins)
            cells.append(f"coalesce({told}, {name}) AS {name}")
        else:
            cells.append(name)
    filled = " OR ".join(f"trim(coalesce({name}, '')) <> ''" for name in order)
    told = json.dumps(meta, ensure_ascii=False).replace("'", "''")
    con.execute(
        f"COPY (SELECT {', '.join(cells)}, kinds FROM {' '.join(joins)} "
        f" WHERE row NOT IN (SELECT row FROM totals) AND ({filled}))"
        f" TO '{_quoted(target)}'"
        f" (FORMAT parquet, KV_METADATA {{{META}: '{told}'}})"
    )
    (count,) = con.execute("SELECT count(*) FROM read_parquet(?)", [str(target)]).fetchone() or (0,)
    return int(count)


def _sealed(con: duckdb.DuckDBPyConnection, name: str, key: bytes, joins: list[str]) -> str:
    """SQL for `personal.sealed`, worked out once for each number: ASCII by the database, others by Python."""
    inner, outer = personal.pads(key)
    con.execute(
        "CREATE OR REPLACE TABLE pads AS SELECT ?::BLOB AS inner_pad, ?::BLOB AS outer_pad", [inner, outer]
    )
    con.execute(
        f"CREATE OR REPLACE TABLE told AS SELECT {name} AS before,"
        f" upper(replace(replace({name}, ' ', ''), '-', '')) AS plain FROM"
        f" (SELECT DISTINCT {name} FROM raw WHERE {name} <> '')"
    )
    odd = "strlen(before) <> length(before) OR regexp_matches(before, '[\\x00-\\x1f]')"
    shown = personal.SHOWN_DIGITS
    digest = "sha256(outer_pad || unhex(sha256(inner_pad || encode(plain))))"
    con.execute(
        f"CREATE OR REPLACE TABLE sealed_{name} AS SELECT before, substr({digest}, 1, {personal.HASH_LENGTH})"
        f" || ':{personal.STARS}' ||"
        f" CASE WHEN length(plain) >= {2 * shown} THEN right(plain, {shown}) ELSE '' END AS after"
        f" FROM told CROSS JOIN pads WHERE plain <> '' AND NOT ({odd})"
    )
    by_hand = [text for (text,) in con.execute(f"SELECT before FROM told WHERE {odd}").fetchall()]
    con.execute(
        f"INSERT INTO sealed_{name} SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
        [by_hand, [personal.sealed(text, key) for text in by_hand]],
    )
    joins.append(f"LEFT JOIN sealed_{name} ON sealed_{name}.before = raw.{name}")
    return f"sealed_{name}.after"


def _by_python(
    con: duckdb.DuckDBPyConnection,
    name: str,
    where: str,
    function: Callable[[str], str],
    joins: list[str],
) -> str:
    """Lets Python turn the distinct values of a column that a condition picks; SQL for the outcome."""
    found = [text for (text,) in con.execute(f"SELECT DISTINCT {name} FROM raw WHERE {where}").fetchall()]
    made = f"by_{name}"
    con.execute(
        f"CREATE OR REPLACE TABLE {made} AS SELECT unnest(?::VARCHAR[]) AS before,"
        " unnest(?::VARCHAR[]) AS after",
        [found, [function(text) for text in found]],
    )
    joins.append(f"LEFT JOIN {made} ON {made}.before = raw.{name}")
    return f"{made}.after"


def meta_of(path: Path) -> dict[str, Any]:
    """What `arrive` noted beside the rows."""
    with duckdb.connect() as con:
        found = con.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall()
    told = next((value for key, value in found if key == META.encode()), b"{}")
    meta: dict[str, Any] = json.loads(told)
    return meta


def count_of(path: Path) -> int:
    """How many rows arrived."""
    with duckdb.connect() as con:
        (count,) = con.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone() or (0,)
    return int(count)
