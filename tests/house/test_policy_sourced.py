"""Every policy value says where it comes from; nothing is called 已核 without a document."""

from __future__ import annotations

import re
from datetime import date

from jiheng import policy

SOURCE_KEY = re.compile(r"\[[VMIP](:[a-z0-9-]+)?\]|\b(fasp|gbc|sc2025|chizhou|suixi)\b")
DOCUMENT = re.compile(r"[^〔〕]+〔20\d\d〕\d+号")


def entries() -> list[policy.Entry]:
    return [entry for rows in policy.book().general.values() for entry in rows]


def test_every_value_has_label_source_and_status() -> None:
    assert len(entries()) > 60
    for entry in entries():
        assert entry.label and entry.source and entry.status in ("已核", "待核"), entry.path
        assert not re.fullmatch(r"[\x00-\x7f]*", entry.label), f"{entry.path}：名称要用中文"


def test_a_verified_value_names_its_document_by_number() -> None:
    for entry in entries():
        assert not entry.document or DOCUMENT.fullmatch(entry.document), entry.path
        assert entry.document or not entry.is_verified, entry.path


def test_no_source_is_one_of_our_own_abbreviations() -> None:
    for entry in entries():
        assert not SOURCE_KEY.search(f"{entry.source}{entry.label}{entry.note}{entry.document}"), entry.path


def test_every_value_is_in_force_in_the_years_of_the_example() -> None:
    paths = set(policy.book().general)
    for day in (date(2023, 1, 1), date(2024, 12, 31)):
        assert {entry.path for entry in policy.on(day).values()} == paths
