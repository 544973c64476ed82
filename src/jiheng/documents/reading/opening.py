"""A file of any kind opened by what it is, which its ending must not contradict."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePath

from jiheng.documents.archive import MEGABYTE, OLE_SIGNATURE, DocumentError
from jiheng.documents.reading.building import Source
from jiheng.documents.reading.limits import LIMITS, Clock, ReadingLimits
from jiheng.documents.reading.oldword import converted
from jiheng.documents.reading.pdf import read_pdf
from jiheng.documents.reading.plain import read_markdown, read_text
from jiheng.documents.reading.spreadsheet import read_workbook
from jiheng.documents.reading.webpage import read_page
from jiheng.documents.reading.word import read_word
from jiheng.sheets.document import Document

_READERS: dict[str, Callable[[Source], Document]] = {
    "pdf": read_pdf,
    "docx": read_word,
    "xlsx": read_workbook,
    "xls": read_workbook,
    "html": read_page,
    "md": read_markdown,
    "txt": read_text,
}
_CALLED = {
    "pdf": "PDF 文件",
    "docx": "Word 文档（docx）",
    "xlsx": "Excel 工作簿（xlsx）",
    "xls": "旧版 Excel 工作簿（xls）",
    "doc": "旧版 Word 文档（doc）",
    "rtf": "RTF 文档",
    "html": "网页",
    "txt": "文本",
}
# What a file of an ending may be: office programs write pages and new formats under old endings.
_MAY_BE = {
    ".pdf": {"pdf"},
    ".docx": {"docx", "doc"},
    ".doc": {"doc", "docx", "rtf", "html"},
    ".wps": {"doc", "docx", "rtf"},
    ".rtf": {"rtf", "doc", "docx"},
    ".xlsx": {"xlsx"},
    ".xls": {"xls", "xlsx", "html"},
    ".html": {"html", "txt"},
    ".htm": {"html", "txt"},
    ".txt": {"txt", "html"},
    ".md": {"txt", "html"},
    ".markdown": {"txt", "html"},
}
ENDINGS = frozenset(_MAY_BE)  # of the files that can be read
_IMAGES = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
_PACKED = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|table|p|script)[\s>/]", re.IGNORECASE)


def read(path_or_bytes: str | Path | bytes, name: str = "", limits: ReadingLimits = LIMITS) -> Document:
    """A document's text and blocks. `name` is what messages call it and whose ending says the format.

    Raises DocumentError (Chinese) for what cannot be read: empty, binary, broken, a password, over a limit,
    an archive bomb, another format than its ending says, a picture.
    """
    data, name = _taken(path_or_bytes, name, limits)
    if not data.strip(b"\0 \r\n\t\f\xef\xbb\xbf"):
        raise DocumentError(f"文件“{name}”是空的，请核对后再查")
    source = Source(data, name, limits, Clock(name, limits.seconds))
    kind = _kind(source)
    ending = PurePath(name).suffix.lower()
    allowed = _MAY_BE.get(ending)
    if allowed and kind not in allowed:
        raise DocumentError(
            f"文件“{name}”的内容其实是{_CALLED[kind]}，与扩展名 {ending} 不符，请改正扩展名或核对文件后再查"
        )
    if kind in ("doc", "rtf"):
        document = read_word(source._replace(data=converted(source)))
        return _signed(document, data)
    if ending in (".md", ".markdown"):
        kind = "md"
    elif ending == ".txt":
        kind = "txt"
    return _READERS[kind](source)


def _taken(path_or_bytes: str | Path | bytes, name: str, limits: ReadingLimits) -> tuple[bytes, str]:
    if isinstance(path_or_bytes, bytes):
        name, size = name or "未命名", len(path_or_bytes)
    else:
        path = Path(path_or_bytes)
        name = name or path.name
        try:
            size = path.stat().st_size
        except OSError:
            raise DocumentError(f"文件“{name}”不存在或没有读取权限") from None
    if size > limits.file_bytes:
        raise DocumentError(
            f"文件“{name}”有 {size / MEGABYTE:.1f} MB，超过上限 {limits.file_bytes // MEGABYTE} MB，"
            "请拆分后再查"
        )
    if isinstance(path_or_bytes, bytes):
        return path_or_bytes, name
    try:
        with Path(path_or_bytes).open("rb") as stream:
            return stream.read(limits.file_bytes + 1), name
    except OSError:
        raise DocumentError(f"文件“{name}”不存在或没有读取权限") from None


def _kind(source: Source) -> str:
    data, name = source.data, source.name
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] in (b"PK\3\4", b"PK\5\6"):
        return _kind_of_zip(source)
    if data[:8] == OLE_SIGNATURE:
        return _kind_of_ole(source)
    if data[:5] == b"{\\rtf":
        return "rtf"
    for signature, called in _IMAGES:
        if data.startswith(signature) and b"\0" in data[:200]:
            raise DocumentError(f"文件“{name}”是 {called} 图片，无法识读图上的文字；请提供可复制文字的文档")
    if (data[:4] == b"RIFF" and data[8:12] == b"WEBP") or data[4:12] in (b"ftypheic", b"ftypmif1"):
        raise DocumentError(f"文件“{name}”是图片，无法识读图上的文字；请提供可复制文字的文档")
    if data.startswith(_PACKED):
        raise DocumentError(f"文件“{name}”是压缩包，请解开后再查")
    head = data[:4096].replace(b"\0", b"")
    if _PAGE.search(head) and head.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<"):
        return "html"
    return _kind_of_text(source)


def _kind_of_text(source: Source) -> str:
    """A page without the usual head is one by its ending; an office file that is no zip is broken."""
    ending = PurePath(source.name).suffix.lower()
    if ending in (".html", ".htm"):
        return "html"
    if ending in (".pdf", ".docx", ".xlsx", ".doc", ".xls", ".wps") and b"\0" in source.data[:4000]:
        raise DocumentError(f"文件“{source.name}”已损坏或不是所称的格式，请打开后另存再查")
    return "txt"


def _kind_of_zip(source: Source) -> str:
    name = source.name
    try:
        with zipfile.ZipFile(BytesIO(source.data)) as package:
            members = set(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise DocumentError(f"文件“{name}”已损坏，请用 Word 或 WPS 打开后另存再查") from None
    if "word/document.xml" in members:
        return "docx"
    if "xl/workbook.xml" in members:
        return "xlsx"
    if any(member.lower().endswith("ofd.xml") for member in members):
        raise DocumentError(f"文件“{name}”是 OFD 版式文件，暂不支持；请另存为 PDF 或 docx 再查")
    if "content.xml" in members or "ppt/presentation.xml" in members:
        what = "OpenDocument 文档" if "content.xml" in members else "演示文稿"
        raise DocumentError(f"文件“{name}”是{what}，暂不支持；请另存为 docx、xlsx 或 PDF 再查")
    raise DocumentError(f"文件“{name}”是压缩包，不是文档，请解开后再查")


def _kind_of_ole(source: Source) -> str:
    data = source.data
    if _has(data, "EncryptedPackage") or _has(data, "EncryptionInfo"):
        raise DocumentError(f"文件“{source.name}”加了密码，无法读取，请取消密码后再查")
    if _has(data, "WordDocument"):
        return "doc"
    if _has(data, "Workbook") or _has(data, "Book"):
        return "xls"
    raise DocumentError(f"文件“{source.name}”已损坏，或不是 Word、Excel 文档，无法读取")


def _has(data: bytes, entry: str) -> bool:
    return entry.encode("utf-16-le") in data


def _signed(document: Document, data: bytes) -> Document:
    """The digest is that of the file as it came, not of what it was turned into."""
    digest = hashlib.sha256(data).hexdigest()
    return dataclasses.replace(document, sha256=digest)
