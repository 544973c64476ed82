"""What monitoring hands in as 问题线索: red lights that policy wants corrected, without an order so far."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from jiheng.filings.access import visible
from jiheng.filings.models import State
from jiheng.findings.models import Correction
from jiheng.findings.problems import ClueDraft
from jiheng.monitoring.models import Reading
from jiheng.sheets import Form, Light
from jiheng.units.models import Person


def noticed(person: Person, fiscal_year: int) -> list[ClueDraft]:
    """The year's red forms without an order of correction, of those the person sees. One query."""
    forms = visible(person).filter(form=Form.MONITORING, fiscal_year=fiscal_year).exclude(state=State.DRAFT)
    ordered = Correction.objects.filter(filing=OuterRef("filing"))
    rows = Reading.objects.filter(filing__in=forms, overall=Light.RED, must_correct=True)
    rows = rows.filter(~Exists(ordered)).select_related("filing__unit", "filing__fund")
    return [
        ClueDraft(
            origin=f"reading:{row.filing_id}",
            kind="效益" if row.goal_light == Light.RED else "管理",
            title=f"{row.filing.fund.name if row.filing.fund else '部门整体'}监控亮红灯未纠偏",
            description=(
                f"{fiscal_year}年截至{row.filing.month}月监控综合灯为红（资金灯{row.money_light or '未亮'}、"
                f"目标灯{row.goal_light or '未亮'}），按政策应当纠偏，至今没有纠偏单。"
            ),
            unit=row.filing.unit,
            fund=row.filing.fund,
            fiscal_year=fiscal_year,
        )
        for row in rows.defer("lines", "filing__sheet")
    ]
