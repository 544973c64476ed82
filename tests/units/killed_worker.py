"""A worker on the test's own database, to be killed: `python -m tests.units.killed_worker DATABASE`."""

import sys

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.JOBS = {"linger": "tests.units.handlers.linger"}
django.setup()

from jiheng.units import jobs  # noqa: E402  (models exist only after setup)

jobs.work_forever()
