"""Units and people by file: the preview, the second step, the same file twice, and who may."""

import csv
import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from tests.cast import Cast

from jiheng.documents import tables
from jiheng.rules.redflags import REGISTRIES
from jiheng.units import accounts, imports, jobs
from jiheng.units.models import (
    Batch,
    BatchState,
    Department,
    Division,
    Job,
    JobState,
    LogEntry,
    Person,
    Region,
    Unit,
    Upload,
)

UNITS = ("业务股室", "主管部门代码", "主管部门名称", "单位代码", "单位名称", "编制数", "截止年度")
PEOPLE = ("登录名", "姓名", "角色", "业务股室", "主管部门代码", "单位代码", "电话")
GOOD = [
    ("教科文股", "105", "教育局", "105002", "第一中学（新校区）", "215", ""),
    ("教科文股", "105", "教育局", "105003", "第二中学", "90", ""),
    ("农业股", "401", "农业农村局", "401001", "农业农村局本级", "", ""),
]


def sheet(header, rows) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def staged(person: Person, kind: str, data: bytes, year: int | None = None, name: str = "表.csv") -> Batch:
    return imports.stage(person, kind, imports.receive(person, kind, name, data), year)


def counts() -> tuple[int, ...]:
    models = (Unit, Department, Division, Person, Batch, LogEntry)
    return tuple(model.objects.count() for model in models)


def test_a_preview_changes_nothing_and_publishing_adds_and_changes(cast: Cast) -> None:
    batch = staged(cast.admin, "units", sheet(UNITS, GOOD))
    assert (batch.state, batch.rows, batch.preview["good"], batch.preview["bad"]) == ("staged", 3, 3, [])
    assert batch.preview["sample"][1][5] == "第二中学"
    assert Unit.objects.count() == 5

    batch, done = imports.publish(cast.admin, batch.pk)
    assert batch.state == BatchState.PUBLISHED
    assert done.counts == {"新增": 2, "修改": 1, "无变化": 0}
    assert str(Unit.objects.get(code="105002")) == "第一中学（新校区）"
    assert Unit.objects.get(code="105002").staff == 203  # an empty or absent cell changes nothing
    assert Unit.objects.get(code="401001").department.division.name == "农业股"
    changed = LogEntry.objects.get(action="修改单位")
    assert (changed.before["name"], changed.after["name"]) == ("第一中学", "第一中学（新校区）")
    assert LogEntry.objects.get(action="导入单位").after["新增"] == 2
    assert LogEntry.objects.filter(action__in=["新增单位", "新增主管部门", "新增业务股室"]).count() == 4


def test_the_same_file_twice_changes_nothing_and_says_so(cast: Cast) -> None:
    data = sheet(UNITS, GOOD)
    first, _ = imports.publish(cast.admin, staged(cast.admin, "units", data).pk)
    before = counts()
    again = staged(cast.admin, "units", data)
    assert again == first
    assert "不会改变任何数据" in imports.in_words(again)
    assert imports.publish(cast.admin, again.pk)[1].counts == {}
    assert counts() == before
    assert Upload.objects.count() == 1


def test_every_bad_cell_is_named_and_nothing_comes_in(cast: Cast) -> None:
    rows = [
        *GOOD,
        ("教科文股", "105", "教育体育局", "105004", "第三中学", "九十多", ""),
        ("社会保障股", "105", "教育局", "105003", "第二中学", "-1", "1999"),
    ]
    batch = staged(cast.admin, "units", sheet(UNITS, rows))
    told = {
        (cell["row"], cell["column"], cell["letter"], cell["value"]): cell["reason"]
        for cell in batch.preview["bad"]
    }
    assert "重复" in told[6, "单位代码", "D", "105003"]
    assert "“教科文股”" in told[6, "业务股室", "A", "社会保障股"]
    assert "四位年份" in told[6, "截止年度", "G", "1999"]
    assert "不能为负" in told[6, "编制数", "F", "-1"]
    assert (5, "编制数", "F", "九十多") in told
    assert (batch.preview["good"], batch.preview["bad_count"]) == (3, 5)
    with pytest.raises(ValidationError, match="未导入任何数据"):
        imports.publish(cast.admin, batch.pk)
    assert Unit.objects.count() == 5


def test_only_the_good_rows_when_asked_and_the_rest_later(cast: Cast) -> None:
    data = sheet(UNITS, [*GOOD, ("教科文股", "105", "教育局", "105009", "第九中学", "-5", "")])
    batch, done = imports.publish(cast.admin, staged(cast.admin, "units", data).pk, good_rows_only=True)
    assert done.counts["新增"] == 2
    assert batch.preview["left_out"] == 1
    assert not Unit.objects.filter(code="105009").exists()
    assert "1 行有误未导入" in imports.in_words(batch)
    assert staged(cast.admin, "units", data) != batch  # not the whole file is in: it may come again


def test_what_changed_between_preview_and_publishing_is_seen(cast: Cast) -> None:
    data = sheet(PEOPLE, [("new01", "新人", "单位填报人", "", "", "361002", "")])
    batch = staged(cast.admin, "people", data)
    assert batch.preview["bad_count"] == 0
    cast.clinic.code = "361009"
    cast.clinic.save()
    with pytest.raises(ValidationError, match="1 处错误"):
        imports.publish(cast.admin, batch.pk)
    assert not Person.objects.filter(username="new01").exists()


def test_new_people_get_initial_passwords_that_are_given_out_once(cast: Cast) -> None:
    rows = [
        ("new01", "新人", "单位填报人", "", "", "361002", "0731-1234567"),
        ("new02", "新审", "主管部门", "", "361", "", ""),
        ("reporter", "张填写", "单位填报人", "", "", "105002", ""),
    ]
    imports.ask_publish(cast.admin, staged(cast.admin, "people", sheet(PEOPLE, rows)).pk)
    assert jobs.work_once()
    job = Job.objects.get(kind="publish_import")
    assert job.state == JobState.DONE, job.message
    with pytest.raises(Http404):
        imports.take_output(cast.treasury, job.pk)
    name, data = imports.take_output(cast.admin, job.pk)
    handed = tables.read(data, name, [tables.Column("u", "登录名"), tables.Column("p", "初始密码")]).rows
    assert [row.values["u"] for row in handed] == ["new01", "new02"]
    person = accounts.authenticate_person("new01", handed[0].values["p"])
    assert (person.unit, person.must_change_password, person.phone) == (cast.clinic, True, "0731-1234567")
    cast.reporter.refresh_from_db()
    assert (cast.reporter.name, cast.reporter.must_change_password) == ("张填写", False)
    with pytest.raises(Http404, match="已领取"):
        imports.take_output(cast.admin, job.pk)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("n1", "新", "单位填报人", "", "", "999", ""), "单位代码", "没有这个单位代码"),
        (("n1", "新", "单位填报人", "", "", "", ""), "单位代码", "须填写单位"),
        (("n1", "新", "业务股室", "不存在股", "", "", ""), "业务股室", "没有这个业务股室"),
        (("n1", "新", "局长", "", "", "", ""), "角色", "不在可选范围"),
        (("n 1", "新", "绩效股", "", "", "", ""), "登录名", "2 至 60 位"),
        (("far", "新", "绩效股", "", "", "", ""), "登录名", "已有人使用"),
        (("admin", "管理员", "绩效股", "", "", "", ""), "角色", "不能改变自己的角色"),
    ],
)
def test_an_impossible_person_is_named(cast: Cast, row: tuple, column: str, words: str) -> None:
    other = Region.objects.create(code="430298000", name="邻区")
    Person.objects.create(username="far", name="远人", role="budget", region=other)
    (cell,) = staged(cast.admin, "people", sheet(PEOPLE, [row])).preview["bad"]
    assert cell["column"] == column
    assert words in cell["reason"]


@pytest.mark.parametrize("who", ["observer", "reporter", "treasury", "division"])
def test_who_may_not_import_may_not(cast: Cast, who: str) -> None:
    person, batch = cast.people[who], staged(cast.admin, "units", sheet(UNITS, GOOD))
    with pytest.raises(PermissionDenied):
        staged(person, "units", sheet(UNITS, GOOD))
    with pytest.raises(PermissionDenied):
        imports.template(person, "units")
    with pytest.raises(Http404):
        imports.publish(person, batch.pk)
    with pytest.raises(Http404):
        imports.discard(person, batch.pk)
    assert Unit.objects.count() == 5


def test_another_regions_administrator_finds_nothing(cast: Cast) -> None:
    batch = staged(cast.admin, "units", sheet(UNITS, GOOD))
    cast.admin.region = Region.objects.create(code="430298000", name="邻区")
    with pytest.raises(Http404):
        imports.publish(cast.admin, batch.pk)
    assert batch.upload is not None
    with pytest.raises(Http404):
        imports.stage(cast.admin, "units", batch.upload)


def test_a_discarded_batch_is_not_published(cast: Cast) -> None:
    batch = staged(cast.admin, "units", sheet(UNITS, GOOD))
    imports.discard(cast.admin, batch.pk)
    with pytest.raises(ValidationError, match="已放弃"):
        imports.publish(cast.admin, batch.pk)
    assert LogEntry.objects.filter(action="放弃导入单位").count() == 1
    published = staged(cast.admin, "units", sheet(UNITS, GOOD))
    imports.publish(cast.admin, published.pk)
    with pytest.raises(ValidationError, match="已入库"):
        imports.discard(cast.admin, published.pk)


def test_staging_again_replaces_what_was_staged(cast: Cast) -> None:
    first = staged(cast.admin, "units", sheet(UNITS, GOOD))
    second = staged(cast.admin, "units", sheet(UNITS, GOOD))
    first.refresh_from_db()
    assert (first.state, second.state) == (BatchState.DISCARDED, BatchState.STAGED)


def test_a_job_says_what_is_wrong_with_the_file(cast: Cast) -> None:
    imports.ask_stage(cast.admin, "units", "单位.csv", sheet(("甲", "乙"), [("1", "2")]))
    assert jobs.work_once()
    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert "没有找到表头" in job.message
    assert not Batch.objects.exclude(state=BatchState.DISCARDED).exclude(pk=cast.batch.pk).exists()


def test_a_job_stages_a_file(cast: Cast) -> None:
    imports.ask_stage(cast.admin, "units", "单位.csv", sheet(UNITS, GOOD))
    assert jobs.work_once()
    job = Job.objects.get()
    assert (job.state, job.message and job.result["message"]) == (
        JobState.DONE,
        "单位：3 行全部无误，尚未入库",
    )
    assert imports.batch_for(cast.admin, job.result["batch"]).preview["good"] == 3


@pytest.mark.parametrize("name", ["units", "people", "funds", "budgets", "payments"])
def test_every_template_is_its_own_blank(cast: Cast, name: str) -> None:
    person = cast.performance if name != "people" else cast.admin
    data = imports.template(person, name)
    with pytest.raises(ValidationError, match="没有数据"):
        staged(person, name, data, 2024, name="模板.xlsx")


def test_each_sees_their_own_kinds(cast: Cast) -> None:
    def names(person: Person) -> list[str]:
        return [kind.name for kind in imports.kinds_for(person)]

    own = ["units", "funds", "budgets", "budget_dates", "payments"]
    boards = ["board_goals", "board_monitoring", "board_evaluation"]
    registries = [kind.name for kind in imports.kinds_for(cast.treasury)][1:]
    assert len(registries) == len(REGISTRIES)
    assert names(cast.performance) == [*own, *boards, "problems", "indicators", "standards", *registries]
    assert names(cast.treasury) == ["payments", *registries]
    assert names(cast.budget) == ["funds", "budgets", "budget_dates"]
    assert names(cast.admin) == ["units", "people"]
    assert names(cast.observer) == []


def test_too_large_a_file_is_refused(cast: Cast, settings) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    with pytest.raises(ValidationError, match="上限"):
        imports.receive(cast.admin, "units", "单位.csv", sheet(UNITS, GOOD))
    assert Upload.objects.count() == 0
