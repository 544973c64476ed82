"""An invented county's four notes that go wrong where the example district's do, in other words and figures.

What each line is the counterpart of stands beside it (numbers of the domain reference §10).
"""

from datetime import date

from tests.claims.inventing import document_of

from jiheng import policy
from jiheng.claims import check
from jiheng.claims.verifier import verify

POLICY = policy.on(date(2023, 12, 31))
TEXT = """\
目录
一、县级“三公”经费支出情况的说明..........1
二、税收返还和转移支付情况的说明..........1
三、政府债务情况的说明..........2
四、预算绩效管理工作情况的说明..........2

一、县级“三公”经费支出情况的说明
2023年，白石县县级一般公共预算安排的“三公”经费支出合计214万元，比预算数256万元减少41万元。其中：因公出国（境）经费6万元；公务用车运行维护费197万元；公务接待费11万元。县级“三公”经费下降，主要是各单位从严控制一般性支出，做到总数只减不增。

二、税收返还和转移支付情况的说明
2023年上级财政补助我县税收返还和转移支付33.60亿元，比上年减少4.20亿元，增长12.70%，其中：
（1）返还性收入1.70亿元，与上年持平。其中：增值税税收返还收入1.10亿元；其他返还性收入0.60亿元。
（2）一般性转移支付16.25亿元，比上年减少3.15亿元，下降16.24%。主要是留抵退税专项补助到期，比上年减少2.80亿元。
（3）专项转移支付9.85亿元，比上年减少1.20亿元，增长10.86%。主要是上级对交通运输方面的支出减少2.60亿元。

三、政府债务情况的说明
2023年省财政厅下达我县新增一般债券4500万元，新增专项债券86000万元，再融资一般债券21300万元，合计111800万元。截至2023年12月末，白石县政府债券还本18400万元，政府债务余额为72650万元，控制在省核定的政府债务限额之内。

四、预算绩效管理工作情况的说明
全县86个部门和214个专项纳入绩效管理，实现了全覆盖。今年抽取6个项目开展重点评价，涉及资金2.1亿元。
2022年重点评价的6个项目已按要求完成整改，收回结余资金680万元。
某企业年缴税312.60万元，平均5.2万元/亩，未达到合同约定的每亩12万元。
"""

ERRORS = [
    ("WD01", "2023年上级财政补助我县税收返还和转移支付33.60亿元"),  # E05: the three kinds are 27.80 together
    ("WD03", "比上年减少4.20亿元"),  # E13: their changes are not the total's
    ("K41", "增长12.70%"),  # E06: 减少 … 增长, and the rate fits neither reading
    ("K41", "增长10.86%"),  # E11: 减少 … 增长
    ("K54", "政府债务余额为72650万元"),  # E16: below what the year's bonds alone leave
]
WARNINGS = [
    ("WD10", "主要是上级对交通运输方面的支出减少2.60亿元"),  # E12: more than the net change
    ("D6", "再融资一般债券21300万元"),  # E18: more than was repaid
    ("XS03", "6个项目"),  # E25: 今年 or 2022?
]
MISSING = {
    "QX11": "公务用车运行维护费197万元",  # E03: no 购置费
    "QX15": "一、县级“三公”经费支出情况的说明",  # E04: nothing of last year
    "QX16": "比预算数256万元减少41万元",  # E04: no percentage
    "QX17": "一、县级“三公”经费支出情况的说明",  # E04: no counts
    "QX31": "控制在省核定的政府债务限额之内",  # E19: a limit asserted and not stated
    "QX32": "政府债务余额为72650万元",  # E19: 一般 and 专项 not apart
    "QX34": "三、政府债务情况的说明",  # E29: no balance of last year
    "QX35": "2023年省财政厅下达我县新增一般债券4500万元",  # E19: what the bonds were used for
    "QX37": "白石县政府债券还本18400万元",  # E19: interest
    "QX38": "白石县政府债券还本18400万元",  # E19: what repaid it
    "QX41": "四、预算绩效管理工作情况的说明",
    "QX42": "四、预算绩效管理工作情况的说明",
    "QX45": "今年抽取6个项目开展重点评价",  # E29: results of the main projects
    "QX51": "一、县级“三公”经费支出情况的说明",  # E29: no tables
}
HINTS = [
    ("WD02", "比预算数256万元减少41万元"),  # E01: 42, within rounding
    ("XS06", "二、税收返还和转移支付情况的说明"),  # E20: 亿元 here, 万元 elsewhere
]
HOLDS = [
    ["11万元", "197万元", "214万元", "6万元"],  # E02
    ["0.60亿元", "1.10亿元", "1.70亿元"],  # E08
    ["16.24%", "16.25亿元", "3.15亿元"],  # E09
    ["111800万元", "21300万元", "4500万元", "86000万元"],  # E15
    ["312.60万元", "5.2万元/亩"],  # E27
]
MENDED = {
    "33.60亿元，比上年减少4.20亿元，增长12.70%": "27.80亿元，比上年减少4.35亿元，下降13.53%",
    "增长10.86%": "下降10.86%",
    "减少2.60亿元": "减少0.90亿元",
    "再融资一般债券21300万元，合计111800万元": "再融资一般债券11300万元，合计101800万元",
    "余额为72650万元": "余额为272650万元",
    "2022年重点评价的6个项目": "上述6个项目",
    "减少41万元": "减少42万元",
}


def report_of(text):
    return check(document_of(text), POLICY, year=2023)


def said(report, severity, *, missing=False):
    return sorted(
        (one.code, report.text[one.start : one.end])
        for one in report.findings
        if one.severity.value == severity and (one.kind.value == "missing") is missing
    )


def test_exactly_these_contradictions_come_out():
    report = report_of(TEXT)
    assert said(report, "error") == sorted(ERRORS)
    assert said(report, "warning") == sorted(WARNINGS)
    assert said(report, "hint") == sorted(HINTS)


def test_exactly_these_contents_are_missing():
    report = report_of(TEXT)
    assert said(report, "warning", missing=True) == sorted(MISSING.items())


def test_what_holds_is_listed_as_holding():
    report = report_of(TEXT)
    holding = [
        sorted(operand.text for operand in each.operands)
        for each in report.relations
        if each.verdict.value == "ok"
    ]
    assert [texts for texts in HOLDS if texts not in holding] == []


def test_each_error_carries_its_proof():
    wrong = [each for each in report_of(TEXT).relations if each.verdict.value == "error"]
    assert len(wrong) == len(ERRORS)
    for relation in wrong:
        assert relation.proof
        assert relation.message
        assert verify(relation)


def test_the_mended_text_has_nothing_but_what_is_missing():
    text = TEXT
    for wrong, right in MENDED.items():
        assert wrong in text
        text = text.replace(wrong, right)
    report = report_of(text)
    assert said(report, "error") == said(report, "warning") == []
    assert said(report, "hint") == [HINTS[1]]
