"""One file after the other, and many at once: nothing a file does is the run's end."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from tests.auditing.made import STEPS

from jiheng import policy
from jiheng.auditing import Format, Settings, Steps, WorkersFailed, audit_file, audit_files, audited, chosen
from jiheng.auditing.workers import interrupt_held, ordered
from jiheng.claims import Outcome, Report
from jiheng.sheets import Severity

DAY = date(2025, 3, 1)
SETTINGS = Settings(STEPS, DAY, Format.REPORT)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., list[str]]:
    def written(*texts: str) -> list[str]:
        for number, text in enumerate(texts):
            (tmp_path / f"{number:03d}.txt").write_text(text, encoding="utf-8")
        return [str(path) for path in sorted(tmp_path.glob("*.txt"))]

    return written


def one(file: str, steps: Steps = STEPS) -> Report:
    return audited(Path(file), policy.on(DAY), 2024, steps)


def test_places_are_filled_in_and_the_name_is_the_path(write: Callable[..., list[str]]) -> None:
    (file,) = write("上文\n错证")
    report = one(file)
    assert report.document == file
    assert report.places == {"R1": "第2段", "F1": "第2段"}
    assert report.findings[0].severity is Severity.ERROR


def test_an_error_that_the_verifier_does_not_share_is_not_told(write: Callable[..., list[str]]) -> None:
    (file,) = write("错，警")
    report = one(file)
    assert report.relations[0].verdict is Outcome.UNKNOWN
    assert "独立复核" in report.relations[0].message
    assert [found.id for found in report.findings] == ["F2"]


@pytest.mark.parametrize(("text", "reason"), [("坏", "已损坏"), ("崩", "KeyError")])
def test_what_goes_wrong_is_the_documents_error(
    write: Callable[..., list[str]], text: str, reason: str
) -> None:
    (file,) = write(text)
    report = one(file)
    assert reason in report.error
    assert report.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_file_that_is_not_there_has_no_hash(tmp_path: Path) -> None:
    report = audit_file(tmp_path / "没有.txt", policy.on(DAY))
    assert report.error
    assert report.sha256 == ""


def test_a_text_goes_through_the_real_steps(write: Callable[..., list[str]]) -> None:
    (file,) = write(
        "2024年，全县“三公”经费支出合计30.5万元。其中：公务接待费12.2万元；公务用车运行维护费15.1万元。"
    )
    report = audit_file(Path(file), policy.on(DAY), year=2024)
    assert report.error == ""
    assert report.figures >= 3
    assert report.text.startswith("2024年")


def test_answers_come_in_order_whoever_dies_or_hangs(write: Callable[..., list[str]]) -> None:
    files = write("好", "死", "错证", "慢", "坏", "好", "死", "好")
    told = list(audit_files(files, SETTINGS, jobs=2, seconds=3))
    assert [answer.document for answer in told] == files
    errors = [answer.error for answer in told]
    assert [bool(error) for error in errors] == [False, True, False, True, True, False, True, False]
    assert "意外终止（退出码 9）" in errors[1]
    assert "超过 3 秒" in errors[3]
    assert [answer.worst for answer in told if not answer.error] == [None, Severity.ERROR, None, None]


def test_leaving_early_ends_the_processes(write: Callable[..., list[str]]) -> None:
    answers = audit_files(write("好", "慢", "慢", "慢"), SETTINGS, jobs=2, seconds=60)
    next(answers)
    answers.close()
    assert multiprocessing.active_children() == []


def test_no_files_no_answers() -> None:
    assert list(audit_files([], SETTINGS)) == []


def test_a_process_that_cannot_be_made_ready_ends_the_run(write: Callable[..., list[str]]) -> None:
    with pytest.raises(WorkersFailed, match="没有"):
        list(audit_files(write("好"), Settings(STEPS, DAY, overrides=Path("/没有")), jobs=1))


def _prepared(folder: str) -> Callable[[str], str]:
    def work(task: str) -> str:
        Path(folder, task).touch()
        return task

    return work


def test_nobody_runs_far_ahead_of_the_answer_that_is_due(tmp_path: Path) -> None:
    tasks = [str(number) for number in range(500)]
    answers = ordered(
        partial(_prepared, str(tmp_path)), tasks, lambda task, why: f"{task} {why}", jobs=1, seconds=60
    )
    assert next(answers) == "0"
    assert len(list(tmp_path.iterdir())) < 50
    assert list(answers) == tasks[1:]


def test_a_folder_is_searched_in_order_and_others_are_counted(tmp_path: Path) -> None:
    for name in ("b.txt", "a/乙 表.DOCX", "a/甲.pdf", "图.png", ".隐藏.txt", "~$乙.docx", ".git/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "空").mkdir()
    found = chosen([tmp_path / "b.txt", tmp_path, tmp_path / "图.png", tmp_path / "空"])
    assert [str(Path(file).relative_to(tmp_path)) for file in found.files] == [
        *("b.txt", "a/乙 表.DOCX", "a/甲.pdf", "图.png")
    ]
    assert found.passed_over == 3
    assert found.empty == (str(tmp_path / "空"),)


def test_an_interrupt_waits_until_a_process_has_all_its_orders() -> None:
    """Even when the system gives the signal to another thread, which the mask doesn't hold."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    reached = False
    try:
        with pytest.raises(KeyboardInterrupt), interrupt_held():
            os.kill(os.getpid(), signal.SIGINT)
            reached = sum(range(1000)) > 0
    finally:
        done.set()
        other.join()
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
