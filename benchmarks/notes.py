"""121 departments' explanations as Word files against docxtpl, which fills a template with the same words.

Run: .venv/bin/python benchmarks/notes.py

The peer (docxtpl in an environment of its own, `.venv-peers/docxtpl`, made if missing) gets the paragraphs
ready made, and a template with two styles: it neither computes nor words anything. We go from facts to the
file, by turns in the same run.
"""

from __future__ import annotations

import base64
import json
import statistics
import subprocess
import sys
import time
import venv
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from drawn_accounts import Draw  # noqa: E402

from jiheng import policy, wording  # noqa: E402
from jiheng.documents import reading  # noqa: E402

DEPARTMENTS, TURNS = 121, 3
PEER = "docxtpl==0.20.1"
PEER_SCRIPT = """
import base64, io, json, sys, time
import docx
from docx.shared import Mm
from docxtpl import DocxTemplate

template = docx.Document()
section = template.sections[0]
section.page_width, section.page_height, section.top_margin = Mm(210), Mm(297), Mm(37)
template.add_paragraph("{{ title }}", style="Title")
template.add_paragraph("{%p for block in blocks %}")
template.add_paragraph("{%p if block.heading %}")
template.add_paragraph("{{ block.text }}", style="Heading 1")
template.add_paragraph("{%p else %}")
template.add_paragraph("{{ block.text }}")
template.add_paragraph("{%p endif %}")
template.add_paragraph("{%p endfor %}")
held = io.BytesIO()
template.save(held)
blank = held.getvalue()
for line in sys.stdin:
    notes = json.loads(line)
    start = time.perf_counter()
    for note in notes:
        filled = DocxTemplate(io.BytesIO(blank))
        filled.render(note)
        out = io.BytesIO()
        filled.save(out)
    took = time.perf_counter() - start
    print(json.dumps([took, base64.b64encode(out.getvalue()).decode()]), flush=True)
"""


def peer() -> subprocess.Popen[str]:
    home = ROOT / ".venv-peers" / "docxtpl"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PEER], check=True)
    return subprocess.Popen(
        [str(python), "-c", PEER_SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ours(many: list[wording.Department], rules: policy.Policy) -> tuple[float, list[bytes]]:
    start = time.perf_counter()
    texts = [wording.note(facts, rules) for facts in many]
    files = [wording.word([text], text.title, rules) for text in texts]
    return time.perf_counter() - start, files


def as_asked(text: wording.Text) -> dict[str, object]:
    blocks = [block for block in text.blocks if isinstance(block, wording.Paragraph)]
    shown = [{"heading": block.part == "heading", "text": block.text} for block in blocks[1:]]
    return {"title": text.title, "blocks": shown}


def main() -> None:
    rules = policy.on(date(2026, 1, 1))
    many = [Draw(number).department(f"示例{number}局") for number in range(DEPARTMENTS)]
    ready = json.dumps([as_asked(wording.note(facts, rules)) for facts in many])
    other = peer()
    assert other.stdin and other.stdout
    pairs, files, theirs = [], [], b""
    for _ in range(TURNS):
        mine, files = ours(many, rules)
        print(ready, file=other.stdin, flush=True)
        took, made = json.loads(other.stdout.readline())
        theirs = base64.b64decode(made)
        pairs.append((mine, took))
    other.stdin.close()
    other.wait()
    last = wording.note(many[-1], rules).plain
    for data, name in ((files[-1], "jiheng"), (theirs, "docxtpl")):
        read = reading.read(data, "a.docx").text
        if "".join(read.split()) != "".join(last.split()):
            raise SystemExit(f"{name} did not write the same words")
    size = sum(len(data) for data in files) // 1024
    print(f"{DEPARTMENTS} departments' explanations, {size} KiB; medians of {TURNS}")
    for side, name in enumerate(("jiheng", "docxtpl")):
        seconds = statistics.median(pair[side] for pair in pairs)
        print(f"  {name:<10}{seconds:8.3f} s {DEPARTMENTS / seconds:8.0f} files/s")
    print(f"  ratio {statistics.median(theirs / mine for mine, theirs in pairs):.1f}× (aim 1×)")


if __name__ == "__main__":
    main()
