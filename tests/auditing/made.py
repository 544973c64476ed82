"""Reports and steps made by hand: what the formats and the processes are tried on."""

from __future__ import annotations

import hashlib
import os
import time
from decimal import Decimal
from pathlib import Path

from jiheng.auditing import Steps
from jiheng.claims import (
    Edit,
    Equation,
    Found,
    Kind,
    Operand,
    Outcome,
    Relation,
    Repair,
    Report,
    Term,
    Word,
)
from jiheng.documents.archive import DocumentError
from jiheng.policy import Policy
from jiheng.sheets import Block, BlockKind, Document, Severity

TEXT = (
    "某县<b>三公</b>经费合计30万元，\n其中接待费12万元，车辆运行费15万元。比上年增加2万元，下降7%。\n附件XX"
)


def operand(text: str, value: str, unit: str = "元", half: str = "5000") -> Operand:
    start = TEXT.index(text)
    return Operand(text, Decimal(value), unit, start, start + len(text), Decimal(half))


def word(text: str, sign: int, opposite: str) -> Word:
    start = TEXT.index(text)
    return Word(text, sign, start, start + len(text), opposite)


def span(text: str) -> tuple[int, int]:
    return TEXT.index(text), TEXT.index(text) + len(text)


def made(document: str = "某县.txt") -> Report:
    """One wrong sum with a repair, one contradiction of words, one that holds, one doubtful, one residue."""
    total, reception, cars = (
        operand("30万元", "3E+5"),
        operand("12万元", "120000"),
        operand("15万元", "150000"),
    )
    one = Decimal(1)
    equation = Equation((Term(one, 1), Term(one, 2), Term(-one, 0)))
    wrong = Relation(
        *("R1", "K01", Kind.SUM, Outcome.ERROR, *span("合计30万元")),
        operands=(total, reception, cars),
        readings=(equation,),
        stated=Decimal(30),
        computed=Decimal(27),
        difference=Decimal(3),
        tolerance=Decimal("1.5"),
        proof="12 + 15 ≤ 28 < 29.5 ≤ 30",
        message="12万元 + 15万元 = 27万元，与 30万元 不能同时成立",
    )
    contrary = Relation(
        *("R2", "K41", Kind.DIRECTION, Outcome.ERROR, *span("下降7%")),
        words=(word("增加", 1, "减少"), word("下降", -1, "上升")),
        message="“增加”“下降”方向相反",
    )
    holds = Relation("R3", "K02", Kind.SAME_FACT, Outcome.OK, *span("12万元"), operands=(reception,))
    doubtful = Relation(
        "R4",
        "K03",
        Kind.SHARE,
        Outcome.UNKNOWN,
        *span("7%"),
        operands=(operand("7%", "7", "%", "0.5"),),
    )
    findings = (
        Found("F3", "XS01", Severity.WARNING, Kind.RESIDUE, *span("XX"), "残留“XX”"),
        Found("F1", "K01", Severity.ERROR, Kind.SUM, *span("合计30万元"), wrong.message, "R1"),
        Found("F2", "K41", Severity.ERROR, Kind.DIRECTION, *span("下降7%"), contrary.message, "R2"),
    )
    repair = Repair((Edit(*span("30"), "30", "27"),), ("F1",), ("R3",), "与标题中的数字一致")
    return Report(
        document=document,
        sha256="ab" * 32,
        text=TEXT,
        figures=5,
        relations=(wrong, contrary, holds, doubtful),
        findings=findings,
        repairs=(repair,),
        places={"R1": "第1段", "F1": "第1段", "@" + str(reception.start): "表1 第2行"},
        unread=("第3页是扫描图",),
    )


def read(path: Path) -> Document:
    """Reads UTF-8; the text says what should go wrong."""
    data = path.read_bytes()
    text = data.decode("utf-8")
    if text.startswith("坏"):
        raise DocumentError(f"文件“{path.name}”已损坏")
    if text.startswith("死"):
        os._exit(9)
    if text.startswith("慢"):
        time.sleep(60)
    if text.startswith("崩"):
        raise KeyError("崩")
    digest = hashlib.sha256(data).hexdigest()
    return Document(path.name, digest, text, (Block(BlockKind.PARAGRAPH, 0, len(text), 1),))


def place(document: Document, start: int) -> str:
    return f"第{document.text.count(chr(10), 0, start) + 1}段"


def check(document: Document, policy: Policy, *, year: int | None = None) -> Report:
    """An error where the text says 错, proved where it says 证."""
    relations, findings = [], []
    at = document.text.find("错")
    if at >= 0:
        proof = "1 < 2" if "证" in document.text else ""
        relations.append(Relation("R1", "K01", Kind.SUM, Outcome.ERROR, at, at + 1, proof=proof))
        findings.append(Found("F1", "K01", Severity.ERROR, Kind.SUM, at, at + 1, "错了", "R1"))
    at = document.text.find("警")
    if at >= 0:
        findings.append(Found("F2", "XS01", Severity.WARNING, Kind.RESIDUE, at, at + 1, "残留"))
    return Report(
        document.name, document.sha256, document.text, 1, tuple(relations), tuple(findings), unread=()
    )


def confirms(relation: Relation) -> bool:
    return bool(relation.proof)


STEPS = Steps(read, place, check, confirms)
