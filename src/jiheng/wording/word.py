"""Explanations as one Word file in the layout of GB/T 9704: 22 lines of 28 characters, contents, annexes.

The file is written as XML at once, and the same texts give the same bytes. Fonts are named, not embedded.
A figure is a content control whose tag is its number in the list of sources; editors that strip these lose
nothing else.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from jiheng.documents.official import printable
from jiheng.policy import Policy
from jiheng.wording import wordparts
from jiheng.wording.layout import FOOTER, PAPER_HEIGHT, PAPER_WIDTH, Layout, twips
from jiheng.wording.text import Block, Paragraph, Part, Run, Table, Text


def word(
    texts: Sequence[Text], title: str, policy: Policy, *, pages: Sequence[int] = (), controls: bool = True
) -> bytes:
    """A .docx of the texts, each on a page of its own; of several, with a title page and the contents.

    `pages` are the pages on which the entries of the contents stand (see `paging`); without them the contents
    are a field that Word and WPS fill in when they open the file. `controls` False: no content controls.
    """
    layout = Layout.of(policy)
    entries = entries_of(texts) if len(texts) > 1 else []
    parts = [*_contents(title, entries, pages, layout), *_bodies(texts, layout, controls=controls)]
    body = "".join(parts)
    section = _section(layout, '<w:pgNumType w:start="1"/>', wordparts.FOOTERS)
    document = f"{wordparts.HEAD}<w:document {wordparts.SPACES}><w:body>{body}{section}</w:body></w:document>"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in wordparts.parts(layout, title, fill=bool(entries and not pages)):
            _put(archive, name, content)
        _put(archive, "word/document.xml", document)
    return held.getvalue()


def entries_of(texts: Sequence[Text]) -> list[str]:
    """What the contents name: the texts, and their annexes."""
    found = []
    for text in texts:
        blocks = [block for block in text.blocks if isinstance(block, Paragraph)]
        found.append(text.title)
        for annex, caption in itertools.pairwise(blocks):
            if annex.part is Part.ANNEX:
                found.append(f"{annex.text} {caption.text}")
    return found


def _put(archive: zipfile.ZipFile, name: str, content: str) -> None:
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, content)


def _contents(title: str, entries: Sequence[str], pages: Sequence[int], layout: Layout) -> Iterator[str]:
    """The title of the file, 目录, and an entry for each text with its page."""
    if not entries:
        return
    yield _paragraph("Cover", _run(title))
    yield _paragraph("ContentsHead", _run("目　录"))
    last = len(entries) - 1
    for number, entry in enumerate(entries):
        page = str(pages[number]) if number < len(pages) else ""
        field = f" PAGEREF _Toc{number + 1} \\h "
        shown = f'<w:fldSimple w:instr="{field}"><w:r><w:t>{page}</w:t></w:r></w:fldSimple>'
        inner = f"{_run(entry)}<w:r><w:tab/></w:r>{shown}"
        link = f'<w:hyperlink w:anchor="_Toc{number + 1}" w:history="1">{inner}</w:hyperlink>'
        before = wordparts.CONTENTS_BEGIN if number == 0 else ""
        after = wordparts.CONTENTS_END if number == last else ""
        yield _paragraph("TOC1", f"{before}{link}{after}")
    yield f"<w:p><w:pPr>{_section(layout, '', '')}</w:pPr></w:p>"


def _bodies(texts: Sequence[Text], layout: Layout, *, controls: bool) -> Iterator[str]:
    figure = entry = 0
    for number, text in enumerate(texts):
        for block in text.blocks:
            if isinstance(block, Table):
                xml, figure = _table(block, layout, figure, controls=controls)
                yield xml
                continue
            inner, figure = _runs(block.runs, figure, controls=controls)
            if block.part in (Part.TITLE, Part.ANNEX):
                entry += 1
                inner = _bookmarked(inner, entry)
            yield _paragraph(STYLES[block.part], inner, _break(block, number))


def _break(block: Block, number: int) -> str:
    """A page of its own for every text but the first, which its section begins."""
    is_title = isinstance(block, Paragraph) and block.part is Part.TITLE
    return "<w:pageBreakBefore/>" if is_title and number else ""


def _bookmarked(inner: str, entry: int) -> str:
    return f'<w:bookmarkStart w:id="{entry}" w:name="_Toc{entry}"/>{inner}<w:bookmarkEnd w:id="{entry}"/>'


STYLES = {
    Part.TITLE: "NoteTitle",
    Part.HEADING: "NoteHeading",
    Part.SUBHEADING: "NoteSubheading",
    Part.BODY: "NoteBody",
    Part.ANNEX: "Annex",
    Part.CAPTION: "AnnexTitle",
}


def _paragraph(style: str, inner: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{inner}</w:p>'


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(printable(text))}</w:t></w:r>' if text else ""


def _runs(runs: Sequence[Run], figure: int, *, controls: bool) -> tuple[str, int]:
    """Words joined to one run; every figure in a control of its own. Also the figures counted so far."""
    found, held = [], ""
    for run in runs:
        figure += run.is_figure
        if not (run.is_figure and controls):
            held += run.text
            continue
        found += [_run(held), _control(run, figure)]
        held = ""
    return "".join([*found, _run(held)]), figure


def _control(run: Run, figure: int) -> str:
    source = quoteattr("、".join(run.sources)[:60])  # Word takes no longer names
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val={source}/><w:tag w:val="f{figure}"/>'
        f'<w15:appearance w15:val="hidden"/></w:sdtPr><w:sdtContent>{_run(run.text)}</w:sdtContent></w:sdt>'
    )


def _section(layout: Layout, numbering: str, footers: str) -> str:
    edges = {
        "top": layout.top,
        "right": layout.right,
        "bottom": layout.bottom,
        "left": layout.left,
        "header": 15,
        "footer": FOOTER,
        "gutter": 0,
    }
    margins = " ".join(f'w:{edge}="{twips(value)}"' for edge, value in edges.items())
    return (
        f'<w:sectPr>{footers}<w:pgSz w:w="{twips(PAPER_WIDTH)}" w:h="{twips(PAPER_HEIGHT)}"/>'
        f'<w:pgMar {margins}/>{numbering}<w:docGrid w:type="lines" w:linePitch="{layout.pitch}"/></w:sectPr>'
    )


def _table(table: Table, layout: Layout, figure: int, *, controls: bool) -> tuple[str, int]:
    scale = sum(column.width for column in table.columns)
    widths = [column.width * layout.width // scale for column in table.columns]
    sides = ["right" if column.is_figure else "left" for column in table.columns]
    rows = [_row([_run(c.heading) for c in table.columns], widths, ["center"] * len(widths), "TableHead")]
    for row in table.rows:
        cells = []
        for run in row:
            inner, figure = _runs((run,), figure, controls=controls)
            cells.append(inner)
        rows.append(_row(cells, widths, sides, "TableCell"))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    properties = wordparts.TABLE.replace("WIDTH", str(sum(widths)))
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl><w:p/>", figure


def _row(cells: Sequence[str], widths: Sequence[int], sides: Sequence[str], style: str) -> str:
    head = "<w:tblHeader/>" if style == "TableHead" else ""
    found = []
    for cell, width, side in zip(cells, widths, sides, strict=True):
        paragraph = _paragraph(style, cell, f'<w:jc w:val="{side}"/>')
        size = f'<w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/>'
        found.append(f"<w:tc><w:tcPr>{size}</w:tcPr>{paragraph}</w:tc>")
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{''.join(found)}</w:tr>"
