"""制度库: documents kept once, ended and not taken out, and the policy values that come from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from tests.cast import Cast

from jiheng import policy as policies
from jiheng.library import regulations
from jiheng.library.models import Regulation
from jiheng.library.regulations import Paper, RegulationDraft, regulation_for
from jiheng.units.models import LogEntry

RULES = RegulationDraft(
    title="天衡区项目支出绩效评价管理办法",
    number="天衡财绩〔2022〕3号",
    issuer="天衡区财政局",
    level="county",
    topic="重点评价",
    since=date(2022, 3, 1),
)
DAY = date(2024, 6, 30)


def test_a_document_comes_in_with_its_file(cast: Cast) -> None:
    item = regulations.add(cast.performance, RULES, Paper("办法.pdf", b"%PDF-1.7\n"))
    assert regulation_for(cast.reporter, item.pk).upload.name == "办法.pdf"
    entry = LogEntry.objects.get(action="收入制度文件")
    assert entry.after["文号"] == "天衡财绩〔2022〕3号"


@pytest.mark.parametrize(
    ("field", "said", "words"),
    [
        ("title", {"title": " "}, "请填写名称"),
        ("until", {"until": date(2021, 1, 1)}, "早于施行日期"),
        ("topic", {"topic": "什么"}, "请选择环节"),
        ("level", {"level": "x"}, "请选择层级"),
        ("replaced_by", {"replaced_by": 999_999, "until": DAY}, "另一份文件"),
        ("is_verified", {"number": "", "is_verified": True}, "没有文号"),
        ("since", {"since": date(1900, 1, 1)}, "太早"),
        ("title", {"title": "长" * 201}, "最多 200 个字"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    cast: Cast, field: str, said: dict[str, object], words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        regulations.add(cast.performance, replace(RULES, **said))  # type: ignore[arg-type]
    assert words in refused.value.message_dict[field][0]
    assert not Regulation.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"), [("办法.exe", b"MZ"), ("办法.pdf", b"PK\x03\x04"), ("空.pdf", b"")]
)
def test_a_file_that_is_no_paper_leaves_nothing(cast: Cast, name: str, data: bytes) -> None:
    with pytest.raises(ValidationError):
        regulations.add(cast.performance, RULES, Paper(name, data))


def test_a_number_is_kept_once(cast: Cast) -> None:
    regulations.add(cast.performance, RULES)
    with pytest.raises(ValidationError, match="已有"):
        regulations.add(cast.performance, replace(RULES, title="另一份"))


def test_what_is_over_stays_with_what_replaced_it(cast: Cast) -> None:
    old = regulations.add(cast.performance, RULES, Paper("办法.pdf", b"%PDF-1.7\n"))
    new = regulations.add(
        cast.performance, replace(RULES, number="天衡财绩〔2024〕1号", since=date(2024, 1, 1))
    )
    ended = replace(RULES, until=date(2023, 12, 31), replaced_by=new.pk)
    with pytest.raises(ValidationError, match="止期"):
        regulations.revise(cast.performance, old.pk, 1, replace(ended, until=None))
    old = regulations.revise(cast.performance, old.pk, 1, ended)
    assert old.holds_on(date(2023, 12, 31)) and not old.holds_on(date(2024, 1, 1))
    assert old.upload is not None  # its file stays
    assert list(new.replaces.all()) == [old]
    entry = LogEntry.objects.get(action="修改制度文件")
    assert entry.after == {"止期": "2023-12-31", "替代文件": str(new)}


def test_two_at_once_the_second_is_told(cast: Cast) -> None:
    item = regulations.add(cast.performance, RULES)
    regulations.revise(cast.performance, item.pk, 1, replace(RULES, note="甲"))
    with pytest.raises(ValidationError, match="刚被别人改过"):
        regulations.revise(cast.colleague, item.pk, 1, replace(RULES, note="乙"))
    with pytest.raises(ValidationError, match="没有变化"):
        regulations.revise(cast.colleague, item.pk, 2, replace(RULES, note="甲"))


def test_only_who_keeps_the_library_writes_and_others_regions_are_not_there(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        regulations.add(cast.budget, RULES)
    item = regulations.add(cast.performance, RULES)
    cast.reporter.region_id = "999999999"
    with pytest.raises(Http404):
        regulation_for(cast.reporter, item.pk)


def test_the_first_content_comes_once_and_only_its_own_province_s(cast: Cast) -> None:
    count = regulations.load(cast.region)
    assert count and regulations.load(cast.region) == 0
    is_hunan = cast.region.pk.startswith("43")
    assert Regulation.objects.filter(number="湘财绩〔2013〕29号").exists() == is_hunan
    old = Regulation.objects.get(number="财预〔2011〕285号")
    assert old.replaced_by == Regulation.objects.get(number="财预〔2020〕10号")
    assert not Regulation.objects.filter(is_verified=True).exists()  # nobody has read the originals here


def test_every_number_in_policy_stands_in_the_first_content(cast: Cast) -> None:
    assert regulations.unlisted(cast.region, DAY)
    regulations.load(cast.region)
    assert regulations.unlisted(cast.region, DAY) == []


def test_values_come_from_their_document(cast: Cast) -> None:
    found, bare = regulations.values_by_number(cast.region, DAY)
    every = policies.on(DAY, cast.region.pk).values()
    assert sum(map(len, found.values())) + bare == len(every)
    assert "" not in found  # a document without a number claims none of them
    assert {"grades.excellent", "grades.good"} <= {entry.path for entry in found["财预〔2020〕10号"]}
