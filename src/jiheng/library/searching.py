"""The search index of a region's indicators: in memory, by single characters and pairs, built from the
database and brought up to date from the editions written since (docs/decisions/0011-tantivy-finds.md)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import tantivy
from django.db.models import QuerySet
from tantivy import Document, Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

from jiheng.library.models import Edition, Indicator, Status
from jiheng.library.wording import folded, pairs

HEAP = 64_000_000  # of the one writer, while it works
OVERLAP = 300  # numbers given out before the latest whose transactions may end after it
_FIELDS = ("pk", "folded", "sector", "keywords", "function_codes")
_Row = tuple[int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: the folded text, what it may be called otherwise, parts of a project's name, its
    function code. With a text only what has to do with it is found."""

    text: str = ""
    otherwise: Sequence[str] = ()
    parts: Sequence[str] = ()
    function_code: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    pk: int
    weight: float  # how well it fits, against the other hits of the same search


def _schema() -> tantivy.Schema:
    build = tantivy.SchemaBuilder()
    build.add_text_field("name", tokenizer_name="pairs", index_option="freq")
    build.add_text_field("more", tokenizer_name="pairs", index_option="freq")
    build.add_text_field("codes", tokenizer_name="whitespace", index_option="freq")
    build.add_integer_field("pk", stored=True, indexed=True)
    return build.build()


class Index:
    """One region's active indicators."""

    def __init__(self, region_code: str) -> None:
        self.region_code, self.schema = region_code, _schema()
        self._index = tantivy.Index(self.schema)
        analyzer = TextAnalyzerBuilder(Tokenizer.ngram(min_gram=1, max_gram=2, prefix_only=False))
        self._index.register_tokenizer("pairs", analyzer.filter(Filter.lowercase()).build())
        self._lock = threading.Lock()
        self._latest, self._seen = 0, set[int]()
        self._is_built = False

    def search(self, sought: Sought, limit: int) -> list[Hit]:
        """The indicators that fit best, best first."""
        self._catch_up()
        query = _query(self.schema, sought)
        if query is None:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(query, limit, count=False).hits
        return [Hit(searcher.doc(address)["pk"][0], weight) for weight, address in hits]

    def _catch_up(self) -> None:
        with self._lock:
            editions = Edition.objects.filter(region=self.region_code).exclude(indicator=None)
            if not self._is_built:
                latest = editions.order_by("-pk").values_list("pk", flat=True).first() or 0
                near = editions.filter(pk__gt=latest - OVERLAP).values_list("pk", flat=True)
                self._seen, self._latest = set(near), latest
                self._write(_rows(self.region_code), ())
                self._is_built = True
                return
            rows = editions.filter(pk__gt=self._latest - OVERLAP).values_list("pk", "indicator")
            fresh = {pk: indicator for pk, indicator in rows if pk not in self._seen}
            if not fresh:
                return
            changed = set(fresh.values())
            self._write(_rows(self.region_code).filter(pk__in=changed), changed)
            self._latest = max(self._latest, *fresh)
            self._seen = {pk for pk in self._seen | fresh.keys() if pk > self._latest - OVERLAP}

    def _write(self, rows: QuerySet[Indicator, _Row], gone: Iterable[int]) -> None:
        writer = self._index.writer(HEAP, 1)
        for pk in gone:
            writer.delete_documents_by_term("pk", pk)
        for pk, name, sector, keywords, codes in rows.iterator(chunk_size=5000):
            more = folded(f"{sector}{keywords}")
            writer.add_document(Document(pk=pk, name=name, more=more, codes=codes))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()


def _rows(region_code: str) -> QuerySet[Indicator, _Row]:
    active = Indicator.objects.filter(region=region_code, status=Status.ACTIVE).order_by("pk")
    return active.values_list(*_FIELDS)


def _query(schema: tantivy.Schema, sought: Sought) -> Query | None:
    def term(field: str, word: str) -> Query:
        return Query.term_query(schema, field, word, "freq")

    def words(field: str, text: str, least: int | None = None) -> Query:
        return Query.boolean_query([(Occur.Should, term(field, pair)) for pair in pairs(text)], least)

    def whole(text: str) -> Query:
        return Query.boolean_query([(Occur.Must, term("name", pair)) for pair in pairs(text)])

    context = [(Occur.Should, Query.boost_query(words("name", part), 0.5)) for part in sought.parts]
    context += [(Occur.Should, Query.boost_query(words("more", part), 0.3)) for part in sought.parts]
    for prefix in prefixes(sought.function_code):
        context.append((Occur.Should, Query.boost_query(term("codes", prefix), 0.4)))
    if not sought.text:
        return Query.boolean_query(context) if context else None
    # at least half of the pairs: one shared pair of a long name is no likeness
    least = (len(pairs(sought.text)) + 1) // 2
    asked = [
        Query.boost_query(words("name", sought.text, least), 2.0),
        Query.boost_query(whole(sought.text), 4.0),
        Query.boost_query(words("more", sought.text, len(pairs(sought.text))), 0.5),
        *(Query.boost_query(whole(word), 1.2) for word in sought.otherwise),
    ]
    told = Query.boolean_query([(Occur.Should, query) for query in asked])
    return Query.boolean_query([(Occur.Must, told), *context])


def prefixes(function_code: str) -> list[str]:
    """类、款、项 of a 支出功能分类 code, as far as it goes: 2050202 → 205, 20502, 2050202."""
    return [function_code[:length] for length in (3, 5, 7) if len(function_code) >= length]


_indexes: dict[str, Index] = {}
_making = threading.Lock()


def index_of(region_code: str) -> Index:
    """The region's index in this process; filled when it is first searched."""
    with _making:
        if region_code not in _indexes:
            _indexes[region_code] = Index(region_code)
        return _indexes[region_code]


def forget() -> None:
    """Drops every index: for tests, whose rows get the numbers of the last test's."""
    with _making:
        _indexes.clear()
