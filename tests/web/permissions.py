"""The table of pages: every address × everybody of the cast × the answer. The walker is test_permissions.py.

Each room's web pages add their lines to a list of their own here, and the list to `TABLE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from tests.accounts import made as account_tables
from tests.assessment import rows as assessment_rows
from tests.audits import rows as audit_rows
from tests.cast import WHEN, Cast
from tests.disclosure import made as disclosures
from tests.evaluation import papers as evaluation_papers
from tests.findings import rows as problem_rows
from tests.fiscal import rows as fiscal_rows
from tests.flags import rows as flag_rows
from tests.library import rows as library_rows
from tests.monitoring import papers as monitoring_papers
from tests.panels import rows as panel_rows
from tests.results import graded
from tests.reviews import rows as review_rows
from tests.web import filed

from jiheng.assessment import asking
from jiheng.disclosure.checking import ask_units
from jiheng.filings.models import Question, Template
from jiheng.findings import corrections, workflow
from jiheng.findings.corrections import OrderDraft
from jiheng.findings.models import Correction, Evidence
from jiheng.goals import replying
from jiheng.goals.models import GoalReply
from jiheng.ledger import upstream
from jiheng.library import regulations
from jiheng.units.models import Batch, Job, Upload

# groups of the cast, for the answers: a line names groups or persons; "*" is everybody else
BUREAU = "performance colleague division other_division budget treasury debt"
PERFORMANCE = "performance colleague"
# 人大 and 审计 read like the observer, unless a line names them
LIKE_OBSERVER = ("congress", "audit")
# 评审专家 and 第三方机构 are refused, unless a line names them or is for everybody who is logged in
GUESTS = ("expert", "agency")


def nothing(_: Cast) -> list[Any]:
    return []


@dataclass(frozen=True)
class Line:
    """One address: its url name and arguments, how it is asked, and what each person is answered.

    `answers` maps space-separated names of the cast (or "*") to a status or several. Who is not logged in
    is always sent to log in (302), unless the line is `public`. "*" covers people from outside only where
    the line is for `guests` too."""

    name: str
    answers: Mapping[str, int | tuple[int, ...]]
    args: Callable[[Cast], list[Any]] = nothing
    method: str = "get"
    data: Mapping[str, Any] = field(default_factory=dict)
    public: bool = False
    guests: bool = False

    def answer(self, who: str) -> tuple[int, ...]:
        for names, status in self.answers.items():
            if who in names.split():
                return status if isinstance(status, tuple) else (status,)
        if who in LIKE_OBSERVER:
            return self.answer("observer")
        status = 403 if who in GUESTS and not (self.guests or self.public) else self.answers["*"]
        return status if isinstance(status, tuple) else (status,)


ALL = {"*": 200}
SHELL = [
    Line("home", ALL, guests=True),
    Line("login", {"*": 302}, public=True),
    Line("public", ALL, public=True),
    Line("public_year", {"*": 404}, lambda cast: [cast.region.pk, 2024], public=True),
    Line("public_file", {"*": 404}, lambda cast: [cast.region.pk, 2024, "data/cells.csv"], public=True),
    Line("logout", {"*": 302}, method="post", guests=True),
    Line("account", ALL, guests=True),
    Line("change_password", ALL, guests=True),
    Line("change_password", {"*": 422}, method="post", guests=True),
]
CALENDAR = [
    Line("calendar", ALL),
    Line("calendar_new", {PERFORMANCE: 200, "*": 403}),
    Line("calendar_new", {PERFORMANCE: 422, "*": 403}, method="post"),
    Line("calendar_edit", {PERFORMANCE: 200, "*": 403}, lambda cast: [cast.goal_window.pk]),
    Line("calendar_edit", {PERFORMANCE: 404, "*": 403}, lambda _: [987654321]),
    Line("calendar_delete", {PERFORMANCE: 302, "*": 403}, lambda cast: [cast.goal_window.pk], "post"),
]

OVERVIEW = [
    Line("coverage", ALL),
    Line("coverage_stages", ALL),
    Line("coverage_stages_xlsx", ALL),
    Line(
        "coverage_xlsx",
        {f"{PERFORMANCE} division other_division department other_department": 200, "*": 403},
    ),
    Line("policy", ALL),
    Line("policy_changes", ALL),
    Line("policy_rescore", {PERFORMANCE: 200, "*": 403}),
]


def replied(cast: Cast) -> list[Any]:
    """The school's goal was approved and answered."""
    filed.approved(cast)
    replying.issue(cast.performance, 2024, [cast.school.pk], timezone.localdate())
    return [GoalReply.objects.get().pk]


def packed(cast: Cast) -> list[Any]:
    """What the worker packed for 绩效股."""
    job = Job.objects.create(
        kind="zip_replies", person=cast.performance, state="done", result={"file": "批复.zip"}
    )
    job.output.save("批复.zip", ContentFile(b"PK"))
    return [job.pk]


REPLYING = f"{PERFORMANCE} budget"
REPLIES = [
    Line("goal_replies", ALL),
    Line("goal_replies_issue", {REPLYING: 302, "*": 403}, method="post"),
    Line("goal_replies_publish", {REPLYING: 302, "*": 403}, method="post"),
    Line(
        "goal_reply_word",
        {"other_division other_department bureau_reporter stranger": 404, "*": 200},
        replied,
    ),
    Line("goal_replies_zip", {"*": 302}),
    Line("goal_replies_file", {"performance admin": 200, "*": 404}, packed),
    Line("synchrony", ALL),
    Line("synchrony_xlsx", ALL),
]


def open_question(cast: Cast) -> list[Any]:
    """Asked by the school, whose contact is 绩效股."""
    asked = Question.objects.create(
        unit=cast.school, text="满意度怎么填？", asked_by=cast.reporter, asked_at=WHEN, label="满意度"
    )
    return [asked.pk]


def answered_question(cast: Cast) -> list[Any]:
    [pk] = open_question(cast)
    answer = {"answer": "按问卷结果填", "answered_by": cast.performance, "answered_at": WHEN}
    Question.objects.filter(pk=pk).update(**answer)
    return [pk]


QUESTIONS = [
    Line("questions", ALL),
    Line(
        "question", {"other_division other_department bureau_reporter stranger": 404, "*": 200}, open_question
    ),
    Line("question", ALL, answered_question),
    Line(
        "question_answer",
        {"other_division": 404, "performance colleague division budget treasury debt": 422, "*": 403},
        open_question,
        "post",
    ),
]
LOG = [
    Line(name, {f"{PERFORMANCE} admin observer": 200, "*": 403}) for name in ("log", "log_csv", "log_xlsx")
]


def colleague(cast: Cast) -> list[Any]:
    return [cast.colleague.pk]


ADMIN = {"admin": 200, "*": 403}
PEOPLE = [
    Line("people", ADMIN),
    Line("person_new", ADMIN),
    Line("person_new", {"admin": 422, "*": 403}, method="post"),
    Line("person_edit", ADMIN, colleague),
    Line("person_edit", {"admin": 404, "*": 403}, lambda _: [987654321]),
    Line("person_edit", {"admin": 422, "*": 403}, colleague, "post"),
    Line("person_password", ADMIN, colleague, "post"),
    Line("person_password", {"admin": 404, "*": 403}, lambda _: [987654321], "post"),
    Line("person_active", {"admin": 302, "*": 403}, colleague, "post"),
]
START = [
    Line("start", {f"{PERFORMANCE} budget treasury admin": 200, "*": 403}),
    Line("start_region", {"admin": 422, "*": 403}, method="post"),
]

# ── monitoring, corrections, self-evaluation, units, funds, ledger, imports, jobs ────────────────────

# who never sees the papers of 第一中学
OUTSIDE = "other_division other_department bureau_reporter stranger"
OF_SCHOOL = {OUTSIDE: 404, "*": 200}


def monitoring_draft(cast: Cast) -> list[Any]:
    return [monitoring_papers.started(cast).pk]


def monitoring_filed(cast: Cast) -> list[Any]:
    return [monitoring_papers.submitted(cast, "20").pk]


def monitoring_approved(cast: Cast) -> list[Any]:
    desks = (cast.reviewer, cast.department, cast.performance)
    return [monitoring_papers.passed(monitoring_papers.submitted(cast), *desks).pk]


def correction_ordered(cast: Cast) -> list[Any]:
    draft = OrderDraft(cause="执行慢", measure="加快执行", requirement="加快支付", due_on=date(2099, 1, 1))
    return [corrections.order(cast.performance, monitoring_papers.submitted(cast, "20"), draft).pk]


def correction_answered(cast: Cast) -> list[Any]:
    [pk] = correction_ordered(cast)
    found = Correction.objects.get(pk=pk)
    corrections.answer(cast.reporter, found, found.revision, "已加快")
    return [pk]


def evaluation_draft(cast: Cast) -> list[Any]:
    return [evaluation_papers.started(cast).pk]


def evaluation_at_division(cast: Cast) -> list[Any]:
    return [evaluation_papers.at_division(cast).pk]


SETTLERS = f"{PERFORMANCE} division"
MONITORING = [
    Line("monitoring", ALL),
    Line("monitoring_forms", ALL),
    Line("monitoring_zip", {"*": 302}),
    Line("monitoring_start", {"reporter bureau_reporter stranger": 409, "*": 403}, method="post"),
    Line(
        "monitoring_refresh",
        {"reporter": 409, "bureau_reporter stranger": 404, "*": 403},
        monitoring_draft,
        "post",
    ),
    Line("monitoring_reopen", {PERFORMANCE: 409, OUTSIDE: 404, "*": 403}, monitoring_approved, "post"),
    Line(
        "monitoring_abandon",
        {"reporter performance colleague": 409, OUTSIDE: 404, "*": 403},
        monitoring_approved,
        "post",
    ),
]
CORRECTIONS = [
    Line("corrections", ALL),
    Line("correction", OF_SCHOOL, correction_ordered),
    Line("correction_order", {SETTLERS: 200, "other_division": 404, "*": 403}, monitoring_filed),
    Line("correction_order", {SETTLERS: 422, "other_division": 404, "*": 403}, monitoring_filed, "post"),
    Line(
        "correction_answer",
        {"reporter reviewer": 422, "bureau_reporter stranger": 404, "*": 403},
        correction_ordered,
        "post",
    ),
    Line("correction_close", {SETTLERS: 409, "other_division": 404, "*": 403}, correction_answered, "post"),
    Line(
        "correction_send_back",
        {SETTLERS: 422, "other_division": 404, "*": 403},
        correction_answered,
        "post",
    ),
    Line("correction_waive", {PERFORMANCE: 422, "*": 403}, correction_answered, "post"),
]
EVALUATION = [
    Line("evaluation", ALL),
    Line("evaluation_watch", ALL),
    Line("evaluation_zip", {"*": 302}),  # nothing there yet: back to the list, which says so
    Line("evaluation_start", {"reporter bureau_reporter stranger": 409, "*": 403}, method="post"),
    *(
        Line(
            name,
            {"reporter": 409, "bureau_reporter stranger": 404, "*": 403},
            evaluation_draft,
            "post",
        )
        for name in ("evaluation_refresh", "evaluation_take_scores")
    ),
    Line("evaluation_why", OF_SCHOOL, evaluation_at_division),
    Line("evaluation_review", {SETTLERS: 200, "other_division": 404, "*": 403}, evaluation_at_division),
    Line(
        "evaluation_review", {SETTLERS: 409, "other_division": 404, "*": 403}, evaluation_at_division, "post"
    ),
]
# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────


def school_table(cast: Cast) -> list[Any]:
    return [account_tables.of_school(cast).pk]


def checked_table(cast: Cast) -> list[Any]:
    return [account_tables.checked(cast).pk]


def region_table(cast: Cast) -> list[Any]:
    return [account_tables.of_region(cast).pk]


# a draft is not for observers; and who is outside the school sees nothing of it
OF_SCHOOL_DRAFT = {f"{OUTSIDE} observer": 404, "*": 200}
OF_REGION = {
    f"{BUREAU} admin": 200,
    "*": 404,
}
NOT_KEEPERS = "division admin department"
ACCOUNTS = [
    Line("accounts", ALL),
    Line("accounts_units", ALL),
    Line("accounts_check", {"*": 200}),
    Line(
        "accounts_upload",
        {
            f"{PERFORMANCE} budget treasury debt reporter reviewer bureau_reporter stranger": 302,
            "*": 403,
        },
        method="post",
    ),
    Line(
        "accounts_open",
        {f"{PERFORMANCE} budget treasury debt reporter reviewer bureau_reporter stranger": 302, "*": 403},
        method="post",
    ),
    *(
        Line(name, OF_SCHOOL_DRAFT, school_table)
        for name in ("statement", "statement_compare", "statement_versions", "statement_xlsx")
    ),
    *(
        Line(name, OF_REGION, region_table)
        for name in ("statement", "statement_compare", "statement_versions")
    ),
    Line("statement", OF_SCHOOL, checked_table),
    Line("statement", {"*": 404}, lambda _: [987654321]),
    Line("statement_payments", OF_SCHOOL_DRAFT, lambda cast: [*school_table(cast), "reception"]),
    Line("statement_payments", {"*": 404}, lambda cast: [*school_table(cast), "total"]),
    *(
        Line(
            name, {"reporter reviewer": 409, "bureau_reporter stranger": 404, "*": 403}, school_table, "post"
        )
        for name in ("statement_save", "statement_check", "statement_ledger")
    ),
    Line(
        "statement_upload",
        {"reporter reviewer": 422, "bureau_reporter stranger": 404, "*": 403},
        school_table,
        "post",
    ),
    Line(
        "statement_compare",
        {"reporter reviewer": 409, f"{OUTSIDE} observer": 404, "*": 403},
        school_table,
        "post",
    ),
    Line(
        "statement_reopen",
        {
            f"{PERFORMANCE} budget treasury debt reporter reviewer": 422,
            "bureau_reporter stranger": 404,
            "*": 403,
        },
        checked_table,
        "post",
    ),
    Line("statement_close", {f"{PERFORMANCE} budget treasury debt": 409, "*": 403}, checked_table, "post"),
    Line(
        "statement_save",
        {
            f"{PERFORMANCE} budget": 409,
            "treasury debt": 403,
            "reporter reviewer bureau_reporter stranger": 404,
            "*": 403,
        },
        region_table,
        "post",
    ),
]
BOOKS = [
    Line("units", ALL),
    Line("units_contacts", {f"{PERFORMANCE} admin": 302, "*": 403}, method="post"),
    Line("unit", OF_SCHOOL, lambda cast: [cast.school.pk]),
    Line("unit", {"*": 404}, lambda _: [987654321]),
    Line("funds", ALL),
    Line("fund", OF_SCHOOL, lambda cast: [cast.building.pk]),
    Line("fund", {"*": 404}, lambda _: [987654321]),
    *(Line(name, ALL) for name in ("payments", "payments_csv", "payments_xlsx")),
    *(Line(name, ALL) for name in ("execution", "execution_xlsx")),
    *(Line(name, ALL) for name in ("spending", "spending_rows", "spending_rows_csv", "spending_rows_xlsx")),
    Line("spending_question", ALL, lambda _: ["progress"]),
    *(Line(name, ALL, lambda _: ["idle"]) for name in ("spending_csv", "spending_xlsx")),
    Line("spending_question", {"*": 404}, lambda _: ["other"]),
]
IMPORTERS = f"{PERFORMANCE} treasury"


def own_mapping(cast: Cast) -> list[Any]:
    """An own mapping of payments, in its first version."""
    text = upstream.ready()["payments"].text.replace("支付凭证（国库集中支付）", "本地支付")
    return [upstream.save(cast.treasury, text).pk]


def payment_batch(cast: Cast) -> list[Any]:
    """Staged, ready, with one good row and one bad cell."""
    bad = {"row": 3, "column": "金额", "letter": "F", "value": "五百万", "reason": "不是金额"}
    preview = {"ready": True, "good": 1, "bad_count": 1, "bad": [bad], "counts": {}, "mark": 1}
    made = Batch.objects.create(
        region=cast.region, kind="payments", fiscal_year=2024, sha256="1" * 64, at=WHEN, preview=preview
    )
    return [made.pk]


def payment_job(cast: Cast) -> list[Any]:
    return [Job.objects.create(kind="stage_import", person=cast.treasury).pk]


IMPORTS = [
    Line("exchange_zip", {PERFORMANCE: 200, "*": 403}),
    Line("pulls", {f"{IMPORTERS} budget admin": 200, "*": 403}),
    Line("pulls", {f"{IMPORTERS} budget admin": 422, "*": 403}, method="post"),
    Line("pull_make", {f"{IMPORTERS} budget admin": 200, "*": 403}),
    Line("pull_make", {f"{IMPORTERS} budget admin": 422, "*": 403}, method="post"),
    Line("pull_look", {f"{IMPORTERS} budget admin": 200, "*": 403}, method="post"),
    Line("mapping_text", {f"{IMPORTERS} budget admin": 200, "*": 403}),
    Line("mapping_text", {f"{IMPORTERS} budget admin": 422, "*": 403}, method="post"),
    Line("mapping", {IMPORTERS: 200, "budget admin": 404, "*": 403}, own_mapping),
    Line("mapping_retire", {IMPORTERS: 302, "budget admin": 404, "*": 403}, own_mapping, "post"),
    Line("differences", {IMPORTERS: 200, "budget admin": 404, "*": 403}, payment_batch),
    Line(
        "differences_file",
        {IMPORTERS: 200, "budget admin": 404, "*": 403},
        lambda cast: [*payment_batch(cast), "xlsx"],
    ),
    Line("imports", {f"{IMPORTERS} budget admin": 200, "*": 403}),
    Line("import_upload", {IMPORTERS: 200, "*": 403}, lambda _: ["payments"]),
    Line("import_upload", {IMPORTERS: 422, "*": 403}, lambda _: ["payments"], "post"),
    Line("import_upload", {f"{IMPORTERS} budget admin": 404, "*": 403}, lambda _: ["other"]),
    Line("import_template", {IMPORTERS: 200, "*": 403}, lambda _: ["payments"]),
    Line("import_batch", {IMPORTERS: 200, "budget admin": 404, "*": 403}, payment_batch),
    Line("import_bad", {IMPORTERS: 200, "budget admin": 404, "*": 403}, payment_batch),
    Line("import_publish", {IMPORTERS: 302, "budget admin": 404, "*": 403}, payment_batch, "post"),
    Line("import_discard", {IMPORTERS: 302, "budget admin": 404, "*": 403}, payment_batch, "post"),
    Line("jobs", ALL),
    Line("job", {"treasury admin": 200, "*": 404}, payment_job),
    Line("job_file", {f"{IMPORTERS} budget admin": 404, "*": 403}, payment_job, "post"),
]


def goal_draft(cast: Cast) -> list[Any]:
    return [filed.draft(cast).pk]


def goal_at_performance(cast: Cast) -> list[Any]:
    return [filed.at_desk(cast, cast.reviewer, cast.department, cast.division).pk]


def goal_approved(cast: Cast) -> list[Any]:
    return [filed.approved(cast).pk]


def school_upload(cast: Cast) -> list[Any]:
    """A file that the school's reporter sent, beside the goal it belongs to."""
    upload = Upload.objects.create(
        region_code=cast.region.pk, name="x.xlsx", sha256="1" * 64, size=1, person=cast.reporter, at=WHEN
    )
    return [*goal_draft(cast), upload.pk]


def zip_job(cast: Cast) -> list[Any]:
    return [Job.objects.create(kind="zip_forms", person=cast.performance).pk]


def uploaded_template(cast: Cast) -> list[Any]:
    made = Template.objects.create(
        region=cast.region, form="unit_goal", fiscal_year=2030, name="x.xlsx", blank=b"", cell_map="", at=WHEN
    )
    return [made.pk]


# whoever does not see 第一中学's papers
STRANGERS = "other_division other_department bureau_reporter stranger"
READERS = {STRANGERS: 404, "*": 200}
# the verbs answer a stale or empty request by a conflict or a refusal: the person was let through
REPORTER = {"reporter": (302, 409, 422), "bureau_reporter stranger": 404, "*": 403}
DESK = {
    "performance colleague": 409,
    "other_division other_department": 404,
    "division department reviewer": 409,
    "*": 403,
}
KEEPERS = {**DESK, "performance colleague": 200}
ADJUSTERS = {"reporter performance colleague": 409, STRANGERS: 404, "*": 403}
UPLOADER = {"reporter": 404, "bureau_reporter stranger": 404, "*": 403}
GOAL_FORMS = [
    Line("goals", ALL),
    Line("goals_export", ALL),
    Line("goals_zip", {"*": 302}),
    Line("goal_start", {"reporter bureau_reporter stranger": 302, "*": 403}, method="post"),
    Line("goal_copy", REPORTER, goal_draft, "post"),
    Line("goal_taxonomy", REPORTER, goal_draft, "post"),
    Line("goal_paste", {"reporter": 200, "bureau_reporter stranger": 404, "*": 403}, goal_draft, "post"),
    Line("goal_adjust", ADJUSTERS, goal_approved, "post"),
    Line("goal_abandon", ADJUSTERS, goal_approved, "post"),
    Line("filing", {f"{STRANGERS} observer": 404, "*": 200}, goal_draft),
    Line("filing", READERS, goal_approved),
    Line("filing", READERS, goal_at_performance),
    Line("filing", {"*": 404}, lambda _: [987654321]),
    Line("filing_history", READERS, goal_approved),
    Line("filing_print", READERS, goal_approved),
    Line("filing_excel", READERS, goal_approved),
    *(
        Line(f"filing_{verb}", REPORTER, goal_draft, "post")
        for verb in ("save", "resolve", "check", "submit")
    ),
    Line("filing_withdraw", REPORTER, goal_at_performance, "post"),
    Line("filing_upload", {"reporter": 422, "bureau_reporter stranger": 404, "*": 403}, goal_draft, "post"),
    Line("filing_merge", UPLOADER, school_upload),
    Line("filing_merge", UPLOADER, school_upload, "post"),
    Line("filing_approve", DESK, goal_at_performance, "post"),
    Line("filing_return", DESK, goal_at_performance, "post"),
    Line("filing_opinions", KEEPERS, goal_at_performance, "post"),
    Line(
        "filing_ask",
        {"reporter reviewer department": 422, "other_department bureau_reporter stranger": 404, "*": 403},
        goal_approved,
        "post",
    ),
    Line(
        "filing_bulk",
        {
            "performance colleague division other_division department other_department reviewer": 302,
            "*": 403,
        },
        method="post",
    ),
    Line("review", {"*": 302}),
    Line("my_forms", {"*": 302}),
    Line("forms_upload", {"reporter bureau_reporter stranger": 200, "*": 403}),
    Line("forms_upload", {"reporter bureau_reporter stranger": 422, "*": 403}, method="post"),
    Line("forms_job", {"performance": 200, "*": 404}, zip_job),
    Line("forms_job_file", {"*": 404}, zip_job),
    Line("templates", ALL),
    Line("template_blank", ALL, lambda _: ["project_goal", 0]),
    Line("template_blank", {"*": 404}, lambda _: ["nonsense", 0]),
    Line("template_upload", {PERFORMANCE: 422, "*": 403}, method="post"),
    Line("template_remove", {PERFORMANCE: 302, "*": 403}, uploaded_template, "post"),
]


def audit_open(cast: Cast) -> list[Any]:
    """A checked document of 第一中学, with one open error."""
    return [audit_rows.document(cast).pk]


def audit_sent(cast: Cast) -> list[Any]:
    return [audit_rows.sent(cast).pk]


def audit_finding(cast: Cast) -> list[Any]:
    return [audit_rows.finding(audit_rows.document(cast)).pk]


# who sees 第一中学's documents before they are sent, and may work on them
UNSENT = {f"{STRANGERS} observer": 404, "*": 200}
WORKERS = "reporter reviewer department division performance colleague budget treasury debt"
AUDITS = [
    Line("audits", ALL),
    Line("audit_upload", {"admin observer": 403, "*": 422}, method="post"),
    Line("audits_assigned", {"admin observer": 403, "*": 200}),
    Line("audit", UNSENT, audit_open),
    Line("audit", READERS, audit_sent),
    Line("audit", {"*": 404}, lambda _: [987654321]),
    *(
        Line(name, UNSENT, audit_open)
        for name in (
            *("audit_row", "audit_wait", "audit_file", "audit_findings", "audit_versions", "audit_send"),
            *("audit_word", "audit_excel"),
        )
    ),
    Line("audit_versions", {WORKERS: 422, f"{STRANGERS} observer": 404, "*": 403}, audit_open, "post"),
    Line(
        "audit_send",
        {"division department": 403, WORKERS: 409, f"{STRANGERS} observer": 404, "*": 403},
        audit_open,
        "post",
    ),
    Line("audit_recheck", {WORKERS: 409, STRANGERS: 404, "*": 403}, audit_open, "post"),
    *(
        Line(f"audit_{verb}", {WORKERS: status, STRANGERS: 404, "*": 403}, audit_finding, "post")
        for verb, status in (("accept", 409), ("dismiss", 422), ("assign", 422), ("answer", 422))
    ),
    Line(
        "audit_withdraw",
        {"division department other_division other_department": 403, WORKERS: 422, STRANGERS: 404, "*": 403},
        audit_sent,
        "post",
    ),
]


def library_indicator(cast: Cast) -> list[Any]:
    return [library_rows.indicator(cast).pk]


def library_standard(cast: Cast) -> list[Any]:
    return [library_rows.standard(cast).pk]


def library_regulation(cast: Cast) -> list[Any]:
    draft = regulations.RegulationDraft(title="办法", issuer="财政局", level="county", topic="综合")
    return [regulations.add(cast.performance, draft, regulations.Paper("办法.pdf", b"%PDF-1.7\n")).pk]


KEEPERS_OF_LIBRARY = {PERFORMANCE: 200, "*": 403}
LIBRARY = [
    *(Line(name, ALL) for name in ("library", "library_xlsx", "library_clashes", "library_flat")),
    *(Line(name, ALL) for name in ("standards", "standards_xlsx")),
    Line("indicator", ALL, library_indicator),
    Line("indicator", {"*": 404}, lambda _: [987654321]),
    Line("standard", ALL, library_standard),
    Line("standard", {"*": 404}, lambda _: [987654321]),
    *(Line(name, KEEPERS_OF_LIBRARY) for name in ("indicator_new", "standard_new")),
    *(Line(name, {PERFORMANCE: 422, "*": 403}, method="post") for name in ("indicator_new", "standard_new")),
    Line("indicator_edit", KEEPERS_OF_LIBRARY, library_indicator),
    Line("indicator_edit", {PERFORMANCE: 404, "*": 403}, lambda _: [987654321]),
    Line("standard_edit", KEEPERS_OF_LIBRARY, library_standard),
    Line("standard_edit", {PERFORMANCE: 422, "*": 403}, library_standard, "post"),
    Line("standard_switch", {PERFORMANCE: 422, "*": 403}, library_standard, "post"),
    *(
        Line(f"indicator_{verb}", {PERFORMANCE: 422, "*": 403}, library_indicator, "post")
        for verb in ("edit", "retire", "restore", "replace", "merge")
    ),
    *(Line(name, ALL, guests=True) for name in ("regulations", "regulations_xlsx")),
    *(Line(name, ALL, library_regulation, guests=True) for name in ("regulation", "regulation_file")),
    Line("regulation", {"*": 404}, lambda _: [987654321], guests=True),
    Line("regulation_new", KEEPERS_OF_LIBRARY),
    Line("regulation_new", {PERFORMANCE: 422, "*": 403}, method="post"),
    Line("regulation_edit", KEEPERS_OF_LIBRARY, library_regulation),
    Line("regulation_edit", {PERFORMANCE: 422, "*": 403}, library_regulation, "post"),
    Line("goal_suggest", {"reporter": 200, "bureau_reporter stranger": 404, "*": 403}, goal_draft),
]

# ── problems ──────────────────────────────────────────────────────────────────────────────────────────


def problem_registered(cast: Cast) -> list[Any]:
    return [problem_rows.registered(cast).pk]


def problem_issued(cast: Cast) -> list[Any]:
    return [problem_rows.issued(cast).pk]


def problem_replied(cast: Cast) -> list[Any]:
    return [problem_rows.replied(cast).pk]


def problem_closed(cast: Cast) -> list[Any]:
    return [problem_rows.closed(cast).pk]


def problem_file(cast: Cast) -> list[Any]:
    """A file in a reply that was sent."""
    return [Evidence.objects.get(problem=problem_rows.replied(cast)).pk]


def problem_draft_file(cast: Cast) -> list[Any]:
    """A file in a reply that the school is still writing."""
    problem = problem_rows.issued(cast)
    return [workflow.attach(cast.reporter, problem, problem.revision, problem_rows.file()).pk]


def problem_notice(cast: Cast) -> list[Any]:
    return [problem_rows.issued(cast).notice_id]


def problem_clue(cast: Cast) -> list[Any]:
    return [problem_rows.clue(cast).pk]


# before the notice only the bureau's sections know of a problem; who may not see it gets 404
BEFORE_NOTICE = {"performance colleague division budget treasury debt": 200, "*": 404}
BUREAU_ONLY = {SETTLERS: 200, "other_division": 404, "*": 403}
SCHOOL_REPLIES = {"reporter reviewer": 409, "bureau_reporter stranger": 404, "*": 403}
PROBLEMS = [
    Line("problems", ALL),
    Line("problems_xlsx", ALL),
    Line("problems_totals", ALL),
    Line("problem_new", {f"{SETTLERS} other_division": 200, "*": 403}),
    Line("problem_new", {f"{SETTLERS} other_division": 422, "*": 403}, method="post"),
    Line("problem_clues", {f"{SETTLERS} other_division": 200, "*": 403}),
    Line("problem_gather", {f"{SETTLERS} other_division": 302, "*": 403}, method="post"),
    Line("problem_clue_decline", {SETTLERS: 302, "other_division": 404, "*": 403}, problem_clue, "post"),
    Line("problem", BEFORE_NOTICE, problem_registered),
    Line("problem", OF_SCHOOL, problem_issued),
    Line("problem", OF_SCHOOL, problem_closed),
    Line("problem", {"*": 404}, lambda _: [987654321]),
    Line("problem_amend", BUREAU_ONLY, problem_registered),
    Line("problem_amend", {SETTLERS: 422, "other_division": 404, "*": 403}, problem_registered, "post"),
    Line("problem_issue", BUREAU_ONLY, problem_registered),
    Line("problem_issue", {SETTLERS: 422, "other_division": 404, "*": 403}, problem_registered, "post"),
    Line("problem_extend", {SETTLERS: 422, "other_division": 404, "*": 403}, problem_issued, "post"),
    Line("problem_save", SCHOOL_REPLIES, problem_issued, "post"),
    Line("problem_reply", {**SCHOOL_REPLIES, "reporter reviewer": 422}, problem_issued, "post"),
    Line(
        "problem_attach",
        {f"{SETTLERS} reporter reviewer": 422, OUTSIDE: 404, "*": 403},
        problem_issued,
        "post",
    ),
    Line("problem_verify", {SETTLERS: 409, OUTSIDE: 404, "*": 403}, problem_replied, "post"),
    Line("problem_send_back", {SETTLERS: 422, OUTSIDE: 404, "*": 403}, problem_replied, "post"),
    Line("problem_close", {PERFORMANCE: 409, OUTSIDE: 404, "*": 403}, problem_replied, "post"),
    Line("problem_reopen", {PERFORMANCE: 422, "*": 403}, problem_closed, "post"),
    Line("problem_merge", {PERFORMANCE: 422, "*": 403}, problem_issued, "post"),
    Line("problem_evidence", OF_SCHOOL, problem_file),
    Line("problem_evidence", {"reporter reviewer": 200, "*": 404}, problem_draft_file),
    Line("problem_detach", SCHOOL_REPLIES, problem_draft_file, "post"),
    Line("problem_notice", OF_SCHOOL, problem_notice),
]

# ── results ───────────────────────────────────────────────────────────────────────────────────────────


def open_plan(cast: Cast) -> list[Any]:
    return [graded.plan(cast).pk]


def applied_plan(cast: Cast) -> list[Any]:
    return [graded.applied(cast, graded.plan(cast)).pk]


def school_proposal(cast: Cast) -> list[Any]:
    return [graded.of(graded.plan(cast), cast.building).pk]


def applied_proposal(cast: Cast) -> list[Any]:
    made = graded.applied(cast, graded.plan(cast))
    return [graded.of(made, cast.building).pk]


PLAN_VERBS = ("mark", "decide", "apply")
# what is not applied yet only the bureau knows
OF_PLAN = {BUREAU: 200, "*": 404}
RESULTS = [
    Line("results", ALL),
    Line("results_propose", {PERFORMANCE: 302, "*": 403}, method="post", data={"score_year": "2023"}),
    *(Line(f"results_{page}", OF_PLAN, open_plan) for page in ("xlsx", "totals", "follow")),
    *(Line(f"results_{page}", ALL, applied_plan) for page in ("xlsx", "totals", "follow")),
    Line("results_constrain", {PERFORMANCE: 200, "*": 403}, open_plan),
    Line("results_constrain", {PERFORMANCE: 422, "*": 403}, open_plan, "post"),
    *(Line(f"results_{verb}", {PERFORMANCE: 409, "*": 403}, open_plan, "post") for verb in PLAN_VERBS),
    Line("results_what_if", {PERFORMANCE: 200, "*": 403}, open_plan),
    Line("result", {**BEFORE_NOTICE}, school_proposal),
    Line("result", OF_SCHOOL, applied_proposal),
    Line("yearly", ALL),
    Line("yearly_public", {"performance colleague budget treasury debt": 200, "*": 403}),
    Line("year_end", {PERFORMANCE: 200, "*": 403}),
    Line("year_end", {PERFORMANCE: 422, "*": 403}, method="post"),
    Line("result_decide", {PERFORMANCE: 422, "*": 403}, school_proposal, "post"),
    Line("result_revoke", {PERFORMANCE: 409, "*": 403}, school_proposal, "post"),
]

# ── 重点评价: the school's fund, charged to the agency ─────────────────────────────────────────────────

# who never sees it while it is worked on; readers see confirmed results alone
APART = f"{OUTSIDE} observer congress audit"
FAR = f"{APART} expert"
INSIDE = "performance colleague division budget treasury debt agency"  # sees the working papers


def key_evaluation(cast: Cast) -> list[Any]:
    return [fiscal_rows.assigned(cast).pk]


def key_planned(cast: Cast) -> list[Any]:
    return [fiscal_rows.picked(cast).pk]


def key_proof(cast: Cast) -> list[Any]:
    return [fiscal_rows.proven(fiscal_rows.assigned(cast)).proofs.get().pk]


def key_row(cast: Cast) -> list[Any]:
    return [*key_evaluation(cast), "z1"]


# a stale revision: whoever may do it at all is told so, whose it is not is told that
UNSEEN_PAPERS = {INSIDE: 422, "*": 404}
PICKERS = f"{PERFORMANCE} department other_department"
REVIEWERS = f"{PICKERS} division other_division"
FISCAL = [
    Line("fiscal", ALL, guests=True),
    Line("fiscal_ranking", {PICKERS: 200, "*": 403}),
    Line("fiscal_ranking", {PICKERS: 422, "*": 403}, method="post"),
    Line("fiscal_ranking_xlsx", {PICKERS: 200, "*": 403}),
    Line("fiscal_concern", {PICKERS: 422, "*": 403}, method="post"),
    Line("fiscal_plan", {REVIEWERS: 200, "*": 403}),
    Line("fiscal_praise", {REVIEWERS: 200, "*": 403}),
    Line("fiscal_one", {FAR: 404, "*": 200}, key_evaluation, guests=True),
    Line("fiscal_one", {FAR: 404, "reporter reviewer agency": 404, "*": 200}, key_planned, guests=True),
    Line(
        "fiscal_assign",
        {PERFORMANCE: 422, "department": 422, "other_department": 404, "*": 403},
        key_planned,
        "post",
    ),
    Line(
        "fiscal_extend",
        {PERFORMANCE: 422, "department": 422, "other_department": 404, "*": 403},
        key_evaluation,
        "post",
    ),
    Line(
        "fiscal_drop",
        {PERFORMANCE: 409, "department": 403, "other_department": 404, "*": 403},
        key_planned,
        "post",
    ),
    Line(
        "fiscal_submit",
        {FAR: 404, "performance colleague division department": 422, "agency": 409, "*": 403},
        key_evaluation,
        "post",
        guests=True,
    ),
    *(
        Line(
            name,
            {APART: 404, "performance colleague division": 409, "*": 403},
            key_evaluation,
            "post",
        )
        for name in ("fiscal_first", "fiscal_send_back")
    ),
    Line("fiscal_confirm", {APART: 404, PERFORMANCE: 409, "*": 403}, key_evaluation, "post"),
    Line("fiscal_comment", {APART: 404, "reporter reviewer": 409, "*": 403}, key_evaluation, "post"),
    Line(
        "fiscal_answer", {APART: 404, "performance colleague division": 409, "*": 403}, key_evaluation, "post"
    ),
    Line("fiscal_report", {INSIDE: 200, "admin": 404, "*": 404}, key_evaluation, guests=True),
    Line("fiscal_proof", {INSIDE: 200, "*": 404}, key_proof, guests=True),
    *(
        Line(name, {INSIDE: 200, "*": 404}, key_evaluation, guests=True)
        for name in ("fiscal_scoring", "fiscal_scheme", "fiscal_papers", "fiscal_narrative")
    ),
    *(
        Line(name, UNSEEN_PAPERS, key_evaluation, "post", guests=True)
        for name in (
            "fiscal_attach",
            "fiscal_cite",
            "fiscal_interview",
            "fiscal_questionnaire",
            "fiscal_fault",
        )
    ),
    *(
        Line(
            name,
            {"agency": 409, "performance colleague division": 422, "budget treasury debt": 403, "*": 404},
            key_evaluation,
            "post",
            guests=True,
        )
        for name in ("fiscal_scheme", "fiscal_narrative")
    ),
    Line(
        "fiscal_mark",
        {"agency": 409, "performance colleague division": 422, "budget treasury debt": 403, "*": 404},
        key_row,
        "post",
        guests=True,
    ),
    Line(
        "fiscal_remove",
        {"agency": 409, "performance colleague division": 422, "budget treasury debt": 403, "*": 404},
        lambda cast: [*key_evaluation(cast), "fault"],
        "post",
        guests=True,
    ),
]

# ── disclosure ───────────────────────────────────────────────────────────────────────────────────────


def region_disclosure(cast: Cast) -> list[Any]:
    return [disclosures.opened(cast.performance).pk]


def school_disclosure(cast: Cast) -> list[Any]:
    return [disclosures.of_school(cast).pk]


def public_disclosure(cast: Cast) -> list[Any]:
    return [disclosures.school_published(cast).disclosure_id]


def publication(cast: Cast) -> list[Any]:
    return [disclosures.school_published(cast).pk]


def units_job(cast: Cast) -> list[Any]:
    return [ask_units(cast.performance, 2024).pk]


DISCLOSURE_PAGES = ("disclosure", "disclosure_wait", "disclosure_reasons", "disclosure_words")
CELL = {"source": "105002/2024/three_public/reception.final"}
DISCLOSURE = [
    Line("disclosures", ALL),
    Line(
        "disclosure_open",
        {f"{PERFORMANCE} budget treasury debt": 302, "*": 403},
        method="post",
        data={"year": "2024"},
    ),
    Line("disclosure_units", {PERFORMANCE: 302, "*": 403}, method="post", data={"year": "2024"}),
    Line("disclosure_units_job", {PERFORMANCE: 200, "*": 403}, units_job),
    *(Line(name, OF_SCHOOL_DRAFT, school_disclosure) for name in DISCLOSURE_PAGES),
    *(Line(name, OF_REGION, region_disclosure) for name in DISCLOSURE_PAGES),
    Line("disclosure", OF_SCHOOL, public_disclosure),
    Line("disclosure", {"*": 404}, lambda _: [987654321]),
    Line("disclosure_publications", OF_SCHOOL, public_disclosure),
    Line("disclosure_payments", OF_SCHOOL, public_disclosure, data=CELL),
    Line("disclosure_payments", {"*": 404}, school_disclosure, data={"source": "x"}),
    Line("disclosure_file", OF_SCHOOL, lambda cast: [*public_disclosure(cast), "docx"]),
    Line("disclosure_file", {"*": 404}, lambda cast: [*school_disclosure(cast), "docx"]),
    Line("publication_file", OF_SCHOOL, lambda cast: [*publication(cast), "sources"]),
    Line("publication_file", {"*": 404}, lambda cast: [*publication(cast), "pdf"]),
    *(
        Line(
            name,
            {f"{PERFORMANCE} reporter reviewer": 409, f"{OUTSIDE} observer": 404, "*": 403},
            school_disclosure,
            "post",
        )
        for name in ("disclosure_reasons", "disclosure_words")
    ),
    Line(
        "disclosure_check",
        {f"{PERFORMANCE} reporter reviewer": 409, "bureau_reporter stranger": 404, "*": 403},
        school_disclosure,
        "post",
    ),
    Line("disclosure_publish", {f"{PERFORMANCE} reviewer": 409, "*": 403}, school_disclosure, "post"),
    Line("disclosure_withdraw", {f"{PERFORMANCE} reviewer": 422, "*": 403}, public_disclosure, "post"),
]

# ── flags ─────────────────────────────────────────────────────────────────────────────────────────────


def flag_hit(cast: Cast) -> list[Any]:
    """The school's, which nobody has asked about."""
    return [flag_rows.hit(cast).pk]


def flag_asked(cast: Cast) -> list[Any]:
    return [flag_rows.asked(cast).pk]


def flag_dismissed(cast: Cast) -> list[Any]:
    return [flag_rows.dismissed(cast).pk]


# the bureau and outside readers see every hit, the others what they were asked
NOT_ASKED = "department reviewer reporter admin other_division other_department bureau_reporter stranger"
REVIEWS_FLAGS = {SETTLERS: 422, "other_division": 404, "*": 403}
ROW = {"source": "合同", "key": "HT-1"}
FLAGS = [
    *(Line(name, ALL) for name in ("flags", "flags_xlsx", "flag_rules")),
    Line("flags_run", {PERFORMANCE: 302, "*": 403}, method="post"),
    Line("flag", {NOT_ASKED: 404, "*": 200}, flag_hit),
    Line("flag", OF_SCHOOL, flag_asked),
    Line("flag", {"*": 404}, lambda _: [987654321]),
    Line("flag_row", {NOT_ASKED: 404, "*": 200}, flag_hit, data=ROW),
    Line("flag_row", {"*": 404}, flag_hit),
    *(Line(f"flag_{verb}", REVIEWS_FLAGS, flag_hit, "post") for verb in ("ask", "dismiss", "clue")),
    Line("flag_reopen", REVIEWS_FLAGS, flag_dismissed, "post"),
    Line(
        "flag_answer",
        {"reporter reviewer": 422, "bureau_reporter stranger": 404, "*": 403},
        flag_asked,
        "post",
    ),
]

# ── assessments and ratings ──────────────────────────────────────────────────────────────────────────


def assessment_draft(cast: Cast) -> list[Any]:
    return [assessment_rows.started(cast).pk]


def assessment_filed(cast: Cast) -> list[Any]:
    return [assessment_rows.submitted(cast).pk]


def assessment_scoring(cast: Cast) -> list[Any]:
    return [assessment_rows.assigned(cast).pk]


def assessment_scored(cast: Cast) -> list[Any]:
    return [assessment_rows.scored(cast).pk]


def assessment_material(cast: Cast) -> list[Any]:
    made = assessment_rows.started(cast)
    return [asking.attach(cast.reporter, made, made.revision, "纪要.pdf", b"%PDF-1.4 x").pk]


def expert_seat(cast: Cast) -> list[Any]:
    return [panel_rows.seat_of(panel_rows.convened(cast), cast.expert).pk]


def opened_seat(cast: Cast) -> list[Any]:
    return [panel_rows.seat_of(panel_rows.opened_panel(cast), cast.expert).pk]


OWN_SEAT = {"expert": 200, "agency": 404, "*": 404}
ENGAGED = {**OF_SCHOOL, "expert": 200, "agency": 404}
NOBODY_OUTSIDE = {**OF_SCHOOL_DRAFT, "expert agency": 404}
JUDGED = {PERFORMANCE: 422, "*": 403}
ASKED = {"reporter": 409, "bureau_reporter stranger": 404, "*": 403}
ASSESSMENTS = [
    Line("assessments", ALL, guests=True),
    Line("assessment_new", {"reporter bureau_reporter stranger": 200, "*": 403}),
    Line("assessment_new", {"reporter bureau_reporter stranger": 422, "*": 403}, method="post"),
    Line("assessment", NOBODY_OUTSIDE, assessment_draft),
    Line("assessment", ENGAGED, assessment_scoring),
    Line("assessment", ENGAGED, assessment_scored),
    Line("assessment", {"*": 404}, lambda _: [987654321], guests=True),
    Line("assessment_save", ASKED, assessment_draft, "post"),
    Line("assessment_withdraw", ASKED, assessment_filed, "post"),
    Line("assessment_attach", {**ASKED, "reporter": 422}, assessment_draft, "post"),
    Line("assessment_material", NOBODY_OUTSIDE, assessment_material),
    Line("assessment_detach", ASKED, assessment_material, "post"),
    Line("assessment_report", {"*": 404}, assessment_scored),
    Line("assessment_return", {PERFORMANCE: 409, "*": 403}, assessment_filed, "post"),
    Line("assessment_accept", {PERFORMANCE: 409, "*": 403}, assessment_scored, "post"),
    *(
        Line(f"assessment_{verb}", JUDGED, make, "post")
        for verb, make in (
            ("exempt", assessment_filed),
            ("assign", assessment_filed),
            ("conclude", assessment_scored),
        )
    ),
    Line("ratings", ALL, guests=True),
    Line("rating_sheet", OWN_SEAT, expert_seat),
    Line("rating_save", {"expert": 409, "*": 404}, expert_seat, "post", guests=True),
    Line("rating_recuse", {"expert": 409, "*": 404}, expert_seat, "post", guests=True),
    Line("rating_sealed", {"*": 404}, expert_seat, guests=True),
    Line("rating_sealed", {f"{PERFORMANCE} expert": 200, "*": 404}, opened_seat, guests=True),
    Line(
        "panel_organise",
        {PERFORMANCE: 409, "congress audit": 404, "*": 403},
        lambda cast: [panel_rows.convened(cast).pk],
        "post",
    ),
]

# ── 四评: the school's fund ────────────────────────────────────────────────────────────────────────────


def four_review(cast: Cast) -> list[Any]:
    return [review_rows.picked(cast).pk]


def audit_part(cast: Cast) -> list[Any]:
    return [review_rows.part(review_rows.picked(cast), "audit").pk]


def scored_part(cast: Cast) -> list[Any]:
    review = review_rows.picked(cast)
    return [review_rows.convened(cast, review, "audit").pk]


def review_fault(cast: Cast) -> list[Any]:
    part = review_rows.part(review_rows.picked(cast), "audit")
    return [review_rows.noted(cast, part).pk]


PICKS = f"{PERFORMANCE} congress"
NOTES = f"{PICKS} audit"
REVIEWS = [
    Line("reviews", ALL),
    Line("review_pick", {PICKS: 200, "*": 403}),
    Line("review_pick", {PICKS: 422, "*": 403}, method="post"),
    Line("review", OF_SCHOOL, four_review),
    Line("review", {"*": 404}, lambda _: [987654321]),
    Line("review_sheet", OF_SCHOOL, four_review),
    Line("review_part", {name: 302 if code == 200 else code for name, code in OF_SCHOOL.items()}, audit_part),
    Line("review_explain", {NOTES: 409, "*": 403}, four_review, "post"),
    Line("review_confirm", {"congress": 409, "*": 403}, four_review, "post"),
    Line("review_drop", {PICKS: 409, "*": 403}, four_review, "post"),
    Line("review_convene", {"congress audit": 422, "*": 403}, audit_part, "post"),
    Line("review_dissolve", {"congress audit": 409, "*": 403}, scored_part, "post"),
    Line("review_remark", {"congress audit": 409, "*": 403}, scored_part, "post"),
    Line("review_fault", {NOTES: 422, "*": 403}, audit_part, "post"),
    Line("review_fault_remove", {NOTES: 409, "*": 403}, review_fault, "post"),
]

TABLE: list[Line] = [
    *REPLIES,
    *SHELL,
    *CALENDAR,
    *OVERVIEW,
    *QUESTIONS,
    *LOG,
    *PEOPLE,
    *START,
    *GOAL_FORMS,
    *ASSESSMENTS,
    *MONITORING,
    *CORRECTIONS,
    *PROBLEMS,
    *FLAGS,
    *AUDITS,
    *EVALUATION,
    *FISCAL,
    *REVIEWS,
    *BOOKS,
    *ACCOUNTS,
    *DISCLOSURE,
    *LIBRARY,
    *RESULTS,
    *IMPORTS,
]
