"""Documents in the states that tests need. Texts and reports are our own: a stand-in for the check that knows
one kind of sentence (合计X万元，其中：甲A万元，乙B万元) keeps these tests independent of the real one."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from itertools import count

from tests.cast import Cast

from jiheng.audits import workflow
from jiheng.audits.models import AuditedDocument, AuditFinding, Submission
from jiheng.audits.workflow import UploadDraft
from jiheng.claims.report import Edit, Found, Kind, Operand, Outcome, Relation, Repair, Report
from jiheng.documents.archive import DocumentError
from jiheng.sheets import Block, BlockKind, Cell, Document, Severity
from jiheng.units import jobs
from jiheng.units.models import Person

# the third paragraph's total is not the sum of its parts (120 + 60 = 180); “XX” was left in the fourth
TEXT = """第一中学2024年度决算公开说明
一、收入支出总体情况
本年收入合计190万元，其中：财政拨款收入120万元，事业收入60万元。
本年支出合计180万元，其中：基本支出100万元，项目支出80万元。比上年增加XX万元。
二、其他说明
项目\t金额（万元）
会议费\t1.50
培训费\t2.30
无其他需要说明的事项。
"""
MENDED = TEXT.replace("收入合计190万元", "收入合计180万元")
SUM = re.compile(r"[^，。；\n]*?合计(\d+)万元，其中：[^，。\n]*?(\d+)万元，[^，。\n]*?(\d+)万元")
WAN = Decimal(10000)


def examine(data: bytes, name: str, policy: object, year: int) -> tuple[Document, Report]:
    """In the place of `checking.examine`."""
    if data.startswith(b"\x00"):
        raise DocumentError(f"文件“{name}”已加密或损坏，请另存后再传")
    text = data.decode().replace("\r\n", "\n")  # as a browser's form sends it
    sha256 = hashlib.sha256(data).hexdigest()
    document = Document(name, sha256, text, tuple(blocks(text)))
    return document, audit(document)


def blocks(text: str):
    """Every line a block: 一、 and 二、 are headings, lines with tabs are one table."""
    at, table, numbers = 0, [], count(1)
    for line in [*text.split("\n"), ""]:
        if "\t" in line:
            table.append((at, line))
        else:
            if table:
                yield _table(table)
                table = []
            if line:
                is_heading = line[0] in "一二三" and line[1] == "、"
                kind = BlockKind.HEADING if is_heading else BlockKind.PARAGRAPH
                yield Block(kind, at, at + len(line), next(numbers), level=1 if is_heading else 0)
        at += len(line) + 1


def _table(rows) -> Block:
    cells = []
    for number, (at, line) in enumerate(rows):
        for column, words in enumerate(line.split("\t")):
            cells.append(Cell(number, column, at, at + len(words)))
            at += len(words) + 1
    return Block(BlockKind.TABLE, rows[0][0], cells[-1].end, 1, title="其他支出表", cells=tuple(cells))


def audit(document: Document) -> Report:
    relations, findings, repairs = [], [], []
    for number, found in enumerate(SUM.finditer(document.text), start=1):
        figures = tuple(_figure(found, group) for group in (1, 2, 3))
        total, *parts = (int(figure.value / WAN) for figure in figures)
        holds = total == sum(parts)
        relations.append(
            Relation(
                id=f"R{number}",
                code="K01",
                kind=Kind.SUM,
                verdict=Outcome.OK if holds else Outcome.ERROR,
                start=found.start(),
                end=found.end(),
                operands=figures,
                stated=Decimal(total),
                computed=Decimal(sum(parts)),
                difference=Decimal(total - sum(parts)),
                tolerance=Decimal("1.5"),
                proof="" if holds else f"{total} - {' - '.join(map(str, parts))} 不可能为 0",
                message=f"合计 {total} 与各项之和 {sum(parts)}" + ("相符" if holds else "不能同时成立"),
            )
        )
        if not holds:
            clause = (found.start(), found.end(1) + 2)  # “本年收入合计190万元”
            findings.append(_found(len(findings), "K01", Severity.ERROR, Kind.SUM, clause, relations[-1]))
            edit = Edit(found.start(1), found.end(1), found[1], str(sum(parts)))
            repairs.append(Repair((edit,), (findings[-1].id,), (), "合计改为各项之和"))
    for left in re.finditer("XX万元", document.text):
        span = (left.start(), left.end())
        findings.append(_found(len(findings), "WD09", Severity.WARNING, Kind.RESIDUE, span, None))
    return Report(
        document=document.name,
        sha256=document.sha256,
        text=document.text,
        figures=len(re.findall(r"\d+", document.text)),
        relations=tuple(relations),
        findings=tuple(findings),
        repairs=tuple(repairs),
        places={found.id: "正文" for found in findings},
    )


def _figure(found: re.Match[str], group: int) -> Operand:
    start, end = found.start(group), found.end(group) + 2
    return Operand(found[group] + "万元", Decimal(found[group]) * WAN, "万元", start, end, WAN / 2)


def _found(
    number: int, code: str, severity: Severity, kind: Kind, span: tuple[int, int], relation: Relation | None
) -> Found:
    message = relation.message if relation else "留有没有填写的“XX”"
    identity = relation.id if relation else ""
    return Found(f"F{number + 1}", code, severity, kind, *span, message, identity)


# ── documents in their states ─────────────────────────────────────────────────────────────────────────


def draft(cast: Cast, **said) -> UploadDraft:
    fields = {"unit": cast.school.pk, "purpose": "final_accounts", "fiscal_year": 2024}
    return UploadDraft(**(fields | said))


def uploaded(cast: Cast, text: str = TEXT, person: Person | None = None, **said) -> AuditedDocument:
    """第一中学's, waiting for the worker."""
    name = "第一中学决算说明.txt"
    return workflow.upload(person or cast.reporter, draft(cast, **said), name, text.encode())


def checked(cast: Cast, text: str = TEXT, **said) -> AuditedDocument:
    """With one error (F1) and one warning (F2)."""
    return work(uploaded(cast, text, **said))


def work(document: AuditedDocument) -> AuditedDocument:
    while jobs.work_once():
        pass
    return AuditedDocument.objects.get(pk=document.pk)


def version(cast: Cast, document: AuditedDocument, text: str = MENDED) -> AuditedDocument:
    """The mended file, checked."""
    now = AuditedDocument.objects.get(pk=document.pk)
    return work(workflow.upload_version(cast.reporter, now, now.revision, "改后.txt", text.encode()))


def error_of(document: AuditedDocument) -> AuditFinding:
    return AuditFinding.objects.get(document=document, severity="error", is_gone=False)


def warning_of(document: AuditedDocument) -> AuditFinding:
    return AuditFinding.objects.get(document=document, severity="warning", is_gone=False)


def dismissed(cast: Cast, document: AuditedDocument) -> AuditFinding:
    finding = error_of(document)
    return workflow.dismiss(cast.reporter, finding, finding.revision, "另有10万元为附属单位上缴收入")


def sent(cast: Cast) -> Submission:
    document = checked(cast)
    dismissed(cast, document)
    now = AuditedDocument.objects.get(pk=document.pk)
    return workflow.send_for_publication(cast.reporter, now, now.revision)
