"""What anybody sees without logging in: only what is published, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from tests.cast import Cast
from tests.publishing.years import WORD
from tests.web.published import publish, publish_again, withdraw

from jiheng.web import packages

YEAR = "/public/430299000/2024/"


def get(path: str, **headers: str) -> HttpResponseBase:
    return Client(headers=headers).get(path)


def body(answer: Any) -> bytes:
    return bytes(answer.content)


def test_a_published_year_is_there_for_everybody(cast: Cast) -> None:
    publish(cast)
    assert f'href="{YEAR}"' in body(get("/public/")).decode()
    assert 'href="/public/"' in body(get("/login/")).decode()
    home = get(YEAR)
    assert home.status_code == 200
    assert home["Content-Type"] == "text/html; charset=utf-8"
    assert "天衡区2024年度决算公开" in body(home).decode()
    assert "script-src 'self'" in home["Content-Security-Policy"]
    assert not home.cookies
    word = get(f"{YEAR}files/notes.docx")
    assert (body(word), word["Content-Disposition"]) == (WORD, "attachment")
    assert get(f"{YEAR}units/105001.html").status_code == 200
    assert get(f"{YEAR}files/units/105001.docx").status_code == 200
    assert get("/public/430299000/2024")["Location"] == YEAR


def test_a_browser_asks_again_and_hears_that_nothing_changed(cast: Cast) -> None:
    publish(cast)
    first = get(f"{YEAR}assets/site.css")
    assert first["Cache-Control"] == "public, no-cache"
    assert get(f"{YEAR}assets/site.css", if_none_match=first["ETag"]).status_code == 304
    assert get(f"{YEAR}assets/echarts.min.js")["Cache-Control"] == "public, max-age=86400"


OUTSIDE = ("../../../secret", "..%2f..%2f..%2fsecret", "%2e%2e/secret", "files/../../x", "/etc/passwd")


@pytest.mark.parametrize("path", [*OUTSIDE, "no.html", "data/"])
def test_nothing_but_the_package_s_own_files(path: str, cast: Cast, settings: Any) -> None:
    publish(cast)
    (Path(settings.MEDIA_ROOT) / "secret").write_text("secret")
    answer = get(YEAR + path)
    assert answer.status_code == 404
    assert b"secret" not in body(answer)


def test_what_was_never_published_is_not_there(cast: Cast) -> None:
    assert get(YEAR).status_code == 404
    assert get("/public/999999999/2024/").status_code == 404
    assert "还没有公开的年度" in body(get("/public/")).decode()
    assert Client().post(YEAR).status_code == 405


def test_a_withdrawn_year_says_so_and_keeps_its_trace(cast: Cast) -> None:
    first = publish(cast)
    assert get(YEAR).status_code == 200
    withdraw(cast, first)
    for path in ("", "tables/debt.html", "files/notes.docx", "data-package.zip"):
        gone = get(YEAR + path)
        assert gone.status_code == 410
        assert "已于2025-11-03撤回，原因：核对转移支付" in body(gone).decode()
    assert get(f"{YEAR}assets/site.css").status_code == 200
    assert get(f"{YEAR}history.json").status_code == 200
    assert "（已撤回）" in body(get("/public/")).decode()
    publish_again(cast)
    assert get(YEAR).status_code == 200
    trace = body(get(f"{YEAR}about.html")).decode()
    assert "核对转移支付" in trace
    assert "第2版" in trace


def test_where_the_package_cannot_be_made_the_page_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(cast)
    monkeypatch.setattr(packages, "ECHARTS", tmp_path / "none")
    answer = get(YEAR)
    assert answer.status_code == 503
    assert "公开的内容都还在" in body(answer).decode()


def test_only_the_package_of_now_is_kept(cast: Cast, settings: Any) -> None:
    first = publish(cast)
    get(YEAR)
    withdraw(cast, first)
    get(YEAR)
    shelf = Path(settings.MEDIA_ROOT) / "public" / cast.region.pk / "2024"
    assert len(list(shelf.iterdir())) == 1
