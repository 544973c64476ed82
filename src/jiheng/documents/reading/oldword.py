"""Old Word files (doc, wps, rtf) through LibreOffice, where it is installed."""

from __future__ import annotations

from jiheng.documents import office
from jiheng.documents.archive import DocumentError
from jiheng.documents.reading.building import Source


def converted(source: Source) -> bytes:
    """The docx that LibreOffice makes of it."""
    ending = ".rtf" if source.data[:5] == b"{\\rtf" else ".doc"
    seconds = source.limits.convert_seconds
    try:
        made = office.converted(source.data, ending, "docx:MS Word 2007 XML", seconds)
    except office.NoOffice:
        raise DocumentError(
            f"文件“{source.name}”是旧版 Word 格式，本机没有安装 LibreOffice，无法读取；"
            "请用 Word 或 WPS 另存为 docx 再查"
        ) from None
    except office.OfficeTooSlow:
        raise DocumentError(
            f"文件“{source.name}”由 LibreOffice 转换超过 {seconds} 秒，已停止；"
            "请用 Word 或 WPS 另存为 docx 再查"
        ) from None
    if made is None:
        raise DocumentError(
            f"文件“{source.name}”已损坏或加了密码，LibreOffice 打不开；请用 Word 或 WPS 另存为 docx 再查"
        )
    return made
