"""The settings of an installation, with none of its data: every test process has a folder of its own."""

import os
import tempfile
from pathlib import Path

_folder = tempfile.TemporaryDirectory(prefix="jiheng-test-")
os.environ["JIHENG_DATA"] = _folder.name
os.environ["JIHENG_HASHED_STATIC"] = "0"

from jiheng.config.settings import *  # noqa: E402, F403
from jiheng.config.settings import DATABASES  # noqa: E402

STATIC_ROOT = None
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # a file, as in production: threads and subprocesses see the same data, and locks are real
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder.name) / "test.sqlite3")}
