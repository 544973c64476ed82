"""Official forms out and back in: blanks, filled workbooks, uploaded blanks with marks, zips of hundreds."""

from __future__ import annotations

from jiheng.documents import filling, layout
from jiheng.documents.archive import LIMITS, DocumentError, Limits, pack, take_zip
from jiheng.documents.filling import fill
from jiheng.documents.matching import recognise
from jiheng.documents.taking import Taken, take, take_book
from jiheng.documents.template import FormTemplate, TemplateError, built_in, from_marks
from jiheng.documents.workbook import open_workbook
from jiheng.sheets import Form

__all__ = [
    "DocumentError",
    "FormTemplate",
    "Taken",
    "TemplateError",
    "blank",
    "built_in",
    "fill",
    "from_marks",
    "marked_blank",
    "pack",
    "read_any",
    "rows_of",
    "take",
    "take_any",
    "take_zip",
]


def blank(form: Form, template: FormTemplate | None = None) -> bytes:
    """The official blank (xlsx), to be filled by hand."""
    return filling.blank(template or built_in(Form(form)))


def marked_blank(form: Form) -> bytes:
    """The official blank with {{字段名}} in every input cell: change it, then give it to `from_marks`."""
    return layout.marked_blank(Form(form))


def read_any(data: bytes, name: str, limits: Limits = LIMITS) -> Form:
    """Which form a workbook is, by its title. Raises DocumentError if it is none of the five."""
    found = recognise(open_workbook(data, name, limits))
    if found is None:
        titles = "、".join(f"《{form.heading}》" for form in Form)
        raise DocumentError(f"文件“{name}”不像任何一张官方表（{titles}）：请用官方空表填写，保留标题后再传")
    return found


def take_any(data: bytes, name: str, limits: Limits = LIMITS) -> Taken:
    """`read_any` and `take` in one, the file opened once, by the built-in templates."""
    book = open_workbook(data, name, limits)
    found = recognise(book)
    if found is None:
        raise DocumentError(f"文件“{name}”不像任何一张官方表：请用官方空表填写，保留标题后再传")
    return take_book(book, found)


def rows_of(form: Form, collection: str = "money") -> tuple[tuple[str, str], ...]:
    """The rows that the official form prints by name, as (key, label): "money", or "basic.spending"."""
    prefix = f"{collection}["
    return tuple(
        (group.removeprefix(prefix).rstrip("]"), label)
        for sheet in built_in(Form(form)).sheets
        for group, label in sheet.row_labels.items()
        if group.startswith(prefix)
    )
