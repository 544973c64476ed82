"""Ledgers to ask: files as our own pulls store them, and files as an upstream system exports them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from jiheng.analytics import Source, source_at

OWN = """
SELECT i AS id, CASE WHEN i % 50 = 0 THEN 'refund' ELSE 'payment' END AS kind,
  'ZF' || lpad(i::VARCHAR, 6, '0') AS voucher, DATE '2024-01-01' + (i * 37 % 366)::INT AS dated,
  '10500' || (i % 4) AS unit, CASE WHEN i % 5 = 0 THEN '' ELSE 'P' || (i % 6) END AS project,
  CAST(CASE WHEN i % 50 = 0 THEN -1 ELSE 1 END * (i * 7919 % 1000003) / 100.0 AS DECIMAL(18,2)) AS amount,
  CASE WHEN i % 9 = 0 THEN '12' ELSE '11' END AS fund_type,
  ['2050204', '2010301', '2120899'][1 + i % 3] AS function_code,
  ['30101', '30217', '30231', '31005', '30212'][1 + i % 5] AS economic_code,
  '天衡市恒信建筑工程有限公司' AS payee, '第' || i || '笔' AS summary,
  '' AS payee_key, '****1234' AS payee_mask, NULL::BIGINT AS corrects
FROM range(1, 2001) rows(i)
"""
BUDGETS = """fiscal_year,unit,fund,kind,fund_type,amount,decided_on
2024,105000,F0,initial,11,3000000.10,2024-01-15
2024,105001,F1,initial,11,2500000.20,2024-01-15
2024,105001,F1,adjustment,11,-100000.00,2024-07-01
2024,105002,F2,carryover,11,400000.05,2024-02-01
2024,105002,F2,initial,11,1500000.00,2024-01-15
2024,105003,,initial,11,2000000.00,2024-01-15
2024,105009,F9,initial,12,800000.00,2024-01-15
2023,105000,F0,initial,11,999999.99,2023-01-15
"""
PROJECTS = "project,fund\n" + "".join(f"P{number},F{number % 3}\n" for number in range(6))
NAMES = "sort,code,name\nunit,105000,第一中学\nfund,F0,薄弱学校改造\nproject,P0,教学楼改造\n"
HEAD = (
    "pay_cert_no,xpay_date,agency_code,pro_code,xpay_amt,种类,fund_type_code,exp_func_code,dep_bgt_eco_code,"
)
UPSTREAM = f"""{HEAD}is_deleted,payee_acct_no
ZF1,20240312101112345,105002,P1,6000.10,支付,11,2050204,30299,2,6222021234567890123
ZF2,2024-06-18,105002,P1,4500.05,支付,11,2050204,30217,2,6222021234567890123
ZF3,20240701,105002,P1,500.00,退回,11,2050204,30299,2,6222021234567890123
ZF4,20240702,105002,,100.00,支付,11,2050204,30101,1,6222021234567890123
ZF5,2024/12/30,105001,,250.25,支付,11,2010301,30101,,6222021234567890123
"""


def own(folder: Path) -> Source:
    """As `ledger.stacks` stores it: Hive partitions of payments; budgets, projects and names beside them."""
    place = folder / "region=430299000" / "fiscal_year=2024"
    place.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute(f"COPY ({OWN}) TO '{place / 'batch-1.parquet'}' (FORMAT parquet)")
    (folder / "budgets.csv").write_text(BUDGETS, encoding="utf-8")
    (folder / "projects.csv").write_text(PROJECTS, encoding="utf-8")
    (folder / "names.csv").write_text(NAMES, encoding="utf-8")
    return source_at(folder)


def all_parquet(folder: Path) -> Source:
    """The same as `own`, and all of it Parquet."""
    source = own(folder)
    for path in [one for table in ("budgets", "projects", "names") for one in source.files[table]]:
        with duckdb.connect() as con:
            types = ", types={'amount': 'DECIMAL(18,2)'}" if "budgets" in path.name else ""
            read = f"read_csv('{path}', all_varchar={'amount' not in types}{types})"
            con.execute(f"COPY (FROM {read}) TO '{path.with_suffix('.parquet')}' (FORMAT parquet)")
        path.unlink()
    return source_at(folder)


def upstream(folder: Path) -> Source:
    """One CSV with the standard field names of §8.3, refunds as positive amounts, one void voucher."""
    path = folder / "payments.csv"
    path.write_text("\ufeff" + UPSTREAM, encoding="utf-8")
    return source_at(path)
