"""Handlers that the job tests run; the last one in a worker of its own, which is killed."""

import time
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from jiheng.units.jobs import JobError, progress
from jiheng.units.models import Job, LogEntry


def count(job: Job) -> dict[str, int]:
    for number in range(job.params["to"]):
        progress(job, number + 1, job.params["to"], "正在数数")
    return {"counted": job.params["to"]}


def refuse(job: Job) -> dict[str, int]:
    raise JobError("第3行“金额”不是数字：五百万，请填写数字后重新上传")


def crash(job: Job) -> dict[str, int]:
    raise ZeroDivisionError("secret detail")


def stop(job: Job) -> dict[str, int]:
    raise SystemExit


def lose(job: Job) -> dict[str, int]:
    Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)  # another worker took it meanwhile
    progress(job, 1, 1)
    raise AssertionError("progress must raise")


def linger(job: Job) -> dict[str, int]:
    """Writes two rows in one transaction; the first attempt hangs between them."""
    with transaction.atomic():
        _write(job, "first")
        if job.attempts == 1:
            Path(job.params["marker"]).touch()
            time.sleep(60)
        _write(job, "second")
    return {"rows": 2}


def _write(job: Job, action: str) -> None:
    LogEntry.objects.create(
        at=datetime.now(UTC),
        person_name="甲",
        role="admin",
        region_code="430299000",
        action=action,
        subject="units.job",
        subject_id=str(job.pk),
        subject_name="任务",
    )
