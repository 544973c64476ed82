"""`jiheng`: what is done from the command line. Messages to people are Chinese; exit 2 is wrong usage.

A command's module is loaded after its arguments are read, because most of them need Django ready first.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from jiheng.config import CommandError
from jiheng.policy import PolicyError

WORDS = {
    "unrecognized arguments": "不认识的参数",
    "the following arguments are required": "缺少参数",
    "invalid choice": "不认识的取值",
    "choose from": "可选",
    "expected one argument": "后面应有一个值",
    "expected at least one argument": "后面至少应有一个值",
    "argument": "参数",
    "invalid whole_year value": "应为四位年度，现为",
    "invalid day value": "应为日期（如 2024-03-31），现为",
    "invalid int value": "应为整数，现为",
}


class ChineseParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        for english, chinese in WORDS.items():
            message = message.replace(english, chinese)
        self.exit(2, f"{message}\n用法见 {self.prog} --help\n")

    def format_help(self) -> str:
        text = super().format_help()
        for english, chinese in (
            ("usage:", "用法："),
            ("positional arguments:", "参数："),
            ("options:", "选项："),
            ("show this help message and exit", "显示本帮助"),
        ):
            text = text.replace(english, chinese)
        return text


def whole_year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise ValueError(text)
    return int(text)


def day(text: str) -> date:
    return date.fromisoformat(text)


def parser() -> ChineseParser:
    top = ChineseParser(prog="jiheng", description="绩衡：县区财政预算绩效管理")
    commands = top.add_subparsers(title="命令", metavar="命令", required=True, dest="command")

    run = commands.add_parser("run", help="准备数据库和静态文件，启动网站和后台处理程序")
    run.set_defaults(room="serving", verb="run")
    worker = commands.add_parser("worker", help="只启动后台处理程序（导入、打包等耗时任务）")
    worker.set_defaults(room="serving", verb="worker")
    setup = commands.add_parser("setup", help="建立或升级数据库表，收集静态文件；升级版本后运行")
    setup.set_defaults(room="installing", verb="setup")

    district = commands.add_parser("district", help="演示区（演示数据）：天衡区")
    district.add_argument("verb", choices=["build", "reset"], help="build 建立；reset 清空后重建")
    district.add_argument("--seed", type=int, help="随机种子，同一种子得到同样的数据")
    district.add_argument("--yes", action="store_true", help="不再询问，直接清空重建")
    district.set_defaults(room="installing")

    admin = commands.add_parser("admin", help="空库：建立第一个系统管理员，显示一次初始密码")
    admin.add_argument("username", metavar="登录名")
    admin.add_argument("name", metavar="姓名")
    admin.set_defaults(room="installing", verb="admin")

    score = commands.add_parser("score", help="为一张自评表计分，逐行说明计算过程")
    score.add_argument("file", metavar="文件.xlsx", type=Path)
    score.add_argument("--format", choices=["text", "json"], default="text", help="输出文字或 JSON")
    score.add_argument("--date", type=day, help="按哪一天的政策计分，默认今天")
    score.add_argument("--region", default="", help="财政区划代码，采用该区划自己的政策")
    score.set_defaults(room="scoring_files", verb="score")

    pull = commands.add_parser("pull", help="导入支付数据（CSV 或 Excel），同一文件重复导入不会重复记账")
    pull.add_argument("files", metavar="文件", nargs="+", type=Path)
    pull.add_argument("--year", type=whole_year, required=True, help="预算年度")
    pull.add_argument("--region", required=True, help="财政区划代码")
    pull.add_argument("--login", help="经办人登录名，默认取该区划的国库股人员")
    pull.add_argument("--good-rows", action="store_true", help="有错误的行不导入，只导入无误的行")
    pull.set_defaults(room="pulling", verb="pull")
    return top


# these serve or prepare what is served, with hashed file names; `score` needs no database at all
HASHED = {"run", "setup"}
WITHOUT_DATABASE = {"score"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. 0 done, 1 done and something was found, 2 wrong usage or unreadable input."""
    asked = parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiheng.config.settings")
    if asked.command in HASHED:
        os.environ.setdefault("JIHENG_HASHED_STATIC", "1")
    try:
        if asked.command not in WITHOUT_DATABASE:
            django.setup()
        code = getattr(import_module(f"jiheng.config.{asked.room}"), asked.verb)(asked)
    except (CommandError, ImproperlyConfigured, PolicyError) as error:
        print(f"未能完成：{error}", file=sys.stderr)
        return 2
    except OperationalError as error:
        print(
            f"连不上数据库：{error}\n"
            "请检查 JIHENG_DATABASE、数据库服务和数据目录的权限；表尚未建立时运行 jiheng setup",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        return 130
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
