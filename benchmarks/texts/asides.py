"""Sentences whose figures state nothing checkable: numbers of documents, dates, counts, bounds, points."""

from __future__ import annotations

from collections.abc import Callable

from texts.writing import Writer

Aside = Callable[[Writer], str]


def _n(w: Writer, low: int, high: int) -> int:
    return w.rng.randint(low, high)


def _d(w: Writer, low: int, high: int) -> str:
    return f"{w.rng.randint(low * 10, high * 10) / 10:.1f}"


ASIDES: tuple[Aside, ...] = (
    lambda w: (
        f"根据《关于做好{w.year}年决算工作的通知》（财办〔{w.year}〕{_n(w, 1, 90)}号）"
        "要求，现将有关情况说明如下。"
    ),
    lambda w: (
        f"{w.year + 1}年{_n(w, 1, 9)}月{_n(w, 1, 28)}日，"
        f"第{w.one('十四', '十五', '九')}届人大常委会第{_n(w, 2, 40)}次会议批准了决算。"
    ),
    lambda w: f"全年兑现惠企资金{_d(w, 1, 9)}亿元，惠及企业{_n(w, 120, 4000)}户。",
    lambda w: f"民生支出占比保持在{_n(w, 71, 84)}%以上。",
    lambda w: f"预算执行进度高于全省平均水平{_d(w, 1, 6)}个百分点。",
    lambda w: f"新建改建农村公路{_d(w, 12, 90)}公里，建成高标准农田{_d(w, 1, 9)}万亩。",
    lambda w: f"为{_d(w, 1, 9)}万名学生发放资助，惠民惠农补贴“一卡通”发放{_n(w, 20, 60)}项。",
    lambda w: f"城乡居民医保财政补助标准提高到每人每年{_n(w, 64, 70)}0元。",
    lambda w: f"全年压减非急需支出超过{_n(w, 2, 9)}00万元，存量资金盘活约{_d(w, 1, 5)}亿元。",
    lambda w: f"自{w.year - 3}年以来，累计开展培训{_n(w, 8, 40)}期、{_n(w, 9, 30)}00余人次。",
    lambda w: f"财政评审项目{_n(w, 30, 200)}个，平均审减率{_d(w, 5, 15)}%。",
    lambda w: f"办理人大代表建议{_n(w, 5, 40)}件、政协提案{_n(w, 5, 30)}件，办结率100%。",
    lambda w: "纳入直达资金监控系统的项目做到日监测、周调度、月通报，12345热线反映的问题全部办结。",
    lambda w: (
        f"按照“{_n(w, 1, 3)}+{_n(w, 2, 9)}”工作安排，"
        f"{w.one('一季度', '上半年', '前三季度')}已完成{_n(w, 2, 9)}项重点任务。"
    ),
    lambda w: f"政府采购节约率{_d(w, 2, 9)}%，较上年提高{_d(w, 0, 3)}个百分点。",
    lambda w: f"争取超长期特别国债项目{_n(w, 4, 60)}个，到位资金{_d(w, 1, 20)}亿元以上。",
    lambda w: "以上数据为快报数，决算后如有变化，以批复数为准。",
    lambda w: (
        f"（{w.one('一', '二')}）坚持过紧日子，一般性支出压减不低于{_n(w, 5, 15)}%，“三保”支出足额安排。"
    ),
)


def aside(w: Writer, chance: float = 0.5) -> None:
    """Now and then such a sentence, as a paragraph of its own."""
    while w.odds(chance):
        w("\n", w.one("", "　　"), w.rng.choice(ASIDES)(w), "\n")
        chance /= 2
