"""What a role may do, and whose units it sees: the one door through which rooms and pages ask."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from jiheng.units.models import Person, Region, Role, Unit

BUREAU = frozenset({Role.PERFORMANCE, Role.DIVISION, Role.BUDGET, Role.TREASURY, Role.DEBT})
UNIT_PEOPLE = frozenset({Role.REPORTER, Role.REVIEWER})
# outside readers: the whole region, but nothing that is still being written
READERS = frozenset({Role.OBSERVER, Role.CONGRESS, Role.AUDIT})
# people from outside who see no unit by their role, only what they are engaged for until a date (`panels`)
GUESTS = frozenset({Role.EXPERT, Role.AGENCY})
WHOLE_REGION = frozenset({Role.PERFORMANCE, Role.BUDGET, Role.TREASURY, Role.DEBT, Role.ADMIN}) | READERS

# Which roles may do what; nobody else may. A desk decides only on its own units' forms. Reading needs
# no action: it follows `units_for`. 绩效股 stands in for the other sections, as it does in a small bureau.
ROLES_FOR: Mapping[str, frozenset[Role]] = {
    # forms
    "file": frozenset({Role.REPORTER}),  # fill in, save, submit
    "review": frozenset({Role.REVIEWER, Role.DEPARTMENT, Role.DIVISION, Role.PERFORMANCE}),  # approve, return
    "reopen": frozenset({Role.PERFORMANCE}),  # an approved form, for an adjustment
    "score": frozenset({Role.DIVISION, Role.PERFORMANCE}),  # the bureau's review scores
    "confirm": frozenset({Role.PERFORMANCE}),  # freeze a self-evaluation
    "reply_goals": frozenset({Role.PERFORMANCE, Role.BUDGET}),  # 批复 to the units, and its publication
    "ask": frozenset({Role.REPORTER, Role.REVIEWER, Role.DEPARTMENT}),  # 一对一辅导
    "answer": BUREAU,
    # 评审: who sets up a panel of raters; who rates is who has a seat on it
    "convene_panel": frozenset({Role.PERFORMANCE, Role.CONGRESS, Role.AUDIT}),
    # 事前评估
    "ask_assessment": frozenset({Role.REPORTER}),
    "judge_assessment": frozenset({Role.PERFORMANCE}),
    # corrections 纠偏
    "order_correction": frozenset({Role.DIVISION, Role.PERFORMANCE}),
    "answer_correction": UNIT_PEOPLE,
    "close_correction": frozenset({Role.DIVISION, Role.PERFORMANCE}),
    "waive_correction": frozenset({Role.PERFORMANCE}),
    # problems 问题
    "register_problem": frozenset({Role.DIVISION, Role.PERFORMANCE}),
    "issue_problem": frozenset({Role.DIVISION, Role.PERFORMANCE}),
    "reply_problem": UNIT_PEOPLE,
    "verify_problem": frozenset({Role.DIVISION, Role.PERFORMANCE}),
    "close_problem": frozenset({Role.PERFORMANCE}),  # also open again, merge
    # red flags 疑点: a division reviews those of its own units
    "run_flags": frozenset({Role.PERFORMANCE}),
    "review_flag": frozenset({Role.DIVISION, Role.PERFORMANCE}),
    "answer_flag": UNIT_PEOPLE,
    # documents to be made public; of a unit's own, or the bureau's
    "upload_document": UNIT_PEOPLE | BUREAU | {Role.DEPARTMENT},
    "settle_finding": UNIT_PEOPLE | BUREAU | {Role.DEPARTMENT},
    "send_document": UNIT_PEOPLE | BUREAU - {Role.DIVISION},
    # tables of the accounts: a unit's own, or the bureau's by desk (accounts.access); closing is the bureau's
    "keep_accounts": UNIT_PEOPLE | BUREAU - {Role.DIVISION},
    "close_accounts": BUREAU - {Role.DIVISION},
    # explanations of the accounts: a unit's own, or the region's (disclosure.access); all units' at once
    "prepare_disclosure": UNIT_PEOPLE | BUREAU - {Role.DIVISION},
    "publish_disclosure": frozenset({Role.REVIEWER, Role.PERFORMANCE, Role.BUDGET, Role.TREASURY}),
    "disclose_units": frozenset({Role.PERFORMANCE}),
    # results 结果应用, and the end of a year
    "decide_results": frozenset({Role.PERFORMANCE}),
    "close_year": frozenset({Role.PERFORMANCE}),
    # 重点评价: a department picks and carries out 部门评价 of its own units alone (fiscal.access)
    "pick_evaluation": frozenset({Role.PERFORMANCE, Role.DEPARTMENT}),
    "assign_evaluation": frozenset({Role.PERFORMANCE, Role.DEPARTMENT}),
    "work_evaluation": frozenset({Role.PERFORMANCE, Role.DIVISION, Role.DEPARTMENT}) | GUESTS,
    "review_evaluation": frozenset({Role.PERFORMANCE, Role.DIVISION, Role.DEPARTMENT}),
    "confirm_evaluation": frozenset({Role.PERFORMANCE}),
    "comment_evaluation": UNIT_PEOPLE,
    # 四评: the congress leads, audit has its own part; who rates is who has a seat
    "pick_review": frozenset({Role.CONGRESS, Role.PERFORMANCE}),
    "convene_review": frozenset({Role.CONGRESS, Role.AUDIT}),
    "note_review": frozenset({Role.CONGRESS, Role.AUDIT, Role.PERFORMANCE}),
    "confirm_review": frozenset({Role.CONGRESS}),
    # the year
    "assign_calendar": frozenset({Role.PERFORMANCE}),
    "assign_contacts": frozenset({Role.PERFORMANCE, Role.ADMIN}),
    "manage_templates": frozenset({Role.PERFORMANCE}),
    "manage_library": frozenset({Role.PERFORMANCE}),
    "import_library": frozenset({Role.PERFORMANCE}),
    "remind": frozenset({Role.PERFORMANCE, Role.DIVISION, Role.DEPARTMENT}),  # the list of the missing
    # what comes in by file; "import" opens the page, the kind's own action the import itself
    "import": frozenset({Role.PERFORMANCE, Role.BUDGET, Role.TREASURY, Role.ADMIN}),
    "import_units": frozenset({Role.PERFORMANCE, Role.ADMIN}),
    "import_people": frozenset({Role.ADMIN}),
    "import_funds": frozenset({Role.PERFORMANCE, Role.BUDGET}),
    "import_budgets": frozenset({Role.PERFORMANCE, Role.BUDGET}),
    "exchange": frozenset({Role.PERFORMANCE}),  # 绩效板块数据, in and out
    "import_payments": frozenset({Role.PERFORMANCE, Role.TREASURY}),
    "import_problems": frozenset({Role.PERFORMANCE}),
    "import_registries": frozenset({Role.PERFORMANCE, Role.TREASURY}),
    # the system
    "manage_people": frozenset({Role.ADMIN}),
    "manage_units": frozenset({Role.ADMIN}),
    "see_log": frozenset({Role.ADMIN, Role.PERFORMANCE}) | READERS,
}


def may(person: Person, action: str) -> bool:
    """Whether this person's role allows the action (a key of `ROLES_FOR`; any other is a KeyError)."""
    return Role(person.role) in ROLES_FOR[action] and person.is_active


def require(person: Person, action: str) -> None:
    """Raises PermissionDenied (403) for who may not."""
    if not may(person, action):
        raise PermissionDenied(f"{person.get_role_display()}没有此项权限，如确需办理请联系绩效股或系统管理员")


def require_insider(person: Person) -> None:
    """Raises PermissionDenied (403) for people from outside, who open only what they are engaged for."""
    if Role(person.role) in GUESTS:
        raise PermissionDenied(f"{person.get_role_display()}只能打开受托评审的内容，如确需查看请联系绩效股")


def region_of(person: Person) -> Region:
    """The person's region. Raises PermissionDenied for who belongs to none yet."""
    if person.region is None:
        raise PermissionDenied("还没有建立区划：请系统管理员先在“起步清单”里建立区划，再打开这一页")
    return person.region


def units_for(person: Person) -> QuerySet[Unit]:
    """The units whose affairs this person sees; for the inactive, and those without a region, none."""
    role = Role(person.role)
    if not person.is_active or role in GUESTS:
        return Unit.objects.none()
    if role in WHOLE_REGION and person.region_id:
        return Unit.objects.filter(region_id=person.region_id)
    if role is Role.DIVISION and person.division_id:
        return Unit.objects.filter(department__division_id=person.division_id)
    if role is Role.DEPARTMENT and person.department_id:
        return Unit.objects.filter(department_id=person.department_id)
    if role in UNIT_PEOPLE and person.unit_id:
        return Unit.objects.filter(pk=person.unit_id)
    return Unit.objects.none()


def unit_for(person: Person, pk: int) -> Unit:
    """The unit, with its department. Raises Http404 for strangers, as for a unit that is not there."""
    unit = units_for(person).select_related("department__division", "contact").filter(pk=pk).first()
    if unit is None:
        raise Http404("没有找到这个单位，或您无权查看")
    return unit


def people_for(person: Person) -> QuerySet[Person]:
    """Whom an administrator manages: everybody of the region. Nobody else manages anybody."""
    if not may(person, "manage_people") or not person.region_id:
        return Person.objects.none()
    return Person.objects.filter(region_id=person.region_id)


def person_for(person: Person, pk: int) -> Person:
    """One of `people_for`. Raises Http404 for anybody else."""
    found = people_for(person).filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到这个人员，或您无权管理")
    return found
