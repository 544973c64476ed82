"""The frozen record comes back from its JSON as it was, without the bytes of its files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.accounts.sets import tables
from tests.wording.making import three_public

from jiheng import policy, wording
from jiheng.disclosure.record import (
    PublicDepartment,
    PublicEdition,
    PublicFile,
    PublicResult,
    PublicYear,
    department_of_json,
    to_json,
    year_of_json,
)
from jiheng.sheets import NOT_APPLICABLE

DAY = date(2025, 10, 20)


def made() -> PublicYear:
    text = wording.note(three_public(), policy.on(DAY))
    word = PublicFile("说明.docx", "0" * 64, b"PK")
    trace = (PublicEdition(1, DAY, "0" * 64, DAY, "金额有误"), PublicEdition(2, DAY, "1" * 64))
    unit_tables = tuple(table for name, table in tables("unit").items() if "/" not in name)
    return PublicYear(
        region="430299000",
        region_name="天衡区",
        fiscal_year=2024,
        title="2024年度决算公开说明",
        day=DAY,
        edition=2,
        bureau="天衡区财政局",
        policy_version="0" * 64,
        texts=(text,),
        reviewed=(wording.Reviewed("农村公路养护", "交通局", "2023年", grade="良"),),
        tables=(tables("region")["three_public"],),
        evaluated=2023,
        results=(
            PublicResult(2023, "105001", "教育局", "", "", "办好学校", score=Decimal("93.40"), grade="优"),
            PublicResult(2023, "105001", "教育局", "1050", "营养餐", "吃好", spent=NOT_APPLICABLE),
        ),
        departments=(
            PublicDepartment("105001", "教育局", DAY, 1, text, unit_tables, "0" * 64, (word,), trace[:1]),
        ),
        files=(word,),
        trace=trace,
    )


def test_it_comes_back_from_json() -> None:
    year = made()
    without = tuple(replace(file, data=b"") for file in year.files)
    unit = replace(year.departments[0], files=without)
    assert year_of_json(to_json(year)) == replace(year, files=without, departments=(unit,))
    assert department_of_json(to_json(year.departments[0])) == unit
