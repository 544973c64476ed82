"""Publishing: a frozen year becomes a package with hashes: Word, PDF, Excel, open data, and a public site.

    files = package(year, vendored, words)      # {path: bytes}; the same year, the same bytes
    keep(files, Path("公开/2024"))               # a folder, or one .zip; whole or not at all
    package_of_withdrawn(Withdrawn(…))          # what stands in the place of a year that was taken back

The input is `disclosure.record.PublicYear`; nothing here knows Django.
"""

from __future__ import annotations

from jiheng.publishing.keeping import NotKept, keep
from jiheng.publishing.package import (
    HISTORY,
    MANIFEST,
    Files,
    Withdrawn,
    Words,
    package,
    package_of_withdrawn,
    paths_in,
    zipped,
)
from jiheng.publishing.pages import Vendored

__all__ = [
    "HISTORY",
    "MANIFEST",
    "Files",
    "NotKept",
    "Vendored",
    "Withdrawn",
    "Words",
    "keep",
    "package",
    "package_of_withdrawn",
    "paths_in",
    "zipped",
]
