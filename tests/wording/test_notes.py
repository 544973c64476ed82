"""The explanations: what they must say, what they leave out and tell, sources of every figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from drawn_accounts import Draw
from tests.wording.making import three_public

from jiheng import policy
from jiheng.wording import ABSENT, Department, note

POLICY = policy.on(date(2025, 6, 1))


def test_the_note_on_three_public_word_for_word() -> None:
    text = note(three_public(), POLICY)
    assert text.lacking == ()
    assert text.plain == (
        "关于区级“三公”经费支出情况的说明\n"
        "2024年，区级一般公共预算安排的行政事业单位“三公”经费支出合计171.46万元，"
        "比预算数202.00万元减少30.54万元，下降15.12%；比上年决算数180.00万元减少8.54万元，下降4.74%。"
        "其中：因公出国（境）费5.00万元，公务用车购置及运行维护费158.46万元，公务接待费8.00万元。"
        "增减变化的主要原因是厉行节约。\n"
        "（一）因公出国（境）费5.00万元，比预算数8.00万元减少3.00万元，下降37.50%，与上年决算数持平。"
        "主要原因是厉行节约。全年安排因公出国（境）团组2个，累计7人次。\n"
        "（二）公务用车购置及运行维护费158.46万元，比预算数184.00万元减少25.54万元，下降13.88%，"
        "比上年决算数165.00万元减少6.54万元，下降3.96%。主要原因是厉行节约。"
        "其中：公务用车购置费0万元，与预算数持平，与上年决算数持平；"
        "公务用车运行维护费158.46万元，比预算数184.00万元减少25.54万元，下降13.88%，"
        "比上年决算数165.00万元减少6.54万元，下降3.96%。公务用车运行维护费增减的主要原因是厉行节约。"
        "全年购置公务用车0辆，年末公务用车保有量为96辆。\n"
        "（三）公务接待费8.00万元，比预算数10.00万元减少2.00万元，下降20.00%，"
        "比上年决算数10.00万元减少2.00万元，下降20.00%。主要原因是厉行节约。"
        "全年国内公务接待310批次，接待2650人次。"
    )


def test_every_figure_has_its_source() -> None:
    draw = Draw(5)
    for facts in (*draw.facts(), draw.department("区审计局")):
        for run in note(facts, POLICY).figures():
            assert run.sources
            assert all(run.sources), run


def test_what_is_missing_is_left_out_and_told() -> None:
    facts = three_public()
    abroad = replace(facts.abroad, final=ABSENT)
    text = note(replace(facts, abroad=abroad, held=ABSENT), POLICY)
    assert set(text.lacking) == {"因公出国（境）费", "公务用车保有量"}
    assert "其中：因公" not in text.plain
    assert "已有的支出有：公务用车购置及运行维护费158.46万元，公务接待费8.00万元。" in text.plain
    assert "保有" not in text.plain


def test_a_department_has_fourteen_sections_and_leaves_out_what_nobody_knows() -> None:
    facts = Draw(1).department("区审计局")
    text = note(facts, POLICY)
    assert text.lacking == ()
    headings = [block.text for block in text.blocks if getattr(block, "part", "") == "heading"]
    assert len(headings) == 14
    assert headings[6] == "七、财政拨款“三公”经费支出决算情况说明"
    assert isinstance(facts, Department)
    without = note(replace(facts, vehicles=ABSENT, equipment=ABSENT), POLICY)
    assert "国有资产占用情况" in without.lacking
    assert without.plain.count("情况说明\n") == text.plain.count("情况说明\n") - 1
