"""`jiheng publish`: a folder or a zip of what is public, clear words where nothing is, the trace after."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.web.published import publish, publish_again, withdraw

from jiheng.config import CommandError, publishing
from jiheng.config.cli import parser
from jiheng.web import packages


def run(output: Path, *arguments: str, year: str = "2024", region: str = "430299000") -> int:
    asked = ["publish", "--year", year, "--region", region, "--output", str(output), *arguments]
    return publishing.publish(parser().parse_args(asked))


def test_a_year_is_written_withdrawn_and_written_again(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, site = publish(cast), tmp_path / "site"
    assert run(site) == 0
    assert "第1版" in capsys.readouterr().out
    assert (site / "index.html").exists()
    with pytest.raises(CommandError, match="请加 --replace"):
        run(site)
    withdraw(cast, first)
    assert run(site, "--replace") == 0
    assert "已撤回" in capsys.readouterr().out
    assert not (site / "files").exists()
    publish_again(cast)
    assert run(site, "--replace") == 0
    history = json.loads((site / "history.json").read_text(encoding="utf-8"))
    assert [(one["edition"], one["withdrawn_on"]) for one in history] == [(1, "2025-11-03"), (2, None)]


def test_a_zip_is_one_file(cast: Cast, tmp_path: Path) -> None:
    publish(cast)
    assert run(tmp_path / "2024.zip") == 0
    with zipfile.ZipFile(tmp_path / "2024.zip") as archive:
        assert "manifest.json" in archive.namelist()


def test_it_says_what_is_wrong_and_writes_nothing(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(cast)
    with pytest.raises(CommandError, match=r"2023年还没有公开过决算说明.*已公开过的年度：2024年.*请先在"):
        run(tmp_path / "a", year="2023")
    with pytest.raises(CommandError, match=r"没有区划 110000，库中现有：430299000"):
        run(tmp_path / "a", region="110000")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="请换一个空文件夹"):
        run(tmp_path, "--replace")
    monkeypatch.setattr(packages, "ECHARTS", tmp_path / "none")
    with pytest.raises(CommandError, match="请先运行 make setup"):
        run(tmp_path / "a")
    assert not (tmp_path / "a").exists()
