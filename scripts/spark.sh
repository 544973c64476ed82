#!/usr/bin/env bash
# Spark and DuckDB agree to the cent: the tests marked `spark`, on a local cluster of two executors.
# pyspark stands apart from .venv, in build/spark: 400 MB that nothing else needs.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$PWD/build/spark
if ! cmp -s requirements-spark.lock "$place/.lock"; then
    rm -rf "$place"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
        --require-hashes --target "$place" -r requirements-spark.lock
    cp requirements-spark.lock "$place/.lock"
fi
PYTHONPATH="$place" .venv/bin/pytest -m spark -p no:cacheprovider tests/analytics
