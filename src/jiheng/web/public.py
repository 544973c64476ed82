"""What is public, for everybody: the years that were published, and the site of each, without logging in."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response

from jiheng.publishing import HISTORY, MANIFEST, NotKept, paths_in
from jiheng.units.models import Region
from jiheng.web import packages
from jiheng.web.shell import PersonRequest, page, say

logger = logging.getLogger(__name__)
HOME = "index.html"
# an address shows something else after a withdrawal: browsers ask each time, mostly to hear 304
ASK_FIRST, A_DAY = "public, no-cache", "public, max-age=86400"
INLINE = {".html", ".css", ".js", ".svg", ".txt"}
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OPEN_WHEN_WITHDRAWN = ("assets/", HISTORY, MANIFEST)


@page(public=True)
def public_years(request: PersonRequest) -> HttpResponse:
    """已公开: every region's years."""
    regions = [(region, packages.years_of(region)) for region in Region.objects.order_by("code")]
    return render(
        request, "jiheng/public/years.html", {"regions": [(one, years) for one, years in regions if years]}
    )


@page(public=True)
def public_file(request: PersonRequest, region: str, year: int, file: str = HOME) -> HttpResponseBase:
    """A file of a year's package. Only what its manifest lists is there; a withdrawn year answers 410."""
    whose = get_object_or_404(Region, pk=region)
    try:
        folder = packages.kept(whose, year)
        if folder is None:
            raise Http404("这一年没有公开过")
        return _answer(request, folder, file)
    except (NotKept, OSError) as error:
        logger.error("the package of %s %s cannot be read: %s", region, year, error)
        return say(request, 503, "公开网站暂时打不开", "公开的内容都还在，请稍后再来，或联系财政局。")


def _answer(request: PersonRequest, folder: Path, file: str) -> HttpResponseBase:
    is_withdrawn, listed = _manifest(folder)
    status = 200
    if is_withdrawn and not file.startswith(OPEN_WHEN_WITHDRAWN):
        file, status = HOME, 410
    if file not in listed:
        raise Http404("没有这个文件")
    tag = f'"{listed[file]}"'
    answer = get_conditional_response(request, etag=tag) if status == 200 else None
    if answer is None:
        answer = HttpResponse((folder / file).read_bytes(), status=status, content_type=_kind(file))
        if PurePosixPath(file).suffix not in INLINE:
            answer["Content-Disposition"] = "attachment"  # the page names it
    answer["ETag"] = tag
    answer["Cache-Control"] = A_DAY if file == "assets/echarts.min.js" else ASK_FIRST
    return answer


@functools.lru_cache(maxsize=64)
def _manifest(folder: Path) -> tuple[bool, Mapping[str, str]]:
    """Whether the year is withdrawn, and the hash of every file; a folder never changes."""
    data = (folder / MANIFEST).read_bytes()
    return json.loads(data)["state"] == "撤回", {**paths_in(data), MANIFEST: folder.name}


def _kind(file: str) -> str:
    return KINDS.get(PurePosixPath(file).suffix, "application/octet-stream")


urlpatterns: list[URLPattern] = [
    path("public/", public_years, name="public"),
    path("public/<slug:region>/<int:year>/", public_file, name="public_year"),
    path("public/<slug:region>/<int:year>/<path:file>", public_file, name="public_file"),
]
