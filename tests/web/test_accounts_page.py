"""The pages of the accounts: the grid answers with what does not add up, a conflict shows both sides."""

from __future__ import annotations

from typing import Any

from tests.accounts.made import checked, filled, of_region, of_school, opened, three_public
from tests.cast import Cast

from jiheng.accounts.models import Statement
from jiheng.units.models import LogEntry

JSON = {"HTTP_ACCEPT": "application/json"}


def test_autosave_answers_with_the_error_beside_its_cell(cast: Cast, client_of: Any) -> None:
    made = of_school(cast)
    sent = {"based_on": made.revision, "c.total.final": "172"}
    answer = client_of(cast.reporter).post(f"/accounts/{made.pk}/save/", sent, **JSON)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["revision"], told["errors"]) == (made.revision + 1, 1)
    [(field, severity, message)] = [one for one in told["beside"] if one[1] == "error"]
    assert field == "rows[total].final"
    assert severity == "error"
    assert (
        "172万元，应等于 “因公出国（境）费” 5 ＋ “公务用车购置及运行维护费” 158 ＋ “公务接待费” 8 ＝ 171万元"
        in message
    )
    assert "#f-rows[total].final" in told["top"]
    assert LogEntry.objects.filter(action="保存账表", person=cast.reporter).count() == 2


def test_a_conflict_shows_both_sides_and_stores_nothing(cast: Cast, client_of: Any) -> None:
    made = of_school(cast)
    filled(cast.reviewer, made, {"reception.final": "9", "total.final": "172"})
    sent = {"based_on": made.revision, "c.reception.final": "7"}
    answer = client_of(cast.reporter).post(f"/accounts/{made.pk}/save/", sent, **JSON)
    assert answer.status_code == 409
    panel = answer.json()["conflict"]
    assert "公务接待费·决算数" in panel
    assert "<td>9</td><td>7</td>" in panel
    assert str(Statement.objects.get(pk=made.pk).as_table().cell("reception", "final")) == "9"
    page = client_of(cast.reporter).post(f"/accounts/{made.pk}/save/", sent)
    assert page.status_code == 409
    assert "别人先改了这张表" in page.content.decode()


def test_rows_are_added_by_their_code_and_taken_away(cast: Cast, client_of: Any) -> None:
    made, client = opened(cast.reporter, "t5", unit=cast.school), client_of(cast.reporter)
    sent = {
        "based_on": made.revision,
        "open": ["", "c205", "c20502"],
        "k.c205": "205",
        "l.c205": "",
        "c.c205.total": "10",
        "k.c20502": "20502",
        "l.c20502": "普通教育",
        "c.c20502.total": "9",
        "c.total.total": "10",
    }
    told = client.post(f"/accounts/{made.pk}/save/", sent, **JSON).json()
    assert told["errors"] == 1
    table = Statement.objects.get(pk=made.pk).as_table()
    assert [(row.key, row.label) for row in table.rows] == [
        ("c205", "教育支出"),
        ("c20502", "普通教育"),
        ("total", "合计"),
    ]
    sent = {"based_on": told["revision"], "open": ["", "c205"]}
    assert client.post(f"/accounts/{made.pk}/save/", sent, **JSON).json()["errors"] == 0
    assert len(Statement.objects.get(pk=made.pk).as_table().rows) == 2


def test_check_close_and_open_again(cast: Cast, client_of: Any) -> None:
    made = of_school(cast)
    reporter, treasury = client_of(cast.reporter), client_of(cast.treasury)
    wrong = filled(cast.reporter, made, {"total.final": "1"})
    answer = reporter.post(f"/accounts/{made.pk}/check/", {"based_on": wrong.revision})
    assert answer.status_code == 422
    assert "改正后才能核对通过" in answer.content.decode()
    right = filled(cast.reporter, wrong, {"total.final": "171"})
    assert reporter.post(f"/accounts/{made.pk}/check/", {"based_on": right.revision}).status_code == 302
    page = treasury.get(f"/accounts/{made.pk}/").content.decode()
    assert "定稿" in page
    closed = treasury.post(f"/accounts/{made.pk}/close/", {"based_on": right.revision + 1})
    assert closed.status_code == 302
    sent = {"based_on": right.revision + 2, "reason": "更正"}
    assert reporter.post(f"/accounts/{made.pk}/reopen/", sent).status_code == 403
    assert treasury.post(f"/accounts/{made.pk}/reopen/", sent).status_code == 302
    versions = reporter.get(f"/accounts/{made.pk}/versions/?number=1").content.decode()
    assert "第 3 版" in versions
    assert "此后的改动" in versions


def test_last_year_stands_beside_and_a_reason_is_kept(cast: Cast, client_of: Any) -> None:
    filled(cast.budget, opened(cast.budget, year=2023), three_public({"reception": "20", "total": "183"}))
    made, client = of_region(cast), client_of(cast.budget)
    page = client.get(f"/accounts/{made.pk}/compare/").content.decode()
    assert "还有 1 处要写原因" in page
    assert "减少 12.00" in page
    assert "-60.00%" in page
    sent = {"based_on": made.revision, "r.reception": "严格控制接待"}
    assert client.post(f"/accounts/{made.pk}/compare/", sent).status_code == 302
    row = Statement.objects.get(pk=made.pk).as_table().row("reception")
    assert row is not None
    assert row.reason == "严格控制接待"


def test_the_lists_and_the_check_of_a_year(cast: Cast, client_of: Any) -> None:
    made = of_school(cast)
    filled(cast.reporter, made, {"total.final": "172"})
    of_region(cast)
    bureau = client_of(cast.budget)
    assert "共 26 张，已建 1 张" in bureau.get("/accounts/?year=2024").content.decode()
    assert "错 1" in bureau.get("/accounts/units/?year=2024").content.decode()
    told = bureau.get("/accounts/check/?year=2024").content.decode()
    assert "各单位合计的" in told
    assert "K53" in told
    mine = client_of(cast.reporter).get("/accounts/check/?year=2024").content.decode()
    assert "K23" in mine
    assert "共 11 张" in client_of(cast.reporter).get("/accounts/?year=2024").content.decode()


def test_a_file_that_is_none_is_refused(cast: Cast, client_of: Any) -> None:
    made = of_school(cast)
    answer = client_of(cast.reporter).post(f"/accounts/{made.pk}/upload/", {"based_on": made.revision})
    assert answer.status_code == 422
    assert "请选择文件" in answer.content.decode()


def test_an_observer_reads_what_was_checked(cast: Cast, client_of: Any) -> None:
    made = checked(cast)
    page = client_of(cast.observer).get(f"/accounts/{made.pk}/").content.decode()
    assert "171" in page
    assert "核对通过</button>" not in page
