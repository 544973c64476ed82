"""A package of a year: the site, the frozen files, the open data, and a manifest with the hash of each.

The same year gives the same bytes: nothing of the clock, of the machine or of the folder goes in.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from jiheng.disclosure.record import PublicEdition, PublicFile, PublicYear
from jiheng.publishing import opendata, shown
from jiheng.publishing.pages import Download, Told, Vendored, site, withdrawn
from jiheng.publishing.workbook import workbook

FORMAT = 1
MANIFEST, HISTORY = "manifest.json", "history.json"
DATA = "data"
DATA_ZIP = "data-package.zip"
NO_PDF = "本版公开时没有生成 PDF，请用 Word 文件"
_WHEN = (1980, 1, 1, 0, 0, 0)  # the first day that a zip file knows
_NAMES = {".docx": "files/notes.docx", ".pdf": "files/notes.pdf", ".json": "files/sources.json"}
_TOLD = {".docx": "决算公开说明（Word）", ".pdf": "决算公开说明（PDF）", ".json": "说明中每个数字的来源编号"}
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A year whose last edition was taken back: its trace is all that is shown."""

    region: str
    region_name: str
    fiscal_year: int
    title: str
    trace: tuple[PublicEdition, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What the record itself does not say: what counts are called, by the last part of their source id, and
    a notice for the head of every page (演示数据)."""

    names: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


def package(year: PublicYear, vendored: Vendored, words: Words | None = None) -> Files:
    """Every file of the package, by its path in the folder."""
    words = words or Words()
    data = opendata.files(year)
    frozen = dict(_frozen(year))
    frozen["files/tables.xlsx"] = workbook(year)
    found: Files = {**frozen, **{f"{DATA}/{path}": content for path, content in data.items()}}
    found[DATA_ZIP] = zipped(data)
    has_pdf = _NAMES[".pdf"] in found
    told = Told(tuple(_downloads(year, found)), "" if has_pdf else NO_PDF, words.names, words.notice)
    found |= site(year, told, vendored)
    found[HISTORY] = _json(_history(year.trace))
    head = _head(year) | {
        "state": "公开",
        "edition": year.edition,
        "published_on": year.day.isoformat(),
        "bureau": year.bureau,
        "policy_version": year.policy_version,
        "pdf": "有" if has_pdf else NO_PDF,
    }
    return found | {MANIFEST: _manifest(head, found)}


def package_of_withdrawn(year: Withdrawn) -> Files:
    """The trace alone, to be put in the place of what was taken back."""
    found: Files = withdrawn(year.title, year.region_name, year.trace)
    found[HISTORY] = _json(_history(year.trace))
    return found | {MANIFEST: _manifest(_head(year) | {"state": "撤回"}, found)}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _WHEN)
            entry.compress_type, entry.external_attr, entry.create_system = (
                zipfile.ZIP_DEFLATED,
                0o644 << 16,
                3,
            )
            archive.writestr(entry, files[path])
    return out.getvalue()


def paths_in(manifest: bytes) -> Mapping[str, str]:
    """What a manifest lists: the hash of each file, by path. Raises ValueError for anything else."""
    read = json.loads(manifest)
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise ValueError("no manifest of a package")
    return {one["path"]: one["sha256"] for one in read["files"]}


# ── what stands in it ─────────────────────────────────────────────────────────────────────────────────


def _frozen(year: PublicYear) -> Iterator[tuple[str, bytes]]:
    """The files of the edition, and those of the units that were published with it."""
    for file in year.files:
        place = _NAMES.get(_suffix(file))
        if place and file.data:
            yield place, file.data
    for unit in year.departments:
        for file in unit.files:
            if file.data:
                yield f"files/units/{shown.file_name(unit.unit_code)}{_suffix(file)}", file.data


def _suffix(file: PublicFile) -> str:
    return PurePosixPath(file.name).suffix.lower()


def _downloads(year: PublicYear, found: Files) -> Iterator[Download]:
    lead = f"{year.region_name}{year.fiscal_year}年"
    for suffix, path in _NAMES.items():
        if path in found:
            yield _download(found, path, f"{lead}决算公开说明{suffix}", _TOLD[suffix])
    yield _download(found, "files/tables.xlsx", f"{lead}决算公开表.xlsx", "全部账表和评价结果（Excel）")
    yield _download(
        found, DATA_ZIP, f"{lead}开放数据.zip", "开放数据包（CSV、JSON，Frictionless Data Package）"
    )
    yield _download(found, f"{DATA}/year.json", f"{lead}公开数据.json", "全部公开内容（JSON）")
    for resource in opendata.resources(year):
        yield _download(found, f"{DATA}/{resource.path}", "", f"{resource.title}（CSV）")
    yield _download(found, f"{DATA}/{opendata.DESCRIPTOR}", opendata.DESCRIPTOR, "数据包说明：每一列的含义")


def _download(found: Files, path: str, name: str, told: str) -> Download:
    content = found[path]
    given = name or PurePosixPath(path).name
    return Download(path, given, told, len(content), hashlib.sha256(content).hexdigest())


def _head(year: PublicYear | Withdrawn) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "title": year.title,
        "region": year.region,
        "region_name": year.region_name,
        "fiscal_year": year.fiscal_year,
    }


def _manifest(head: Mapping[str, Any], found: Files) -> bytes:
    listed = [
        {"path": path, "bytes": len(found[path]), "sha256": hashlib.sha256(found[path]).hexdigest()}
        for path in sorted(found)
    ]
    return _json({**head, "files": listed})


def _history(trace: Sequence[PublicEdition]) -> list[dict[str, Any]]:
    return [
        {
            "edition": one.number,
            "published_on": one.published_on.isoformat(),
            "withdrawn_on": one.withdrawn_on.isoformat() if one.withdrawn_on else None,
            "reason": one.reason,
            "word_sha256": one.word_sha256,
        }
        for one in trace
    ]


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
