"""What people fill in about assessments: the request with its options, the experts, the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from jiheng.assessment.asking import MOST_OPTIONS, TEXTS, FileDraft, OptionDraft
from jiheng.assessment.models import AskKind, Assessment
from jiheng.figures import FigureError, amount_in_wan
from jiheng.figures import quantity as quantity_of
from jiheng.panels.models import Seat
from jiheng.panels.outcomes import NotDone
from jiheng.panels.rating import MarkDraft, SheetDraft
from jiheng.scoring.assessing import VERDICTS
from jiheng.sheets import WAN, plain

MOST_TEXT = 6000
SPARE_OPTIONS = 3
HELP = {
    "basis": "法律法规、党委政府决策、规划，写明文号",
    "need": "解决什么问题，有什么调查和数据",
    "content": "做什么、做多少、在哪里做",
    "plan": "步骤、时间、责任单位、已具备的条件、建成后的管护",
    "costing": "数量 × 单价 = 金额，单价依据什么标准或询价",
    "sources": "各渠道资金、以后年度支出责任、有无举债",
}


def words(label: str, help_text: str = "", rows: int = 3, *, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, help_text=help_text, max_length=MOST_TEXT, required=required, widget=widget
    )


def day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class WanField(forms.CharField):
    """An amount typed in 万元; in code exact yuan, None where nothing was typed."""

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value).strip()
        try:
            return amount_in_wan(text).yuan if text else None
        except FigureError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


class StartForm(forms.Form):
    kind = forms.ChoiceField(label="申请类别", choices=AskKind.choices)
    fiscal_year = forms.TypedChoiceField(label="预算年度", coerce=int)
    fund = forms.TypedChoiceField(
        label="已有的专项",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="增加预算、到期拟继续的在这里选",
    )
    name = forms.CharField(
        label="新增项目名称", max_length=120, required=False, help_text="专项列表里没有的新项目，写全称"
    )
    until_year = forms.IntegerField(
        label="拟执行至年度", min_value=2000, max_value=2100, required=False, help_text="新增项目必填"
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("fund")) == bool(said.get("name", "").strip()):
            self.add_error("fund", "已有的专项和新增项目名称，请填其中一个")
        if said.get("name", "").strip() and not said.get("until_year"):
            self.add_error("until_year", "新增项目请填拟执行至年度")
        return said


class FileForm(forms.Form):
    amount = WanField(label="申请年度资金（万元）", max_length=30, required=False)
    whole_amount = WanField(label="项目总投资（万元）", max_length=30, required=False, help_text="跨年度的填")
    until_year = forms.IntegerField(label="拟执行至年度", min_value=2000, max_value=2100, required=False)
    basis = words(TEXTS["basis"], HELP["basis"])
    need = words(TEXTS["need"], HELP["need"])
    content = words(TEXTS["content"], HELP["content"])
    plan = words(TEXTS["plan"], HELP["plan"])
    costing = words(TEXTS["costing"], HELP["costing"])
    sources = words(TEXTS["sources"], HELP["sources"])

    def draft(self, options: list[OptionDraft]) -> FileDraft:
        """What was filled in; only after is_valid()."""
        said = self.cleaned_data
        return FileDraft(
            amount=said["amount"],
            whole_amount=said["whole_amount"],
            until_year=said["until_year"],
            texts={name: said[name] for name in TEXTS},
            options=options,
        )


def initial_of(assessment: Assessment) -> dict[str, Any]:
    """The stored file as its form shows it."""
    kept: dict[str, Any] = {name: getattr(assessment, name) for name in TEXTS}
    for name in ("amount", "whole_amount"):
        value = getattr(assessment, name)
        kept[name] = "" if value is None else plain(value / WAN)
    return kept | {"until_year": assessment.until_year}


def option_rows(assessment: Assessment, sent: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """The options as rows of inputs: what was sent, else what is stored, and some empty ones."""
    if sent is not None:
        names = ("name", "amount", "quantity", "measure", "note")
        rows = [
            {name: sent.get(f"option-{place}-{name}", "") for name in names}
            | {"is_chosen": sent.get("chosen") == str(place)}
            for place in range(MOST_OPTIONS)
        ]
        while len(rows) > SPARE_OPTIONS and not any(rows[-1].values()):
            rows.pop()
        return rows
    rows = [
        {
            "name": option.name,
            "amount": "" if option.money is None else plain(option.money / WAN),
            "quantity": "" if option.quantity is None else plain(option.quantity),
            "measure": option.measure,
            "note": option.note,
            "is_chosen": option.is_chosen,
        }
        for option in assessment.options.all()
    ]
    spare = max(SPARE_OPTIONS - len(rows), 1) if len(rows) < MOST_OPTIONS else 0
    return rows + [{}] * spare


def options_of(sent: Mapping[str, str]) -> list[OptionDraft]:
    """The options that were sent; empty rows are none. Raises NotDone (field "options") for a bad figure."""
    found = []
    for place in range(MOST_OPTIONS):
        text = {
            name: sent.get(f"option-{place}-{name}", "").strip()
            for name in ("name", "amount", "quantity", "measure", "note")
        }
        if not any(text.values()):
            continue
        if not text["name"]:
            raise NotDone(f"第 {place + 1} 个方案没有写名称", "options")
        try:
            amount = amount_in_wan(text["amount"]).yuan if text["amount"] else None
            read = quantity_of(text["quantity"]) if text["quantity"] else None
        except FigureError as wrong:
            raise NotDone(f"方案“{text['name']}”：{wrong}", "options") from wrong
        found.append(
            OptionDraft(
                name=text["name"],
                amount=amount,
                quantity=None if read is None else read.value,
                measure=text["measure"],
                note=text["note"],
                is_chosen=sent.get("chosen") == str(place),
            )
        )
    return found


def put_beside(form: forms.Form, refused: NotDone) -> None:
    """A verb's refusal beside the field that it speaks of, else on top of the form."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


class MaterialForm(forms.Form):
    file = forms.FileField(label="材料文件", error_messages={"required": "请选择文件"})


class ReasonForm(forms.Form):
    reason = words("理由", required=False)


class ExemptForm(forms.Form):
    ground = forms.ChoiceField(label="免评情形")
    reason = words("依据", "如上级下达资金的文号", 2, required=False)


class AssignForm(forms.Form):
    experts = forms.TypedMultipleChoiceField(
        label="评审专家",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择专家"},
    )
    due_on = day("评分截止日期")


class ConcludeForm(forms.Form):
    vetoes = forms.MultipleChoiceField(label="一票否决", required=False, widget=forms.CheckboxSelectMultiple)
    verdict = forms.ChoiceField(label="结论", choices=[("", "请选择"), *((word, word) for word in VERDICTS)])
    reason = words("理由", "必填；与按规则的结论不同的，写充分", required=False)
    advice = words("建议", "“调整完善后支持”的，写明要调整完善什么；印在报告里", required=False)


def sheet_of(seat: Seat, sent: Mapping[str, str]) -> SheetDraft:
    """A rater's sheet as it was sent. Raises NotDone (field "lines.<code>.score") for what is no number."""
    marks = []
    for line in seat.panel.lines.all():
        text = sent.get(f"score-{line.code}", "").strip()
        try:
            read = quantity_of(text).value if text else None
        except FigureError as wrong:
            raise NotDone(f"“{line.name}”得分：{wrong}", f"lines.{line.code}.score") from wrong
        marks.append(
            MarkDraft(
                code=line.code,
                score=read,
                reason=sent.get(f"reason-{line.code}", ""),
                evidence=sent.get(f"evidence-{line.code}", ""),
            )
        )
    return SheetDraft(marks=marks, opinion=sent.get("opinion", ""))
