"""`jiheng`: what is done from the command line. Messages to people are Chinese; exit 2 is wrong usage.

A command's module is loaded after its arguments are read, because most of them need Django ready first, and
`audit` should start without waiting for it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import NoReturn

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

    _ask_options(
        commands.add_parser("ask", help="对支付数据提问：执行、进度、闲置、突击、三公，不用网站和数据库")
    )
    _audit_options(commands.add_parser("audit", help="核对文稿中的数字，找出不能同时成立的地方"))

    score = commands.add_parser("score", help="为一张自评表计分，逐行说明计算过程")
    score.add_argument("file", metavar="文件.xlsx", type=Path)
    score.add_argument("--format", choices=["text", "json"], default="text", help="输出文字或 JSON")
    score.add_argument("--date", type=day, help="按哪一天的政策计分，默认今天")
    score.add_argument("--region", default="", help="财政区划代码，采用该区划自己的政策")
    score.set_defaults(room="scoring_files", verb="score")

    pull = commands.add_parser("pull", help="导入支付等上游数据，同一文件重复导入不重复记账")
    pull.add_argument(
        "files", metavar="文件", nargs="*", type=Path, help="CSV、Excel 或 Parquet；映射取自数据库视图时不写"
    )
    pull.add_argument(
        "--mapping",
        metavar="映射",
        help="取数映射：现成的（如 payments）、本区划的，或一个 YAML 文件；不写则按导入模板读支付",
    )
    pull.add_argument("--year", type=whole_year, required=True, help="预算年度")
    pull.add_argument("--region", required=True, help="财政区划代码")
    pull.add_argument("--login", help="经办人登录名，默认取该区划的国库股人员")
    pull.add_argument("--good-rows", action="store_true", help="有错误的行不导入，只导入无误的行")
    pull.set_defaults(room="pulling", verb="pull")

    publish = commands.add_parser(
        "publish", help="把一个年度已公开的内容写成公开包：网站、Word、Excel、开放数据"
    )
    publish.add_argument("--year", type=whole_year, required=True, help="预算年度")
    publish.add_argument("--region", required=True, help="财政区划代码")
    publish.add_argument(
        "--output", metavar="文件夹", type=Path, required=True, help="新的或空的文件夹，或一个 .zip 文件名"
    )
    publish.add_argument(
        "--replace", action="store_true", help="替换那里同一区划同一年度的旧公开包（重新公开、撤回以后）"
    )
    publish.set_defaults(room="publishing", verb="publish")
    return top


def _ask_options(ask: argparse.ArgumentParser) -> None:
    ask.add_argument("question", metavar="问题", nargs="?", help="问题的中文名或英文名，见 --list")
    ask.add_argument("--list", action="store_true", help="列出能问的问题")
    ask.add_argument("--source", metavar="路径", type=Path, help="支付文件（Parquet、CSV）或所在文件夹")
    ask.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb", help="计算引擎，默认 duckdb")
    ask.add_argument("--master", metavar="地址", default="local[*]", help="Spark 集群地址，默认本机")
    ask.add_argument("--memory", metavar="大小", default="4GB", help="DuckDB 最多用多少内存，默认 4GB")
    ask.add_argument("--year", type=whole_year, metavar="年度", help="预算年度，默认数据里最近的一年")
    ask.add_argument("--until", type=day, metavar="日期", help="截至哪一天，默认最近一笔支付那天")
    ask.add_argument("--month", type=int, choices=range(1, 13), metavar="月", help="只看某月的支付")
    for name, words in (
        ("region", "财政区划代码"),
        ("unit", "单位代码"),
        ("fund", "专项代码，空文字为基本支出"),
        ("project", "项目代码"),
        ("fund-type", "资金性质代码，如 11"),
        ("function", "支出功能分类，可只写前几位"),
        ("economic", "部门经济分类，可只写前几位"),
    ):
        ask.add_argument(f"--{name}", metavar="代码", help=f"只看：{words}")
    ask.add_argument(
        "--digits", type=int, choices=[3, 5, 7], default=3, help="分类看到几位：3 类、5 款、7 项"
    )
    ask.add_argument("--details", action="store_true", help="列出背后的逐笔支付，可以不写问题")
    ask.add_argument("--page", type=int, default=1, metavar="页", help="逐笔支付的第几页，每页 100 笔")
    ask.add_argument("--top", type=int, metavar="行数", help="只列前几行")
    ask.add_argument("--format", choices=["text", "json", "csv"], default="text", help="输出格式，默认文字")
    ask.add_argument("--output", type=Path, metavar="文件", help="写入文件，默认写到标准输出")
    ask.set_defaults(room="asking", verb="ask")


def _audit_options(audit: argparse.ArgumentParser) -> None:
    audit.add_argument(
        "paths",
        metavar="文件或文件夹",
        nargs="+",
        type=Path,
        help="docx、pdf、html、xlsx、txt、md；文件夹连同下级一并检查",
    )
    audit.add_argument(
        "--format", choices=["text", "json", "html", "docx"], default="text", help="输出格式，默认文字"
    )
    audit.add_argument("--output", type=Path, metavar="文件", help="写入文件，默认写到标准输出")
    audit.add_argument("--year", type=whole_year, metavar="年度", help="文稿所述年度，默认从文稿中判断")
    audit.add_argument("--jobs", type=int, metavar="进程数", default=1, help="同时检查几份，默认 1")
    audit.add_argument(
        "--fail-on",
        choices=["error", "warning", "never"],
        default="error",
        help="有错误（error）、有错误或警告（warning）时退出码为 1，或总不为 1（never）；有文件读不了时为 2",
    )
    audit.add_argument("--date", type=day, metavar="日期", help="按哪一天的政策检查，默认今天")
    audit.add_argument(
        "--limit",
        type=int,
        metavar="秒",
        default=300,
        help="每份文稿最多用多少秒，默认 300；超过即跳过并说明",
    )
    audit.set_defaults(room="auditing", verb="audit")


WITHOUT_DJANGO = {"audit", "ask"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. 0 done, 1 done and something was found, 2 wrong usage or unreadable input."""
    asked = parser().parse_args(arguments)
    try:
        if asked.command in WITHOUT_DJANGO:
            return int(getattr(import_module(f"jiheng.config.{asked.room}"), asked.verb)(asked))
        return int(import_module("jiheng.config.with_django").run(asked))
    except (CommandError, PolicyError) as error:
        print(f"未能完成：{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
