"""Notes on performance work: goals, monitoring, self-evaluation, reviews, scores."""

from __future__ import annotations

from fractions import Fraction

from texts import passages
from texts.accounts import Draw
from texts.truth import Figure
from texts.writing import Writer


def note(w: Writer, draw: Draw) -> None:
    """Goals, monitoring, self-evaluation and reviews in counts, shares and scores."""
    rng = w.rng
    units, projects = rng.randint(40, 200), rng.randint(80, 900)
    passages.indent(w)
    first = w.count("单位", units, "个")
    w(
        f"{w.year}年，{w.one('全区', '我县', '市本级')}",
        first,
        "预算单位",
        w.one("全部", "均"),
        "编报整体支出绩效目标，",
    )
    whole = w.count("项目", projects, "个")
    w("项目绩效目标", whole, "，与部门预算同步批复。")
    _watched(w, projects, whole)
    graded(w)
    _money(w, draw)
    scored(w)
    w("\n")


def _watched(w: Writer, projects: int, whole: Figure) -> None:
    lights = sorted(w.rng.sample(range(1, projects), 2))
    counts = [lights[0], lights[1] - lights[0], projects - lights[1]]
    figures = [
        w.count(f"监控{name}", n, "个")
        for name, n in zip(("绿灯", "黄灯", "红灯"), sorted(counts)[::-1], strict=True)
    ]
    watched = w.count("监控项目", projects, "个")
    w(
        "对",
        watched,
        "项目开展绩效运行监控，其中：绿灯",
        figures[0],
        w.one("、", "，"),
        "黄灯",
        figures[1],
        w.one("、", "，"),
        "红灯",
        figures[2],
    )
    w.same(whole, watched)
    w.adds(watched, figures)
    if w.odds(0.6):
        w("，绿灯项目")
        w.share(
            figures[0],
            int(figures[0].shown),
            watched,
            projects,
            figures[1:],
            w.one("监控项目", "全部监控项目"),
            lead="占",
        )
    w("。")


def graded(w: Writer) -> None:
    grades = [w.rng.randint(0, 60) for _ in range(4)]
    grades[0] += 1
    names, total = ("优", "良", "中", "差"), sum(grades)
    whole = w.count("自评项目", total, "个")
    figures = [w.count(f"评为{name}", n, "个") for name, n in zip(names, grades, strict=True)]
    w(
        w.one("部门自评项目", "组织自评项目", "纳入财政评价的项目"),
        whole,
        "，",
        w.one("结果为", "评价等级为", "其中评为"),
    )
    percents = []
    shares = w.odds(0.5)
    for place_, (name, figure, n) in enumerate(zip(names, figures, grades, strict=True)):
        w("、" if place_ and not shares else "；" if place_ else "", f"“{name}”的", figure)
        if shares:
            percents.append(w.share(figure, n, whole, total, figures[:place_] + figures[place_ + 1 :]))
    w.adds(whole, figures)
    if shares:
        w.wholly(percents)
    w("。")


def _money(w: Writer, draw: Draw) -> None:
    """Money looked at and money moved because of it."""
    reviewed = draw.size(20_000_000, 900_000_000)
    cut = draw.part_of(reviewed, 0.02, 0.2)
    number = w.rng.randint(5, 60)
    whole = w.money("评价金额", reviewed)
    w(
        "财政重点评价项目",
        w.count("重点评价", number, "个"),
        w.one("、", "，"),
        w.one("涉及资金", "评价金额"),
        whole,
    )
    part = w.money("压减金额", cut)
    w("；", w.one("根据评价结果压减预算", "评价结果与预算挂钩，核减"), part)
    w.share(part, cut, whole, reviewed, (), w.one("评价金额", "涉及资金"))
    w.within(part, whole)
    w("。")


def scored(w: Writer) -> None:
    """A score of a hundred made of four parts, and its grade."""
    full = (("预算执行", 10), ("产出指标", 50), ("效益指标", 30), ("满意度指标", 10))
    tenths = [w.rng.randint(top * 6, top * 10) for _, top in full]
    figures = [
        Figure(name, _points(n), "分", 1, "分", certain=True)
        for (name, _), n in zip(full, tenths, strict=True)
    ]
    total = Figure("总分", _points(sum(tenths)), "分", 1, "分", certain=True)
    score = Fraction(sum(tenths), 10)
    grade = "优" if score >= 90 else "良" if score >= 80 else "中" if score >= 60 else "差"
    w("项目支出绩效综合得分", total, f"，等级为“{grade}”，其中：")
    for place_, ((name, _), figure) in enumerate(zip(full, figures, strict=True)):
        w(w.one("，", "、") if place_ else "", name, w.one("得", ""), figure)
    w.adds(total, figures)
    w("。")


def _points(tenths: int) -> str:
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
