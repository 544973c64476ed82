"""Jobs are done once, told truthfully, and survive the death of their worker."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as in_force
from django.db import connection
from django.utils import timezone

from jiheng.units import jobs
from jiheng.units.models import Job, JobState, LogEntry

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _handlers(settings: Any) -> None:
    names = ("count", "refuse", "crash", "stop", "lose", "linger")
    settings.JOBS = {name: f"tests.units.handlers.{name}" for name in names}


def fall_silent(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        heartbeat_at=timezone.now() - jobs.STALE_AFTER - timedelta(seconds=1)
    )


@pytest.mark.django_db
def test_a_job_is_done_and_tells_its_progress() -> None:
    job = jobs.enqueue("count", None, to=3)
    assert jobs.work_once()
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == (JobState.DONE, 3, 3, {"counted": 3})
    assert job.finished_at is not None
    assert not jobs.work_once()


@pytest.mark.django_db
def test_the_oldest_job_comes_first() -> None:
    first, second = jobs.enqueue("count", None, to=1), jobs.enqueue("count", None, to=1)
    jobs.work_once()
    assert [Job.objects.get(pk=job.pk).state for job in (first, second)] == [JobState.DONE, JobState.QUEUED]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no handler"):
        jobs.enqueue("nothing", None)


@pytest.mark.django_db
def test_a_refusal_is_told_in_its_own_words() -> None:
    job = jobs.enqueue("refuse", None)
    jobs.work_once()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.message == "第3行“金额”不是数字：五百万，请填写数字后重新上传"


@pytest.mark.django_db
def test_a_crash_is_told_without_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    job = jobs.enqueue("crash", None)
    jobs.work_once()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.message.endswith(f"任务编号 {job.pk}")
    assert "secret detail" not in job.message
    assert "secret detail" in caplog.text


@pytest.mark.django_db
def test_a_worker_told_to_stop_puts_its_job_back() -> None:
    job = jobs.enqueue("stop", None)
    with pytest.raises(SystemExit):
        jobs.work_once()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


@pytest.mark.django_db
def test_a_worker_that_lost_its_job_stores_nothing() -> None:
    job = jobs.enqueue("lose", None)
    jobs.work_once()
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.RUNNING, {})


@pytest.mark.django_db
def test_a_running_job_is_left_alone_until_it_falls_silent() -> None:
    job = jobs.enqueue("count", None, to=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=1, heartbeat_at=timezone.now())
    assert not jobs.work_once()
    fall_silent(job)
    assert jobs.work_once()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2)


@pytest.mark.django_db
def test_a_job_that_kills_its_worker_three_times_fails() -> None:
    job = jobs.enqueue("count", None, to=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS)
    fall_silent(job)
    assert not jobs.work_once()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert job.message.startswith("后台处理程序已中断3次")


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_job() -> None:
    made = [jobs.enqueue("count", None, to=1) for _ in range(6)]

    def work() -> None:
        try:
            while jobs.work_once():
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    done = Job.objects.filter(pk__in=[job.pk for job in made])
    assert {(job.state, job.attempts) for job in done} == {(JobState.DONE, 1)}


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_half_stored_and_the_job_is_tried_again(tmp_path: Path) -> None:
    marker = tmp_path / "half-way"
    job = jobs.enqueue("linger", None, marker=str(marker))
    database = str(in_force.DATABASES["default"]["NAME"])
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.units.killed_worker", database],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "jiheng.config.settings"},
    )
    try:
        deadline = time.monotonic() + 30
        while not marker.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert marker.exists(), "the worker did not get half-way"
    finally:
        worker.kill()
        worker.wait()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert not LogEntry.objects.exists()

    fall_silent(job)
    assert jobs.work_once()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == (JobState.DONE, 2, {"rows": 2})
    assert list(LogEntry.objects.order_by("pk").values_list("action", flat=True)) == ["first", "second"]
