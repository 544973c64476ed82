"""What holds for any text: no false alarm, no slip unseen, exact offsets, errors proved, no crash."""

from datetime import date
from decimal import Decimal, InvalidOperation

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.claims.inventing import document_of, place, reports, slips, turns, written

from jiheng import policy
from jiheng.claims import check
from jiheng.claims.scan import flat
from jiheng.claims.verifier import verify
from jiheng.sheets import Severity

POLICY = policy.on(date(2024, 12, 31))
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def audited(text):
    """The report of a text, after what must be true of any report was looked at."""
    report = check(document_of(text), POLICY)
    plain = flat(report.text)
    assert len(plain) == len(report.text)
    for relation in report.relations:
        assert 0 <= relation.start <= relation.end <= len(plain)
        for operand in relation.operands:
            assert operand.start == operand.end or plain[operand.start : operand.end] == operand.text
        for word in relation.words:
            assert plain[word.start : word.end] == word.text
        assert relation.verdict.value != "error" or verify(relation), relation
    for finding in report.findings:
        assert 0 <= finding.start < finding.end <= len(plain), finding
        assert finding.message
    for repair in report.repairs:
        for edit in repair.edits:
            assert plain[edit.start : edit.end] == flat(edit.text) != edit.replacement, edit
    return report


def errors_of(report):
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]


def touches(report, finding, start, end):
    """Whether a finding's clause or an operand of its relation has what stands from start to end."""
    relation = next(each for each in report.relations if each.id == finding.relation)
    spans = [(finding.start, finding.end), *((each.start, each.end) for each in relation.operands)]
    spans += [(each.start, each.end) for each in relation.words]
    return any(first <= start and end <= last for first, last in spans)


def number_of(text):
    try:
        return Decimal(text.rstrip("亿万元%").replace(",", ""))
    except InvalidOperation:
        return None


@given(reports())
@few
def test_a_consistent_text_raises_no_error(pieces):
    text = written(pieces)
    report = audited(text)
    assert errors_of(report) == [], (text, errors_of(report))
    assert any(relation.verdict.value == "ok" for relation in report.relations)


@given(slips())
@few
def test_a_slipped_digit_is_found_and_mended(slip):
    pieces, slipped, index = slip
    start, end = place(slipped, index)
    text = written(slipped)
    report = audited(text)
    errors = errors_of(report)
    assert any(touches(report, finding, start, end) for finding in errors), (pieces[index].text, text, errors)
    proposed = [
        number_of(edit.replacement)
        for repair in report.repairs
        for edit in repair.edits
        if edit.start < end and edit.end > start
    ]
    assert Decimal(pieces[index].number) in proposed, (pieces[index].text, text, report.repairs)


@given(turns())
@few
def test_a_turned_word_is_found_and_turned_back(turn):
    pieces, turned, index = turn
    start, end = place(turned, index)
    text = written(turned)
    report = audited(text)
    errors = errors_of(report)
    assert any(touches(report, finding, start, end) for finding in errors), (text, errors)
    proposed = [edit for repair in report.repairs for edit in repair.edits if edit.start == start]
    assert pieces[index].text in [edit.replacement for edit in proposed], (text, report.repairs)


FRAGMENTS = (
    *(
        "收入",
        "支出",
        "一般公共预算",
        "税收收入",
        "其中：",
        "其中",
        "合计",
        "总计",
        "加上",
        "收支相抵，",
        "分别为",
    ),
    *(
        "比上年",
        "增加",
        "减少",
        "增长",
        "下降",
        "与上年持平",
        "完成年初预算的",
        "占",
        "占比",
        "由",
        "组成",
        "债务余额",
    ),
    *(
        "限额",
        "还本",
        "再融资债券",
        "新增",
        "主要是",
        "等",
        "平均",
        "超过",
        "近",
        "约",
        "左右",
        "和",
        "各",
        "三公",
    ),
    *(
        "0",
        "1",
        "12.5",
        "３．４",
        "1,234",
        "1, 234",
        "－3",
        "-0.0",
        "0.00",
        "百分之五",
        "999999999999",
    ),
    *("亿元", "万元", "元", "亿", "%", "％", "个百分点", "倍", "亩", "个", "万元/亩", "元/人", "分", "人次"),
    *(
        "（",
        "）",
        "(",
        ")",
        "，",
        "、",
        "。",
        "；",
        "：",
        ":",
        "\n",
        "\t",
        " ",
        "\u3000",
        "“",
        "”",
        "《",
        "》",
        ".",
    ),
    *(
        "（一）",
        "1.",
        "①",
        "一、",
        "2023年",
        "2024年12月末",
        "〔2023〕5号",
        "[1]",
        "第3次",
        "1-9月",
        "5—10",
        "附件1",
    ),
    *("|", "---", "XX", "\ufffd", "\x00", "\r\n", "👀", "e5", "+", "/", "‰"),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=70).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_heap_of_fragments_is_read_twice_alike(text):
    assert audited(text) == check(document_of(text), POLICY)


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(text):
    audited(text)


def test_a_long_text_without_a_full_stop_is_read():
    """Length is no excuse: 300,000 characters in one sentence, as tables lost in copying are."""
    clause = "教育支出8.40亿元，比上年增加0.40亿元，增长5.00%，其中：小学（含幼儿园）3.20亿元、中学5.20亿元，"
    text = clause * (300_000 // len(clause))
    report = check(document_of(text), POLICY)
    assert report.figures >= 5 * text.count("教育支出")
    assert errors_of(report) == []


def test_a_bracket_that_never_closes_does_not_swallow_the_rest():
    text = "（" * 2000 + "本年支出合计1860万元，其中：基本支出1302万元，项目支出558万元。" + "其中" * 2000
    audited(text)


def test_a_direction_word_is_found_where_it_stands():
    """Also before a blank or an empty bracket, which the reading leaves out."""
    report = audited("本年收入5亿元，比上年增长　三百万元，增长（ ）0.6%。")
    assert {word.text for relation in report.relations for word in relation.words} == {"增长"}
