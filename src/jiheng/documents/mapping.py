"""取数映射: what an upstream file's columns mean, as data. YAML in, a frozen record out; guesses for a page.

The left side of `columns` is the standard name of the national reporting standard (reference §8.3,
`pay_cert_no`, `xpay_amt` …) or the column's own name; the right side says where its value comes from.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jiheng.documents.archive import DocumentError
from jiheng.documents.columns import Column, ColumnKind
from jiheng.documents.matching import folded

MOST_BYTES = 64 * 1024
MOST_COLUMNS = 60
TOTAL_WORDS = ("合计", "总计", "小计", "本页合计", "本页小计", "累计", "本月合计", "本年累计")
EMPTY, OTHER = "", "*"  # in `codes`: an empty cell; any other value

_WRONG = {
    "extra_forbidden": "不认识这一项，请核对写法或删去",
    "missing": "缺少这一项",
    "literal_error": "不在可选范围",
    "string_too_long": "太长",
    "string_type": "应为文字（数字请加引号）",
    "bool_type": "应为 true 或 false",
    "int_type": "应为整数",
}


def _words(value: Any) -> Any:
    """One title or several; YAML gives a bare code as a number."""
    return [value] if isinstance(value, str) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Word = Annotated[str, Field(max_length=80)]


class Source(_Strict):
    """Where one standard column's value comes from."""

    # titles in the file, the first that is there counts; none and no value: the column's own usual titles
    titles: Annotated[list[Word], BeforeValidator(_words)] = Field(default=[], alias="from", max_length=20)
    value: Word = ""  # for every row that says nothing by itself
    unit: Literal["", "元", "万元"] = ""
    codes: dict[Word, Word] = Field(default={}, max_length=500)
    dates: Literal["auto", "digits", "excel", "dmy", "mdy"] = "auto"  # auto: all but the last two
    personal: Literal["", "account", "id"] = ""
    required: bool = False


class SourceMapping(_Strict):
    """One upstream table. `kind` names what it feeds (`settings.IMPORTS`)."""

    title: Word
    kind: Word
    table: Word = ""  # of the standard, e.g. PAY_VOUCHER_BILL
    note: Annotated[str, Field(max_length=400)] = ""
    format: Literal["auto", "csv", "excel", "parquet", "database"] = "auto"
    encoding: Literal["auto", "utf-8", "gbk"] = "auto"
    header_rows: Literal[1, 2] = 1
    sheet: Word = ""
    dsn: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]{2,60})?$")] = ""  # an environment variable's name
    view: Annotated[str, Field(pattern=r"^([A-Za-z_]\w{0,60}(\.[A-Za-z_]\w{0,60})?)?$")] = ""
    totals: Annotated[list[Word], Field(max_length=30)] = list(TOTAL_WORDS)
    negative_is_refund: bool = False
    columns: dict[Word, Source] = Field(max_length=MOST_COLUMNS)


@dataclass(frozen=True, slots=True)
class Bound:
    """A column of the target with where its value comes from."""

    column: Column
    source: Source

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles looked for in a file, in this order."""
        if self.source.titles or self.source.value:
            return tuple(self.source.titles)
        return (*self.column.aliases, self.column.name, self.column.title, self.column.heading)


def load(text: str, name: str = "映射") -> SourceMapping:
    """A mapping from its YAML. Raises DocumentError naming each wrong entry."""
    if len(text.encode()) > MOST_BYTES:
        raise DocumentError(f"{name}超过 {MOST_BYTES // 1024} KB，不像是一份取数映射，请核对")
    try:
        tree = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else ""
        told = getattr(error, "problem", "") or "写法不对"
        told = told if any(letter >= "\u4e00" for letter in told) else "不是正确的 YAML，请核对缩进和冒号"
        raise DocumentError(f"{name}{where}：{told}") from None
    if not isinstance(tree, dict):
        raise DocumentError(f"{name}应由“名称: 内容”组成，请从现成映射改起")
    try:
        return SourceMapping.model_validate(tree)
    except ValidationError as error:
        told = "；".join(
            f"{'.'.join(map(str, wrong['loc'])) or '全文'}：{_WRONG.get(wrong['type'], '内容不合要求')}"
            for wrong in error.errors()[:10]
        )
        raise DocumentError(f"{name}不能使用：{told}") from None


def dump(mapping: SourceMapping) -> str:
    """The YAML of a mapping, only with what differs from the defaults."""
    tree = mapping.model_dump(by_alias=True, exclude_defaults=True)
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=100)


def bind(mapping: SourceMapping, columns: Sequence[Column]) -> list[Bound]:
    """The mapping's entries with the target's columns. Raises DocumentError for what names no column, or one
    twice, or leaves a required one out."""
    by_name = {name: column for column in columns for name in (*column.aliases, column.title, column.name)}
    found: dict[str, Bound] = {}
    for name, source in mapping.columns.items():
        column = by_name.get(name)
        if column is None:
            known = "、".join(standard_name(column) for column in columns)
            raise DocumentError(f"映射“{mapping.title}”的 {name} 不是可对应的栏目，可用：{known}")
        if column.name in found:
            raise DocumentError(f"映射“{mapping.title}”里“{column.title}”对应了两次，请只留一处")
        found[column.name] = Bound(column, source)
    lost = [column for column in columns if column.required and column.name not in found]
    if lost:
        told = "、".join(f"{column.title}（{standard_name(column)}）" for column in lost)
        raise DocumentError(f"映射“{mapping.title}”没有对应必填的栏目：{told}")
    return [found[column.name] for column in columns if column.name in found]


def standard_name(column: Column) -> str:
    """The column's name in the national standard, else its own."""
    return next((alias for alias in column.aliases if alias.isascii()), column.name)


def guess(headings: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """Column name → the heading that most likely means it: the same words first, then one within the other.
    A heading is given to one column only."""
    left = {folded(heading): heading for heading in headings if heading.strip()}
    found: dict[str, str] = {}
    names = {
        column.name: [folded(word) for word in (column.title, column.heading, column.name, *column.aliases)]
        for column in columns
    }
    for column in columns:
        same = next((word for word in names[column.name] if word in left), "")
        if same:
            found[column.name] = left.pop(same)
    for column in columns:
        if column.name in found:
            continue
        near = [
            word
            for word in left
            for known in names[column.name]
            if (len(known) >= 2 and known in word) or (len(word) >= 3 and word in known)
        ]
        if near:
            found[column.name] = left.pop(min(near, key=len))
    return found


def made(title: str, kind: str, chosen: Mapping[str, Source], **settings: Any) -> SourceMapping:
    """A mapping made on a page: column name → source. Raises DocumentError."""
    try:
        return SourceMapping(title=title, kind=kind, columns=dict(chosen), **settings)
    except ValidationError as error:
        wrong = error.errors()[0]
        told = _WRONG.get(wrong["type"], "内容不合要求")
        raise DocumentError(f"映射不能保存：{'.'.join(map(str, wrong['loc']))}{told}") from None


def is_money(column: Column) -> bool:
    return ColumnKind(column.kind) in (ColumnKind.YUAN, ColumnKind.WAN)


class _Loader(yaml.SafeLoader):
    """Plain YAML: no anchors (they can grow without end), no key twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.constructor.ConstructorError(
                None, None, "映射里不能用锚点和引用（& 和 *）", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"“{name}”写了两次，请只留一处", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)
