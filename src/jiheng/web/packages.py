"""The package of a year: made from what is public in the database, kept beside it for who asks next."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import shutil
from pathlib import Path

from django.conf import settings

from jiheng import publishing
from jiheng.disclosure.models import Publication
from jiheng.disclosure.published import public_year, trace
from jiheng.disclosure.tracing import RESULTS
from jiheng.disclosure.yearly import SOURCES
from jiheng.publishing import Files, NotKept, Vendored, Withdrawn, Words, keep, package, package_of_withdrawn
from jiheng.units.models import Region

ECHARTS = settings.ROOT / "build" / "vendor" / "echarts"
DEMO = "演示数据：本区划的单位、项目和金额都是虚构的示例。"
CODE = Path(publishing.__file__).parent


def files_of(region: Region, fiscal_year: int) -> Files | None:
    """The package as it is public now, or the trace of a year that was withdrawn; None for any other year.

    Raises NotKept where the charts' library has not been fetched, OSError where a published file is gone.
    """
    year = public_year(region, fiscal_year)
    if year is not None:
        names = {name: listed.label for name, listed in (*SOURCES.items(), *RESULTS.items())}
        return package(year, _vendored(), Words(names, DEMO if region.is_demo else ""))
    editions = trace(region, fiscal_year)
    if not editions:
        return None
    title = f"{region.name}{fiscal_year}年度决算公开"
    return package_of_withdrawn(Withdrawn(region.pk, region.name, fiscal_year, title, editions))


def years_of(region: Region) -> dict[int, bool]:
    """Every year that was ever published, the latest first, and whether it is public now."""
    rows = Publication.objects.filter(disclosure__region=region, disclosure__unit=None).order_by()
    found: dict[int, bool] = {}
    for year, withdrawn in rows.values_list("disclosure__fiscal_year", "withdrawn_at"):
        found[year] = found.get(year, False) or withdrawn is None
    return dict(sorted(found.items(), reverse=True))


def kept(region: Region, fiscal_year: int) -> Path | None:
    """The folder with the package as it is public now, made if need be; None where nothing was published.

    Its name follows from the publications it was made of, so that a withdrawal shows at once.
    """
    rows = Publication.objects.filter(disclosure__region=region, disclosure__fiscal_year=fiscal_year)
    state = list(rows.order_by("pk").values_list("pk", "sha256", "withdrawn_at"))
    if not state:
        return None
    shelf = Path(settings.MEDIA_ROOT) / "public" / region.pk / str(fiscal_year)
    name = hashlib.sha256(f"{state} {_code()}".encode()).hexdigest()[:20]
    folder: Path = shelf / name
    if folder.is_dir():
        return folder
    files = files_of(region, fiscal_year)
    if files is None:
        return None
    try:
        keep(files, folder)
    except NotKept:
        if not folder.is_dir():  # else somebody else asked at the same moment
            raise
    for old in shelf.iterdir():
        if old.name != name and not old.name.startswith("."):
            with contextlib.suppress(OSError):
                shutil.rmtree(old)
    return folder


def _vendored() -> Vendored:
    try:
        return Vendored((ECHARTS / "echarts.min.js").read_bytes(), (ECHARTS / "LICENSE").read_bytes())
    except OSError as error:
        raise NotKept(f"缺少图表库“{error.filename}”：请先运行 make setup") from error


@functools.cache
def _code() -> str:
    """Changes with the pages' templates, assets and code, so that an upgrade makes the packages anew."""
    files = sorted(path for path in CODE.rglob("*") if path.suffix in (".py", ".html", ".css", ".js", ".svg"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
