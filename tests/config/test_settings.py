"""Settings come from the environment, and a wrong one stops the start with a Chinese message."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from jiheng.config import settings as ours

ROOT = Path(__file__).resolve().parents[2]


def test_a_wrong_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIHENG_X", "yes")
    with pytest.raises(ImproperlyConfigured, match="JIHENG_X 应为 0 或 1，现为 'yes'"):
        ours.env_bool("JIHENG_X", default=True)


def test_a_wrong_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIHENG_X", "-5")
    with pytest.raises(ImproperlyConfigured, match="应为非负整数"):
        ours.env_whole("JIHENG_X", 1)


def test_an_empty_text_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIHENG_X", "")
    assert ours.env_text("JIHENG_X", "there") == "there"


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIHENG_SECRET_KEY", raising=False)
    kept = tmp_path / "data" / "secret"
    first = ours.env_secret("JIHENG_SECRET_KEY", kept)
    assert len(first) > 40
    assert ours.env_secret("JIHENG_SECRET_KEY", kept) == first
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("postgresql://ji:p%40ss@db.example:5433/jiheng", "db.example", "jiheng"),
        ("postgresql://ji:p%40ss@/jiheng?host=/run/postgresql", "/run/postgresql", "jiheng"),
    ],
)
def test_postgresql_by_address(
    url: str, host: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIHENG_X", url)
    made = ours.env_database("JIHENG_X", tmp_path / "x.sqlite3")
    assert (made["HOST"], made["NAME"], made["USER"], made["PASSWORD"]) == (host, name, "ji", "p@ss")


def test_another_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIHENG_X", "mysql://x/y")
    with pytest.raises(ImproperlyConfigured, match="只支持 postgresql"):
        ours.env_database("JIHENG_X", tmp_path / "x.sqlite3")


@pytest.mark.parametrize("kind", sorted(settings.JOBS) or ["none yet"])
def test_every_job_has_its_handler(kind: str) -> None:
    if kind in settings.JOBS:
        assert callable(import_string(settings.JOBS[kind]))


def test_operations_md_has_every_setting() -> None:
    """docs/operations.md names each variable that the settings read, and none that they don't."""
    source = Path(ours.__file__).read_text(encoding="utf-8")
    documented = (
        (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split("## 设置")[1].split("\n## ")[0]
    )
    names = {part.split('"')[0] for part in source.split('"')[1::2] if part.startswith("JIHENG_")}
    rows = {line.split("`")[1] for line in documented.splitlines() if line.startswith("| `")}
    assert rows == names - {"JIHENG_HASHED_STATIC"}
