#!/usr/bin/env bash
# Everything that reads the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/ruff" check src tests benchmarks
"$bin/ruff" format --check src tests benchmarks
"$bin/mypy"
"$bin/lint-imports"
JIHENG_HASHED_STATIC=0 "$bin/python" manage.py makemigrations --check --dry-run
