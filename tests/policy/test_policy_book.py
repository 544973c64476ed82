"""Dated values: read strictly, opened on a day, a region's own file laid over them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiheng import policy
from jiheng.policy import Book, PolicyError

ROW = "unit: 分, label: 分值, document: 财预〔2020〕10号, source: 算例, status: 待核"
UNSEEN = "unit: 分, label: 甲, document: '', source: 甲, status: 已核"
NO_SOURCE = ROW.replace("source: 算例", "source: ''")
VALUES = f"""
weight:
  - {{since: 2020-01-01, until: 2021-12-31, value: 10, {ROW}}}
  - {{since: 2022-01-01, value: 12.50, {ROW}}}
method:
  - {{since: 2020-01-01, value: ratio, choices: [ratio, zero], {ROW}}}
rows:
  - {{since: 2020-01-01, value: [{{from: 0.5, name: 甲}}, {{from: 2, name: 乙}}], {ROW}}}
open:
  - {{since: 2020-01-01, value: true, {ROW}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    values = tmp_path / "values"
    values.mkdir()
    (values / "score.yaml").write_text(VALUES, encoding="utf-8")
    return values


def region_file(folder: Path, text: str, name: str = "430299") -> Path:
    local = folder.parent / "local"
    local.mkdir(exist_ok=True)
    (local / f"{name}.yaml").write_text(text, encoding="utf-8")
    return local


def test_each_day_has_its_value(folder: Path) -> None:
    book = Book.load(folder)
    assert book.on(date(2021, 12, 31)).decimal("score.weight") == Decimal(10)
    assert book.on(date(2022, 1, 1)).decimal("score.weight") == Decimal("12.50")
    entry = book.on(date(2022, 1, 1)).entry("score.weight")
    assert (entry.since, entry.until, entry.unit, entry.overridden_by) == (date(2022, 1, 1), None, "分", "")
    assert not entry.is_verified


def test_numbers_are_never_floats_and_tables_cannot_be_changed(folder: Path) -> None:
    rows = Book.load(folder).on(date(2022, 1, 1)).table("score.rows")
    assert type(rows[0]["from"]) is Decimal
    assert type(rows[1]["from"]) is int
    with pytest.raises(TypeError):
        rows[0]["from"] = 1


def test_typed_doors_refuse_another_kind(folder: Path) -> None:
    now = Book.load(folder).on(date(2022, 1, 1))
    assert now.text("score.method") == "ratio"
    assert now.flag("score.open") is True
    for wrong in (
        lambda: now.decimal("score.method"),
        lambda: now.decimal("score.open"),
        lambda: now.text("score.weight"),
        lambda: now.flag("score.weight"),
        lambda: now.table("score.weight"),
        lambda: now.whole("score.weight"),
    ):
        with pytest.raises(PolicyError, match="应是"):
            wrong()


def test_asking_outside_the_dates_says_which_dates_there_are(folder: Path) -> None:
    with pytest.raises(
        PolicyError, match=r"2019-12-31 没有生效的取值（2020-01-01 至 2021-12-31；2022-01-01 起）"
    ):
        Book.load(folder).on(date(2019, 12, 31)).decimal("score.weight")
    with pytest.raises(PolicyError, match=r"没有“score.nothing”这项政策数据"):
        Book.load(folder).on(date(2022, 1, 1)).entry("score.nothing")


def test_a_region_lays_its_own_value_over_the_general_one(folder: Path) -> None:
    own = """
score:
  weight:
    - since: 2023-01-01
      until: 2023-12-31
      value: 20
      document: 天衡财绩〔2023〕1号
      source: 本区通知
      status: 已核
      reason: 本区口径
"""
    book = Book.load(folder, region_file(folder, own))
    entry = book.on(date(2023, 6, 1), "430299").entry("score.weight")
    assert (entry.value, entry.overridden_by, entry.reason, entry.label) == (20, "430299", "本区口径", "分值")
    assert book.on(date(2023, 6, 1), "430298").decimal("score.weight") == Decimal("12.50")
    assert book.on(date(2023, 6, 1)).decimal("score.weight") == Decimal("12.50")
    assert book.on(date(2024, 1, 1), "430299").decimal("score.weight") == Decimal("12.50")


OWN = "source: 本区, document: '', status: 待核, reason: 本区口径"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"score: {{nothing: [{{since: 2023-01-01, value: 1, {OWN}}}]}}", "没有“score.nothing”"),
        (
            "score: {weight: [{since: 2023-01-01, value: 1, source: 本区, document: '', status: 待核}]}",
            "reason",
        ),
        (f"score: {{weight: [{{since: 2023-01-01, value: 十, {OWN}}}]}}", "应是数，现为文字"),
        (f"score: {{weight: [{{since: 2023-01-01, value: 1, unit: 元, {OWN}}}]}}", "单位应是“分”"),
        (f"score: {{method: [{{since: 2023-01-01, value: maybe, {OWN}}}]}}", "只能取 ratio、zero"),
    ],
)
def test_a_wrong_region_file_is_refused(folder: Path, text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said) as error:
        Book.load(folder, region_file(folder, text))
    assert "430299.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (VALUES + f"weight:\n  - {{since: 2020-01-01, value: 1, {ROW}}}\n", "“weight”写了两次"),
        (f"a:\n  - {{since: 2020-01-01, value: 1, colour: red, {ROW}}}", "不认识的栏目：colour"),
        ("a:\n  - {since: 2020-01-01, value: 1}", "缺少栏目"),
        (f"a:\n  - {{since: 2020-13-01, value: 1, {ROW}}}", "a.yaml"),
        (f"a:\n  - {{since: 去年, value: 1, {ROW}}}", "要写成 2024-01-01"),
        (f"a:\n  - {{since: 2020-01-01, until: 2019-01-01, value: 1, {ROW}}}", "早于起期"),
        (f"a:\n  - {{since: 2020-01-01, value: .nan, {ROW}}}", "a.yaml"),
        (f"a:\n  - {{since: 2020-01-01, value: .inf, {ROW}}}", "a.yaml"),
        (f"a:\n  - {{since: 2020-01-01, value: , {ROW}}}", "不能为空"),
        (f"a:\n  - {{since: 2020-01-01, value: 1, {ROW.replace('待核', '估计')}}}", "已核 或 待核"),
        (
            f"a:\n  - {{since: 2020-01-01, value: 1, {NO_SOURCE}}}",
            "出处不能为空",
        ),
        (
            f"a:\n  - {{since: 2020-01-01, value: 1, {UNSEEN}}}",
            "文号",
        ),
        (
            f"a:\n  - {{since: 2020-01-01, value: 1, {ROW}}}\n  - {{since: 2021-01-01, value: 2, {ROW}}}",
            "日期重叠",
        ),
        ("a: 5", "带日期的取值列表"),
        ("", "空的"),
        ("a: [", "YAML"),
        ("{[a]: b}", "YAML"),
        ("!!python/object/apply:os.system ['true']", "YAML"),
    ],
)
def test_a_doubtful_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=said) as error:
        Book.load(tmp_path)
    assert "a.yaml" in str(error.value)


def test_no_files_or_no_local_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(PolicyError, match="没有政策文件"):
        Book.load(tmp_path / "none")
    with pytest.raises(PolicyError, match="没有本地政策目录"):
        Book.load(folder, tmp_path / "none")


def test_the_version_is_of_the_values_alone(folder: Path) -> None:
    before = Book.load(folder).on(date(2022, 1, 1))
    file = folder / "score.yaml"
    file.write_text(VALUES.replace("待核", "已核").replace("12.50", "12.5"), encoding="utf-8")
    checked = Book.load(folder).on(date(2022, 6, 1), "430299")
    assert checked.version == before.version
    file.write_text(VALUES.replace("12.50", "12.51"), encoding="utf-8")
    assert Book.load(folder).on(date(2022, 1, 1)).version != before.version
    assert len(before.version) == 64


def test_changes_name_what_is_new_gone_and_different(folder: Path) -> None:
    file = folder / "score.yaml"
    file.write_text(VALUES + f"late:\n  - {{since: 2022-01-01, value: 1, {ROW}}}\n", encoding="utf-8")
    book = Book.load(folder)
    found = policy.changes(book.on(date(2021, 1, 1)), book.on(date(2022, 1, 1)))
    assert [(change.path, change.before and change.before.value) for change in found] == [
        ("score.late", None),
        ("score.weight", 10),
    ]
    assert policy.changes(book.on(date(2022, 1, 1)), book.on(date(2023, 1, 1))) == []


def test_values_are_printed_in_words() -> None:
    now = policy.on(date(2024, 3, 1))
    shown = {
        path: policy.in_words(now.entry(path).value)
        for path in ("lights.worst_first", "lights.warning.enabled")
    }
    assert shown == {"lights.worst_first": "红、黄、绿、蓝", "lights.warning.enabled": "否"}
    below = policy.in_words(now.entry("lights.warning.execution_below").value)
    assert below.startswith("month：4；below：25｜month：6；below：40")


def test_the_same_question_opens_the_same_page() -> None:
    assert policy.on(date(2024, 3, 1)) is policy.on(date(2024, 3, 1))
    assert policy.on(date(2024, 3, 1)).date == date(2024, 3, 1)


def test_a_local_folder_can_be_laid_over_and_taken_away(tmp_path: Path) -> None:
    text = f"scoring: {{negative: {{method: [{{since: 2023-01-01, value: ratio, {OWN}}}]}}}}"
    (tmp_path / "430299.yaml").write_text(text, encoding="utf-8")
    day = date(2024, 3, 1)
    try:
        policy.use_overrides(tmp_path)
        assert policy.on(day, "430299").text("scoring.negative.method") == "ratio"
        assert policy.on(day).text("scoring.negative.method") == "linear_to_double"
        (tmp_path / "430299.yaml").write_text("scoring: 5", encoding="utf-8")
        with pytest.raises(PolicyError):
            policy.use_overrides(tmp_path)
    finally:
        policy.use_overrides(None)
    assert policy.on(day, "430299").text("scoring.negative.method") == "linear_to_double"


@given(st.dates(min_value=date(2015, 1, 1), max_value=date(2035, 12, 31)))
def test_every_day_has_at_most_one_value_a_path(day: date) -> None:
    for path, entries in policy.book().general.items():
        holding = [entry for entry in entries if entry.holds_on(day)]
        assert len(holding) <= 1, path


@given(st.integers(min_value=0, max_value=3000))
def test_two_days_with_the_same_values_have_the_same_version(days: int) -> None:
    start = date(2021, 8, 18)
    first, second = policy.on(start), policy.on(start + timedelta(days=days))
    assert (first.version == second.version) == (policy.changes(first, second) == [])
