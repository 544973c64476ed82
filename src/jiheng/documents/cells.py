"""The XML of one worksheet as cells: printed digits, formulas, merges.

python-calamine shows neither formulas nor the digits of a number as written, so the sheet's XML is scanned
here. Nearly all workbooks write cells in one of few shapes, which one regular expression takes; when it does
not account for every cell of the sheet, a real XML parser reads it instead.
"""

from __future__ import annotations

import re
from decimal import Decimal

from lxml import etree

from jiheng.documents.archive import DocumentError

# reference, style, type, the value if that is all, else everything inside
_CELL = re.compile(
    r'<c r="([A-Z]{1,3}+[0-9]{1,7}+)"(?: s="([0-9]++)")?(?: t="([A-Za-z]++)")?'
    r"(?:><v>([^<]*+)</v></c>|\s*/>|\s*>(.*?)</c>)",
    re.DOTALL,
)
_MERGE = re.compile(r"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+[0-9]+):([A-Z]+[0-9]+)[\"']")
_VALUE = re.compile(r"<v(?:\s[^>]*)?>([^<]*)</v>")
_TEXTS = re.compile(r"<t(?:\s[^>]*?)?(?:/>|>([^<]*)</t>)")
_PHONETIC = re.compile(r"<rPh\b.*?</rPh>|<phoneticPr\b[^>]*/?>", re.DOTALL)
_STRING = re.compile(r"<si(?:\s[^>]*)?(?:/>|>(.*?)</si>)", re.DOTALL)
_PLAIN_STRING = re.compile(r"<si><t(?: [^>]*[^/>])?>([^<]*)</t></si>")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENTITY = re.compile(r"&(#x[0-9A-Fa-f]+|#[0-9]+|amp|lt|gt|quot|apos);")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_FLOAT_DUST = 16  # this many significant digits are never typed into Excel: it shows 15


# A cell as its XML has it, in the order of `_CELL`'s groups. A plain tuple: a workbook has thousands.
RawCell = tuple[str, str, str, str, str]


def scan(xml: str) -> dict[str, RawCell]:
    """Every cell element of a sheet by reference."""
    start, end = xml.find("<sheetData>"), xml.rfind("</sheetData>")
    if start < 0 or end < 0:
        return _parsed(xml)
    found: list[RawCell] = _CELL.findall(xml, start, end)
    if len(found) != xml.count("<c", start, end):
        return _parsed(xml)
    return {item[0]: item for item in found if item[3] or item[4]}


def merges(xml: str) -> list[tuple[str, str]]:
    """First and last cell of every merged range."""
    return _MERGE.findall(xml, max(xml.find("</sheetData>"), 0))


def strings(xml: str) -> list[str]:
    """The shared strings; rich text is joined, phonetic guides are left out."""
    if "<si" not in xml and ":si" in xml:
        root = parse_xml(xml)
        return [_rich(item) for item in root.iter("{*}si")]
    plain: list[str] = _PLAIN_STRING.findall(xml)
    if len(plain) == xml.count("<si"):
        return [unescaped(text) for text in plain] if "&" in xml or "_x" in xml else plain
    return [rich_text(inside) for inside in _STRING.findall(xml)]


def rich_text(inside: str) -> str:
    if "<rPh" in inside:
        inside = _PHONETIC.sub("", inside)
    return unescaped("".join(_TEXTS.findall(inside)))


def unescaped(text: str) -> str:
    """XML entities and Excel's _xHHHH_ resolved."""
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: _character(int(match[1], 16)), text)
    return text


def value_of(inside: str) -> str:
    match = _VALUE.search(inside)
    return match[1].strip() if match else ""


def parse_xml(xml: str) -> etree._Element:
    """By a parser that fetches nothing and expands nothing. Raises DocumentError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", xml).encode(), parser)
    except etree.XMLSyntaxError:
        raise DocumentError("工作簿内容已损坏（XML 不完整），请用 Excel 或 WPS 打开后另存再传") from None


def number_text(raw: str) -> str:
    """A number's text as a person typed it: exact digits kept, binary dust and exponents removed.

    0.30000000000000004 → 0.3; 13.40 stays; 1E-3 → 0.001.
    """
    if len(raw) < _FLOAT_DUST and "e" not in raw and "E" not in raw:
        return raw
    try:
        value = Decimal(raw)
    except ArithmeticError:
        return raw
    if not value.is_finite() or abs(value.adjusted()) > 300:
        return raw
    if "e" not in raw.lower() and len(value.as_tuple().digits) < _FLOAT_DUST:
        return raw
    exact = format(value, "f")
    if len(value.as_tuple().digits) >= _FLOAT_DUST:
        short = Decimal(format(float(value), ".15g"))
        if len(short.as_tuple().digits) < 15 or float(short) == float(value):
            exact = format(short, "f")
    return exact.rstrip("0").rstrip(".") if "." in exact else exact


def split(ref: str) -> tuple[str, int]:
    """A reference as column letters and row: B12 → ("B", 12)."""
    match = _REFERENCE.fullmatch(ref)
    if match is None:
        raise ValueError(ref)
    return match[1], int(match[2])


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name in _NAMED:
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return _character(code) if 0 < code < 0x110000 else ""


def _character(code: int) -> str:
    """Half of a surrogate pair is no character, and no database takes it."""
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def _parsed(xml: str) -> dict[str, RawCell]:
    """The slow and general way: any namespace prefix, any order of attributes, cells without reference."""
    cells: dict[str, RawCell] = {}
    row_number = 0
    for row in parse_xml(xml).iter("{*}row"):
        row_number = int(row.get("r") or row_number + 1)
        column = 0
        for cell in row.iterfind("{*}c"):
            ref = cell.get("r")
            column = column_number(split(ref)[0]) if ref else column + 1
            inside = "".join(_part(part) for part in cell.iterchildren("{*}f", "{*}v", "{*}is"))
            if inside:
                place = ref or f"{column_letters(column)}{row_number}"
                cells[place] = (place, cell.get("s") or "", cell.get("t") or "", "", inside)
    return cells


def _part(part: etree._Element) -> str:
    tag = etree.QName(part).localname
    if tag == "f":
        return f"<f>{_xml(part.text)}</f>"
    if tag == "v":
        return f"<v>{_xml(part.text)}</v>"
    if tag == "is":
        return f"<is><t>{_xml(_rich(part))}</t></is>"
    return ""


def _rich(item: etree._Element) -> str:
    texts = [
        node.text or ""
        for node in item.iter("{*}t")
        if not any(etree.QName(above).localname == "rPh" for above in node.iterancestors("{*}rPh"))
    ]
    return "".join(texts)


def _xml(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
