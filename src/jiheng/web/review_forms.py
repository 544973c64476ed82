"""What people fill in about 四评."""

from __future__ import annotations

from django import forms

from jiheng.panels.outcomes import NotDone
from jiheng.reviews.access import policy_of
from jiheng.reviews.models import FourReview, ReviewPart
from jiheng.units.models import Person
from jiheng.web.assessment_forms import WanField, day, words


class PickForm(forms.Form):
    fiscal_year = forms.IntegerField(label="预算年度", min_value=2000, max_value=2100)
    reason = words("选题理由", "必填；如代表反映集中、资金量大、问题多", 2)


class ConveneForm(forms.Form):
    seats = forms.TypedMultipleChoiceField(
        label="评分人",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择评分人"},
    )
    due_on = day("评分截止日期")


class RemarkForm(forms.Form):
    text = words("发言", "封存自己的评分表以后才能写；全部启封后别人才看得到")


class FaultForm(forms.Form):
    kind = forms.ChoiceField(label="类别")
    title = forms.CharField(label="问题", max_length=160, required=False)
    description = words("事实", "写明哪里、多少、依据什么材料", 2)
    amount = WanField(label="涉及金额（万元）", max_length=30, required=False)


class ExplainForm(forms.Form):
    text = words("说明", "差异的原因：口径、时点、抽查范围、对效益的看法", 2)


class ConfirmForm(forms.Form):
    opinion = words("评议意见", "必填；印在单页上")


class ReasonForm(forms.Form):
    reason = words("理由", rows=2)


def with_raters(form: ConveneForm, part: ReviewPart) -> ConveneForm:
    """The office's own people as those who may be seated."""
    people = Person.objects.filter(region=part.review.region_id, role=part.by, is_active=True)
    field = form.fields["seats"]
    assert isinstance(field, forms.TypedMultipleChoiceField)
    field.choices = [(person.pk, person.name) for person in people.order_by("name")]
    return form


def with_kinds(form: FaultForm, review: FourReview) -> FaultForm:
    """The kinds of problem of policy."""
    field = form.fields["kind"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(kind, kind) for kind in policy_of(review).table("problems.kinds")]
    return form


def put_beside(form: forms.Form, refused: NotDone) -> None:
    """A verb's refusal beside the field that it speaks of, else on top of the form."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)
