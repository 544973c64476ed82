"""A payment that arrives: how long until the fund's rate and money light show it, and are they right.

Each arrival is a file of one row through the import that people use: received, staged, checked, published;
then the fund's executed amount and its money light are asked. Every 1,000 arrivals all funds' amounts
are held against adding up every entry anew, outside the database. In a database of its own with the example
district (98,960 payments). Run: .venv/bin/python benchmarks/arriving.py [arrivals]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import _district
import django

AIM, YEAR, MONTH, EVERY = 1.0, 2024, 10, 1000
HEADER = "支付凭证号,支付日期,单位代码,项目代码,金额,收款人\n"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(_district.environment(_district.copied(Path(name))))
        os.environ["DJANGO_SETTINGS_MODULE"] = "jiheng.config.settings"
        django.setup()
        arrive(count)


def arrive(count: int) -> None:
    from jiheng import policy as policies
    from jiheng.ledger import executed
    from jiheng.ledger.models import Entry
    from jiheng.monitoring.prefill import Subject, month_end, pulled_money
    from jiheng.projects.models import Project
    from jiheng.scoring import lights
    from jiheng.sheets import Header, MonitoringSheet
    from jiheng.units import imports
    from jiheng.units.models import BatchState, Person

    treasury = Person.objects.select_related("region").get(username="guoku")
    region = treasury.region
    assert region is not None
    last = month_end(YEAR, MONTH)
    policy = policies.on(last, region.pk)
    projects = list(
        Project.objects.filter(region=region).select_related("fund__unit__department", "unit").order_by("pk")
    )

    def shown(project: Project) -> tuple[Decimal, str]:
        """The fund's executed amount and its money light, as pages and forms ask for them."""
        fund = project.fund
        spent = executed.of_funds(region, YEAR, date(YEAR, 12, 31), [fund])[fund.pk].total
        subject = Subject(unit=fund.unit, fund=fund, fiscal_year=YEAR)
        header = Header(fiscal_year=YEAR, month=MONTH)
        lit = lights(MonitoringSheet(header=header, money=pulled_money(subject, MONTH)), policy)
        assert isinstance(spent, Decimal)
        return spent, lit.money.light.value if lit.money.light else ""

    def anew() -> dict[int, Decimal]:
        """Every entry added up one by one."""
        sums: dict[int, Decimal] = defaultdict(Decimal)
        rows = Entry.objects.filter(region=region, fiscal_year=YEAR, batch__state=BatchState.PUBLISHED)
        for fund, amount in rows.exclude(fund=None).order_by().values_list("fund_id", "amount").iterator():
            sums[fund] += amount
        return sums

    took, asked, checks = [], [], 0
    for number in range(1, count + 1):
        project = projects[number * 7919 % len(projects)]
        before, _ = shown(project)
        amount = Decimal(number % 9000 + 1) / 100
        row = f"DZ{number:08},{last},{project.unit.code},{project.code},{amount},天衡某某公司\n"
        start = time.perf_counter()
        upload = imports.receive(treasury, "payments", f"到账{number}.csv", (HEADER + row).encode())
        batch = imports.stage(treasury, "payments", upload, YEAR)
        imports.publish(treasury, batch.pk)
        arrived = time.perf_counter()
        after, _ = shown(project)
        asked.append(time.perf_counter() - arrived)
        took.append(time.perf_counter() - start)
        if after - before != amount:
            raise SystemExit(f"arrival {number}: {before} + {amount} is shown as {after}")
        if number % EVERY == 0:
            now = executed.of_funds(region, YEAR, date(YEAR, 12, 31))
            wrong = [pk for pk, sum_ in anew().items() if now[pk].total != sum_]
            if wrong:
                raise SystemExit(f"after {number} arrivals {len(wrong)} funds differ from a full recompute")
            checks += 1
    tail = sorted(took)[int(len(took) * 0.99)]
    print(f"{count} payments arriving one by one among {Entry.objects.count()} entries")
    print(f"  from the file to rate and light: median {statistics.median(took) * 1000:.0f} ms, ", end="")
    print(f"99th percentile {tail * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms (aim < {AIM:.0f} s)")
    print(f"  asking rate and light alone: median {statistics.median(asked) * 1000:.1f} ms")
    print(f"  equal to a full recompute of every fund after each {EVERY}: {checks} times")


if __name__ == "__main__":
    main()
