"""Preparing an installation: tables, static files, the example district, the first administrator."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction

from jiheng.config import CommandError
from jiheng.demo import build as demo
from jiheng.library import contents
from jiheng.units import accounts
from jiheng.units.models import Person, Region


def say(message: str) -> None:
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def setup(_: argparse.Namespace | None = None) -> int:
    """Brings tables and static files up to this version; does nothing where they are."""
    call_command("migrate", interactive=False, verbosity=0)
    for region in Region.objects.all():  # what a newer version brings; what is there is left alone
        contents.load(region)
    if settings.IS_STATIC_HASHED:
        collect_static()
    say(f"数据库和静态文件已就绪（数据目录 {settings.DATA}）")
    return 0


def collect_static() -> bool:
    """Collects, hashes and compresses static files when any of them changed; whether it did.

    A manifest older than the templates would fail every page, so the sources' fingerprint is kept beside it.
    """
    if not settings.STATICFILES_DIRS:
        raise CommandError("缺少浏览器组件（build/vendor）：请先在代码目录运行 make setup")
    kept = Path(settings.STATIC_ROOT) / ".sources"
    fingerprint = _fingerprint()
    if kept.exists() and kept.read_text() == fingerprint:
        return False
    kept.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(fingerprint)
    return True


def _fingerprint() -> str:
    found = hashlib.sha256()
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            found.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return found.hexdigest()


def is_empty() -> bool:
    """Nobody has begun here yet: no region and nobody who could log in."""
    return not Region.objects.exists() and not Person.objects.exists()


def build(asked: argparse.Namespace) -> int:
    """`jiheng district build`: the example district, in a database where nobody has begun."""
    setup()
    if not is_empty():
        raise CommandError(
            "数据库里已有数据，演示区只能建在空库里。要清空演示区重来，请运行 jiheng district reset；"
            "要另建一个，请把 JIHENG_DATA 设为一个新目录"
        )
    _build(asked.seed)
    return 0


def reset(asked: argparse.Namespace) -> int:
    """`jiheng district reset`: throws away everything done in the example district and builds it anew."""
    setup()
    if real := Region.objects.filter(is_demo=False).first():
        raise CommandError(f"库中有正式区划“{real.name}”（{real.code}），不是演示区，拒绝清空")
    if not asked.yes and not _confirmed(
        "将清空演示区的全部数据（含您填报、审核过的内容）并重建，输入 yes 继续："
    ):
        say("已取消，数据未动")
        return 1
    with transaction.atomic():
        call_command("flush", interactive=False, verbosity=0)
        _build(asked.seed)
    for folder in ("uploads", "jobs"):
        shutil.rmtree(Path(settings.MEDIA_ROOT) / folder, ignore_errors=True)
    return 0


def _confirmed(question: str) -> bool:
    try:
        return input(question).strip().lower() == "yes"
    except EOFError:
        raise CommandError("没有可以回答的终端；确要清空请加 --yes") from None


def _build(seed: int | None) -> None:
    say("正在建立演示区“天衡区”（演示数据）……")
    began = time.monotonic()
    built: Any = demo.build(demo.SEED if seed is None else seed)
    took = time.monotonic() - began
    say(
        f"演示区已建立：{built.units} 个预算单位、{built.funds} 项专项资金、"
        f"{built.entries} 笔支付、{built.filings} 份报表，用时 {took:.1f} 秒"
    )


def build_if_empty() -> bool:
    """The example district for a first look, unless JIHENG_DEMO=0; whether the database holds one now."""
    if settings.WANTS_DEMO and is_empty():
        _build(None)
    return demo.exists()


def admin(asked: argparse.Namespace) -> int:
    """`jiheng admin`: the first administrator of an empty installation."""
    setup()
    try:
        person, password = accounts.first_administrator(asked.username, asked.name)
    except (ValidationError, ValueError) as error:
        reason = "；".join(error.messages) if isinstance(error, ValidationError) else str(error)
        raise CommandError(reason) from error
    say(f"已建立系统管理员 {person.name}，登录名 {person.username}，初始密码 {password}")
    say(
        "初始密码只显示这一次，首次登录须修改。登录后按“起步清单”各步建立区划，导入单位、人员、项目、预算和支付，布置工作日历"
    )
    return 0
