"""What every Word file of ours has besides its text: styles, fonts, settings, footers with — 1 —."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from xml.sax.saxutils import escape

from jiheng.documents.official import printable
from jiheng.wording.layout import Layout

LATIN = "Times New Roman"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_W15 = "http://schemas.microsoft.com/office/word/2012/wordml"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
SPACES = f'xmlns:w="{_W}" xmlns:r="{_R}" xmlns:mc="{_MC}" xmlns:w15="{_W15}" mc:Ignorable="w15"'
FOOTERS = '<w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>'
CONTENTS_BEGIN = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-1" \\h \\z \\u </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
)
CONTENTS_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
_EDGE = 'w:val="single" w:sz="4" w:space="0" w:color="000000"'
TABLE = (
    '<w:tblPr><w:tblW w:w="WIDTH" w:type="dxa"/><w:tblBorders>'
    + "".join(f"<w:{side} {_EDGE}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    + '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/>'
    + '<w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
)
# where the named fonts are not installed: what comes nearest
_OTHERWISE = {"仿宋_GB2312": "仿宋", "楷体_GB2312": "楷体", "方正小标宋简体": "方正小标宋_GBK"}
_TYPES = {
    "document": f"{_OFFICE}.document.main+xml",
    "styles": f"{_OFFICE}.styles+xml",
    "settings": f"{_OFFICE}.settings+xml",
    "fontTable": f"{_OFFICE}.fontTable+xml",
    "footer1": f"{_OFFICE}.footer+xml",
    "footer2": f"{_OFFICE}.footer+xml",
}


def parts(layout: Layout, title: str, *, fill: bool) -> Iterator[tuple[str, str]]:
    """The other members of the file by name. `fill` has Word fill in the contents when it opens the file."""
    yield from _fixed(layout, fill=fill)
    name = escape(printable(title))
    yield (
        "docProps/core.xml",
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{name}</dc:title></cp:coreProperties>',
    )


@functools.lru_cache(maxsize=16)
def _fixed(layout: Layout, *, fill: bool) -> tuple[tuple[str, str], ...]:
    named = dict(layout.fonts)
    return (
        ("[Content_Types].xml", _types()),
        ("_rels/.rels", _relations({"rId1": ("officeDocument", "word/document.xml")}, core=True)),
        (
            "word/_rels/document.xml.rels",
            _relations(
                {
                    "rId1": ("styles", "styles.xml"),
                    "rId2": ("settings", "settings.xml"),
                    "rId3": ("fontTable", "fontTable.xml"),
                    "rId4": ("footer", "footer1.xml"),
                    "rId5": ("footer", "footer2.xml"),
                }
            ),
        ),
        ("word/styles.xml", _styles(named, layout)),
        ("word/settings.xml", _settings(fill=fill)),
        ("word/fontTable.xml", _fonts(named)),
        ("word/footer1.xml", _footer("right", named["folio"])),
        ("word/footer2.xml", _footer("left", named["folio"])),
    )


def _types() -> str:
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>' for name, kind in _TYPES.items()
    )
    return (
        f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'{overrides}<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    )


def _relations(found: dict[str, tuple[str, str]], *, core: bool = False) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{_R}/{kind}" Target="{target}"/>'
        for key, (kind, target) in found.items()
    )
    if core:
        kind = f"{_PACKAGE}/relationships/metadata/core-properties"
        rows += f'<Relationship Id="rId9" Type="{kind}" Target="docProps/core.xml"/>'
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _settings(*, fill: bool) -> str:
    update = '<w:updateFields w:val="true"/>' if fill else ""
    mode = 'w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"'
    compatible = (
        f"<w:compat><w:balanceSingleByteDoubleByteWidth/><w:useFELayout/><w:compatSetting {mode}/></w:compat>"
    )
    return f'{HEAD}<w:settings xmlns:w="{_W}"><w:evenAndOddHeaders/>{update}{compatible}</w:settings>'


def _fonts(named: dict[str, str]) -> str:
    rows = "".join(
        f'<w:font w:name="{escape(font)}">'
        + (f'<w:altName w:val="{_OTHERWISE[font]}"/>' if font in _OTHERWISE else "")
        + '<w:charset w:val="86"/></w:font>'
        for font in dict.fromkeys(named.values())
    )
    return f'{HEAD}<w:fonts xmlns:w="{_W}">{rows}</w:fonts>'


def _footer(side: str, font: str) -> str:
    """四号宋体, a dash on either side, one character in from the margin."""
    look = (
        f'<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/><w:sz w:val="28"/></w:rPr>'
    )
    return (
        f'{HEAD}<w:ftr xmlns:w="{_W}"><w:p><w:pPr><w:spacing w:line="240" w:lineRule="auto"/>'
        f'<w:ind w:left="280" w:right="280"/><w:jc w:val="{side}"/></w:pPr>'
        f'<w:r>{look}<w:t xml:space="preserve">— </w:t></w:r>'
        f'<w:fldSimple w:instr=" PAGE "><w:r>{look}<w:t>1</w:t></w:r></w:fldSimple>'
        f'<w:r>{look}<w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
    )


def _styles(fonts: dict[str, str], layout: Layout) -> str:
    pitch = layout.pitch
    body, heading, title = fonts["body"], fonts["heading"], fonts["title"]
    indent = '<w:ind w:firstLineChars="200" w:firstLine="640"/><w:jc w:val="both"/>'
    keep, exact = "<w:keepNext/>", f'<w:spacing w:line="{pitch}" w:lineRule="exact"/>'
    centred = '<w:jc w:val="center"/>'
    wide = f'<w:spacing w:before="{pitch}" w:after="{pitch}" w:line="660" w:lineRule="exact"/>'
    dense = '<w:snapToGrid w:val="0"/><w:spacing w:before="60" w:after="60" w:line="320" w:lineRule="exact"/>'
    tabs = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{layout.width}"/></w:tabs>'
    level = '<w:outlineLvl w:val="{}"/>'
    rows = [
        _style("NoteBody", "公开说明正文", indent, body, 32),
        _style("NoteHeading", "公开说明一级标题", f"{keep}{indent}{level.format(1)}", heading, 32),
        _style(
            "NoteSubheading", "公开说明二级标题", f"{keep}{indent}{level.format(2)}", fonts["subheading"], 32
        ),
        _style("NoteTitle", "公开说明标题", f"{keep}{wide}{centred}{level.format(0)}", title, 44),
        _style("Annex", "公开说明附件", f"{keep}<w:pageBreakBefore/>{exact}{level.format(0)}", heading, 32),
        _style("AnnexTitle", "公开说明附件标题", f"{keep}{wide}{centred}", title, 36),
        _style("Cover", "公开说明封题", f"{wide}{centred}", title, 44),
        _style("ContentsHead", "公开说明目录题", wide + centred, heading, 32),
        _style("TOC1", "toc 1", tabs, body, 32),
        _style("TableHead", "公开说明表头", dense, heading, 24),
        _style("TableCell", "公开说明表格", dense, body, 24),
    ]
    return (
        f'{HEAD}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{body}" w:cs="{LATIN}"/>'
        f'<w:spacing w:val="{layout.tightening}"/>'
        '<w:kern w:val="2"/><w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
        "</w:rPr></w:rPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f'<w:pPr><w:widowControl w:val="0"/>{exact}</w:pPr></w:style>{"".join(rows)}</w:styles>'
    )


def _style(key: str, name: str, paragraph: str, font: str, size: int) -> str:
    """One style; `size` in half points."""
    own = "" if key == "TOC1" else ' w:customStyle="1"'
    return (
        f'<w:style w:type="paragraph"{own} w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr>{paragraph}</w:pPr>'
        f'<w:rPr><w:rFonts w:eastAsia="{escape(font)}"/><w:sz w:val="{size}"/></w:rPr></w:style>'
    )
