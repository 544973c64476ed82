"""The red flags over 1,000,000 payments, with registries of a large county beside them.

Ours: what `flags.gathering` does of a year whose rows live as Parquet (DuckDB looks for the payments that a
contract names or whose words F06 knows), then all sixteen flags over the facts. The peer (in
.venv-peers/pandas, made if missing) reads the same Parquet with pandas and looks for the same payments by the
same words, nothing more; beside it stands our own run without the search, every payment made a record. The
three must find the same. Run: .venv/bin/python benchmarks/flags.py [--rows N]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiheng.config.settings")
os.environ.setdefault("JIHENG_DATA", tempfile.mkdtemp(prefix="jiheng-bench-"))
ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peers" / "pandas"
CONTRACTS, GRANTS, WRONG_EVERY = 10_000, 50_000, 2_000
DAY = date(2024, 12, 31)
PEER_SEARCH = """
import json, re, resource, sys, time
import pandas as pd
start = time.perf_counter()
told = json.load(open(sys.argv[2]))
frame = pd.read_parquet(sys.argv[1])
gone = set(frame.corrects.dropna().astype("int64"))
frame = frame[(frame.kind != "correction") & ~frame.id.isin(gone)]
said = frame.summary.str.contains("|".join(map(re.escape, told["words"])))
paid = (frame.project != "") & frame.economic_code.str.startswith(tuple(told["salaries"]))
found = frame[((frame.amount > 0) & (said | paid)) | frame.voucher.isin(set(told["vouchers"]))]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - start, "found": len(found), "peak": peak}))
"""


def write(path: Path, rows: int, step: int) -> None:
    """The stacked rows of a year: one in `WRONG_EVERY` says 公务接待 and stands under 办公费."""
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT n AS id, 'payment' AS kind, 'ZF' || lpad(n::VARCHAR, 9, '0') AS voucher,"
            " DATE '2024-01-01' + (n % 360)::INTEGER AS dated, (105000 + n % 120)::VARCHAR AS unit,"
            " 'P' || (n % 312) AS project, ((n * 7919) % 9000000 / 100.0 + 1)::DECIMAL(18,2) AS amount,"
            " '11' AS fund_type, '2050204' AS function_code,"
            f" CASE WHEN n % {WRONG_EVERY} = 0 THEN '30201' ELSE '30299' END AS economic_code,"
            f" CASE WHEN n % 7 = 0 THEN '天衡某商行' ELSE '第' || (n // {step}) // 2 || '公司' END AS payee,"
            f" CASE WHEN n % {WRONG_EVERY} = 0 THEN '支付公务接待费' ELSE '第' || n || '笔货款' END"
            " AS summary,"
            " '' AS payee_key, '' AS payee_mask, NULL::BIGINT AS corrects"
            f" FROM range(1, {rows + 1}) AS numbers(n)) TO '{path}' (FORMAT parquet)"
        )


def registries(step: int):
    """Companies, contracts with two payments each, grants: a fixed share of each trips a flag."""
    from jiheng.rules.redflags import records

    companies = [
        records.Company(
            code=f"C{n}", name=f"第{n}公司", established=date(2015, 1, 1) + timedelta(days=n % 3000)
        )
        for n in range(CONTRACTS)
    ]
    contracts = [
        records.Contract(
            number=f"HT{n}",
            unit=f"{105000 + n % 120}",
            name="采购",
            party=f"第{n}公司",
            code=f"C{n}",
            signed=date(2024, 1, 1) + timedelta(days=n % 300),
            amount=Decimal(200_000 + n),
            category="货物",
            item=f"品目{n % 500}",
        )
        for n in range(CONTRACTS)
    ]
    links = [
        records.ContractPayment(contract=f"HT{n}", voucher=f"ZF{(2 * n + half) * step + 1:09d}")
        for n in range(CONTRACTS)
        for half in (0, 1)
    ]
    grants = [
        records.Subsidy(
            number=f"B{n}",
            item="DB",
            unit="105001",
            person=f"k{n if n % 1000 else n - 1}",
            name="甲",
            period=f"2024-{n % 12 + 1:02d}" if n % 1000 else f"2024-{(n - 1) % 12 + 1:02d}",
            amount=Decimal(600),
            paid=date(2024, 6, 1),
        )
        for n in range(1, GRANTS + 1)
    ]
    rows_of = {
        "companies": companies,
        "contracts": contracts,
        "contract_payments": links,
        "subsidies": grants,
    }
    return {name: tuple(found) for name, found in rows_of.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    import django

    django.setup()
    from jiheng.flags.gathering import in_files, searched
    from jiheng.policy import on
    from jiheng.rules import redflags
    from jiheng.rules.redflags.books import words_of

    policy = on(DAY)
    salaries = [str(code) for code in policy.table("flags.accounting.never_of_projects")]
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder) / "batch-1.parquet", Path(folder) / "told.json"
        step = max(asked.rows // (2 * CONTRACTS), 1)
        write(path, asked.rows, step)
        rows = registries(step)
        vouchers = [link.voucher for link in rows["contract_payments"]]
        words = words_of(policy)
        told.write_text(json.dumps({"words": words, "salaries": salaries, "vouchers": vouchers}), "utf-8")

        start = time.perf_counter()
        named = in_files([path], "voucher IN (SELECT unnest($wanted))", {"wanted": vouchers})
        found = {one.voucher: one for one in (*named, *in_files([path], *searched(words, salaries)))}
        searching = time.perf_counter() - start
        start = time.perf_counter()
        facts = redflags.Facts(fiscal_year=2024, today=DAY, payments=tuple(found.values()), **rows)
        ran = redflags.run(facts, policy)
        running = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

        start = time.perf_counter()
        every = tuple(in_files([path], "TRUE", {}))
        all_at_once = redflags.run(dataclasses.replace(facts, payments=every), policy)
        whole = time.perf_counter() - start
        python = peer_python()
        peer = json.loads(
            subprocess.check_output([python, "-c", PEER_SEARCH, str(path), str(told)], text=True)
        )
    if {hit.key for hit in ran.hits} != {hit.key for hit in all_at_once.hits} or ran.faults:
        raise SystemExit("the run with the search and the run without it do not agree")
    if peer["found"] != len(found):
        raise SystemExit(f"pandas finds {peer['found']} payments, we {len(found)}")
    print(f"{asked.rows:,} payments, {CONTRACTS:,} contracts, {GRANTS:,} grants: {len(ran.hits):,} hits")
    print(f"  search, DuckDB over Parquet   {searching:6.2f} s ({len(found):,} payments to be looked at)")
    print(f"  search, pandas                {peer['seconds']:6.2f} s   {peer['seconds'] / searching:.1f}×")
    print(f"  sixteen flags over the facts  {running:6.2f} s, peak {peak:.0f} MB")
    print(f"  without the search, in all    {whole:6.2f} s   {whole / (searching + running):.1f}×")


def peer_python() -> str:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "pandas", "pyarrow"], check=True)
    return str(python)


if __name__ == "__main__":
    main()
