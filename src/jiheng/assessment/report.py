"""事前绩效评估报告 as a Word file in the official outline; every figure is the one that the page shows."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from jiheng import policy as policies
from jiheng.assessment.alike import Overlap, overlaps
from jiheng.assessment.comparing import Compared, compared
from jiheng.assessment.models import Assessment
from jiheng.assessment.moves import goal_of
from jiheng.documents.official import Paper, PaperColumn
from jiheng.figures import rounded
from jiheng.panels.opened import Opened, opened
from jiheng.scoring.assessing import Dimension
from jiheng.sheets import WAN, Amount, Missing, ProjectGoalSheet, plain

_LINES = (
    PaperColumn("维度·子项", 32),
    PaperColumn("要点", 40),
    PaperColumn("满分", 19, is_figure=True),
    PaperColumn("平均得分", 19, is_figure=True),
    PaperColumn("各评分人得分", 46),
)
_OPTIONS = (
    PaperColumn("方案", 30),
    PaperColumn("投入（万元）", 26, is_figure=True),
    PaperColumn("数量", 24, is_figure=True),
    PaperColumn("单位成本（元）", 32, is_figure=True),
    PaperColumn("与支出标准、同类比较", 44),
)
_GOALS = (PaperColumn("二级指标", 34), PaperColumn("三级指标", 70), PaperColumn("指标值", 36))


def report_word(assessment: Assessment, number: str) -> bytes:
    """The .docx of a concluded assessment; drawn up once and kept as it was."""
    assert assessment.panel is not None and assessment.concluded_at is not None
    bureau, day = assessment.region.bureau, timezone.localdate(assessment.concluded_at)
    title = f"{assessment.fund.name}（{assessment.fiscal_year}年）事前绩效评估报告"
    paper = Paper(title, bureau, day)
    paper.masthead(bureau, number)
    paper.title(title)
    _object(paper, assessment)
    _work(paper, assessment)
    found = opened(assessment.panel)
    _findings(paper, assessment, found)
    paper.heading("四、建议")
    paper.text(assessment.advice or "无。")
    paper.heading("五、其他需要说明的问题")
    _others(paper, assessment)
    paper.signature(bureau, day)
    _annex(paper, found)
    return paper.save()


def in_wan(yuan: Decimal | None) -> str:
    """Yuan in 万元 with separators, as many decimals as it has (at least two); — for none."""
    if yuan is None:
        return "—"
    whole, _, rest = plain(yuan / WAN).partition(".")
    return f"{int(whole):,}.{rest:0<2}"


def by_dimension(found: Opened) -> list[Dimension]:
    """The 维度 with their points in the order of the scheme: the mean over the sheets that count of the sum
    of their lines, rounded once; so they may add up to 0.01 more or less than the whole."""
    counting = [place for place, sheet in enumerate(found.sheets) if sheet.counts]
    points: dict[str, Decimal] = {}
    full: dict[str, Decimal] = {}
    for row in found.lines:
        name = row.line.group.partition("·")[0]
        given = sum((row.marks[place].score or Decimal(0) for place in counting), Decimal(0))
        points[name] = points.get(name, Decimal(0)) + given
        full[name] = full.get(name, Decimal(0)) + row.line.full
    return [Dimension(name, rounded(points[name] / len(counting), 2), full[name]) for name in points]


def said_beside(row: Compared) -> list[str]:
    """The comparisons of an option, one a line, as page and report print them."""
    told = [f"标准 {beside.source} {beside.words}：{beside.says}" for beside in row.standards]
    told += [f"{beside.source} {beside.value:,}元：{beside.says}" for beside in row.peers]
    if row.middle is not None:
        told.append(f"同类中位数 {row.middle:,}元")
    return told or ["没有可比的标准和同类项目"]


def _object(paper: Paper, assessment: Assessment) -> None:
    paper.heading("一、评估对象基本情况")
    fund, unit = assessment.fund, assessment.unit
    paper.text(
        f"项目名称：{fund.name}。申请单位：{unit.name}（主管部门：{unit.department.name}）。"
        f"申请类别：{assessment.get_kind_display()}。申请{assessment.fiscal_year}年预算资金"
        f"{in_wan(assessment.amount)}万元"
        + (f"，项目总投资{in_wan(assessment.whole_amount)}万元" if assessment.whole_amount else "")
        + (f"，拟执行至{assessment.until_year}年" if assessment.until_year else "")
        + "。"
    )
    for label, text in (
        ("立项依据", assessment.basis),
        ("现实需求", assessment.need),
        ("实施内容", assessment.content),
        ("实施方案和进度", assessment.plan),
        ("资金测算", assessment.costing),
        ("资金来源和承受能力", assessment.sources),
    ):
        paper.subheading(label)
        paper.text(text)
    _goal(paper, assessment)


def _goal(paper: Paper, assessment: Assessment) -> None:
    goal = goal_of(assessment)
    sheet = goal.as_sheet() if goal is not None else None
    if not isinstance(sheet, ProjectGoalSheet):
        return
    paper.subheading("绩效目标（申报表草稿）")
    total = sheet.funding.annual_total
    money = "未填" if isinstance(total, Missing) else f"{in_wan(_yuan(total))}万元"
    paper.text(f"年度目标：{sheet.annual_goal or '未填'} 目标表年度资金总额：{money}。")
    rows = [(line.level2, line.name, line.target_in_words) for line in sheet.indicators]
    paper.table(_GOALS, rows)


def _work(paper: Paper, assessment: Assessment) -> None:
    assert assessment.panel is not None
    panel = assessment.panel
    count = panel.seats.filter(state="sealed").count()
    opened_on = timezone.localdate(panel.opened_at) if panel.opened_at else "—"
    paper.heading("二、评估工作开展情况")
    paper.text(
        f"{assessment.region.bureau}于{timezone.localdate(panel.convened_at)}组织评审，{count}位评分人按统一的评分表"
        f"独立评分，评分期间互不知晓，全部封存后于{opened_on}启封；每份评分表的封存码（sha256）在启封前已公布，见附件。"
    )


def _findings(paper: Paper, assessment: Assessment, found: Opened) -> None:
    paper.heading("三、评估内容与结论")
    for each in by_dimension(found):
        paper.subheading(f"{each.name}（满分{each.full}分，得{each.points}分）")
        reasons = [
            f"{row.line.name}：{mark.reason}"
            for row in found.lines
            if row.line.group.startswith(each.name)
            for mark in row.marks
            if mark.reason
        ]
        paper.text("\n".join(dict.fromkeys(reasons)) or "评分人未提出扣分意见。")
    paper.text("各维度得分分别四舍五入，合计与综合得分可有 0.01 分尾差。")
    paper.subheading("方案比选和单位成本")
    rows = [
        (
            f"{row.option.name}{'（推荐）' if row.option.is_chosen else ''}",
            in_wan(row.option.money),
            f"{plain(row.option.quantity)}{row.option.measure}" if row.option.quantity is not None else "—",
            str(row.cost) if isinstance(row.cost, Missing) else f"{row.cost:,}",
            "\n".join(said_beside(row)),
        )
        for row in compared(assessment)
    ]
    paper.table(_OPTIONS, rows)
    paper.subheading("评估结论")
    paper.text(f"综合得分 {found.total} 分（满分 {found.full} 分），{found.step}。")
    paper.text("\n".join(assessment.steps))
    paper.text(f"评估结论：{assessment.verdict}。理由：{assessment.reason}")


def _others(paper: Paper, assessment: Assessment) -> None:
    day = assessment.policy_date or timezone.localdate()
    least = policies.on(day, assessment.region_id).whole("assessment.overlap_from")
    found = overlaps(assessment, least)
    if found:
        paper.text("与下列项目可能重复，安排预算时请核对边界：")
        paper.text("\n".join(_overlap(item) for item in found))
    else:
        paper.text("未发现名称、内容相近的其他项目。")


def _overlap(item: Overlap) -> str:
    return f"{item.fund.name}（{item.fund.unit.name}），相同用词{item.share}%：{'；'.join(item.reasons)}。"


def _annex(paper: Paper, found: Opened) -> None:
    paper.annex("附件")
    paper.title("评分汇总表")
    rows = [
        (
            row.line.group,
            row.line.name,
            str(row.line.full),
            str(row.mean),
            "、".join(f"{mark.seat.label}{mark.score}" for mark in row.marks),
        )
        for row in found.lines
    ]
    totals = "、".join(f"{sheet.seat.label}{sheet.total}" for sheet in found.sheets)
    paper.table(_LINES, [*rows, ("合计", "", str(found.full), str(found.total), totals)])
    paper.text(f"评分一致性（肯德尔W）：{found.agreement.w}。{found.agreement.steps[-1]}")
    for apart in found.apart:
        paper.text(f"离群：{apart.step}")
    for sheet in found.sheets:
        paper.text(f"{sheet.seat.label}封存码：{sheet.seat.digest}")


def _yuan(amount: Amount) -> Decimal:
    return amount.yuan
