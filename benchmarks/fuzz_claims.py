"""A long round of fuzzing over the parser: fiscal fragments in any order, and long runs of each.

Every text must end in a report whose offsets are those of the text, in bounded time. What breaks or is slow
is told with its text. Run:
.venv/bin/python benchmarks/fuzz_claims.py [SECONDS] [SEED];
10 seconds unless told, so that `make bench` stays short.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.claims.test_claims_properties import FRAGMENTS, audited  # noqa: E402

_MORE = """
十 百 千 万 亿 零 〇 一 两 九 点 分之 百分之 三百万元 二十 15 50% 1. 。5 ，000 ． － — ~ 至 到 和 与 、 各
2.3.4 0亿元 -
第 条 号 年 月 日 [2023] 〔 〕 《 》 “ ” 还本100亿元 债务限额 年初预算 调整预算 上年 构成 组成
0% 0.0% 0万元/亩
0亩 平均0元/人 人均 年初预算0元 A ab12 -- ··
"""
MORE = tuple(_MORE.split())
SLOW = 1.0  # seconds a text
LONG = 20_000  # characters of a run of one fragment


def texts(rng: random.Random) -> str:
    """A random sentence of fragments, or one or two of them over and over."""
    fragments = [*FRAGMENTS, *MORE]
    if rng.random() < 0.9:
        return "".join(rng.choice(fragments) for _ in range(rng.randint(1, 90)))
    unit = "".join(rng.choice(fragments) for _ in range(rng.randint(1, 3)))
    return unit * (rng.randint(1_000, LONG) // len(unit))


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    broken: Counter[str] = Counter()
    slow: list[tuple[float, str]] = []
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        text = texts(rng)
        began = time.perf_counter()
        try:
            audited(text)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} {Path(at.filename).name}:{at.lineno}"
            if not broken[where]:
                print(f"  breaks: {where}: {text[:120]!r}")
            broken[where] += 1
        took = time.perf_counter() - began
        if took > SLOW:
            slow.append((took, text))
        count += 1
    told = f"{sum(broken.values())} broken, {len(slow)} over {SLOW} s"
    print(f"fuzz_claims: {count} texts in {seconds:.0f} s, {told}")
    for took, text in sorted(slow, reverse=True)[:5]:
        print(f"  slow: {took:.1f} s, {len(text)} characters: {text[:60]!r}")
    if broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
