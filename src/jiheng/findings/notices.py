"""整改通知书 as a Word file in official layout; every figure printed is the record's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from jiheng.documents.official import Paper, PaperColumn
from jiheng.findings.models import Notice, Problem
from jiheng.sheets import WAN, Missing, plain

COLUMNS = (
    PaperColumn("问题编号", 26),
    PaperColumn("来源", 20),
    PaperColumn("类别", 14),
    PaperColumn("项目（专项资金）", 42),
    PaperColumn("年度", 14),
    PaperColumn("涉及金额（万元）", 24, is_figure=True),
)
_TENS = "〇一二三四五六七八九十"


def notice_word(notice: Notice, problems: Sequence[Problem]) -> bytes:
    """The notice to one unit of its problems, in the order given; a .docx file."""
    region, unit = notice.unit.region, notice.unit
    title = f"关于{unit.name}预算绩效管理有关问题的整改通知书"
    paper = Paper(title, region.bureau, notice.issued_on)
    paper.masthead(f"{region.bureau}", notice.number)
    paper.title(title)
    paper.addressee(unit.name)
    sources = "、".join(dict.fromkeys(problem.get_source_display() for problem in problems))
    paper.text(
        f"根据《项目支出绩效评价管理办法》（财预〔2020〕10号）等规定，我局对{sources}中发现的问题进行了核实，"
        f"你单位存在以下问题{len(problems)}个，{total_in_words(problems)}。现予下达，"
        f"请于{_day(notice.due_on)}前完成整改并书面回复。"
    )
    paper.heading("一、存在的问题和整改要求")
    for place, problem in enumerate(problems, start=1):
        paper.subheading(f"（{in_chinese(place)}）{problem.title}（问题编号{problem.number}）")
        paper.text(_closed(problem.description))
        money = problem.money
        amount = str(money) if isinstance(money, Missing) else f"涉及金额{wan(money)}万元"
        paper.text(f"{amount}。整改要求：{_closed(problem.requirement)}")
    paper.heading("二、回复要求")
    paper.text(
        "请逐项写明整改措施、整改结果和完成时间，并附能够证明整改情况的材料（注明页码和日期）。"
        "材料应当真实，不得以整改要求下达前的材料或其他问题的材料充作整改依据。"
        "逾期未整改或整改不到位的，将按规定与预算安排挂钩。"
    )
    paper.text("附件：问题清单")
    paper.signature(region.bureau, notice.issued_on)
    paper.annex("附件")
    paper.title("问题清单")
    paper.table(COLUMNS, [_row(problem) for problem in problems] + [_sum(problems)])
    return paper.save()


def total_in_words(problems: Sequence[Problem]) -> str:
    """What the problems come to: the sum of those that have an amount, and how many have none."""
    known = [problem.amount for problem in problems if problem.amount is not None]
    bare = len(problems) - len(known)
    if not known:
        return "均未涉及或尚未核实金额"
    total = f"涉及金额{wan(sum(known, Decimal(0)))}万元"
    return f"{total}（另有{bare}个问题不涉及或尚未核实金额）" if bare else total


def wan(yuan: Decimal) -> str:
    """Yuan in 万元, exactly: two decimals, or as many as the stored amount needs; with separators."""
    whole, _, rest = plain(yuan / WAN).partition(".")
    return f"{int(whole):,}.{rest:0<2}"


def in_chinese(number: int) -> str:
    """1 to 99 in Chinese: 十二."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _TENS[ones]
    return f"{_TENS[tens] if tens > 1 else ''}十{_TENS[ones] if ones else ''}"


def _row(problem: Problem) -> list[str]:
    money = problem.money
    subject = problem.project or problem.fund
    return [
        problem.number,
        problem.get_source_display(),
        problem.kind,
        subject.name if subject else "部门整体",
        str(problem.fiscal_year),
        "—" if isinstance(money, Missing) else wan(money),
    ]


def _sum(problems: Sequence[Problem]) -> list[str]:
    known = [problem.amount for problem in problems if problem.amount is not None]
    return ["合计", "", "", "", "", wan(sum(known, Decimal(0))) if known else "—"]


def _closed(text: str) -> str:
    """The text with a full stop at its end."""
    text = text.strip()
    return text if text.endswith(("。", "！", "？", "；")) else f"{text}。"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
