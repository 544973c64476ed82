"""政策: every value with its source, what changed, whose score would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from tests.cast import REGION_CODE, Cast
from tests.evaluation.papers import submitted

from jiheng import policy
from jiheng.units.models import Person

ClientOf = Callable[[Person], Client]
OVERRIDE = """
scoring:
  execution:
    weight:
      - since: 2024-01-01
        value: 15
        document: 天衡财绩〔2024〕1号
        source: 本区办法
        status: 已核
        reason: 加重执行
"""


@pytest.fixture
def _own_rules(tmp_path: Path) -> Iterator[None]:
    (tmp_path / f"{REGION_CODE}.yaml").write_text(OVERRIDE, encoding="utf-8")
    policy.use_overrides(tmp_path)
    yield
    policy.use_overrides(None)


def test_shows_every_value_with_document_and_flag(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.observer).get("/policy/?day=2024-06-01").content.decode()
    assert "财预〔2020〕10号" in page
    assert "待核" in page
    assert "本地规定" not in page


def test_values_are_said_in_chinese(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.observer).get("/policy/").content.decode()
    cells = re.findall(r'<td class="(?:value|label|source)"[^>]*>(.*?)</td>', page, re.DOTALL)
    words = {word for cell in cells for word in re.findall(r"[a-z_]{3,}", re.sub(r"<[^>]+>", "", cell))}
    assert len(cells) > 50
    assert words == set()


@pytest.mark.usefixtures("_own_rules")
def test_a_region_s_own_value_says_so_and_why(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.performance).get("/policy/?day=2024-06-01").content.decode()
    assert "天衡财绩〔2024〕1号" in page
    assert 'title="加重执行"' in page


@pytest.mark.usefixtures("_own_rules")
def test_what_changed_this_year(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.performance)
    page = client.get("/policy/changes/?day=2024-06-01").content.decode()
    assert "天衡财绩〔2024〕1号" in page
    assert '<td class="value">10</td><td class="value">15</td>' in page
    assert "/policy/rescore/?day=2024-06-01&amp;before=2023-06-01" in page
    assert "完全一样" in client.get("/policy/changes/?day=2023-06-01").content.decode()


def test_a_leap_day_has_a_year_before(cast: Cast, client_of: ClientOf) -> None:
    assert client_of(cast.observer).get("/policy/changes/?day=2024-02-29").status_code == 200


def test_what_would_score_differently_says_when_nothing_does(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.performance).get("/policy/rescore/?year=2023").content.decode()
    assert "没有一份自评表的得分会变" in page


def test_a_day_before_any_policy_is_said_not_broken(cast: Cast, client_of: ClientOf) -> None:
    submitted(cast)
    answer = client_of(cast.performance).get("/policy/rescore/?year=2023&before=2010-01-01")
    assert answer.status_code == 200
    assert "还没有生效" in answer.content.decode()
