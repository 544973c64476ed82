"""评价报告 as Word in the official outline (财预〔2020〕10号附件): 基本情况、评价工作开展情况、综合评价情况及
结论、指标分析、经验做法和问题、有关建议、其他. Every figure is the page's own: both are of one `Standing`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from jiheng.documents.official import Paper, PaperColumn
from jiheng.findings.notices import in_chinese, wan
from jiheng.fiscal.models import EvaluationState, Fault, Interview, KeyEvaluation, Proof
from jiheng.fiscal.standing import Standing, StandingLevel, points, shown, standing_of

# the parts that people write: key, heading on the page, what belongs there
PARTS = (
    ("profile", "项目概况", "项目背景、主要内容、实施情况、资金投入和使用"),
    ("goals", "绩效目标", "总体目标和阶段性目标"),
    ("course", "评价工作开展情况", "评价目的、对象、范围，原则、方法、标准，评价过程"),
    ("practice", "主要经验及做法", "值得推广的做法"),
    ("causes", "问题的原因分析", "存在问题的原因"),
    ("advice", "有关建议", "对完善政策、改进管理、预算安排的建议"),
    ("other", "其他需要说明的问题", "没有的留空"),
)
LEVELS = (
    PaperColumn("一级指标", 40),
    PaperColumn("分值", 25, is_figure=True),
    PaperColumn("得分", 25, is_figure=True),
    PaperColumn("得分率（%）", 30, is_figure=True),
    PaperColumn("得分率图示", 60),
)
LINES = (
    PaperColumn("一级", 14),
    PaperColumn("二级", 22),
    PaperColumn("三级指标", 34),
    PaperColumn("分值", 14, is_figure=True),
    PaperColumn("得分", 14, is_figure=True),
    PaperColumn("计分过程和依据", 58),
)
SURVEYS = (
    PaperColumn("调查对象", 40),
    PaperColumn("发放", 16, is_figure=True),
    PaperColumn("收回", 16, is_figure=True),
    PaperColumn("有效", 16, is_figure=True),
    PaperColumn("回收率（%）", 22, is_figure=True),
    PaperColumn("满意度（%）", 22, is_figure=True),
)
PAPERS = (
    PaperColumn("材料", 60),
    PaperColumn("种类", 24),
    PaperColumn("证明的指标和页码", 50),
    PaperColumn("sha256（前16位）", 40),
)
PROBLEMS = (
    PaperColumn("序号", 12),
    PaperColumn("类别", 16),
    PaperColumn("问题", 40),
    PaperColumn("事实", 70),
    PaperColumn("涉及金额（万元）", 28, is_figure=True),
)
BLOCKS = 10  # how many blocks a full bar has


def report_word(evaluation: KeyEvaluation, standing: Standing | None = None) -> bytes:
    """The report as it stands; a draft says so. A .docx file."""
    told = standing or standing_of(evaluation)
    day = timezone.localdate(evaluation.confirmed_at) if evaluation.confirmed_at else timezone.localdate()
    bureau = evaluation.region.bureau
    paper = Paper(f"{evaluation.title}绩效评价报告", bureau, day)
    paper.title(f"{evaluation.title}绩效评价报告")
    paper.text(_facts(evaluation))
    if evaluation.state != EvaluationState.CONFIRMED:
        paper.text("（征求意见稿：结果尚未确认，以确认后的报告为准。）")
    _profile(paper, evaluation)
    _course(paper, evaluation, told)
    _conclusion(paper, evaluation, told)
    _analysis(paper, told)
    _experience(paper, evaluation)
    paper.signature(evaluation.organisation or bureau, day)
    _annexes(paper, evaluation, told)
    return paper.save()


def _facts(evaluation: KeyEvaluation) -> str:
    who = evaluation.organisation or evaluation.region.bureau
    amount = f"，评价资金{wan(evaluation.amount)}万元" if evaluation.amount is not None else ""
    return (
        f"编号{evaluation.number}。{evaluation.get_kind_display()}，由{who}承担。"
        f"被评价单位：{evaluation.unit.name}；评价{evaluation.years}{amount}。"
    )


def _profile(paper: Paper, evaluation: KeyEvaluation) -> None:
    paper.heading("一、基本情况")
    paper.subheading("（一）项目概况")
    paper.text(_said(evaluation, "profile"))
    paper.subheading("（二）绩效目标")
    paper.text(_said(evaluation, "goals"))


def _course(paper: Paper, evaluation: KeyEvaluation, told: Standing) -> None:
    paper.heading("二、评价工作开展情况")
    paper.text(_said(evaluation, "course"))
    paper.text(f"选定理由：{evaluation.reason.rstrip('。')}。")
    interviews = Interview.objects.filter(evaluation=evaluation).order_by("held_on", "pk")
    papers = Proof.objects.filter(evaluation=evaluation).count()
    paper.text(f"评价收集佐证材料{papers}份，访谈{len(interviews)}次，发放问卷{len(told.surveys)}种。")
    if told.surveys:
        rows = [
            [
                survey.audience,
                str(survey.issued),
                str(survey.returned),
                str(survey.valid),
                points(survey.return_rate),
                points(survey.satisfaction),
            ]
            for survey in told.surveys
        ]
        paper.table(SURVEYS, rows)
        for survey in told.surveys:
            paper.text(
                f"{survey.audience}：{survey.step}。{''.join(f'{words}。' for words in survey.doubts)}"
            )


def _conclusion(paper: Paper, evaluation: KeyEvaluation, told: Standing) -> None:
    paper.heading("三、综合评价情况及评价结论")
    paper.text(f"评价得分{points(told.total)}分，等级为“{told.grade or '未定'}”。{told.step}。")
    paper.table(LEVELS, [_level(level) for level in told.levels] + [_whole(told.levels, told.total)])
    if told.gap is not None:
        paper.text(
            f"单位自评{points(told.self_score)}分，比评价得分"
            f"{'高' if told.gap >= 0 else '低'}{points(abs(told.gap))}分。"
        )
    if told.flips:
        paper.text(f"等级的稳定性：{told.flips[0]}；共有{len(told.flips)}条指标单独变动可以改变等级。")
    elif told.total is not None:
        paper.text("等级的稳定性：没有一条指标单独变动可以改变等级。")


def _analysis(paper: Paper, told: Standing) -> None:
    paper.heading("四、绩效评价指标分析")
    for place, level in enumerate(told.levels, start=1):
        paper.subheading(f"（{in_chinese(place)}）{level.name}情况")
        paper.text(
            f"{level.name}类指标分值{shown(level.weight)}分，得{points(level.score)}分，"
            f"得分率{points(level.rate)}%。{_losses(told, level)}"
        )


def _losses(told: Standing, level: StandingLevel) -> str:
    lost = [
        f"“{line.level3}”扣{points(line.weight - line.score)}分（{line.basis or line.step}）"
        for line in told.lines
        if line.level1 == level.name and line.score is not None and line.score < line.weight
    ]
    return f"扣分情况：{'；'.join(lost)}。" if lost else "各项指标均得满分。"


def _experience(paper: Paper, evaluation: KeyEvaluation) -> None:
    paper.heading("五、主要经验及做法、存在的问题及原因分析")
    paper.subheading("（一）主要经验及做法")
    paper.text(_said(evaluation, "practice"))
    paper.subheading("（二）存在的问题")
    faults = list(Fault.objects.filter(evaluation=evaluation).order_by("pk"))
    if faults:
        paper.table(PROBLEMS, [_fault(place, item) for place, item in enumerate(faults, start=1)])
    else:
        paper.text("评价没有发现需要整改的问题。")
    paper.subheading("（三）原因分析")
    paper.text(_said(evaluation, "causes"))
    paper.heading("六、有关建议")
    paper.text(_said(evaluation, "advice"))
    paper.heading("七、其他需要说明的问题")
    paper.text(_said(evaluation, "other"))
    for row in evaluation.comments.order_by("pk"):
        paper.text(f"被评价单位反馈：{row.text} 处理情况：{row.answer or '尚未处理'}")


def _annexes(paper: Paper, evaluation: KeyEvaluation, told: Standing) -> None:
    paper.annex("附件1")
    paper.title("绩效评价评分表")
    rows = [
        [
            line.level1,
            line.level2,
            line.level3,
            shown(line.weight),
            points(line.score),
            "；".join(part for part in (line.step, line.basis) if part),
        ]
        for line in told.lines
    ]
    weights = sum((line.weight for line in told.lines), Decimal(0))
    paper.table(LINES, [*rows, ["合计", "", "", shown(weights), points(told.total), told.grade]])
    paper.annex("附件2")
    paper.title("佐证材料清单")
    proofs = Proof.objects.filter(evaluation=evaluation).prefetch_related("citations__row").order_by("pk")
    paper.table(PAPERS, [_proof(item) for item in proofs])
    if told.bare:
        paper.text(f"没有佐证的指标：{'、'.join(told.bare)}。")


def _proof(item: Proof) -> list[str]:
    where = [f"{cited.row.level3}（{cited.page}）" for cited in item.citations.all()]
    return [item.name, item.kind, "、".join(where), item.sha256[:16]]


def _fault(place: int, item: Fault) -> list[str]:
    amount = "—" if item.amount is None else wan(item.amount)
    return [str(place), item.kind, item.title, item.description, amount]


def _level(level: StandingLevel) -> list[str]:
    return [level.name, shown(level.weight), points(level.score), points(level.rate), bar(level.rate)]


def _whole(levels: Sequence[StandingLevel], total: Decimal | None) -> list[str]:
    weight = sum((level.weight for level in levels), Decimal(0))
    rate = None if total is None or not weight else total * 100 / weight
    return ["合计", shown(weight), points(total), points(rate), bar(rate)]


def bar(rate: Decimal | None) -> str:
    """A percentage as a bar of blocks: what a chart shows, in a table that every office program opens."""
    if rate is None:
        return "—"
    full = int(rate * BLOCKS / 100)
    return "█" * full + "░" * (BLOCKS - full)


def _said(evaluation: KeyEvaluation, part: str) -> str:
    text: str = evaluation.narrative.get(part, "")
    return text or ("无。" if part == "other" else "（未填写）")
