"""The code words that stand in policy data and in the log, as a person reads them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from jiheng import sheets
from jiheng.filings.models import Desk, State

_WORD = re.compile(r"[A-Za-z][A-Za-z_0-9]+")
# keys of mappings, and the choices between variants, in policy/values/*.yaml
_POLICY = {
    "arrival": "资金到位率算法",
    "audit": "审计核查",
    "by": "来源",
    "completed": "已完工分值",
    "completion": "预算完成率算法",
    "compliance": "合规性算法",
    "congress": "人大评议",
    "dimension": "维度",
    "evidence": "依据材料",
    "factor": "因素",
    "fiscal": "财政评价",
    "formula": "算法",
    "goal": "绩效目标",
    "group": "归类",
    "key_work": "重点工作算法",
    "kind": "种类",
    "kinds": "种类",
    "levels": "指标",
    "monitoring": "运行监控",
    "ongoing": "实施期内分值",
    "output": "实际完成率算法",
    "part": "要点",
    "performance": "绩效股",
    "public_cost": "公用经费控制率算法",
    "quality": "质量达标率算法",
    "results": "结果应用",
    "role": "角色",
    "satisfaction": "满意度算法",
    "saving": "成本节约率算法",
    "self": "单位自评",
    "spent": "预算执行率算法",
    "standard": "标准",
    "three_public": "三公经费控制率算法",
    "three_public_change": "三公经费变动率算法",
    "unit_satisfaction": "满意度算法",
    "value": "值",
    "verdict": "结论",
    "weighted": "按选项折算",
    "annual_blue": "达到全年指标值亮蓝灯",
    "asked": "出现时才要求",
    "asked_heading": "标题有此才要求",
    "at": "标记处",
    "as_zero": "执行率按0计",
    "at_least": "不低于即满分",
    "at_least_full": "达到或超过得满分",
    "band": "档次",
    "bands": "分档",
    "belongs": "应归入",
    "below": "低于",
    "code": "编号",
    "contents": "应写内容",
    "deduct": "扣分",
    "each": "各样",
    "execution": "预算执行率",
    "execution_first": "先看执行率",
    "for_departments": "部门也适用",
    "from": "自",
    "from_included": "含起点",
    "full": "满分值",
    "half_up": "四舍五入",
    "heading": "标题样式",
    "level1": "一级指标",
    "level2": "二级指标",
    "linear": "按比例",
    "linear_to_double": "超过指标值后线性扣减，达两倍为0",
    "meaning": "说明",
    "month": "月份",
    "month_share": "按序时进度",
    "name": "名称",
    "near": "近旁用语",
    "no_light": "不亮灯",
    "not_scored": "不计分",
    "notes": "说明份数",
    "points": "得分",
    "prior": "上年",
    "proportional_deviation": "按偏离比例扣分",
    "ratio": "按比例",
    "rescale": "其余指标折算为满分",
    "sections": "至少节数",
    "share": "得分比例",
    "signs": "认作部门的字样",
    "step": "每差",
    "taxonomy": "指标分类",
    "term": "术语",
    "to": "至",
    "to_included": "含终点",
    "unless": "有此不要求",
    "weight": "分值",
    "whole": "按整步",
    "word": "用语",
    "words": "有此即可",
    "worst": "取最差的灯",
    "amount": "金额",
    "percent": "百分比",
    "places": "小数位数",
    "money": "金额单位",
    "percent_places": "百分比小数位数",
    "top": "上",
    "bottom": "下",
    "left": "左",
    "right": "右",
    "rows": "每页行数",
    "characters": "每行字数",
    "title": "标题",
    "subheading": "二级标题",
    "body": "正文",
    "folio": "页码",
    "zero": "不得分",
    "zero_only": "完成值为0才得分",
    "desk": "环节",
    "state": "状态",
}


def _labels() -> Iterator[tuple[str, str]]:
    for record in vars(sheets).values():
        if isinstance(record, type) and dataclasses.is_dataclass(record):
            for item in dataclasses.fields(record):
                if label := item.metadata.get("label"):
                    yield item.name, label


_STATES: dict[str, str] = {str(value): str(label) for value, label in State.choices}
_DESKS: dict[str, str] = {str(value): str(label) for value, label in Desk.choices}
WORDS: dict[str, str] = dict(_labels()) | _STATES | _POLICY | _DESKS


def in_chinese(text: Any) -> str:
    """The text with every known code word in Chinese; the rest stays as it is."""
    return _WORD.sub(lambda found: WORDS.get(found.group(), found.group()), str(text))
