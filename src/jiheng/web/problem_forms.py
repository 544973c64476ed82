"""What people fill in about problems: registering, replying, evidence, deciding."""

from __future__ import annotations

from typing import Any

from django import forms

from jiheng.figures import FigureError, amount_in_wan
from jiheng.findings.models import Problem, Source
from jiheng.findings.outcomes import NotDone
from jiheng.findings.workflow import ReplyDraft
from jiheng.sheets import Missing, MissingReason
from jiheng.units import receiving

MOST_TEXT = 4000


class ProblemForm(forms.Form):
    unit = forms.TypedChoiceField(
        label="责任单位", coerce=int, error_messages={"invalid_choice": "请从列表中选择单位"}
    )
    fund = forms.TypedChoiceField(label="专项资金", coerce=int, empty_value=None, required=False)
    project = forms.TypedChoiceField(label="项目", coerce=int, empty_value=None, required=False)
    fiscal_year = forms.TypedChoiceField(label="预算年度", coerce=int)
    source = forms.ChoiceField(label="问题来源", choices=[("", "请选择"), *Source.choices])
    kind = forms.ChoiceField(label="问题类别")
    title = forms.CharField(label="问题名称", max_length=160)
    description = forms.CharField(
        label="问题事实",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="时间、对象、金额和依据；会原样印在整改通知书上",
    )
    amount = forms.CharField(
        label="涉及金额（万元）", max_length=30, required=False, help_text="没有金额的留空，并选择原因"
    )
    amount_missing = forms.ChoiceField(
        label="没有金额的原因", required=False, choices=[("", "（已填金额）"), *Problem.MISSING.items()]
    )
    found_on = forms.DateField(
        label="发现日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    requirement = forms.CharField(
        label="整改要求",
        max_length=MOST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="要做什么、做到什么程度；下达前必须写明",
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        text, reason = said.get("amount", "").strip(), said.get("amount_missing", "")
        if text and reason:
            self.add_error("amount_missing", "已填金额，不必再选原因")
        elif text:
            try:
                said["amount"] = amount_in_wan(text).yuan
            except FigureError as wrong:
                self.add_error("amount", str(wrong))
        elif reason:
            said["amount"] = Missing(MissingReason(reason))
        else:
            self.add_error("amount", "请填写金额（万元）；没有金额的选择原因")
        said.pop("amount_missing", None)
        return said


def _words(label: str, rows: int = 3, help_text: str = "", *, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, max_length=MOST_TEXT, required=required, widget=widget, help_text=help_text
    )


def _day(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text, required=required)


class ReplyForm(forms.Form):
    measures = _words("整改措施", 4, "做了什么、谁负责；报送时必填")
    result = _words("整改结果", 3, "现在怎样、何时完成；报送时必填")
    mended = forms.CharField(
        label="已整改金额（万元）",
        max_length=30,
        required=False,
        help_text="追回、收缴、调账的金额；没有的留空",
    )

    def draft(self) -> ReplyDraft:
        """Raises NotDone for an amount that is none."""
        said = self.cleaned_data
        text = said.get("mended", "").strip()
        try:
            mended = amount_in_wan(text).yuan if text else None
        except FigureError as wrong:
            raise NotDone(str(wrong), "mended") from wrong
        return ReplyDraft(measures=said["measures"], result=said["result"], mended=mended)


class EvidenceForm(forms.Form):
    file = forms.FileField(
        label="文件",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(receiving.SUFFIXES)}),
        error_messages={"required": "请选择文件", "empty": "文件是空的，请检查后重新选择"},
    )
    kind = forms.ChoiceField(label="材料种类")
    name = forms.CharField(label="材料名称", max_length=160, required=False, help_text="留空用文件名")
    page = forms.CharField(label="页码", max_length=40, required=False, help_text="证明内容在第几页")
    dated = _day("材料日期", "材料上写明的日期", required=False)


class JudgeForm(forms.Form):
    opinion = _words("复核意见", help_text="退回必须写明哪里不足、还要做什么")


class ReopenForm(forms.Form):
    opinion = _words("重新打开的理由")
    due_on = _day("新的整改期限")


class ExtendForm(forms.Form):
    due_on = _day("延长到")
    reason = forms.CharField(label="理由", max_length=MOST_TEXT, required=False)


class MergeForm(forms.Form):
    into = forms.CharField(
        label="并入的问题编号", max_length=20, help_text="同一单位的另一个问题，如 2024-0003"
    )
    reason = forms.CharField(label="理由", max_length=MOST_TEXT, required=False)


class IssueForm(forms.Form):
    due_on = _day("整改期限")
