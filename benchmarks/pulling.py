"""Pulling a CSV of 1,000,000 payments against pandas, an xlsx of 200,000 against openpyxl.

Ours: `imports.receive_mapped` and `imports.stage` — header, codes, dates, amounts, units, projects,
duplicate vouchers, keyed hashes of accounts, comparison with the books, rows stored as Parquet, daily sums in
the books. The peer (in .venv-peers/pandas, made if missing) reads with pandas.read_csv, makes the same checks
and hashes on whole columns, and stores Parquet; it compares with no books and keeps no sums. Run:
.venv/bin/python benchmarks/pulling.py [--rows N]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peers" / "pandas"
HEADER = "pay_cert_no,xpay_date,agency_code,pro_code,xpay_amt,fund_type_code,exp_func_code,dep_bgt_eco_code,"
HEADER += "payee_acct_name,payee_acct_no,abstract,is_deleted"
UNITS, PROJECTS = 120, 312
PEER_CSV = """
import hashlib, hmac, json, resource, sys, time
import pandas as pd
start = time.perf_counter()
frame = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
units = {f"105{n:03d}" for n in range(120)}
projects = {f"43029924T{n:012d}" for n in range(312)}
dated = pd.to_datetime(frame.xpay_date.str[:8], format="%Y%m%d", errors="coerce")
plain = frame.xpay_amt.str.fullmatch(r"-?[0-9]{1,13}(\\.[0-9]{1,2})?")
fen = (frame.xpay_amt.where(plain, "0").astype("float64") * 100).round().astype("int64")
bad = dated.isna() | (dated.dt.year != 2024) | ~plain | (fen < 0)
bad |= ~frame.agency_code.isin(units) | ((frame.pro_code != "") & ~frame.pro_code.isin(projects))
bad |= ~frame.pay_cert_no.str.fullmatch(r"[0-9A-Za-z_.-]+") | (frame.pay_cert_no.str.len() > 60)
bad |= ~frame.is_deleted.isin(["0", "1", "2"]) | ~frame.fund_type_code.isin(["11", "12", "13", "2", "3"])
bad |= frame.duplicated(["pay_cert_no", "pro_code"])
key = b"benchmark"
frame["payee_key"] = [hmac.new(key, x.encode(), hashlib.sha256).hexdigest()[:32] for x in frame.payee_acct_no]
frame["payee_mask"] = "****" + frame.payee_acct_no.str[-4:]
parts = frame.pay_cert_no + chr(31) + frame.pro_code + chr(31) + frame.agency_code + chr(31) + frame.xpay_date
parts = parts + chr(31) + frame.xpay_amt + chr(31) + frame.payee_acct_name + chr(31) + frame.abstract
frame["row_hash"] = [hashlib.sha256(x.encode()).hexdigest() for x in parts]
frame["fen"], frame["dated"] = fen, dated
frame.drop(columns=["payee_acct_no"])[~bad].to_parquet(sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - start, "bad": int(bad.sum()), "peak": peak}))
"""
PEER_XLSX = """
import json, resource, sys, time
import openpyxl
start = time.perf_counter()
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
rows = [row for row in book.active.iter_rows(values_only=True)]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - start, "rows": len(rows) - 1, "peak": peak}))
"""


def row(number: int) -> tuple[str, ...]:
    """A payment; one in 10,000 names a project that nobody knows."""
    project = "43029924T999999999999" if number % 10_000 == 0 else f"43029924T{number * 7 % PROJECTS:012d}"
    day = f"2024{number % 12 + 1:02d}{number % 28 + 1:02d}101112345"
    amount = f"{number % 99_999}.{number % 100:02d}"
    account = f"62220212{number * 31 % 90_000:09d}"
    words = (f"天衡第{number % 5000}商行", account, f"第{number}笔货款", "2")
    return (
        f"ZF2024{number:08d}",
        day,
        f"105{number % UNITS:03d}",
        project,
        amount,
        "11",
        "2050204",
        "30299",
        *words,
    )


def write_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        file.writelines(",".join(row(number)) + "\n" for number in range(1, rows + 1))


def write_xlsx(path: Path, rows: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet("支付")
        page.write_row(0, 0, HEADER.split(","))
        for number in range(1, rows + 1):
            page.write_row(number, 0, row(number))


def ours(path: Path) -> dict[str, float]:
    """Stages one file in a database of its own; what it took and how much memory."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from jiheng.ledger import upstream
    from jiheng.projects.models import Fund, Project
    from jiheng.units import imports
    from jiheng.units.models import Department, Division, Person, Region, Role, Unit

    region = Region.objects.create(code="430299000", name="天衡区")
    division = Division.objects.create(region=region, code="1", name="教科文股")
    office = Department.objects.create(region=region, division=division, code="105", name="教育局")
    units = [
        Unit(region=region, department=office, code=f"105{n:03d}", name=f"单位{n}") for n in range(UNITS)
    ]
    Unit.objects.bulk_create(units)
    fund = Fund.objects.create(region=region, unit=Unit.objects.all()[0], code="105000001", name="专项")
    places = [(f"43029924T{n:012d}", f"项目{n}") for n in range(PROJECTS)]
    Project.objects.bulk_create(
        Project(region=region, fund=fund, unit=fund.unit, code=code, name=name) for code, name in places
    )
    person = Person.objects.create(username="t", name="国库", role=Role.TREASURY, region=region)
    start = time.perf_counter()
    upload = imports.receive_mapped(person, "payments", path, path.name, upstream.ready()["payments"].text)
    arrived = time.perf_counter() - start
    batch = imports.stage(person, "payments", upload, 2024)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "arrived": arrived, "bad": batch.preview["bad_count"], "peak": peak}


def apart(path: Path) -> dict[str, float]:
    """Ours, in a process and an installation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"JIHENG_DATA": folder, "DJANGO_SETTINGS_MODULE": "jiheng.config.settings"}
        return answer([sys.executable, __file__, "--ours", str(path)], os.environ | places)


def answer(command: list[str], environment: dict[str, str] | None = None) -> dict[str, float]:
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def peer_python() -> str:
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "pandas", "openpyxl", "pyarrow"], check=True)
    return str(python)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    if asked.ours:
        print(json.dumps(ours(asked.ours)))
        return
    python = peer_python()
    with tempfile.TemporaryDirectory() as name:
        csv_file, xlsx_file = Path(name) / "payments.csv", Path(name) / "payments.xlsx"
        write_csv(csv_file, asked.rows)
        mine, other = apart(csv_file), answer([python, "-c", PEER_CSV, str(csv_file), f"{name}/peer.parquet"])
        if mine["bad"] != other["bad"]:
            raise SystemExit(f"the two do not agree: {mine['bad']} bad rows against {other['bad']}")
        both = f"{mine['bad']:.0f} bad rows found by both"
        print(f"{asked.rows:,} payments, CSV → checked, sealed, stored ({both})")
        told(mine, other, "pandas", 2)
        rows = max(1, asked.rows // 5)
        write_xlsx(xlsx_file, rows)
        mine, other = apart(xlsx_file), answer([python, "-c", PEER_XLSX, str(xlsx_file)])
        print(f"{rows:,} payments, xlsx → on arrival (openpyxl only reads)")
        told(mine | {"seconds": mine["arrived"]}, other, "openpyxl", 5)


def told(mine: dict[str, float], other: dict[str, float], peer: str, aim: int) -> None:
    ratio = other["seconds"] / mine["seconds"]
    print(f"  jiheng {mine['seconds']:7.1f} s, peak {mine['peak']:6.0f} MB")
    print(f"  {peer:<6} {other['seconds']:7.1f} s, peak {other['peak']:6.0f} MB   {ratio:.1f}× (aim {aim}×)")


if __name__ == "__main__":
    main()
