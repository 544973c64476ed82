"""What people fill in about evaluations in depth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from jiheng.figures import FigureError, amount_in_wan
from jiheng.fiscal.models import EvaluationKind, Span
from jiheng.fiscal.report import PARTS
from jiheng.panels.outcomes import NotDone
from jiheng.policy import Policy
from jiheng.scoring.questionnaires import Asked, option_names
from jiheng.units import receiving
from jiheng.units.models import Person

MOST_TEXT = 4000
MOST_COUNT = 10**7


def refused_by(form: forms.Form, refused: NotDone) -> None:
    """Puts a verb's refusal beside the field that it speaks of, or above them all."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


def _words(label: str, rows: int = 3, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, max_length=MOST_TEXT, required=False, widget=widget, help_text=help_text
    )


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text)


def _count(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_COUNT)


class PickForm(forms.Form):
    kind = forms.ChoiceField(label="评价方式", choices=EvaluationKind.choices)
    span = forms.ChoiceField(
        label="项目阶段",
        choices=Span.choices,
        help_text="实施期内侧重决策、过程、产出；已完工侧重产出、效益",
    )
    from_year = forms.IntegerField(label="评价起始预算年度", min_value=2000, max_value=2100)
    to_year = forms.IntegerField(label="评价截止预算年度", min_value=2000, max_value=2100)
    reason = _words("选定理由", 2, "必填；写进评价报告")


class ConcernForm(forms.Form):
    fund = forms.TypedChoiceField(label="专项资金", coerce=int)
    kind = forms.ChoiceField(label="事项种类")
    text = forms.CharField(label="事项内容", max_length=300)
    received_on = _day("收到日期")


class AssignForm(forms.Form):
    scorer = forms.TypedChoiceField(
        label="评分人", coerce=int, help_text="第三方机构、专家，或财政局的股室；到期后外部人员看不到本项评价"
    )
    organisation = forms.CharField(
        label="承担机构", max_length=120, required=False, help_text="委托第三方机构的写全称；自行组织的留空"
    )
    due_on = _day("评价期限")


class ExtendForm(forms.Form):
    due_on = _day("延长到")
    reason = _words("理由", 2)


class ReasonForm(forms.Form):
    reason = _words("理由", 2)


class OpinionForm(forms.Form):
    opinion = _words("审核意见", 3, "退回必须写明哪里不足、怎样修改")


class CommentForm(forms.Form):
    text = _words("反馈意见", 4, "对得分、事实有不同意见的，写明依据")


class AnswerForm(forms.Form):
    answer = _words("处理情况", 2, "采纳与否和理由")


class MarkForm(forms.Form):
    first = forms.CharField(label="数据一", max_length=30, required=False)
    second = forms.CharField(label="数据二", max_length=30, required=False)
    score = forms.DecimalField(
        label="得分（分）", required=False, max_digits=7, decimal_places=2, help_text="留空按数据计算"
    )
    basis = _words("评分依据、扣分理由", 3, "扣分的必填")


class ProofForm(forms.Form):
    file = forms.FileField(
        label="文件",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(receiving.SUFFIXES)}),
        error_messages={"required": "请选择文件", "empty": "文件是空的，请检查后重新选择"},
    )
    kind = forms.ChoiceField(label="材料种类")
    name = forms.CharField(label="材料名称", max_length=160, required=False, help_text="留空用文件名")
    row = forms.ChoiceField(label="证明哪条指标")
    page = forms.CharField(label="页码", max_length=40, help_text="如：第3页")


class CiteForm(forms.Form):
    proof = forms.TypedChoiceField(label="已有材料", coerce=int)
    row = forms.ChoiceField(label="证明哪条指标")
    page = forms.CharField(label="页码", max_length=40)


class InterviewForm(forms.Form):
    held_on = _day("访谈日期")
    whom = forms.CharField(label="访谈对象", max_length=120)
    where = forms.CharField(label="地点", max_length=120, required=False)
    summary = _words("访谈内容", 4)


class FaultForm(forms.Form):
    kind = forms.ChoiceField(label="问题类别")
    title = forms.CharField(label="问题名称", max_length=160)
    description = _words("问题事实", 3)
    amount = forms.CharField(
        label="涉及金额（万元）", max_length=30, required=False, help_text="不涉及的留空"
    )

    def clean_amount(self) -> Decimal | None:
        text = self.cleaned_data["amount"].strip()
        if not text:
            return None
        try:
            return amount_in_wan(text).yuan
        except FigureError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


class QuestionnaireForm(forms.Form):
    """The questions as lines: the text, then how many chose each option, separated by blanks or commas."""

    audience = forms.CharField(label="调查对象", max_length=80)
    row = forms.ChoiceField(label="用于指标", required=False)
    issued = _count("发放份数")
    returned = _count("收回份数")
    valid = _count("有效份数")
    questions = forms.CharField(
        label="问题和各选项人数", max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args: Any, policy: Policy, **more: Any) -> None:
        super().__init__(*args, **more)
        self.options = option_names(policy)
        shown = "、".join(self.options)
        self.fields["questions"].help_text = f"一行一个问题，后面依次写{shown}的人数，用空格隔开"

    def clean_questions(self) -> list[Asked]:
        found = []
        for line in self.cleaned_data["questions"].splitlines():
            words = line.replace("，", " ").replace(",", " ").replace("\t", " ").split()
            if not words:
                continue
            counts = words[-len(self.options) :]
            text = " ".join(words[: -len(self.options)])
            if not text or not all(count.isascii() and count.isdigit() for count in counts):
                shown = "、".join(self.options)
                raise forms.ValidationError(f"“{line[:40]}”要写成：问题 加 {shown}的人数")
            if any(len(count) > 8 for count in counts):
                raise forms.ValidationError(f"“{line[:40]}”的人数太大，请核对")
            found.append(Asked(text[:80], tuple(int(count) for count in counts)))
        if not found:
            raise forms.ValidationError("至少要有一个问题")
        return found


class NarrativeForm(forms.Form):
    """The parts of the report that people write, in the official order."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for key, label, help_text in PARTS:
            self.fields[key] = _words(label, 5, help_text)


def choose(form: forms.Form, name: str, choices: list[tuple[Any, str]]) -> None:
    """Gives a choice field its choices, with nothing chosen first."""
    form.fields[name].choices = [("", "请选择"), *choices]  # type: ignore[attr-defined]


def scorer_choices(people: list[Person]) -> list[tuple[Any, str]]:
    """People by role, as they are offered."""
    return [(person.pk, f"{person.name}（{person.get_role_display()}）") for person in people]
