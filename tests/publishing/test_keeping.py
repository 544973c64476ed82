"""A package on disk: whole or not at all, and never over other files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.publishing.years import taken_back

from jiheng.publishing import MANIFEST, Files, NotKept, keep, package_of_withdrawn


@pytest.fixture
def files() -> Files:
    return package_of_withdrawn(taken_back())


def test_a_new_folder_and_an_empty_one_are_filled(files: Files, tmp_path: Path) -> None:
    keep(files, tmp_path / "a" / "b")
    (tmp_path / "c").mkdir()
    keep(files, tmp_path / "c")
    for folder in (tmp_path / "a" / "b", tmp_path / "c"):
        kept = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        assert {name: path.read_bytes() for name, path in kept.items()} == files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]


def test_other_files_are_never_written_over(files: Files, tmp_path: Path) -> None:
    (tmp_path / "总结.docx").write_bytes(b"mine")
    for replace in (False, True):
        with pytest.raises(NotKept, match="不是空的，里面也不是公开包：请换一个空文件夹"):
            keep(files, tmp_path, replace=replace)
    with pytest.raises(NotKept, match="是一个文件，不是文件夹"):
        keep(files, tmp_path / "总结.docx", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["总结.docx"]


def test_the_same_year_is_replaced_only_when_asked(files: Files, tmp_path: Path) -> None:
    keep(files, tmp_path / "site")
    (tmp_path / "site" / "old.html").write_text("old")
    with pytest.raises(NotKept, match="请加 --replace"):
        keep(files, tmp_path / "site")
    keep(files, tmp_path / "site", replace=True)
    assert not (tmp_path / "site" / "old.html").exists()
    other = files | {MANIFEST: files[MANIFEST].replace(b"2024", b"2023")}
    with pytest.raises(NotKept, match="里是天衡区2024年的公开包，不能覆盖成别的区划或年度"):
        keep(other, tmp_path / "site", replace=True)


def test_a_failure_half_way_leaves_what_was_there(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(files, tmp_path / "site")
    written = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "site.css":
            raise OSError(28, "No space left on device")
        return written(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NotKept, match=r"写不了.*原有文件没有动"):
        keep(files, tmp_path / "site", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert (tmp_path / "site" / "index.html").read_bytes() == files["index.html"]


def test_one_zip_holds_it_all(files: Files, tmp_path: Path) -> None:
    target = tmp_path / "2024.zip"
    keep(files, target)
    with zipfile.ZipFile(target) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    with pytest.raises(NotKept, match="已存在"):
        keep(files, target)
    keep(files, target, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["2024.zip"]
