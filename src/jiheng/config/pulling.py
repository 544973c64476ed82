"""`jiheng pull`: payment files into the ledger, as the import page does it, in somebody's name who may."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from jiheng.config import CommandError
from jiheng.units import imports
from jiheng.units.models import Batch, BatchState, Person, Region, Role

KIND = "payments"
SHOWN = 50


def pull(asked: argparse.Namespace) -> int:
    """0 all is in the books, 1 a file with bad cells was left out; CommandError (2) for unreadable input."""
    region = Region.objects.filter(pk=asked.region).first()
    if region is None:
        known = "、".join(f"{code} {name}" for code, name in Region.objects.values_list("code", "name"))
        raise CommandError(f"没有区划 {asked.region}，库中现有：{known or '（空）'}")
    person = _person(region, asked.login)
    contents = {path: _content(path) for path in asked.files}  # all of them, before the first is imported
    codes = [_pull(person, path, data, asked) for path, data in contents.items()]
    return max(codes)


def _person(region: Region, login: str | None) -> Person:
    people = Person.objects.filter(region=region, is_active=True)
    found = people.filter(username=login) if login else people.filter(role=Role.TREASURY)
    person = found.order_by("pk").first()
    if person is None:
        who = f"登录名 {login}" if login else "国库股人员"
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
        batch = imports.stage(person, KIND, upload, asked.year)
        if batch.state == BatchState.STAGED and batch.preview["bad_count"] and not asked.good_rows:
            _tell_bad(path, batch)
            imports.discard(person, batch.pk)
            return 1
        if batch.state == BatchState.STAGED:
            batch, _ = imports.publish(person, batch.pk, good_rows_only=asked.good_rows)
    except ValidationError as error:
        raise CommandError(f"{path.name}：{'；'.join(error.messages)}") from error
    except PermissionDenied as error:
        raise CommandError(f"{person.name}（{person.get_role_display()}）不能导入支付数据") from error
    _say(f"{path.name}：{imports.in_words(batch)}")
    return 0


def _tell_bad(path: Path, batch: Batch) -> None:
    preview: dict[str, Any] = batch.preview
    _say(f"{path.name}：有 {preview['bad_count']} 处错误，未导入任何数据（只导入无误的行请加 --good-rows）")
    for bad in preview["bad"][:SHOWN]:
        _say(f"  第 {bad['row']} 行 {bad['column']}（{bad['letter']} 列）“{bad['value']}”：{bad['reason']}")
    if preview["bad_count"] > SHOWN:
        _say(f"  ……只列前 {SHOWN} 处")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
