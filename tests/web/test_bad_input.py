"""What careless and hostile people send through the pages: each is told in Chinese where it is wrong and
what to do, and nothing is lost or half-stored."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl.worksheet.worksheet import Worksheet
from tests.cast import Cast
from tests.web import filed
from tests.web.filed import sent

from jiheng.filings.models import Desk, Filing, State
from jiheng.goals import workflow
from jiheng.sheets import Missing, ProjectGoalSheet
from jiheng.units import jobs
from jiheng.units.models import Batch, Job, Person, Unit
from jiheng.web.urls import urlpatterns

Clients = Callable[[Person], Client]
Edit = Callable[[Worksheet], None]
MEGABYTE = 1024 * 1024


# ── the workbook that a unit sends back ───────────────────────────────────────────────────────────────


def workbook(client: Client, filing: Filing, edit: Edit = lambda page: None) -> bytes:
    """The form as its page gives it out, changed as a user would in Excel."""
    data = client.get(reverse("filing_excel", args=[filing.pk])).content
    book = openpyxl.load_workbook(io.BytesIO(data))
    edit(book.worksheets[0])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell_of(page: Worksheet, value: str) -> Any:
    """The cell that shows a text."""
    return next(cell for row in page.iter_rows() for cell in row if str(cell.value) == value)


def typed(was: str, becomes: Any) -> Edit:
    def edit(page: Worksheet) -> None:
        cell_of(page, was).value = becomes

    return edit


def upload(client: Client, filing: Filing, data: bytes, name: str = "目标表.xlsx") -> Any:
    url = reverse("filing_upload", args=[filing.pk])
    return client.post(url, {"file": SimpleUploadedFile(name, data)}, follow=True)


def words(answer: Any) -> str:
    """The page's text, without marks."""
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def stored(filing: Filing) -> ProjectGoalSheet:
    sheet = Filing.objects.get(pk=filing.pk).as_sheet()
    assert isinstance(sheet, ProjectGoalSheet)
    return sheet


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/workbook.xml", b"<workbook/>")
        out.writestr("xl/worksheets/sheet1.xml", b"0" * 40 * MEGABYTE)
    return stream.getvalue()


def with_macros(data: bytes) -> bytes:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as out:
        out.writestr("xl/vbaProject.bin", b"x")
    return stream.getvalue()


def is_refused(client: Client, filing: Filing, data: bytes, name: str, *said: str) -> str:
    """Told on a page of its own, and the form stands as it did."""
    before = Filing.objects.filter(pk=filing.pk).values().get()
    answer = upload(client, filing, data, name)
    page = words(answer)
    assert answer.status_code == 422, page
    for part in said:
        assert part in page
    assert Filing.objects.filter(pk=filing.pk).values().get() == before
    return page


def test_a_file_that_is_no_workbook(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    is_refused(client, filing, b"hello", "目标表.xlsx", "目标表.xlsx", "不是 Excel 工作簿")
    is_refused(client, filing, b"", "目标表.xlsx", "是空的")
    is_refused(client, filing, workbook(client, filing)[:-900], "目标表.xlsx", "已损坏")


def test_another_table_than_the_template(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = client_of(cast.treasury).get(reverse("import_template", args=["payments"])).content
    is_refused(client, filing, data, "支付.xlsx", "项目支出绩效目标申报表")


def test_another_form_than_this(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    whole = workflow.start(cast.reporter, unit=cast.school, fiscal_year=2024)
    is_refused(client, filing, workbook(client, whole), "整体.xlsx", "部门整体支出绩效目标申报表")


def test_a_template_whose_rows_were_taken_out(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = workbook(client, filing, lambda page: page.delete_rows(3, 12))
    is_refused(client, filing, data, "目标表.xlsx", "空表")


def test_a_sheet_that_was_renamed_and_moved_is_still_the_form(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)

    def edit(page: Worksheet) -> None:
        page.title = "第一中学"
        cell_of(page, "新增学位数量").value = "新增公办学位数量"

    answer = upload(client, filing, workbook(client, filing, edit))
    assert answer.status_code == 200
    assert "新增公办学位数量" in words(answer)


def test_merged_cells(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)

    def edit(page: Worksheet) -> None:
        first, second = cell_of(page, "改造总成本"), cell_of(page, "改造教学楼数量")
        page.merge_cells(f"{first.coordinate}:{second.coordinate}")

    is_refused(client, filing, workbook(client, filing, edit), "目标表.xlsx", "合并")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("三千多万", "三千多万"),
        ("500万", "万元"),
        ("3000万元左右", "3000万元左右"),
        ("=1000+2000", "公式"),
        ("#REF!", "#REF!"),
        ("3，0000，00", "3，0000，00"),
    ],
)
def test_an_amount_that_is_none(cast: Cast, client_of: Clients, value: str, said: str) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    page = is_refused(client, filing, workbook(client, filing, typed("3000", value)), "目标表.xlsx", said)
    assert re.search(r"[A-Z]\d+", page), "the cell is named"


@pytest.mark.parametrize("value", ["３２００", "3,200", "3，200.00", " 3200 ", "３，２００"])
def test_an_amount_typed_another_way_is_the_same_amount(cast: Cast, client_of: Clients, value: str) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    answer = upload(client, filing, workbook(client, filing, typed("3000", value)))
    assert answer.status_code == 200, words(answer)
    merge = answer.context["merge"]
    total = merge.file.funding.annual_total
    assert not isinstance(total, Missing)
    assert total.yuan == 32_000_000


def test_a_file_of_fifty_megabytes(cast: Cast, client_of: Clients, settings: Any) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    settings.MAX_UPLOAD_BYTES = MEGABYTE
    is_refused(client, filing, b"PK" + b"\0" * MEGABYTE, "目标表.xlsx", "1 MB 的上限", "拆分")


def test_a_zip_bomb(cast: Cast, client_of: Clients) -> None:
    is_refused(client_of(cast.reporter), filed.filled(cast), bomb(), "目标表.xlsx", "压缩炸弹")


def test_macros(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    is_refused(client, filing, with_macros(workbook(client, filing)), "目标表.xlsx", "宏")
    is_refused(client, filing, workbook(client, filing), "目标表.xlsm", "宏")


def test_another_year_s_form(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = workbook(client, filing)
    Filing.objects.filter(pk=filing.pk).update(
        fiscal_year=2023, sheet=filing.sheet | {"header": filing.sheet["header"] | {"fiscal_year": 2023}}
    )
    is_refused(client, filing, data, "目标表.xlsx", "2024 年度", "2023 年度", "本年度")


def test_another_unit_s_form(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    other = workflow.start(
        cast.bureau_reporter, unit=cast.education_bureau, fund=cast.meals, fiscal_year=2024
    )
    data = workbook(client_of(cast.bureau_reporter), other)
    is_refused(client_of(cast.reporter), filing, data, "目标表.xlsx", "教育局本级", "第一中学")


def test_a_zip_of_forms_gets_a_result_for_each(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    other = workflow.start(
        cast.bureau_reporter, unit=cast.education_bureau, fund=cast.meals, fiscal_year=2024
    )
    good = workbook(client, filing, typed("新增学位数量", "新增公办学位数量"))
    strange = workbook(client_of(cast.bureau_reporter), other)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        for name, data in (
            ("好.xlsx", good),
            ("别人的.xlsx", strange),
            ("炸弹.xlsx", bomb()),
            ("说明.txt", b"x"),
        ):
            out.writestr(name, data)
    data = {"file": SimpleUploadedFile("一批.zip", stream.getvalue())}
    assert client.post(reverse("forms_upload"), data).status_code == 302
    assert jobs.work_once()
    job = Job.objects.get()
    page = words(client.get(reverse("forms_job", args=[job.pk])))
    assert "共 4 个文件，导入 1 个" in page
    for said in ("教育局本级", "压缩炸弹", "说明.txt"):
        assert said in page
    assert stored(filing).indicators[3].name == "新增公办学位数量"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (bomb(), "一批.zip", "压缩炸弹"),
        (b"hello", "一批.zip", "已损坏"),
        (b"hello", "一批.exe", "一批.exe"),
        (b"", "一批.zip", "是空的"),
    ],
)
def test_a_bad_zip_is_told_on_the_page(
    cast: Cast, client_of: Clients, data: bytes, name: str, said: str
) -> None:
    client = client_of(cast.reporter)
    answer = client.post(reverse("forms_upload"), {"file": SimpleUploadedFile(name, data)}, follow=True)
    if answer.status_code == 200:
        assert jobs.work_once()
        answer = client.get(answer.request["PATH_INFO"])
    assert said in words(answer)


# ── what is typed into the page ───────────────────────────────────────────────────────────────────────


def test_weights_that_add_to_99(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    data = sent(filing, **{"indicators[k1].weight": "29"})
    answer = client_of(cast.reporter).post(reverse("filing_submit", args=[filing.pk]), data)
    assert answer.status_code == 422
    assert "分值合计 99 分" in words(answer)
    assert 'href="#f-indicators' in answer.content.decode()
    assert Filing.objects.get(pk=filing.pk).state == State.DRAFT
    assert str(stored(filing).indicators[0].weight) == "29", "what was typed is kept"


def test_a_stale_tab_submits_over_a_newer_version(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    old = sent(filing, leader="旧窗口")
    workflow.save_draft(
        cast.reporter, filing, replace(filed.filled_sheet(filing), leader="新窗口"), filing.revision
    )
    answer = client_of(cast.reporter).post(reverse("filing_submit", args=[filing.pk]), old)
    assert answer.status_code == 409
    assert "新窗口" in words(answer)
    assert "旧窗口" in answer.content.decode()
    assert (Filing.objects.get(pk=filing.pk).state, stored(filing).leader) == (State.DRAFT, "新窗口")


def test_a_stale_tab_of_a_submitted_form_is_told_and_keeps_its_text(cast: Cast, client_of: Clients) -> None:
    filing = filed.filled(cast)
    old = sent(filing, leader="旧窗口")
    workflow.submit(cast.reporter, filing, filing.revision)
    before = stored(filing)
    for name in ("filing_save", "filing_submit", "filing_check"):
        answer = client_of(cast.reporter).post(reverse(name, args=[filing.pk]), old)
        assert answer.status_code == 409
        assert words(answer)
    assert stored(filing) == before


def test_two_reviewers_at_once(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer, cast.department, cast.division)
    first = {"based_on": filing.revision, "opinion": "同意"}
    second = {"based_on": filing.revision, "to_desk": "reporter", "reason": "请补充"}
    client_of(cast.performance).post(reverse("filing_approve", args=[filing.pk]), first)
    answer = client_of(cast.colleague).post(reverse("filing_return", args=[filing.pk]), second)
    assert answer.status_code in (403, 409)
    assert re.search("别人|已批复|已经|不在", words(answer))
    after = Filing.objects.get(pk=filing.pk)
    assert (after.state, after.desk) == (State.APPROVED, "")
    assert after.steps.filter(action="退回").count() == 0


def test_two_reviewers_approve_the_same_form_only_once(cast: Cast, client_of: Clients) -> None:
    filing = filed.at_desk(cast, cast.reviewer, cast.department)
    data = {"based_on": filing.revision}
    clients = (client_of(cast.division), client_of(cast.division))
    answers = [client.post(reverse("filing_approve", args=[filing.pk]), data) for client in clients]
    assert answers[0].status_code == 302
    assert answers[1].status_code in (403, 409)
    assert Filing.objects.get(pk=filing.pk).desk == Desk.PERFORMANCE


@pytest.mark.parametrize("text", ["9" * 40, "1e999", "-1e999", "NaN", "Infinity", "0." + "1" * 40, "1/0"])
@pytest.mark.parametrize("field", ["funding.annual_total", "indicators[k1].target", "indicators[k1].weight"])
def test_a_monstrous_figure_is_told_and_breaks_no_page(
    cast: Cast, client_of: Clients, field: str, text: str
) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    for name in ("filing_save", "filing_check", "filing_submit"):
        data = sent(Filing.objects.get(pk=filing.pk), **{field: text})
        answer = client.post(reverse(name, args=[filing.pk]), data)
        assert answer.status_code in (302, 422), name
    assert Filing.objects.get(pk=filing.pk).state == State.DRAFT
    for name in ("filing", "filing_excel", "filing_print"):
        assert client.get(reverse(name, args=[filing.pk]), {"checked": "1"}).status_code == 200
    assert client.get(reverse("goals")).status_code == 200


EVIL = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "template": "{{ me.password }}{% debug %}",
    "sql": "'; DROP TABLE filings_filing; --",
    "formula": '=HYPERLINK("http://evil","点我")',
    "plus": "+86 7312",
    "at": "@SUM(A1)",
    "emoji": "完成👩‍👩‍👧改造𠮷野",
    "long": "长" * 20_000,
    "nul": "前\x00后",
    "control": "前\x0b\x1f后",
    "turned": "前\u202e后",
    "half": "前\ud800后",
}


@pytest.mark.parametrize("case", list(EVIL))
def test_odd_text_is_kept_shown_as_text_and_comes_out_as_text(
    cast: Cast, client_of: Clients, case: str
) -> None:
    filing, client, text = filed.filled(cast), client_of(cast.reporter), EVIL[case]
    if case == "half":
        text = text.encode("utf-8", "replace").decode()
    data = sent(filing, annual_goal=text, leader=text[:200], **{"indicators[k4].name": text[:200]})
    answer = client.post(
        reverse("filing_save", args=[filing.pk]), data, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    kept = text.replace("\x00", "").replace("\x0b", "").replace("\x1f", "")
    assert stored(filing).annual_goal == kept
    for name in ("filing", "filing_print", "filing_history"):
        page = client.get(reverse(name, args=[filing.pk]))
        assert page.status_code == 200
        assert b"<script>alert" not in page.content
        assert b"<img src=x" not in page.content
    assert client.get(reverse("goals")).status_code == 200
    data = client.get(reverse("filing_excel", args=[filing.pk])).content
    for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in row)


def test_control_characters_of_a_workbook_are_not_stored(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    data = workbook(client, filing, typed("新增学位数量", "新增_x0000_学位_xD800_数量"))
    upload(client, filing, data)
    merge = upload(client, filing, data).context["merge"]
    assert merge.file.indicators[3].name.replace("\ufffd", "") == "新增学位数量"


# ── bulk imports ──────────────────────────────────────────────────────────────────────────────────────

HEAD = "支付凭证号,支付日期,单位代码,项目代码,金额,摘要\n"


def imported(client: Client, text: str, name: str = "支付.csv") -> tuple[Job, str]:
    """Uploads a payment file and lets the worker read it; the job and the page of its preview."""
    data = {"fiscal_year": 2024, "file": SimpleUploadedFile(name, text.encode())}
    answer = client.post(reverse("import_upload", args=["payments"]), data)
    assert answer.status_code == 302, words(answer)
    assert jobs.work_once()
    job = Job.objects.latest("pk")
    if job.state != "done":
        return job, words(client.get(reverse("job", args=[job.pk])))
    return job, client.get(reverse("import_batch", args=[job.result["batch"]])).content.decode()


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("五百万", "五百万"),
        ("500万", "500万"),
        ('"1,200,00.5.5"', "1,200,00.5.5"),
        ("1e999", "1e999"),
        ("NaN", "NaN"),
        ("9" * 40, "9999"),
        ("0.001", "0.001"),
    ],
)
def test_a_payment_whose_amount_is_none_names_its_cell(
    cast: Cast, client_of: Clients, amount: str, said: str
) -> None:
    line = f"ZF900,2024-09-02,105002,43029924T105002001001,{amount},甲\n"
    _, page = imported(client_of(cast.treasury), HEAD + line)
    assert said in page
    assert ">E<" in page
    assert "全部入库" not in page


@pytest.mark.parametrize("amount", ["１２００", '"1,200"', "1200.00", '"１，２００．００"'])
def test_a_payment_typed_another_way_is_taken(cast: Cast, client_of: Clients, amount: str) -> None:
    line = f"ZF900,2024-09-02,105002,43029924T105002001001,{amount},甲\n"
    _, page = imported(client_of(cast.treasury), HEAD + line)
    assert "全部入库" in page
    assert "1,200.00" in page or "1200" in page


def test_odd_text_in_an_import_is_shown_as_text(cast: Cast, client_of: Clients) -> None:
    odd = "<script>alert(1)</script>"
    line = f'ZF900,2024-09-02,105002,43029924T105002001001,1200,"{odd}"\n'
    line += f'ZF901,2024-09-02,105002,43029924T105002001001,"{odd}",=1+1\n'
    job, page = imported(client_of(cast.treasury), HEAD + line, "../../etc/<b>支付</b>.csv")
    assert odd not in page
    assert "&lt;script&gt;" in page
    batch = Batch.objects.select_related("upload").get(pk=job.result["batch"])
    assert batch.upload is not None
    assert "/" not in batch.upload.name
    assert ".." not in batch.upload.file.name
    bad = client_of(cast.treasury).get(reverse("import_bad", args=[batch.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(bad.streaming_content)))
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)


def test_a_name_as_a_formula_stays_text_in_every_export(cast: Cast, client_of: Clients) -> None:
    Unit.objects.filter(pk=cast.school.pk).update(name='=HYPERLINK("http://x","y")<script>alert(1)</script>')
    client = client_of(cast.performance)
    for name in ("coverage_xlsx", "goals_export", "payments_xlsx", "execution_xlsx", "log_xlsx"):
        answer = client.get(reverse(name))
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        for page in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
            assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row), name
    csv = b"".join(client.get(reverse("payments_csv")).streaming_content).decode()
    assert ",=HYPERLINK" not in csv
    assert ',"=HYPERLINK' not in csv
    for name in ("units", "goals", "coverage", "monitoring", "evaluation", "funds", "payments", "execution"):
        page = client.get(reverse(name))
        assert page.status_code == 200
        assert b"<script>alert" not in page.content, name


# ── what no page sends ────────────────────────────────────────────────────────────────────────────────


def test_a_huge_post_is_refused_in_chinese(cast: Cast, client_of: Clients) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    url = reverse("filing_save", args=[filing.pk])
    answer = client.post(url, {"annual_goal": "长" * 11 * MEGABYTE})
    assert answer.status_code in (400, 413)
    assert re.search("[过太]大|上限", words(answer))
    many = client.post(url, {f"x{number}": "1" for number in range(20_001)})
    assert many.status_code in (400, 413)
    assert stored(filing) == filing.as_sheet()


@pytest.mark.parametrize("length", ["999999999999", "9" * 30, "-1"])
def test_what_is_beyond_measure_is_not_even_received(cast: Cast, client_of: Clients, length: str) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    answer = client.post(reverse("filing_upload", args=[filing.pk]), {}, CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert "请拆分" in words(answer)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary="])
def test_another_content_type_changes_nothing(cast: Cast, client_of: Clients, kind: str) -> None:
    filing, client = filed.filled(cast), client_of(cast.reporter)
    for name in ("filing_save", "filing_submit", "filing_upload"):
        answer = client.post(reverse(name, args=[filing.pk]), b'{"annual_goal": "x"}', content_type=kind)
        assert answer.status_code in (400, 409, 415, 422), (name, answer.status_code)
    assert stored(filing) == filing.as_sheet()


@pytest.mark.parametrize(
    "query",
    [
        "year=" + "9" * 5000,
        "work=" + "1" * 5000,
        "year=²",
        "page=-1",
        "page=" + "9" * 5000,
        "size=0",
        "division=" + "9" * 40,
        "department=1 OR 1=1",
        "unit=" + "9" * 40,
        "month=99",
        "month=" + "9" * 40,
        "text=%00%27%22--",
        "text=" + "x" * 5000,
        "stage=nonsense",
        "day=9999-99-99",
        "since=0001-01-01",
        "until=9999-12-31",
        "from=" + "9" * 40,
        "form=%3Cscript%3E",
        "form=unit_goal&stage=goal",
        "fund=" + "9" * 40,
    ],
)
def test_an_address_nobody_would_type_is_borne(cast: Cast, client_of: Clients, query: str) -> None:
    client = client_of(cast.performance)
    client.raise_request_exception = False
    bare = [pattern.name for pattern in urlpatterns if not pattern.pattern.converters and pattern.name]
    broken = []
    for name in bare:
        answer = client.get(f"{reverse(name)}?{query}")
        if answer.streaming:
            assert b"".join(answer.streaming_content)
        if answer.status_code >= 500:
            broken.append(name)
    assert not broken


HUGE = 10**40


def test_a_key_that_no_database_holds_is_not_found(cast: Cast, client_of: Clients) -> None:
    client = client_of(cast.performance)
    client.raise_request_exception = False
    for pattern in urlpatterns:
        if list(pattern.pattern.converters) == ["pk"]:
            answer = client.get(reverse(pattern.name or "", args=[HUGE]))
            assert answer.status_code in (403, 404, 405), pattern.name


@pytest.mark.parametrize(
    ("who", "name", "data"),
    [
        ("performance", "filing_bulk", {"action": "approve", "rows": [f"{HUGE}:1", "1:" + "9" * 5000]}),
        ("performance", "filing_bulk", {"action": "return", "rows": [f"{HUGE}:1"], "opinion": "退"}),
        ("performance", "units_contacts", {"rows": [str(HUGE)], "contact": str(HUGE)}),
        ("performance", "calendar_new", {"stage": "goal", "work_year": HUGE, "fiscal_year": -1, "month": 0}),
        ("reporter", "goal_start", {"fund": HUGE}),
        ("reporter", "monitoring_start", {"fund": HUGE, "month": HUGE}),
        ("reporter", "evaluation_start", {"fund": HUGE}),
        (
            "admin",
            "person_new",
            {"username": "甲\x00", "name": "甲" * 5000, "role": "reporter", "unit": HUGE},
        ),
        ("admin", "start_region", {"code": "４３０２９９", "name": "甲" * 5000}),
        ("treasury", "import_upload", {"fiscal_year": HUGE}),
    ],
)
def test_a_button_sent_with_nonsense_is_refused(
    cast: Cast, client_of: Clients, who: str, name: str, data: dict[str, Any]
) -> None:
    client = client_of(cast.people[who])
    client.raise_request_exception = False
    answer = client.post(reverse(name, args=["payments"] if name == "import_upload" else []), data)
    assert answer.status_code in (200, 302, 404, 409, 422), words(answer)
