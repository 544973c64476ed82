"""A package on disk: whole or not at all, and never over somebody's other files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jiheng.publishing.package import FORMAT, MANIFEST, zipped


class NotKept(Exception):
    """Why nothing was written, in Chinese, and what to do."""


def keep(files: Mapping[str, bytes], target: Path, *, replace: bool = False) -> None:
    """Writes the package as a folder, or as one file where `target` ends in .zip.

    It is built beside its place and renamed, so that a failure leaves what was there. `replace` takes the
    place of an earlier package of the same region and year, and of nothing else. Raises NotKept.
    """
    _may_be_written(files, target, replace=replace)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".zip":
            _as_file(zipped(files), target)
        else:
            _as_folder(files, target)
    except OSError as error:
        raise NotKept(
            f"写不了“{target}”：{error.strerror}。请检查路径、权限和磁盘空间，原有文件没有动"
        ) from error


def _may_be_written(files: Mapping[str, bytes], target: Path, *, replace: bool) -> None:
    if not target.exists():
        return
    if target.suffix == ".zip" and target.is_file():
        if not replace:
            raise NotKept(f"文件“{target}”已存在：请换一个文件名；要覆盖请加 --replace")
        return
    if not target.is_dir():
        raise NotKept(f"“{target}”是一个文件，不是文件夹：请换一个文件夹名")
    if not any(target.iterdir()):
        return
    there = _head_of(target)
    if there is None:
        raise NotKept(f"文件夹“{target}”不是空的，里面也不是公开包：请换一个空文件夹或新的文件夹名")
    ours = json.loads(files[MANIFEST])
    if [there.get(key) for key in ("region", "fiscal_year")] != [ours["region"], ours["fiscal_year"]]:
        told = f"{there.get('region_name')}{there.get('fiscal_year')}年"
        raise NotKept(f"文件夹“{target}”里是{told}的公开包，不能覆盖成别的区划或年度：请换一个文件夹")
    if not replace:
        raise NotKept(f"文件夹“{target}”里已有同一年度的公开包：要用现在的版本替换它，请加 --replace")


def _head_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a package that stands in a folder."""
    try:
        read = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return read if isinstance(read, dict) and read.get("format") == FORMAT else None


def _as_file(data: bytes, target: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _as_folder(files: Mapping[str, bytes], target: Path) -> None:
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    before = part.with_name(f"{part.name}.before")
    try:
        for path, content in files.items():
            place = part / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        part.chmod(0o755)
        if target.exists():
            target.replace(before)
        try:
            part.replace(target)
        except OSError:
            if before.exists():
                before.replace(target)
            raise
    finally:
        # what stood there is kept beside it if it could be neither replaced nor put back
        for left in (part, before) if target.exists() else (part,):
            with contextlib.suppress(OSError):
                shutil.rmtree(left)
