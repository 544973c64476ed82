"""`jiheng audit`: exit codes, outputs, mixed batches, and what it must not load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from tests.auditing.made import STEPS

from jiheng.config import auditing
from jiheng.config.cli import main, parser

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "jiheng.config.cli", "audit"]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def filled(**texts: str) -> Path:
        place = tmp_path / "文稿"
        place.mkdir()
        for name, text in texts.items():
            (place / f"{name}.txt").write_text(text, encoding="utf-8")
        return place

    return filled


@pytest.fixture
def audit(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, str, str]]:
    """With the steps of `made`, which say themselves what they find."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = auditing.audit(parser().parse_args(["audit", *map(str, arguments)]), STEPS)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        ("好", "error", 0),
        ("错证", "error", 1),
        ("警", "error", 0),
        ("警", "warning", 1),
        ("错证", "never", 0),
        ("坏", "error", 2),
        ("坏", "never", 2),
    ],
)
def test_exit_codes(
    folder: Callable[..., Path],
    audit: Callable[..., tuple[int, str, str]],
    text: str,
    fail_on: str,
    code: int,
) -> None:
    assert audit(folder(a=text), "--fail-on", fail_on)[0] == code


def test_unreadable_wins_and_the_rest_is_done(
    folder: Callable[..., Path], audit: Callable[..., tuple[int, str, str]]
) -> None:
    place = folder(a="坏", b="错证", c="好")
    (place / "图.png").touch()
    code, out, err = audit(place, place / "没有.txt", "--format", "json", "--jobs", "2")
    documents = json.loads(out)["documents"]
    assert code == 2
    assert [Path(document["document"]).name for document in documents] == [
        *("a.txt", "b.txt", "c.txt", "没有.txt")
    ]
    assert [bool(document["error"]) for document in documents] == [True, False, False, True]
    assert documents[1]["findings"]
    assert "a.txt”：文件“a.txt”已损坏" in err
    assert "没有.txt”：读不到文件" in err
    assert "跳过文件夹中 1 个其他类型的文件" in err


def test_an_empty_folder_is_no_success(
    folder: Callable[..., Path], audit: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, err = audit(folder(), "--format", "json")
    assert code == 2
    assert json.loads(out) == {"version": 1, "documents": []}
    assert "没有可以检查的文件" in err


def test_text_is_plain_where_nobody_looks(
    folder: Callable[..., Path], audit: Callable[..., tuple[int, str, str]]
) -> None:
    _, out, err = audit(folder(a="错证"))
    assert "1. 错误 K01 合计（F1，第1段）【错】证" in out
    assert "\x1b" not in out
    assert err == ""


@pytest.mark.parametrize("wanted", ["text", "json", "html", "docx"])
def test_output_goes_to_a_file_that_is_whole(
    folder: Callable[..., Path], audit: Callable[..., tuple[int, str, str]], tmp_path: Path, wanted: str
) -> None:
    target = tmp_path / f"报告 一.{wanted}"
    code, out, _ = audit(folder(a="错证", b="好"), "--format", wanted, "--output", target)
    assert (code, out) == (1, "")
    assert not list(tmp_path.glob("*.part"))
    if wanted == "docx":
        assert "错了" in docx.Document(str(target)).tables[1].rows[1].cells[3].text
    elif wanted == "json":
        assert len(json.loads(target.read_text(encoding="utf-8"))["documents"]) == 2
    else:
        assert "错了" in target.read_text(encoding="utf-8")


def test_the_page_has_its_table_before_its_documents(
    folder: Callable[..., Path], audit: Callable[..., tuple[int, str, str]]
) -> None:
    _, out, _ = audit(folder(a="错证", b="好"), "--format", "html")
    assert out.startswith("<!doctype html>")
    assert out.rstrip().endswith("</html>")
    assert out.index("</tbody>") < out.index("<section")
    assert out.count("<section") == 2


def test_a_name_that_is_no_utf8(
    folder: Callable[..., Path], audit: Callable[..., tuple[int, str, str]]
) -> None:
    place = folder(a="好")
    Path(os.fsdecode(os.fsencode(place) + b"/\xb1\xed.txt")).write_text("好", encoding="utf-8")
    code, out, _ = audit(place, "--format", "json")
    assert code == 0
    assert len(json.loads(out)["documents"]) == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "缺少参数: 文件或文件夹"),
        (("a.txt", "--format", "xml"), "不认识的取值"),
        (("a.txt", "--jobs", "0"), "正整数"),
        (("a.txt", "--jobs", "x"), "应为整数"),
        (("a.txt", "--year", "24"), "应为四位年度"),
        (("a.txt", "--fail-on", "hint"), "不认识的取值"),
        (("a.txt", "--output", "/没有的目录/x.json"), "写不了"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str) -> None:
    try:
        code = main(["audit", *arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == 2
    assert expected in capsys.readouterr().err


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120, **options)  # type: ignore[call-overload,no-any-return]


SUMS = "2024年，全县“三公”经费支出合计{}万元。其中：公务接待费12.2万元；公务用车运行维护费15.1万元。\n"


def test_the_real_command_reads_every_encoding(tmp_path: Path) -> None:
    for name, encoding in (("国标 一.txt", "gbk"), ("宽 二.txt", "utf-16"), ("三.txt", "utf-8-sig")):
        (tmp_path / name).write_bytes(SUMS.format("27.3").encode(encoding))
    told = run(tmp_path, "--format", "json", "--jobs", "2", "--year", "2024")
    documents = json.loads(told.stdout)["documents"]
    assert [document["error"] for document in documents] == [None, None, None]
    assert all("公务接待费12.2万元" in document["text"] for document in documents)
    assert told.returncode in (0, 1)
    assert told.stderr == b""


def test_nobody_reads_on(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(SUMS.format("27.3") * 60, encoding="utf-8")
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path), "--format", "json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(120) == auditing.CLOSED_PIPE
    assert process.stderr.read() == b""
    process.stderr.close()


def test_interrupted_it_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "文稿"
    place.mkdir()
    for number in range(300):
        (place / f"{number}.txt").write_text(SUMS.format("27.3") * 400, encoding="utf-8")
    target = tmp_path / "报告.json"
    process = subprocess.Popen(
        [*COMMAND, str(place), "--format", "json", "--output", str(target)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (tmp_path / "报告.json.part").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == [place]


def test_it_starts_without_django() -> None:
    """Nor with what only a web page, a Word report or a form needs."""
    script = (
        "import sys, jiheng.config.cli, jiheng.config.auditing\n"
        "print([name for name in ('django', 'docx', 'xlsxwriter', 'pydantic') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert told.stdout.strip() == "[]"
