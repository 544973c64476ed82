"""`jiheng publish`: what is public of a year as a folder or a zip, to be put on any web server or a disk."""

from __future__ import annotations

import argparse
import json
import sys

from jiheng.config import CommandError
from jiheng.publishing import MANIFEST, NotKept, keep
from jiheng.units.models import Region
from jiheng.web import packages


def publish(asked: argparse.Namespace) -> int:
    """0 the package is written; CommandError (2) where nothing is public, or it can't be written there."""
    region = Region.objects.filter(pk=asked.region).first()
    if region is None:
        known = "、".join(f"{code} {name}" for code, name in Region.objects.values_list("code", "name"))
        raise CommandError(f"没有区划 {asked.region}，库中现有：{known or '（空）'}")
    try:
        files = packages.files_of(region, asked.year)
        if files is None:
            raise CommandError(_nothing(region, asked.year))
        keep(files, asked.output, replace=asked.replace)
    except NotKept as refused:
        raise CommandError(str(refused)) from refused
    except OSError as error:
        raise CommandError(f"读不到已公开的文件“{error.filename}”：请检查数据目录是否完整") from error
    head = json.loads(files[MANIFEST])
    if head["state"] == "撤回":
        told = "这一年的公开内容已撤回，写出的是撤回公告和公开记录"
    else:
        told = f"第{head['edition']}版，{len(files)} 个文件，各自的 SHA-256 在 {MANIFEST}"
    sys.stdout.write(f"{region.name}{asked.year}年公开包：{asked.output}\n{told}\n")
    if head.get("pdf", "有") != "有":
        sys.stdout.write(f"请留意：{head['pdf']}\n")
    return 0


def _nothing(region: Region, year: int) -> str:
    known = "、".join(f"{one}年" for one in packages.years_of(region))
    return (
        f"{region.name}{year}年还没有公开过决算说明，没有可以打包的内容。已公开过的年度：{known or '无'}。"
        "请先在“公开说明”页生成、审核并公开"
    )
