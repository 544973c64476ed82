"""The explanation of the year's performance management, with 附件1: the projects and their grades."""

from __future__ import annotations

from collections import Counter

from jiheng.policy import Policy
from jiheng.sheets import Grade
from jiheng.wording.facts import Performance, Reviewed
from jiheng.wording.phrases import Phrase, Style, joined, led, tally, words
from jiheng.wording.text import Run, Table, TableColumn, Text
from jiheng.wording.writing import Writer

REVIEWED = "performance/reviewed"  # the list of projects that is 附件1
MOST_NAMED = 12  # projects named in a sentence; more stand in the annex alone
COLUMNS = (
    ("序号", 15, False),
    ("项目名称", 42, False),
    ("主管部门", 30, False),
    ("年度", 22, False),
    ("金额（{unit}）", 33, True),
    ("得分", 20, True),
    ("等级", 14, False),
)


def performance_note(facts: Performance, policy: Policy) -> Text:
    """预算绩效管理工作情况的说明: goals, monitoring, evaluation, results, problems, measures, 附件1."""
    style = Style.of(policy)
    writer = Writer("performance", f"关于{facts.whose.year}年预算绩效管理工作情况的说明")
    writer.heading("预算绩效管理工作开展情况")
    if facts.systems.strip():
        writer.subheading("制度建设情况")
        writer.prose(facts.systems)
    writer.subheading("绩效目标管理情况")
    writer.body(*_goals(writer, facts, style))
    writer.subheading("绩效运行监控情况")
    writer.body(*_monitoring(writer, facts, style))
    writer.subheading("绩效评价情况")
    writer.body(*_evaluation(writer, facts, style))
    writer.subheading("评价结果应用情况")
    writer.body(*_results(writer, facts, style))
    writer.heading("绩效评价发现的主要问题")
    writer.body(*_found(facts))
    for passage in facts.problems:
        writer.subheading(passage.heading)
        writer.prose(passage.text)
    if facts.measures:
        writer.heading("下一步工作举措")
        for passage in facts.measures:
            writer.subheading(passage.heading)
            writer.prose(passage.text)
    if facts.reviewed:
        writer.annex("附件1", f"{facts.whose.year}年财政重点绩效评价项目评价结果情况表")
        writer.table(_table(facts, style))
    return writer.text()


def _goals(writer: Writer, facts: Performance, style: Style) -> list[Phrase]:
    departments = writer.asked(style.count(facts.department_goals, "个部门"), "部门整体支出绩效目标数")
    funds = writer.asked(style.count(facts.fund_goals, "个"), "专项资金绩效目标数")
    return [
        joined(
            [
                led(f"{facts.whose.year}年，全{facts.whose.level}", departments, "编报整体支出绩效目标"),
                style.share(facts.department_goals, facts.departments, "占全部预算部门的"),
            ],
            "，",
        ),
        joined(
            [
                led("编报专项资金绩效目标", funds),
                led("涉及资金", style.money(facts.fund_goals_amount)),
                words("与部门预算同步申报、同步批复、同步公开") if departments or funds else (),
            ],
            "，",
        ),
    ]


def _monitoring(writer: Writer, facts: Performance, style: Style) -> list[Phrase]:
    lights = [(facts.green, "绿灯"), (facts.yellow, "黄灯"), (facts.red, "红灯")]
    monitored = writer.asked(style.count(facts.monitored, "个"), "绩效运行监控项目数")
    told = joined([led(name, style.count(light, "个")) for light, name in lights], "，")
    whole = all(light.known is not None for light, _ in lights)
    lead = f"{facts.whose.year}年，对预算执行进度和绩效目标实现程度开展绩效运行监控，监控项目"
    return [led(lead, monitored), led("其中：", writer.asked(told if whole else (), "监控亮灯情况"))]


def _evaluation(writer: Writer, facts: Performance, style: Style) -> list[Phrase]:
    chosen = list(facts.reviewed)  # “四评” are among them
    return [
        joined(
            [
                led(
                    f"{facts.whose.year}年，组织",
                    writer.asked(style.count(facts.self_evaluated, "个部门"), "开展绩效自评的部门数"),
                    f"对{facts.evaluated}年支出开展绩效自评",
                ),
                style.share(facts.self_evaluated, facts.departments, "占全部预算部门的"),
                led("自评项目", style.count(facts.self_evaluated_projects, "个")),
            ],
            "，",
        ),
        _key_projects(writer, chosen, style),
        _named(writer, chosen, style),
    ]


def _key_projects(writer: Writer, chosen: list[Reviewed], style: Style) -> Phrase:
    """开展财政重点绩效评价项目8个，评价金额3.00亿元，其中：等级为“优”的2个，等级为“良”的6个."""
    if not writer.asked(words("有") if chosen else (), "财政重点绩效评价的项目"):
        return ()
    grades = Counter(project.grade for project in chosen)
    told = [
        (Run(f"等级为“{grade}”的"), tally(grades[grade], REVIEWED), Run("个"))
        for grade in Grade
        if grades[grade]
    ]
    whole = sum(grades[grade] for grade in Grade) == len(chosen)
    return joined(
        [
            (Run("开展财政重点绩效评价项目"), tally(len(chosen), REVIEWED), Run("个")),
            led("评价金额", style.sum_of([project.amount for project in chosen])),
            led("其中：", joined(told, "，")) if whole else (),
        ],
        "，",
    )


def _named(writer: Writer, chosen: list[Reviewed], style: Style) -> Phrase:
    """Each project's grade and score, as 中发〔2018〕34号 asks; many are left to 附件1."""
    told = []
    for project in chosen[:MOST_NAMED]:
        grade = words(f"评价等级为“{project.grade}”" if project.grade else "")
        said = joined([led("得", style.score(project.score), "分"), grade], "，")
        if said:
            told.append(led(f"{_name(project)}", said))
    if len(told) < len(chosen[:MOST_NAMED]):
        writer.asked((), "重点评价项目的得分或等级")
    more = words("其余见附件1" if len(chosen) > MOST_NAMED else "详见附件1") if told else ()
    return led("重点评价项目结果：", joined([joined(told, "；"), more], "，"))


def _name(project: Reviewed) -> str:
    """With its years, unless its own name has them."""
    return project.project if project.years in project.project else f"{project.years}{project.project}"


def _results(writer: Writer, facts: Performance, style: Style) -> list[Phrase]:
    linked = writer.asked(style.money(facts.linked_amount), "评价结果与预算安排挂钩的金额")
    found, closed = (style.count(figure, "个") for figure in (facts.problems_found, facts.problems_closed))
    return [
        led("建立绩效评价结果与预算安排和预算调整挂钩机制，评价结果应用涉及预算资金", linked),
        joined(
            [
                led("评价发现问题", writer.asked(found, "评价发现的问题数")),
                led("已完成整改销号", writer.asked(closed, "整改销号数")),
                style.share(facts.problems_closed, facts.problems_found, "整改完成率为"),
            ],
            "，",
        ),
    ]


def _found(facts: Performance) -> list[Phrase]:
    four = [project for project in facts.reviewed if project.is_four_reviews]
    if not four:
        return [words("从评价情况看，预算绩效管理还存在以下问题")] if facts.problems else []
    names = "、".join(f"{project.department}{_name(project)}" for project in four)
    grades = {project.grade for project in four}
    same = f"评价等级均为“{four[0].grade}”（详见附件1）" if len(grades) == 1 and four[0].grade else ""
    return [
        (Run("开展“四评”的项目有"), tally(len(four), REVIEWED), Run(f"个，即{names}")),
        words(same or "评价等级详见附件1"),
    ]


def _table(facts: Performance, style: Style) -> Table:
    columns = tuple(
        TableColumn(heading.format(unit=style.unit), width, is_figure)
        for heading, width, is_figure in COLUMNS
    )
    rows = [
        (
            Run(str(number)),
            Run(project.project),
            Run(project.department),
            Run(project.years),
            style.plain_money(project.amount),
            *(style.score(project.score) or (Run(""),)),
            Run(project.grade),
        )
        for number, project in enumerate(facts.reviewed, 1)
    ]
    return Table(columns, tuple(rows))
