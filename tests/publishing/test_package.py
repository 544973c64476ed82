"""The package of a year: the same bytes, honest hashes, links that lead somewhere, data that validates."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from tests.publishing.years import PDF, VENDORED, WORD, made, taken_back

from jiheng.publishing import MANIFEST, Files, Words, keep, package, package_of_withdrawn, paths_in, zipped

WORDS = Words({"units": "预算单位数"}, "演示数据")
FRICTIONLESS = Path(sys.executable).with_name("frictionless")
BLOCKED = re.compile(
    r"<[^>]*\sstyle=|<[^>]*\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|https?://(?!www\.w3)"
)


@pytest.fixture(scope="module")
def files() -> Files:
    return package(made(), VENDORED, WORDS)


def pages(files: Files) -> dict[str, str]:
    return {path: data.decode() for path, data in files.items() if path.endswith(".html")}


def rows(files: Files, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[path].decode("utf-8-sig"))))


def test_the_same_year_gives_the_same_bytes(files: Files) -> None:
    again = package(made(), VENDORED, WORDS)
    assert again == files
    assert zipped(again) == zipped(files)


def test_the_manifest_has_the_hash_of_every_other_file(files: Files) -> None:
    listed = paths_in(files[MANIFEST])
    assert listed == {
        path: hashlib.sha256(data).hexdigest() for path, data in files.items() if path != MANIFEST
    }
    assert json.loads(files[MANIFEST])["pdf"] == "有"


def test_word_and_pdf_are_the_frozen_ones_and_their_hashes_stand_on_the_page(files: Files) -> None:
    assert (files["files/notes.docx"], files["files/notes.pdf"]) == (WORD, PDF)
    for data in (WORD, PDF, files["data-package.zip"]):
        assert hashlib.sha256(data).hexdigest() in files["downloads.html"].decode()


def test_without_a_pdf_the_manifest_and_the_page_say_so() -> None:
    year = made()
    without = package(replace(year, files=year.files[:2]), VENDORED)
    assert "files/notes.pdf" not in without
    assert "没有生成 PDF" in json.loads(without[MANIFEST])["pdf"]
    assert "没有生成 PDF" in without["downloads.html"].decode()


def test_no_path_leads_out_of_the_folder(files: Files) -> None:
    assert all(re.fullmatch(r"[\w-][\w./-]*", path) and ".." not in path for path in files)
    assert "projects/------T148-001.html" in files


def test_every_link_leads_to_a_file_and_its_anchor(files: Files) -> None:
    shown, lost = pages(files), []
    for path, page in shown.items():
        folder = path.rpartition("/")[0]
        for target in re.findall(r'(?:href|src)="([^"]+)"', page):
            address, _, anchor = unquote(target.partition("?")[0]).partition("#")
            there = str(Path(folder, address)) if not address.startswith("../") else address[3:]
            there = there if address else path
            if there not in files or (anchor and f'id="{anchor}"' not in shown[there]):
                lost.append((path, target))
    assert lost == []


def test_search_entries_lead_somewhere_and_hold_two_character_words(files: Files) -> None:
    text = files["assets/entries.js"].decode()
    entries = json.loads(text.removeprefix("window.jihengEntries = ").rstrip(";\n"))
    shown = pages(files)
    for _, _, href, _ in entries:
        path, _, anchor = href.partition("#")
        assert path in files
        assert not anchor or f'id="{anchor}"' in shown[path], href
    found = {kind for kind, title, _, words in entries if "营养" in title + words or "接待" in words}
    assert {"说明", "账表", "项目"} <= found


def test_a_figure_of_a_text_leads_to_its_cell(files: Files) -> None:
    page = files["notes/debt.html"].decode()
    [cell] = re.findall(r'id="closing\.total">([^<]+)<', files["tables/debt.html"].decode())
    [printed] = re.findall(r'href="\.\./tables/debt\.html#closing\.total" title="表内数[^"]*">([^<]+)<', page)
    assert (cell, printed) == ("113", "113.00万元")
    assert "预算单位数" in files["notes/performance.html"].decode()


def test_nothing_inline_and_nothing_from_elsewhere(files: Files) -> None:
    found = {path: BLOCKED.search(page) for path, page in pages(files).items()}
    assert not {path: hit.group(0) for path, hit in found.items() if hit}
    assert "校舍维修 &lt;b&gt;12" in files["projects/T1051.html"].decode()


def test_the_open_data_has_every_figure_exactly(files: Files) -> None:
    cells = {row["source"]: row for row in rows(files, "data/cells.csv")}
    closing = cells["430299000/2024/debt/closing.total"]
    assert (closing["value"], closing["measure"], closing["printed"]) == ("1130000", "元", "113")
    figures = rows(files, "data/figures.csv")
    named = {source for row in figures for source in row["sources"].split() if source.startswith("4302")}
    assert named
    assert named <= set(cells)
    projects = {row["project_code"]: row for row in rows(files, "data/projects.csv")}
    assert projects["T1050"]["score"] == "96"
    assert (projects["T1051"]["project"], projects["T1051"]["budget"]) == ("'=1+1|cmd", "")
    assert projects["../../T148/001"]["spent"] == "12999999.99"


def test_the_workbook_opens_without_formulas(files: Files) -> None:
    book = load_workbook(io.BytesIO(files["files/tables.xlsx"]))
    assert len(book.sheetnames) == 1 + 4 + 2
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    debt = next(sheet for sheet in book if "债务限额" in sheet.title)
    assert ("年末债务余额", 33, 80, 113) in [
        tuple(cell.value for cell in row[1:5]) for row in debt.iter_rows()
    ]


@pytest.fixture
def unpacked(files: Files, tmp_path: Path) -> Path:
    """What somebody has who downloaded the data package."""
    with zipfile.ZipFile(io.BytesIO(files["data-package.zip"])) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_frictionless_finds_the_data_valid(unpacked: Path) -> None:
    assert validated(unpacked) == (0, [])


def test_frictionless_notices_a_changed_file(unpacked: Path) -> None:
    changed = unpacked / "tables" / "debt.csv"
    changed.write_bytes(changed.read_bytes().replace(b"113", b"11x"))
    code, errors = validated(unpacked)
    assert code == 1
    assert {"type-error", "hash-count"} <= set(errors)


def validated(folder: Path) -> tuple[int, list[str]]:
    ran = subprocess.run(
        [FRICTIONLESS, "validate", "datapackage.json", "--json"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    tasks = json.loads(ran.stdout)["tasks"]
    return ran.returncode, [error["type"] for task in tasks for error in task["errors"]]


def test_a_withdrawn_year_shows_its_trace_and_nothing_else(tmp_path: Path) -> None:
    files = package_of_withdrawn(taken_back())
    page = files["index.html"].decode()
    assert "已于2025-11-03撤回，原因：核对转移支付" in page
    assert "债务余额有误，更正后重新公开" in page
    assert "files/notes.docx" not in files
    assert [one["withdrawn_on"] for one in json.loads(files["history.json"])] == ["2025-10-10", "2025-11-03"]
    keep(package(made(), VENDORED), tmp_path / "site")
    keep(files, tmp_path / "site", replace=True)
    assert not (tmp_path / "site" / "files").exists()
