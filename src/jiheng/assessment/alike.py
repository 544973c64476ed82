"""What is alike: how much of two texts is the same words, and which other projects overlap with one.

Candidates are found by tantivy over pairs of characters, as the library does (docs/decisions/0011); the share
that is shown is then counted exactly, so that everybody can see why."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import tantivy
from django.db.models import Count, Max
from tantivy import Document, Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

from jiheng.assessment.models import Assessment
from jiheng.library.wording import folded, pairs, telling
from jiheng.projects.models import Fund

CANDIDATES, SHOWN = 60, 8
HEAP = 64_000_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another fund that looks like this one: share of the same pairs of characters in percent, and why."""

    fund: Fund
    share: int
    reasons: tuple[str, ...]


def core(name: str, unit: str) -> str:
    """A project's name without its unit and the words that say nothing (专项资金, 项目, 补助 …)."""
    bare = unit.removesuffix("本级")
    return "".join(telling(name.replace(bare, "") if bare else name))


def share(one: str, other: str) -> int:
    """2 × the common pairs of neighbouring characters ÷ all pairs of both, in whole percent rounded down."""
    left, right = set(pairs(one)), set(pairs(other))
    return 200 * len(left & right) // (len(left) + len(right)) if left and right else 0


def common_words(one: str, other: str) -> list[str]:
    """The runs of at least two characters that both have, the longest first."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    runs = {one[block.a : block.a + block.size] for block in blocks if block.size > 1}
    return sorted(runs, key=lambda run: (-len(run), run))[:5]


def overlaps(assessment: Assessment, least: int) -> list[Overlap]:
    """Other funds of the region that live in the year and share at least `least` percent of the words of
    name or content, most alike first. Three queries; the index is kept in the process."""
    fund, year = assessment.fund, assessment.fiscal_year
    name = core(fund.name, assessment.unit.name)
    content = folded(f"{fund.description}{assessment.content}")
    pks = _index_of(assessment.region_id).near(f"{name}{content[:60]}")
    others = Fund.objects.filter(pk__in=pks, since_year__lte=year, until_year__gte=year)
    found = []
    for other in others.exclude(pk=fund.pk).select_related("unit"):
        seen = _seen(other, fund, (name, content))
        if seen.share >= least:
            found.append(seen)
    found.sort(key=lambda item: (-item.share, item.fund.code))
    return found[:SHOWN]


def _seen(other: Fund, fund: Fund, own: tuple[str, str]) -> Overlap:
    name, content = core(other.name, other.unit.name), folded(other.description)
    by_name, by_content = share(own[0], name), share(own[1], content)
    reasons = []
    if words := common_words(own[0], name):
        reasons.append(f"名称相同用词：{'、'.join(words)}（{by_name}%）")
    if by_content >= by_name and (words := common_words(own[1], content)):
        reasons.append(f"内容相同用词：{'、'.join(words)}（{by_content}%）")
    if other.function_code and other.function_code == fund.function_code:
        reasons.append(f"支出功能分类同为 {other.function_code}")
    if other.unit_id == fund.unit_id:
        reasons.append("同一单位")
    return Overlap(other, max(by_name, by_content), tuple(reasons))


class _Index:
    """The funds of one region by the pairs of characters of their names and contents."""

    def __init__(self, funds: Iterable[Fund], stamp: tuple[Any, ...]) -> None:
        build = tantivy.SchemaBuilder()
        build.add_text_field("text", tokenizer_name="pairs", index_option="freq")
        build.add_integer_field("pk", stored=True, indexed=True)
        self.schema, self.stamp = build.build(), stamp
        self._index = tantivy.Index(self.schema)
        analyzer = TextAnalyzerBuilder(Tokenizer.ngram(min_gram=2, max_gram=2, prefix_only=False))
        self._index.register_tokenizer("pairs", analyzer.filter(Filter.lowercase()).build())
        writer = self._index.writer(HEAP, 1)
        for fund in funds:
            text = f"{core(fund.name, fund.unit.name)} {folded(fund.description)}"
            writer.add_document(Document(pk=fund.pk, text=text))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def near(self, text: str) -> list[int]:
        terms = [Query.term_query(self.schema, "text", pair, "freq") for pair in pairs(text)]
        if not terms:
            return []
        query = Query.boolean_query([(Occur.Should, term) for term in terms])
        searcher = self._index.searcher()
        hits = searcher.search(query, CANDIDATES, count=False).hits
        return [searcher.doc(address)["pk"][0] for _, address in hits]


_kept: dict[str, _Index] = {}
_making = threading.Lock()


def _index_of(region_code: str) -> _Index:
    """Made again when a fund came in; one that was only reworded is found by its old words until then."""
    funds = Fund.objects.filter(region=region_code)
    facts = funds.aggregate(count=Count("pk"), last=Max("pk"), until=Max("code"))
    stamp = (facts["count"], facts["last"], facts["until"])
    with _making:
        held = _kept.get(region_code)
        if held is None or held.stamp != stamp:
            held = _Index(funds.select_related("unit").iterator(chunk_size=5000), stamp)
            _kept[region_code] = held
        return held


def forget() -> None:
    """Drops every index: for tests, whose rows get the numbers of the last test's."""
    with _making:
        _kept.clear()
