"""Running a command that needs Django ready before its module is loaded."""

from __future__ import annotations

import argparse
import os
from importlib import import_module

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from jiheng.config import CommandError

# these serve or prepare what is served, with hashed file names; `score` needs no database at all
HASHED = {"run", "setup"}
WITHOUT_DATABASE = {"score"}


def run(asked: argparse.Namespace) -> int:
    """The exit code of the command. Raises CommandError where settings or database are not in order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiheng.config.settings")
    if asked.command in HASHED:
        os.environ.setdefault("JIHENG_HASHED_STATIC", "1")
    try:
        if asked.command not in WITHOUT_DATABASE:
            django.setup()
        return int(getattr(import_module(f"jiheng.config.{asked.room}"), asked.verb)(asked))
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from error
    except OperationalError as error:
        raise CommandError(
            f"连不上数据库：{error}\n"
            "请检查 JIHENG_DATABASE、数据库服务和数据目录的权限；表尚未建立时运行 jiheng setup"
        ) from error
