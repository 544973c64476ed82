"""The public site: plain pages that work from a folder as from a server, and are read without any script."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jiheng.disclosure.record import PublicDepartment, PublicEdition, PublicResult, PublicYear
from jiheng.publishing import searching, shown
from jiheng.publishing.charts import Chart, charts
from jiheng.sheets import Missing, plain
from jiheng.wording import Paragraph, Run, Text

HERE = Path(__file__).parent
NAV = (
    ("index.html", "首页"),
    ("notes.html", "说明"),
    ("tables.html", "账表"),
    ("charts.html", "图解"),
    ("projects.html", "项目绩效"),
    ("units.html", "单位"),
    ("downloads.html", "下载"),
    ("about.html", "关于"),
)
GROUPS = (
    ("three_public", "“三公”经费"),
    ("transfers", "税收返还和转移支付"),
    ("debt", "政府债务"),
    ("results", "绩效目标和评价结果"),
)


@dataclass(frozen=True, slots=True)
class Vendored:
    """The browser library of the charts and its licence, as bytes."""

    echarts: bytes
    licence: bytes


@dataclass(frozen=True, slots=True)
class Download:
    """A file to take away: its address from the site's root, the name it gets, what it is."""

    path: str
    name: str
    told: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an edition besides the year itself: files to take away, why there is no PDF, what the
    counts are called that figures come from, a notice for every page."""

    downloads: Sequence[Download]
    pdf: str
    names: Mapping[str, str]
    notice: str


def site(year: PublicYear, told: Told, vendored: Vendored) -> dict[str, bytes]:
    """Every page and asset of the site, by path."""
    found = {path: page.encode() for path, page in _Site(year, told).pages()}
    found |= assets()
    found["assets/echarts.min.js"] = vendored.echarts
    found["assets/echarts-LICENSE.txt"] = vendored.licence
    found["assets/entries.js"] = searching.script(year).encode()
    return found


def withdrawn(title: str, region_name: str, trace: Sequence[PublicEdition]) -> dict[str, bytes]:
    """The one page of a year that was taken back."""
    shared = {
        "title": title,
        "region_name": region_name,
        "nav": (),
        "root": "",
        "here": "",
        "year": None,
        "notice": "",
    }
    page = _templates().get_template("withdrawn.html").render(**shared, trace=trace)
    return {"index.html": page.encode(), **assets()}


@functools.cache
def assets() -> Mapping[str, bytes]:
    """Style and scripts of our own."""
    return {f"assets/{file.name}": file.read_bytes() for file in sorted((HERE / "assets").iterdir())}


@functools.cache
def _templates() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"cell": shown.in_cell, "wan": shown.in_wan, "points": shown.points, "size": _size}
    made.filters |= {"file_name": shown.file_name, "exact": plain, "shown": shown.number}
    made.globals["place"] = shown.place
    return made


def _size(count: int) -> str:
    """Bytes in words."""
    if count < 1024:
        return f"{count} 字节"
    kilo = count // 1024
    return f"{kilo} KB" if kilo < 1024 else f"{kilo // 1024}.{kilo % 1024 * 10 // 1024} MB"


class _Site:
    """The pages of one year."""

    def __init__(self, year: PublicYear, told: Told) -> None:
        self._year, self._told = year, told
        self._sources = shown.Sources(year, told.names)
        self._charts = charts(year)
        self._funds = [result for result in year.results if not result.is_unit]
        self._unit_results = {result.unit_code: result for result in year.results if result.is_unit}
        self._departments = {unit.unit_code: unit for unit in year.departments}

    def pages(self) -> Iterator[tuple[str, str]]:
        year = self._year
        yield self._page("index.html", "home.html", glance=list(self._glance()), texts=year.texts)
        yield self._page("notes.html", "notes.html", texts=year.texts)
        for text in year.texts:
            path = f"notes/{text.kind}.html"
            yield self._page(path, "note.html", text=text, blocks=self._blocks(text, "../"), name=text.title)
        yield self._page("tables.html", "tables.html", tables=year.tables)
        for table in year.tables:
            yield self._page(f"tables/{table.kind}.html", "table.html", table=table, name=table.title)
        yield self._page("charts.html", "charts.html", groups=self._groups())
        yield self._page("projects.html", "projects.html", funds=self._funds, grades=_grades(self._funds))
        for one in self._funds:
            path = f"projects/{shown.file_name(one.fund_code)}.html"
            yield self._page(path, "project.html", project=one, name=one.fund_name)
        yield self._page("units.html", "units.html", units=self._unit_rows())
        for code, name, result, department in self._unit_rows():
            yield self._unit(code, name, result, department)
        yield self._page("search.html", "search.html")
        yield self._page("downloads.html", "downloads.html", downloads=self._told.downloads)
        yield self._page("about.html", "about.html", trace=year.trace)

    def _page(self, path: str, template: str, **more: Any) -> tuple[str, str]:
        year = self._year
        folder = path.partition("/")[0] if "/" in path else ""
        shared = {
            "year": year,
            "title": year.title,
            "region_name": year.region_name,
            "nav": NAV,
            "root": "../" if folder else "",
            "here": f"{folder}.html" if folder else path,
            "pdf_told": self._told.pdf,
            "notice": self._told.notice,
        }
        return path, _templates().get_template(template).render(**shared, **more)

    # ── what the pages show ───────────────────────────────────────────────────────────────────────

    def _glance(self) -> Iterator[tuple[str, str, str, str]]:
        """The year at a glance: what, figure, unit, where it stands."""
        tables = {table.kind: table for table in self._year.tables}
        wanted = (
            ("three_public", "total", "final", "“三公”经费决算数"),
            ("transfers", "total", "final", "税收返还和转移支付"),
            ("debt", "limit", "total", "政府债务限额"),
            ("debt", "closing", "total", "年末政府债务余额"),
        )
        for kind, row, column, label in wanted:
            if kind in tables and not isinstance(cell := tables[kind].cell(row, column), Missing):
                href = f"tables/{kind}.html#{shown.place(row, column)}"
                yield label, shown.in_cell(cell), tables[kind].unit, href
        if self._funds:
            label = f"{self._year.evaluated}年支出项目"
            yield label, str(len(self._funds)), "个", "projects.html"
            best = [one for one in self._funds if one.grade == "优"]
            yield "其中评价等级为“优”", str(len(best)), "个", "projects.html"

    def _groups(self) -> list[tuple[str, str, list[Chart]]]:
        found = [
            (key, title, [chart for chart in self._charts if chart.group == key]) for key, title in GROUPS
        ]
        return [group for group in found if group[2]]

    def _unit_rows(self) -> list[tuple[str, str, PublicResult | None, PublicDepartment | None]]:
        """Every unit with a result, a project or an explanation."""
        results, notes = self._unit_results, self._departments
        names = shown.named_units(self._year)
        return [(code, name, results.get(code), notes.get(code)) for code, name in names.items()]

    def _unit(
        self, code: str, name: str, result: PublicResult | None, department: PublicDepartment | None
    ) -> tuple[str, str]:
        blocks = self._blocks(department.text, "../") if department else []
        return self._page(
            f"units/{shown.file_name(code)}.html",
            "unit.html",
            code=code,
            name=name,
            result=result,
            department=department,
            blocks=blocks,
            funds=[one for one in self._funds if one.unit_code == code],
        )

    # ── texts with their sources ──────────────────────────────────────────────────────────────────

    def _blocks(self, text: Text, root: str) -> list[dict[str, Any]]:
        """Paragraphs of words and figures; each figure leads to its first source, all stand below."""
        found: list[dict[str, Any]] = []
        for number, block in enumerate(text.blocks):
            if isinstance(block, Paragraph):
                runs, sources = self._runs(block.runs, root), self._listed(block.runs, root)
                found.append({"part": str(block.part), "id": f"p{number}", "runs": runs, "sources": sources})
            else:
                rows = [self._runs(row, root) for row in block.rows]
                found.append({"part": "table", "id": f"p{number}", "columns": block.columns, "rows": rows})
        return found

    def _runs(self, runs: Iterable[Run], root: str) -> list[tuple[str, str, str]]:
        """Words, address, and what the figure is; the last two are empty for words."""
        found = []
        for run in runs:
            links = [link for link in self._sources.behind(run) if link.href] if run.is_figure else []
            if links:
                told = f"{run.how or '表内数'}：{'；'.join(link.label for link in links)}"
                found.append((run.text, root + links[0].href, told))
            else:
                found.append((run.text, "", ""))
        return found

    def _listed(self, runs: Iterable[Run], root: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Each figure of a paragraph, how it follows, and its sources."""
        found = []
        for run in runs:
            if run.is_figure:
                links = [
                    (root + link.href if link.href else "", link.label) for link in self._sources.behind(run)
                ]
                found.append((run.text, run.how or "表内数", links))
        return found


def _grades(results: Sequence[PublicResult]) -> list[tuple[str, int]]:
    """The grades there are, and how often."""
    order = ("优", "良", "中", "差", "")
    counts = [(grade, sum(1 for one in results if one.grade == grade)) for grade in order]
    return [(grade, count) for grade, count in counts if count]
