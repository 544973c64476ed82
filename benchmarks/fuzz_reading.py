"""A long round of fuzzing over the readers: files of every format, mutated, for as long as asked.

Each must end in a document whose blocks keep their word, or in a refusal; slow ones and the highest memory
are told, what breaks is kept in build/fuzz. Run:
.venv/bin/python benchmarks/fuzz_reading.py [SECONDS] [FOLDER];
10 seconds unless told, so that `make bench` stays short; a folder's files are mutated beside the made ones.
"""

from __future__ import annotations

import random
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.documents.test_reading_hostile import keeps_its_word, samples  # noqa: E402

from jiheng.documents.archive import DocumentError  # noqa: E402
from jiheng.documents.reading import read  # noqa: E402
from jiheng.documents.reading.opening import ENDINGS  # noqa: E402

SLOW = 5.0  # seconds
MOST_BYTES = 400_000  # of a file of the folder: larger ones only cost rounds
_JUNK = (
    b"",
    b"\0",
    b"-1",
    b"99999999999",
    b"<",
    b">",
    b"&a;",
    b"%PDF-",
    b"PK\3\4",
    b"\xff\xfe",
    b"stream\r\n",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 5, 20))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        what = chance.random()
        if what < 0.45:
            changed[at] = chance.randrange(256)
        elif what < 0.6:
            del changed[at : at + chance.randint(1, 200)]
        elif what < 0.75:
            changed[at:at] = chance.choice(_JUNK)
        elif what < 0.9:
            start = chance.randrange(len(changed))
            changed[at:at] = changed[start : start + chance.randint(1, 400)]
        else:
            del changed[at:]
    return bytes(changed)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    files = dict(samples())
    if len(sys.argv) > 2:
        files |= {
            path.name: path.read_bytes()
            for path in sorted(Path(sys.argv[2]).iterdir())
            if path.suffix.lower() in ENDINGS - {".doc", ".wps", ".rtf"} and path.stat().st_size < MOST_BYTES
        }
    seed = time.time_ns()
    chance, ends, count = random.Random(seed), Counter[str](), Counter[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        name = chance.choice(list(files))
        data = mutated(files[name], chance)
        start = time.monotonic()
        try:
            keeps_its_word(read(data, name))
            ends["read"] += 1
        except DocumentError:
            ends["refused"] += 1
        except Exception:  # noqa: BLE001 - whatever it is, it is what this looks for
            ends["broken"] += 1
            kept = ROOT / "build" / "fuzz" / f"{count.total()}-{name}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
            print(f"{kept}:\n{traceback.format_exc()}")
        count[Path(name).suffix] += 1
        if time.monotonic() - start > SLOW:
            ends["slow"] += 1
            print(f"{name} took {time.monotonic() - start:.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count.total()} files in {seconds} s (seed {seed}): {dict(ends)}; by format {dict(count)}")
    print(f"  highest memory {memory} MB")
    if ends["broken"] or ends["slow"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
