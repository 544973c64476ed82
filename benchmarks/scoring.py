"""Scoring with steps: one project of 20 indicators, and a province's 37,000 projects of 10, on one core.

Run as `python benchmarks/scoring.py`. Beside it, for honesty, OpenFisca-Core in an environment of its own
(`.venv-peers/openfisca`, made here when missing; it is AGPL and never among our dependencies). It computes
only the bare line scores, as vectors in float32: no steps, no findings, no missing values. Scores are small,
so they survive float32 once rounded again; how many amounts of money come back changed is counted.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import venv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from jiheng import policy  # noqa: E402
from jiheng.figures import rounded  # noqa: E402
from jiheng.scoring import score  # noqa: E402
from jiheng.sheets import (  # noqa: E402
    Amount,
    Band,
    Header,
    Indicator,
    Missing,
    MoneyResult,
    Operator,
    ProjectEvaluationSheet,
    Quantity,
    Result,
)

PROJECTS, LINES, SEED = 37_000, 10, 20240301
TARGET_ONE_MS, TARGET_PROVINCE_S = 1.0, 60.0
PEER = "openfisca-core==46.0.1"
OPERATORS = (Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUAL)

PEER_SCRIPT = """
import json, sys, time
import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Line = build_entity(key="line", plural="lines", label="indicator line", is_person=True)

def number(name):
    shape = dict(value_type=float, entity=Line, definition_period=DateUnit.YEAR, label=name)
    return type(name, (Variable,), shape)

def formula(line, period):
    a, t, w = line("actual", period), line("target", period), line("weight", period)
    falling = line("falling", period) > 0
    rising = np.where(a >= t, w, a * w / t)
    linear = np.where(a <= t, w, np.where(a >= 2 * t, 0, w * (2 * t - a) / t))
    return np.floor(np.where(falling, linear, rising) * 100 + 0.5) / 100

Points = type("points", (Variable,), dict(
    value_type=float, entity=Line, definition_period=DateUnit.YEAR, label="points", formula=formula))

system = TaxBenefitSystem([Line])
for name in ("actual", "target", "weight", "falling"):
    system.add_variable(number(name))
system.add_variable(Points)

def run(rows):
    simulation = SimulationBuilder().build_default_simulation(system, len(rows["actual"]))
    for name, values in rows.items():
        simulation.set_input(name, "2023", np.array(values))
    return simulation.calculate("points", "2023")

asked = json.load(sys.stdin)
rows, yuan = asked["rows"], asked["yuan"]
start = time.perf_counter(); points = run(rows); whole = time.perf_counter() - start
first = {name: values[:20] for name, values in rows.items()}
run(first)
start = time.perf_counter()
for _ in range(50):
    run(first)
one = (time.perf_counter() - start) / 50
simulation = SimulationBuilder().build_default_simulation(system, len(yuan))
simulation.set_input("actual", "2023", np.array(yuan))
kept = [f"{float(y):.2f}" for y in simulation.calculate("actual", "2023")]
told = [repr(float(p)) for p in points]
json.dump({"whole": whole, "one": one, "type": str(points.dtype), "points": told, "yuan": kept}, sys.stdout)
"""


def project(lines: int, rng: random.Random) -> ProjectEvaluationSheet:
    """An invented project: mostly quantitative lines, some missed, one qualitative in ten."""
    results = []
    for place in range(lines):
        operator = Operator.QUALITATIVE if place == lines - 1 else rng.choice(OPERATORS)
        target = Decimal(rng.randint(1_000, 9_999_999)) / 100
        indicator = Indicator(
            key=f"k{place}",
            level1="产出指标",
            level2="数量指标",
            name=f"第{place + 1}项",
            operator=operator,
            target=Quantity.of(str(target)),
            weight=Quantity.of("9"),
        )
        actual = (target * rng.randint(60, 140) / 100).quantize(Decimal("0.01"))
        band = Band.ACHIEVED if operator is Operator.QUALITATIVE else None
        claimed = Quantity.of("8.5")
        results.append(
            Result(
                key=f"k{place}",
                indicator=indicator,
                actual=Quantity.of(str(actual)),
                band=band,
                claimed=claimed,
            )
        )
    budget = rng.randint(10, 5_000)
    money = MoneyResult(
        key="total",
        revised=Amount.wan(str(budget)),
        executed=Amount.wan(f"{budget * rng.uniform(0.6, 1):.6f}"),
    )
    return ProjectEvaluationSheet(header=Header(fiscal_year=2023), money=(money,), lines=tuple(results))


def time_one() -> float:
    """Milliseconds to score one project of 20 indicators, policy already open."""
    sheet, now = project(20, random.Random(SEED)), policy.on(date(2024, 3, 1))
    score(sheet, now)
    start = time.perf_counter()
    for _ in range(500):
        score(sheet, now)
    return (time.perf_counter() - start) / 500 * 1000


def time_province(sheets: list[ProjectEvaluationSheet]) -> tuple[float, list[list[Decimal | Missing]]]:
    """Seconds to score every sheet on one core, and the line scores."""
    now = policy.on(date(2024, 3, 1))
    points = []
    start = time.perf_counter()
    for sheet in sheets:
        points.append([line.score for line in score(sheet, now).lines])
    return time.perf_counter() - start, points


def peer(rows: dict[str, list[float]], yuan: list[float]) -> dict[str, Any]:
    """The peer's times and points, from a process in its own environment."""
    home = ROOT / ".venv-peers" / "openfisca"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PEER], check=True)
    asked = json.dumps({"rows": rows, "yuan": yuan})
    done = subprocess.run(
        [str(python), "-c", PEER_SCRIPT], input=asked, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def quantitative(
    sheets: list[ProjectEvaluationSheet], ours: list[list[Decimal | Missing]]
) -> tuple[dict[str, list[float]], list[Decimal]]:
    """The lines the peer can compute at all, as columns, and our scores of them."""
    rows: dict[str, list[float]] = {"actual": [], "target": [], "weight": [], "falling": []}
    points = []
    for sheet, scores in zip(sheets, ours, strict=True):
        for line, value in zip(sheet.lines, scores, strict=True):
            target, actual, weight = line.indicator.target, line.actual, line.indicator.weight
            figures = (target, actual, weight, value)
            if line.band is not None or any(isinstance(figure, Missing) for figure in figures):
                continue
            rows["actual"].append(float(actual.value))
            rows["target"].append(float(target.value))
            rows["weight"].append(float(weight.value))
            rows["falling"].append(1.0 if line.indicator.operator is Operator.AT_MOST else 0.0)
            points.append(value)
    return rows, points


def line(what: str, measured: str, beside: str, ratio: float) -> None:
    print(f"{what:<46}{measured:>14}{beside:>14}{ratio:>10.3g}×")


def main() -> None:
    """Print both targets with their ratios, and the peer beside them (above 1: ours is faster)."""
    one = time_one()
    rng = random.Random(SEED)
    sheets = [project(LINES, rng) for _ in range(PROJECTS)]
    province, ours = time_province(sheets)
    print(f"{'scoring, with steps':<46}{'ours':>14}{'target':>14}{'faster':>11}")
    line("one project of 20 indicators", f"{one:.3f} ms", f"{TARGET_ONE_MS:.0f} ms", TARGET_ONE_MS / one)
    what = f"{PROJECTS:,} projects of {LINES} indicators"
    line(what, f"{province:.2f} s", f"{TARGET_PROVINCE_S:.0f} s", TARGET_PROVINCE_S / province)
    rows, points = quantitative(sheets, ours)
    yuan = [sheet.money[0].executed.yuan for sheet in sheets]
    answer = peer(rows, [float(amount) for amount in yuan])
    peer_named = f"{PEER}: no steps, {answer['type']}"
    print(f"\n{peer_named:<46}{'ours':>14}{'peer':>14}{'faster':>11}")
    one_peer, whole_peer = answer["one"] * 1000, answer["whole"]
    line("20 lines in a simulation of their own", f"{one:.3f} ms", f"{one_peer:.3f} ms", one_peer / one)
    line(
        f"{len(points):,} lines as one vector",
        f"{province:.2f} s",
        f"{whole_peer:.2f} s",
        whole_peer / province,
    )
    raw = [Decimal(text) for text in answer["points"]]
    inexact = sum(other != mine for other, mine in zip(raw, points, strict=True))
    wrong = sum(rounded(other, 2) != mine for other, mine in zip(raw, points, strict=True))
    changed = sum(Decimal(text) != mine for text, mine in zip(answer["yuan"], yuan, strict=True))
    print(f"peer's scores that are not the decimal: {inexact:,} of {len(points):,}; rounded again {wrong:,}")
    print(f"peer's amounts wrong in the cents: {changed:,} of {len(yuan):,}")


if __name__ == "__main__":
    main()
