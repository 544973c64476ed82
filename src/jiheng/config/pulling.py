"""`jiheng pull`: upstream files into the books, as the pages do it, in somebody's name who may."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from jiheng.config import CommandError
from jiheng.documents import mapping
from jiheng.documents.archive import DocumentError
from jiheng.ledger import differences, upstream
from jiheng.units import access, imports
from jiheng.units.models import Batch, BatchState, Person, Region, Role, Upload

KIND = "payments"
SHOWN = 50


def pull(asked: argparse.Namespace) -> int:
    """0 all is in the books, 1 a file with bad cells was left out; CommandError (2) for unreadable input."""
    region = Region.objects.filter(pk=asked.region).first()
    if region is None:
        known = "、".join(f"{code} {name}" for code, name in Region.objects.values_list("code", "name"))
        raise CommandError(f"没有区划 {asked.region}，库中现有：{known or '（空）'}")
    if asked.mapping:
        return _pull_mapped(region, asked)
    if not asked.files:
        raise CommandError("请写明要导入的文件")
    person = _person(region, asked.login, KIND)
    contents = {path: _content(path) for path in asked.files}  # all of them, before the first is imported
    codes = [_pull(person, path, data, asked) for path, data in contents.items()]
    return max(codes)


def _pull_mapped(region: Region, asked: argparse.Namespace) -> int:
    text, wanted = _mapping(region, asked.mapping)
    person = _person(region, asked.login, wanted.kind)
    if not asked.files and wanted.format != "database":
        raise CommandError("请写明要取的文件；只有取自数据库视图的映射可以不写")
    sources: list[Path | None] = list(asked.files) or [None]
    return max(_pull_one(person, source, text, wanted, asked) for source in sources)


def _mapping(region: Region, name: str) -> tuple[str, mapping.SourceMapping]:
    """A ready mapping, one of the region's own, or a file."""
    for one in (*upstream.of_region(region), *upstream.ready().values()):
        if name in (one.key, one.mapping.title):
            return one.text, one.mapping
    path = Path(name)
    if not path.is_file():
        known = "、".join([*upstream.ready(), *(one.mapping.title for one in upstream.of_region(region))])
        raise CommandError(f"没有取数映射“{name}”，可用：{known}，或写一个 YAML 文件的路径")
    try:
        text = path.read_text(encoding="utf-8-sig")
        wanted = mapping.load(text, f"映射“{path.name}”")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"读不到映射“{path}”：应是 UTF-8 编码的 YAML 文件") from error
    except DocumentError as error:
        raise CommandError(str(error)) from error
    return text, wanted


def _pull_one(
    person: Person, source: Path | None, text: str, wanted: mapping.SourceMapping, asked: argparse.Namespace
) -> int:
    name = source.name if source else f"{wanted.view}（数据库视图）"
    try:
        upload = imports.receive_mapped(person, wanted.kind, source, name, text)
    except ValidationError as error:
        raise CommandError(f"{name}：{'；'.join(error.messages)}") from error
    except (PermissionDenied, Http404) as error:
        raise CommandError(f"{person.name}（{person.get_role_display()}）不能取这种数据") from error
    return _settled(person, wanted.kind, upload, asked)


def _person(region: Region, login: str | None, kind: str) -> Person:
    """Who signs: the one named; else for payments the treasury, for others who may."""
    people = Person.objects.filter(region=region, is_active=True)
    role = Role.TREASURY if kind == KIND else Role.BUDGET
    if kind in imports.kinds() and role not in access.ROLES_FOR[imports.kind(kind).action]:
        role = Role.PERFORMANCE
    found = people.filter(username=login) if login else people.filter(role=role)
    person = found.order_by("pk").first()
    if person is None:
        who = f"登录名 {login}" if login else f"{role.label}人员"
        raise CommandError(f"{region.name}没有在用的{who}，导入须记在经办人名下：请用 --login 指定")
    return person


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"读不到文件“{path}”：请检查路径和权限（{error.strerror}）") from error


def _pull(person: Person, path: Path, data: bytes, asked: argparse.Namespace) -> int:
    try:
        upload = imports.receive(person, KIND, path.name, data)
    except ValidationError as error:
        raise CommandError(f"{path.name}：{'；'.join(error.messages)}") from error
    except PermissionDenied as error:
        raise CommandError(f"{person.name}（{person.get_role_display()}）不能导入支付数据") from error
    return _settled(person, KIND, upload, asked)


def _settled(person: Person, kind: str, upload: Upload, asked: argparse.Namespace) -> int:
    """Staged, then published, or discarded with the list of what is wrong."""
    name = upload.name
    try:
        batch = imports.stage(person, kind, upload, asked.year, _progress)
        if batch.state == BatchState.STAGED and batch.preview["bad_count"] and not asked.good_rows:
            _tell_bad(name, batch)
            imports.discard(person, batch.pk)
            return 1
        if batch.state == BatchState.STAGED:
            batch, _ = imports.publish(person, batch.pk, good_rows_only=asked.good_rows)
    except ValidationError as error:
        raise CommandError(f"{name}：{'；'.join(error.messages)}") from error
    for note in (*batch.preview.get("notes", [])[:SHOWN], *batch.preview.get("after", [])[:SHOWN]):
        _say(f"  请留意：{note}")
    _say(f"{name}：{imports.in_words(batch)}")
    return 0


def _progress(done: int, total: int, words: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{words}\n")


def _tell_bad(name: str, batch: Batch) -> None:
    preview: dict[str, Any] = batch.preview
    for group in differences.groups(batch)[:SHOWN]:
        if group.rows > 1:
            _say(f"  {group.label} {group.code}：{group.rows} 行")
    _say(f"{name}：有 {preview['bad_count']} 处错误，未导入任何数据（只导入无误的行请加 --good-rows）")
    for bad in preview["bad"][:SHOWN]:
        _say(f"  第 {bad['row']} 行 {bad['column']}（{bad['letter']} 列）“{bad['value']}”：{bad['reason']}")
    if preview["bad_count"] > SHOWN:
        _say(f"  ……只列前 {SHOWN} 处")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
