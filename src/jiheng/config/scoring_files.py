"""`jiheng score`: an official self-evaluation workbook, scored line by line. Needs no database."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from jiheng import policy, rules, scoring
from jiheng.config import CommandError
from jiheng.documents import forms
from jiheng.policy import Policy, PolicyError
from jiheng.rules import Context
from jiheng.scoring import Scored, ScoredLine
from jiheng.sheets import EvaluationSheet, Finding, Missing, Severity

# the settings lay the region's own policy over the general one when they are first read
OVERRIDES = settings.POLICY_OVERRIDES
SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.HINT: "提示"}


def score(asked: argparse.Namespace) -> int:
    """0 scored with nothing wrong, 1 scored with errors found; unreadable input raises CommandError (2)."""
    if asked.file.is_dir():
        raise CommandError(f"“{asked.file}”是文件夹，请给出一个 .xlsx 文件")
    try:
        data = asked.file.read_bytes()
    except OSError as error:
        raise CommandError(f"读不到文件“{asked.file}”：请检查路径和权限（{error.strerror}）") from error
    region = _known_region(asked.region)
    try:
        taken = forms.take_any(data, asked.file.name)
        # scored by local calendar day: policy is dated by day, not by moment
        in_force = policy.on(asked.date or date.today(), region)  # noqa: DTZ011
    except (forms.DocumentError, PolicyError) as error:
        raise CommandError(str(error)) from error
    sheet = taken.sheet
    if not isinstance(sheet, EvaluationSheet):
        raise CommandError(
            f"“{asked.file.name}”是《{sheet.form.heading}》，只有项目支出、部门整体支出绩效自评表可以计分"
        )
    scored = scoring.score(sheet, in_force)
    found = _once([*taken.findings, *scored.findings, *rules.run("evaluation", sheet, in_force, Context())])
    write = _as_json if asked.format == "json" else _as_text
    sys.stdout.write(write(sheet, scored, found, in_force))
    return 1 if any(finding.severity == Severity.ERROR for finding in found) else 0


def _known_region(code: str) -> str:
    if code and not (OVERRIDES / f"{code}.yaml").exists():
        raise CommandError(
            f"没有区划 {code} 的政策文件（{OVERRIDES / code}.yaml）；不写 --region 即按通用政策计分"
        )
    return code


def _once(findings: list[Finding]) -> list[Finding]:
    """Reader, scoring and rules may say the same of the same field; each is told once."""
    return list({(finding.code, finding.field, finding.message): finding for finding in findings}.values())


def _told(value: Decimal | Missing) -> str:
    return str(value)


def _as_text(sheet: EvaluationSheet, scored: Scored, found: list[Finding], in_force: Policy) -> str:
    header = sheet.header
    lines = [
        f"{header.fiscal_year}年 {header.subject_name or header.unit_name} {sheet.form.heading}",
        f"按 {in_force.date} 的政策计分（版本 {scored.policy_version[:12]}）",
        "",
    ]
    for line in (scored.execution, *scored.lines):
        lines.append(f"{line.label}：{_told(line.score)} 分（权重 {_told(line.weight)}）")
        lines.append(f"    {line.step}")
    grade = f"，等级 {scored.grade}" if scored.grade else ""
    lines += ["", f"总分：{_told(scored.total)}{grade}"]
    if found:
        lines += ["", f"发现 {len(found)} 个问题："]
        lines += [f"  [{SEVERITIES[finding.severity]} {finding.code}] {finding.message}" for finding in found]
    return "\n".join(lines) + "\n"


def _as_json(sheet: EvaluationSheet, scored: Scored, found: list[Finding], in_force: Policy) -> str:
    """Decimals are strings; what is missing is null with its reason."""
    answer = {
        "version": 1,
        "form": str(sheet.form),
        "fiscal_year": sheet.header.fiscal_year,
        "subject": sheet.header.subject_name or sheet.header.unit_name,
        "policy": {"date": str(in_force.date), "region": in_force.region, "version": scored.policy_version},
        "execution": _line(scored.execution),
        "lines": [_line(line) for line in scored.lines],
        "total": _value(scored.total),
        "grade": str(scored.grade) if scored.grade else None,
        "findings": [
            {
                "code": finding.code,
                "severity": str(finding.severity),
                "field": finding.field,
                "place": str(finding.place) if finding.place else None,
                "message": finding.message,
            }
            for finding in found
        ],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"


def _line(line: ScoredLine) -> dict[str, Any]:
    return {
        "key": line.key,
        "label": line.label,
        "weight": _value(line.weight),
        "score": _value(line.score),
        "missing": str(line.score) if isinstance(line.score, Missing) else None,
        "step": line.step,
    }


def _value(value: Decimal | Missing) -> str | None:
    return None if isinstance(value, Missing) else str(value)
