"""The browser libraries served from our own address: copied out of node_modules/, never kept in git.

python -m jiheng.config.vendor      # node_modules/ → build/vendor/
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent

# file of an npm package → its place under build/vendor/, served as /static/vendor/…
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "icons/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "icons/fonts/tabler-icons.woff2",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff": "icons/fonts/tabler-icons.woff",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf": "icons/fonts/tabler-icons.ttf",
    "@tabler/icons-webfont/LICENSE": "icons/LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
}

# a source map is not served: the comment that asks for one would fail the hashing of file names
_MAP_COMMENT = re.compile(rb"(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")


def copy(modules: Path = ROOT / "node_modules", target: Path = ROOT / "build" / "vendor") -> int:
    """Copies every file and gives their number. Raises FileNotFoundError when a package is not installed."""
    for source, place in FILES.items():
        to = target / place
        to.parent.mkdir(parents=True, exist_ok=True)
        if to.suffix in (".js", ".css"):
            to.write_bytes(_MAP_COMMENT.sub(b"", (modules / source).read_bytes()))
        else:
            shutil.copyfile(modules / source, to)
    return len(FILES)


if __name__ == "__main__":
    sys.exit(0 if copy() else 1)
