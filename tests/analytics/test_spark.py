"""Spark and DuckDB agree to the cent: the same expressions, on a local cluster of two executors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.analytics import ledgers

from jiheng import policy
from jiheng.analytics import QUESTIONS, Filters, ask, opened, rows

MASTER = "local-cluster[2,1,1024]"
POLICY = policy.on(date(2024, 12, 31))
YEAR = Filters(year=2024)
HALF = Filters(year=2024, until=date(2024, 6, 30), digits=5, scope=("105001", "105002"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql")
    builder = sql.SparkSession.builder.master(MASTER).appName("parity")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.executor.instances": "2",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.mark.spark
@pytest.mark.filterwarnings("default")
def test_every_question_has_one_answer(cluster: Any, tmp_path: Path) -> None:
    source = ledgers.all_parquet(tmp_path)
    asked = [(one.key, YEAR) for one in QUESTIONS]
    asked += [(name, HALF) for name in ("economics", "idle")]
    with opened(source) as duck, opened(source, "spark") as spark:
        for name, filters in asked:
            here, there = (ask(name, source, POLICY, filters, engine) for engine in (duck, spark))
            assert here.rows, name
            assert (here.columns, here.rows, here.total) == (there.columns, there.rows, there.total), name
            assert here.notes == there.notes
        here_rows, there_rows = (rows(source, YEAR, 20, 30, engine) for engine in (duck, spark))
    assert replace(here_rows, steps=()) == replace(there_rows, steps=())
    # two executors did the work, beside the driver
    assert cluster.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3


@pytest.mark.spark
@pytest.mark.filterwarnings("default")
def test_upstream_files_read_alike(cluster: Any, tmp_path: Path) -> None:
    source = ledgers.upstream(tmp_path)
    here, there = (ask("units", source, POLICY, engine=engine) for engine in ("duckdb", "spark"))
    assert here.rows and (here.rows, here.total) == (there.rows, there.total)
