"""Who sees which assessment: the unit and who oversees it; experts only what they are engaged for."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from jiheng.assessment.models import EDITABLE, Assessment, AssessmentState, Material
from jiheng.panels import access as panels
from jiheng.units import access
from jiheng.units.models import Person


def visible(person: Person) -> QuerySet[Assessment]:
    """Outside readers see what was handed in, never what the unit is writing."""
    if person.role in access.GUESTS:
        return Assessment.objects.filter(pk__in=panels.subjects(person, "assessment"))
    found = Assessment.objects.filter(unit__in=access.units_for(person))
    return found.exclude(state__in=EDITABLE) if person.role in access.READERS else found


def assessment_for(person: Person, pk: int) -> Assessment:
    """The assessment with its unit, fund and panel. Raises Http404 for strangers."""
    found = visible(person).select_related("region", "unit__department__division", "fund", "panel", "report")
    assessment = found.filter(pk=pk).first()
    if assessment is None:
        raise Http404("没有找到这项事前评估，或您无权查看")
    return assessment


def material_for(person: Person, pk: int) -> Material:
    """A file of an assessment that the person sees. Raises Http404 for strangers."""
    found = Material.objects.filter(pk=pk, assessment__in=visible(person)).select_related("upload")
    material = found.first()
    if material is None:
        raise Http404("没有找到这份材料，或您无权查看")
    return material


def may_write(person: Person, assessment: Assessment) -> bool:
    """The unit's reporter, while it is on the unit's desk."""
    is_own = access.may(person, "ask_assessment") and person.unit_id == assessment.unit_id
    return is_own and assessment.state in EDITABLE


def may_judge(person: Person, assessment: Assessment) -> bool:
    """Whether the bureau's verbs are the person's."""
    return access.may(person, "judge_assessment") and person.region_id == assessment.region_id


def sees_scores(person: Person, assessment: Assessment) -> bool:
    """Marks are the bureau's and its readers' once the panel is opened, the unit's once it is concluded;
    a rater sees them with the others' names left out."""
    panel = assessment.panel
    if panel is None or panel.opened_at is None:
        return False
    if person.role in access.UNIT_PEOPLE:
        return assessment.state in (AssessmentState.CONCLUDED, AssessmentState.IMPROVING)
    return True
