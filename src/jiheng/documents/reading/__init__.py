"""Documents in: docx, pdf, html, xlsx, txt, md and old doc as one text with its blocks.

Door: `read(path_or_bytes, name) -> Document`, `place(document, start) -> str`. What cannot be read raises
`archive.DocumentError` with a Chinese message; what of a document could not be read is in `Document.unread`.
"""

from jiheng.documents.reading.opening import read
from jiheng.documents.reading.places import place

__all__ = ["place", "read"]
