"""PDF files."""

from __future__ import annotations

import pypdfium2

from jiheng.documents.archive import DocumentError
from jiheng.documents.reading import wording
from jiheng.documents.reading.building import Builder, Source
from jiheng.sheets.document import Document


def read_pdf(source: Source) -> Document:
    builder = Builder(source)
    try:
        book = pypdfium2.PdfDocument(source.data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise DocumentError(f"文件“{source.name}”加了密码，无法读取，请取消密码后再查") from None
        raise DocumentError(f"文件“{source.name}”已损坏，不是可读的 PDF，请重新导出后再查") from None
    for number in range(len(book)):
        text = book[number].get_textpage().get_text_range()
        if not text.strip():
            builder.unread.append(f"第{number + 1}页没有文字，可能是扫描件")
        elif wording.is_garbage(text):
            builder.unread.append(f"第{number + 1}页的字体编码有误，文字无法识读")
        else:
            for line in text.splitlines():
                builder.line(wording.tidy(line), page=number + 1)
    return builder.finish()
