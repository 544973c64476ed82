"""Long work: a page asks for it, the worker does it, the page shows how far it is.

A handler is `settings.JOBS[kind]`: a dotted path of a function that takes the `Job` and gives its result.
It may be run again after its worker was killed, so it publishes in one short transaction at its end.
A worker that lost its job to another (it was silent too long) learns that from `progress` and from its result
being refused: `attempts` is the token that only the present owner knows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from jiheng.units.models import Job, JobState, Person

MAX_ATTEMPTS = 3
BEAT_SECONDS = 5.0
# longer than SQLite waits for a lock, so that a worker which waits for one is not given up
STALE_AFTER = timedelta(seconds=60)
POLL_SECONDS = 1.0
PROGRESS_SECONDS = 0.5

logger = logging.getLogger(__name__)


class JobError(Exception):
    """What a handler wants its person to read: what is wrong, where, and what to do."""


class JobTaken(Exception):
    """Another worker has this job now; whoever gets this stops and stores nothing."""


def enqueue(kind: str, person: Person | None, **params: Any) -> Job:
    """Stores a job for the worker. `params` must be plain JSON values."""
    if kind not in settings.JOBS:
        raise ValueError(f"settings.JOBS has no handler for {kind!r}")
    return Job.objects.create(kind=kind, person=person, params=params)


def progress(job: Job, done: int, total: int, message: str = "") -> None:
    """Tells the page how far the job is. Cheap to call for every row: it writes at most twice a second.

    Inside a transaction the page sees nothing before the commit. Raises JobTaken when it is no longer ours.
    """
    now = timezone.now()
    is_soon = job.heartbeat_at is not None and (now - job.heartbeat_at).total_seconds() < PROGRESS_SECONDS
    if is_soon and done < total and message == job.message:
        return
    job.done, job.total, job.message, job.heartbeat_at = done, total, message, now
    if not _mine(job).update(done=done, total=total, message=message, heartbeat_at=now):
        raise JobTaken(job.pk)


def work_once() -> bool:
    """Takes one waiting job and does it; whether there was one."""
    job = _claim()
    if job is None:
        return False
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(job, stop), daemon=True)
    heart.start()
    try:
        _run(job)
    finally:
        stop.set()
        heart.join()
    return True


def work_forever(is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Works until told to stop; looks for work once a second when idle, and outlives a lost database."""
    while not is_stopping():
        try:
            if work_once():
                continue
        except DatabaseError:
            logger.exception("the job table cannot be reached")
            connection.close()
        time.sleep(POLL_SECONDS)


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


def _claim() -> Job | None:
    """The oldest job that waits or whose worker fell silent; a single conditional UPDATE makes it ours."""
    now = timezone.now()
    waiting = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALE_AFTER)
    for job in Job.objects.filter(waiting).order_by("created_at", "pk")[:5]:
        as_seen = Job.objects.filter(waiting, pk=job.pk, attempts=job.attempts)
        if job.attempts >= MAX_ATTEMPTS:
            as_seen.update(
                state=JobState.FAILED,
                finished_at=now,
                message=f"后台处理程序已中断{MAX_ATTEMPTS}次，不再重试，未保存任何结果。"
                f"请联系系统管理员检查服务器内存和磁盘，任务编号 {job.pk}",
            )
        elif as_seen.update(
            state=JobState.RUNNING, attempts=F("attempts") + 1, started_at=now, heartbeat_at=now, done=0
        ):
            job.refresh_from_db()
            return job
    return None


def _run(job: Job) -> None:
    try:
        result = import_string(settings.JOBS[job.kind])(job)
        _finish(job, JobState.DONE, result=result or {}, output=job.output.name or "")
    except JobTaken:
        logger.warning("job %s was taken by another worker", job.pk)
    except JobError as error:
        _finish(job, JobState.FAILED, message=str(error))
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _finish(
            job,
            JobState.FAILED,
            message=f"处理时发生程序错误，未能完成。请重试；仍不成功时请联系系统管理员，任务编号 {job.pk}",
        )
    except BaseException:
        # told to stop in the middle: the job goes back as it was, and this attempt does not count
        _mine(job).update(state=JobState.QUEUED, attempts=F("attempts") - 1, heartbeat_at=None)
        raise


def _finish(job: Job, state: JobState, **fields: Any) -> None:
    with transaction.atomic():
        if not _mine(job).update(state=state, finished_at=timezone.now(), **fields):
            logger.warning("job %s was taken by another worker; its result is dropped", job.pk)


def _beat(job: Job, stop: threading.Event) -> None:
    """Says every few seconds that the worker lives, on a connection of its own."""
    try:
        while not stop.wait(BEAT_SECONDS):
            try:
                _mine(job).update(heartbeat_at=timezone.now())
            except DatabaseError:  # SQLite is being written by the job itself: the next beat tries again
                logger.info("no heartbeat for job %s", job.pk)
    finally:
        connection.close()
