"""The explanation as it reads today: facts from the accounts, reasons beside them, texts, what is lacking.

Computed each time and stored nowhere. `fingerprint` tells whether a checked file still says what the accounts
say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils import timezone
from pydantic import TypeAdapter

from jiheng import policy as policies
from jiheng import wording
from jiheng.accounts.kinds import kinds
from jiheng.disclosure.bases import Basis, basis_of
from jiheng.disclosure.models import Disclosure
from jiheng.disclosure.results import UnitResults, unit_results
from jiheng.disclosure.words import Words, words_of
from jiheng.disclosure.yearly import performance_of
from jiheng.policy import Policy
from jiheng.wording import Facts, Item, Paragraph, Part, Run, Sourced, Split, Text

_TEXTS = TypeAdapter(list[Text])
# the tables that an explanation of the region refers to
BESIDE = {"three_public": ("three_public",), "transfers": ("transfers",), "debt": ("debt", "new_bonds")}


@dataclass(frozen=True, slots=True)
class Question:
    """A reason that is asked for, or written anyhow (`question` empty): its key in `Disclosure.reasons`.

    `typed` are amounts and rates that stand in the reason and that no table vouches for."""

    key: str
    label: str
    question: str
    reason: str
    typed: tuple[str, ...] = ()

    @property
    def is_missing(self) -> bool:
        return bool(self.question) and not self.reason.strip()


@dataclass(frozen=True, slots=True)
class Draft:
    """The explanation of a disclosure today."""

    basis: Basis
    policy: Policy
    facts: tuple[Facts, ...]
    texts: tuple[Text, ...]
    questions: tuple[Question, ...]
    words: Words

    @property
    def title(self) -> str:
        """The title of the file."""
        whose = self.basis.whose
        return self.texts[0].title if self.basis.unit else f"{whose.name}{whose.year}年度决算公开说明"

    @property
    def missing_reasons(self) -> tuple[Question, ...]:
        return tuple(one for one in self.questions if one.is_missing)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Contents that the rules ask for and no figure is there for."""
        return tuple(dict.fromkeys(said for text in self.texts for said in text.lacking))

    @property
    def obstacles(self) -> tuple[str, ...]:
        """What stands between this draft and its check, in Chinese."""
        found = list(self.basis.open_tables)
        found += [f"{one.label}没有写明增减变化的原因" for one in self.missing_reasons]
        found += [
            f"{one.label}的原因里写了“{'”“'.join(one.typed)}”：数只能来自账表，请改成文字"
            for one in self.questions
            if one.typed
        ]
        return (*found, *(f"缺少应写明的内容：{said}" for said in self.lacking))

    @property
    def fingerprint(self) -> str:
        """sha256 of what the texts say, where from, and of the tables that go with them."""
        said = _TEXTS.dump_json(list(self.texts))
        tables = repr(self.basis.published_tables).encode()
        return hashlib.sha256(said + b"\n" + tables).hexdigest()


def draft_of(disclosure: Disclosure, basis: Basis | None = None, results: UnitResults | None = None) -> Draft:
    """The draft by the policy of today. `basis` and `results` where many are drawn up at once."""
    policy = policies.on(timezone.localdate(), disclosure.region_id)
    basis = basis or basis_of(disclosure.region, disclosure.unit, disclosure.fiscal_year)
    words = words_of(disclosure.words)
    if disclosure.unit is None:
        year = performance_of(disclosure.region, disclosure.fiscal_year, words)
        bare: tuple[Facts, ...] = (*accounts_facts(basis), year)
    else:
        told = results or unit_results(disclosure.region, disclosure.fiscal_year, [disclosure.unit])
        bare = (_unit_facts(basis, words, told),)
    facts = tuple(with_reasons(one, _of(disclosure.reasons, _kind(one))) for one in bare)
    return Draft(basis, policy, facts, texts_of(facts, basis, policy), _questions(facts, policy), words)


def accounts_facts(basis: Basis) -> tuple[Facts, ...]:
    """The facts of the region's notes that come from tables: 三公, transfers, debt."""

    def table(name: str) -> Any:
        return basis.tables.get(name) or kinds()[name].blank(basis.region, basis.whose.year)

    return (
        wording.three_public_of(table("three_public"), basis.whose),
        wording.transfers_of(table("transfers"), basis.whose),
        wording.debt_of(table("debt"), basis.whose, basis.tables.get("new_bonds")),
    )


def texts_of(facts: tuple[Facts, ...], basis: Basis, policy: Policy) -> tuple[Text, ...]:
    """The texts of facts, each with the tables that are published beside it."""
    return tuple(_with_tables(wording.note(one, policy), basis) for one in facts)


def _unit_facts(basis: Basis, words: Words, results: UnitResults) -> Facts:
    facts = wording.department_of(basis.tables, basis.prior, basis.whose)
    own = results.of(basis.unit.pk if basis.unit else 0)
    year = basis.whose.year
    code = basis.unit.code if basis.unit else ""

    def counted(name: str, value: Decimal | int | None) -> Sourced:
        return wording.ABSENT if value is None else Sourced(Decimal(value), f"{code}/{year}/results/{name}")

    return replace(
        facts,
        goals=counted("goals", own.goals),
        goals_amount=counted("goals_amount", own.amount),
        self_score=counted("self_score", own.score),
        self_grade=own.grade,
        performance=words.performance,
    )


def _with_tables(text: Text, basis: Basis) -> Text:
    """With a last sentence that names the tables published beside it (财预〔2016〕143号)."""
    names = [f"《{kinds()[kind].title}》" for kind in BESIDE.get(text.kind, ()) if kind in basis.tables]
    if not names or len(text.blocks) < 2:
        return text
    said = Paragraph(Part.BODY, (Run(f"有关数据见随本说明公开的{'、'.join(names)}。"),))
    return replace(text, blocks=(*text.blocks, said))


# ── reasons ───────────────────────────────────────────────────────────────────────────────────────────


def _kind(facts: Facts) -> str:
    names = {
        wording.ThreePublic: "three_public",
        wording.Transfers: "transfers",
        wording.Debt: "debt",
        wording.Performance: "performance",
        wording.Department: "department",
    }
    return names[type(facts)]


def _of(reasons: Mapping[str, str], kind: str) -> dict[str, str]:
    lead = f"{kind}/"
    return {key.removeprefix(lead): said for key, said in reasons.items() if key.startswith(lead)}


def with_reasons(facts: Any, reasons: Mapping[str, str] | None) -> Any:
    """The facts with these reasons by item key in place of their own; None takes every reason away."""
    if isinstance(facts, tuple):
        return tuple(with_reasons(one, reasons) for one in facts)
    if not is_dataclass(facts) or isinstance(facts, type):
        return facts
    if isinstance(facts, Item | Split):
        said = "" if reasons is None else reasons.get(facts.key)
        return facts if said is None else replace(facts, reason=said)
    changed = {}
    for field in fields(facts):
        before = getattr(facts, field.name)
        after = with_reasons(before, reasons)
        if after is not before:
            changed[field.name] = after
    return replace(facts, **changed) if changed else facts


def _questions(facts: tuple[Facts, ...], policy: Policy) -> tuple[Question, ...]:
    """What would be asked if nothing had been said, and what is said anyhow."""
    found = []
    for one in facts:
        said, kind = reasons_in(one), _kind(one)
        asked = {item.key: item for item in wording.reasons_needed(with_reasons(one, None), policy)}
        for key, (label, reason) in said.items():
            if key in asked or reason.strip():
                question = asked[key].question if key in asked else ""
                typed = wording.figures_in(reason)
                found.append(Question(f"{kind}/{key}", label, question, reason, typed))
    return tuple(found)


def reasons_in(facts: Any) -> dict[str, tuple[str, str]]:
    """Labels and reasons by item key, in the order of the text, of those whose reason would be printed."""
    if isinstance(facts, Item | Split):
        is_told = facts.has_moved if isinstance(facts, Item) else facts.key == "refinancing"
        return {facts.key: (facts.label, facts.reason)} if is_told else {}
    if isinstance(facts, tuple):
        parts = facts
    elif is_dataclass(facts):
        parts = tuple(getattr(facts, field.name) for field in fields(facts))
    else:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for part in parts:
        found |= reasons_in(part)
    return found
