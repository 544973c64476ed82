"""批复 as a Word file in official layout: what was approved, goal by goal; every figure is the version's."""

from __future__ import annotations

from jiheng.documents.official import Paper, PaperColumn
from jiheng.filings.models import Version
from jiheng.goals.models import GoalReply
from jiheng.sheets import Amount, Missing, ProjectGoalSheet, UnitGoalSheet

LINES = (
    PaperColumn("一级指标", 20),
    PaperColumn("二级指标", 22),
    PaperColumn("三级指标", 46),
    PaperColumn("指标值", 34),
    PaperColumn("分值", 14, is_figure=True),
)
TASKS = (
    PaperColumn("年度主要任务", 40),
    PaperColumn("主要内容", 70),
    PaperColumn("预算金额（万元）", 30, is_figure=True),
)


def reply_word(reply: GoalReply) -> bytes:
    """The reply to one unit; a .docx file, the same whenever it is asked for."""
    versions = [
        goal.version
        for goal in reply.goals.select_related("version__filing__fund", "filing").order_by(
            "filing__fund__code", "pk"
        )
    ]
    versions.sort(key=lambda version: version.filing.fund_id is not None)
    region, unit, year = reply.region, reply.unit, reply.fiscal_year
    title = f"关于批复{unit.name}{year}年度预算绩效目标的通知"
    paper = Paper(title, region.bureau, reply.issued_on)
    paper.masthead(region.bureau, reply.number)
    paper.title(title)
    paper.addressee(unit.name)
    projects = sum(version.filing.fund_id is not None for version in versions)
    kinds = ["部门整体支出绩效目标"] * (len(versions) > projects) + [f"{projects}个专项资金绩效目标"] * bool(
        projects
    )
    paper.text(
        f"根据《中央部门预算绩效目标管理办法》（财预〔2015〕88号）等规定，你单位报送的{year}年度"
        f"{'和'.join(kinds)}已经审核通过，现随{year}年度部门预算一并批复（见附件）。有关要求如下："
    )
    paper.text("一、严格按批复的绩效目标组织预算执行，绩效目标一般不予调整；确需调整的，按原程序报批。")
    paper.text("二、按规定时间开展绩效运行监控和绩效自评，对照批复的指标值如实填报完成情况。")
    paper.text("三、批复的绩效目标随部门预算同步向社会公开，涉及国家秘密的除外。")
    paper.text("附件：" + "；".join(f"{place}.{_name(version)}" for place, version in enumerate(versions, 1)))
    paper.signature(region.bureau, reply.issued_on)
    for place, version in enumerate(versions, start=1):
        paper.annex(f"附件{place}")
        _goal(paper, version)
    return paper.save()


def _name(version: Version) -> str:
    fund = version.filing.fund
    return f"{fund.name}绩效目标" if fund else "部门整体支出绩效目标"


def _goal(paper: Paper, version: Version) -> None:
    sheet = version.as_sheet()
    assert isinstance(sheet, ProjectGoalSheet | UnitGoalSheet)
    paper.title(_name(version))
    if isinstance(sheet, ProjectGoalSheet):
        money = sheet.funding
        paper.text(
            f"年度资金总额{_wan(money.annual_total)}，其中：财政拨款{_wan(money.annual_fiscal)}，"
            f"其他资金{_wan(money.annual_other)}。"
        )
    else:
        paper.text(f"年度预算金额{_wan(sheet.tasks_total)}，其中：财政拨款{_wan(sheet.tasks_fiscal)}。")
    paper.text(f"年度目标：{sheet.annual_goal or '（未填写）'}")
    if isinstance(sheet, UnitGoalSheet) and sheet.tasks:
        paper.table(TASKS, [(task.name, task.content, _figure(task.total)) for task in sheet.tasks])
        paper.text(" ")
    paper.table(
        LINES,
        [
            (line.level1, line.level2, line.name, line.target_in_words, str(line.weight))
            for line in sheet.indicators
        ],
    )
    paper.text(f"本表为第{version.number}版，内容指纹 {version.sha256[:16]}。")


def _wan(amount: Amount | Missing) -> str:
    return "未填报" if isinstance(amount, Missing) else f"{_figure(amount)}万元"


def _figure(amount: Amount | Missing) -> str:
    return "—" if isinstance(amount, Missing) else str(amount)
