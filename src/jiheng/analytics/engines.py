"""Who answers: DuckDB in this process, or Spark on a cluster. Both run the same Ibis expression.

Ibis only compiles; the engine's own client runs the SQL and hands back exact Decimals.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import duckdb
import ibis
from ibis.expr.types import Table

from jiheng.analytics.answers import AskError
from jiheng.analytics.sources import Source

MEMORY = "4GB"
MASTER = "local[*]"
_HIVE = "hive_partitioning=true, hive_types_autocast=false"
_DECIMAL = re.compile(r"decimal\(\d+, ?\d+\)")
_TYPES = {  # what the engines call a type → what Ibis calls it
    "varchar": "string",
    "string": "string",
    "date": "date",
    "tinyint": "int8",
    "smallint": "int16",
    "integer": "int32",
    "int": "int32",
    "bigint": "int64",
    "hugeint": "decimal(38,0)",
    "float": "float32",
    "double": "float64",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which engine answers, and what it may use: `memory` of DuckDB, the `master` of Spark."""

    name: str = "duckdb"
    memory: str = MEMORY
    master: str = MASTER


class Engine(Protocol):
    """An open source. `columns` of a table by name and Ibis type; `rows` of an expression; its `sql`.
    `kept` is what was found out about the source already, so that more questions need not ask again."""

    kept: dict[tuple[Any, ...], Any]

    def columns(self, table: str) -> dict[str, str]: ...

    def rows(self, expression: Table) -> list[tuple[Any, ...]]: ...

    def sql(self, expression: Table) -> str: ...


def ibis_type(name: str) -> str:
    """The type of a column as Ibis names it; "unknown" for what no question uses."""
    plain = name.lower()
    if _DECIMAL.fullmatch(plain):
        return plain.replace(" ", "")
    return "timestamp" if plain.startswith("timestamp") else _TYPES.get(plain, "unknown")


class Duck:
    """Spills beside what it cannot hold; fetches no extension."""

    def __init__(self, source: Source, folder: Path, memory: str = MEMORY) -> None:
        try:
            self._con = duckdb.connect(
                config={
                    "memory_limit": memory,
                    "temp_directory": str(folder),
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                    "preserve_insertion_order": False,
                }
            )
        except duckdb.Error as error:
            raise AskError(f"内存上限“{memory}”写得不对：请写成 4GB、512MB 这样") from error
        self.kept: dict[tuple[Any, ...], Any] = {}
        self._views(source)

    def _views(self, source: Source) -> None:
        for table, files in source.files.items():
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
            partitions = _HIVE if all(_partitions_of([path]) for path in files) else "hive_partitioning=false"
            reader = f"read_parquet([{listed}], union_by_name=true, {partitions})"
            if files and files[0].suffix.lower() == ".csv":
                reader = f"read_csv([{listed}], header=true, all_varchar=true, union_by_name=true)"
            try:
                self._con.execute(f"CREATE VIEW {table} AS SELECT * FROM {reader}")
            except (duckdb.Error, UnicodeDecodeError) as error:
                names = "、".join(path.name for path in files[:3])
                raise AskError(
                    f"“{names}”读不出来：应是 Parquet，或第一行为栏目名的 UTF-8 编码 CSV"
                    "（GBK 编码的请先另存为 UTF-8）"
                ) from error

    def columns(self, table: str) -> dict[str, str]:
        found = self._con.execute(f"DESCRIBE {table}").fetchall()
        return {str(row[0]): ibis_type(str(row[1])) for row in found}

    def sql(self, expression: Table) -> str:
        return str(ibis.to_sql(expression, dialect="duckdb"))

    def rows(self, expression: Table) -> list[tuple[Any, ...]]:
        try:
            return self._con.execute(self.sql(expression)).fetchall()
        except duckdb.Error as error:
            raise AskError(f"没有算成：{str(error).splitlines()[0][:200]}") from error

    def close(self) -> None:
        self._con.close()


class Spark:
    """A session of its own, by default on this machine; `master` names a cluster."""

    def __init__(self, source: Source, master: str = MASTER) -> None:
        try:
            sql = import_module("pyspark.sql")
        except ImportError as error:
            raise AskError("没有安装 Spark：请先 pip install 'jiheng[spark]'，并安装 Java 17 以上") from error
        builder = sql.SparkSession.builder.master(master).appName("jiheng ask")
        settings = {
            "spark.ui.enabled": "false",
            "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a NULL
            "spark.sql.session.timeZone": "Asia/Shanghai",
            "spark.ui.showConsoleProgress": "false",
            # a province's codes have leading zeros, and are no numbers
            "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        }
        if master.startswith("local"):
            settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
            settings |= {"spark.sql.shuffle.partitions": "4"}
        for name, value in settings.items():
            builder = builder.config(name, value)
        self._is_ours = sql.SparkSession.getActiveSession() is None
        try:
            self._session = builder.getOrCreate()
        except Exception as error:  # whatever the gateway to Java raises
            raise AskError(
                f"Spark 启动不了：请核对 Java（17 以上）和 --master（{type(error).__name__}）"
            ) from error
        self.kept: dict[tuple[Any, ...], Any] = {}
        for table, files in source.files.items():
            self._read(files).createOrReplaceTempView(table)

    def _read(self, files: Sequence[Path]) -> Any:
        read = self._session.read
        paths = [str(path) for path in files]
        if files[0].suffix.lower() == ".csv":
            return read.option("header", "true").option("mode", "FAILFAST").csv(paths)
        root = _partitions_of(files)
        if root is not None:
            read = read.option("basePath", str(root))
        return read.option("mergeSchema", "true").parquet(*paths)

    def columns(self, table: str) -> dict[str, str]:
        fields = self._session.table(table).schema.fields
        return {field.name: ibis_type(field.dataType.simpleString()) for field in fields}

    def sql(self, expression: Table) -> str:
        return str(ibis.to_sql(expression, dialect="pyspark"))

    def rows(self, expression: Table) -> list[tuple[Any, ...]]:
        try:
            return [tuple(row) for row in self._session.sql(self.sql(expression)).collect()]
        except Exception as error:
            raise AskError(f"没有算成：{str(error).splitlines()[0][:200]}") from error

    def close(self) -> None:
        if self._is_ours:  # a session that was there before goes on
            self._session.stop()


def _partitions_of(files: Sequence[Path]) -> Path | None:
    """The folder above `region=…/fiscal_year=…`, which says that these are columns."""
    for place, part in enumerate(files[0].parts):
        if "=" in part:
            return Path(*files[0].parts[:place])
    return None


@contextmanager
def opened(source: Source, engine: str | Choice | Engine = "duckdb") -> Iterator[Engine]:
    """The source opened by "duckdb" or "spark", for one question or many; an engine that has it open already
    is handed on. Raises AskError for what it cannot read."""
    if not isinstance(engine, str | Choice):
        yield engine
        return
    choice = engine if isinstance(engine, Choice) else Choice(engine)
    if choice.name == "spark":
        spark = Spark(source, choice.master)
        try:
            yield spark
        finally:
            spark.close()
        return
    if choice.name != "duckdb":
        raise AskError(f"没有“{choice.name}”这种引擎，可选 duckdb、spark")
    with tempfile.TemporaryDirectory(prefix="jiheng-ask-") as folder:
        duck = Duck(source, Path(folder), choice.memory)
        try:
            yield duck
        finally:
            duck.close()
