"""Setting up, the example district's protection, the first administrator."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from tests.cast import Cast

from jiheng.config import CommandError, installing
from jiheng.units.models import Person, Region, Role


def asked(**given: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"seed": None, "yes": False, **given})


@pytest.fixture
def hashed(settings: Any, tmp_path: Path) -> Path:
    """The storage that `make run` uses, in a folder of the test's own."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.IS_STATIC_HASHED = True
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.css").write_text("body { color: black }")
    settings.STATICFILES_DIRS = [("own", str(source))]
    return source


def test_static_files_are_collected_again_only_when_one_changed(hashed: Path, settings: Any) -> None:
    assert installing.collect_static()
    first = staticfiles_storage.url("own/page.css")
    assert (settings.STATIC_ROOT / first.removeprefix(settings.STATIC_URL)).exists()
    assert not installing.collect_static()
    (hashed / "page.css").write_text("body { color: darkblue }")
    (hashed / "new.css").write_text("p { margin: 0 }")
    assert installing.collect_static()
    staticfiles_storage.hashed_files = staticfiles_storage.load_manifest()[0]
    assert staticfiles_storage.url("own/page.css") != first
    assert staticfiles_storage.url("own/new.css")


def test_without_the_browser_libraries_it_says_what_to_do(hashed: Path, settings: Any) -> None:
    settings.STATICFILES_DIRS = []
    with pytest.raises(CommandError, match="make setup"):
        installing.collect_static()


def test_a_real_region_is_never_reset(cast: Cast) -> None:
    with pytest.raises(CommandError, match=r"天衡区.*不是演示区，拒绝清空"):
        installing.reset(asked(yes=True))
    assert Region.objects.filter(pk=cast.region.pk).exists()


def test_a_district_is_built_only_in_an_empty_database(cast: Cast) -> None:
    with pytest.raises(CommandError, match="只能建在空库里"):
        installing.build(asked())


@pytest.mark.parametrize("answer", ["", "no", "y"])
def test_anything_but_yes_keeps_the_data(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    Region.objects.update(is_demo=True)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert installing.reset(asked()) == 1
    assert "数据未动" in capsys.readouterr().out
    assert Person.objects.count() == len(cast.people)


def test_without_a_terminal_reset_asks_for_the_flag(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: str) -> str:
        raise EOFError

    Region.objects.update(is_demo=True)
    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match="--yes"):
        installing.reset(asked())


@pytest.mark.django_db
def test_the_first_administrator_gets_a_password_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert installing.is_empty()
    assert installing.admin(asked(username="guanli", name="周管")) == 0
    person = Person.objects.get(username="guanli")
    password = capsys.readouterr().out.split("初始密码 ")[1].split()[0]
    assert person.role == Role.ADMIN
    assert person.must_change_password
    assert person.check_password(password)
    with pytest.raises(CommandError, match="已有系统管理员"):
        installing.admin(asked(username="second", name="吴管"))


@pytest.mark.django_db
def test_the_district_can_be_left_out(settings: Any) -> None:
    settings.WANTS_DEMO = False
    assert not installing.build_if_empty()
    assert not Region.objects.exists()
