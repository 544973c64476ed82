"""No floating point where there may be money or a score."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "jiheng"
# files in which a float is neither money nor a score, and what it is
ALLOWED = {
    "config/serving.py": "seconds",
    "documents/cells.py": "Excel's own doubles, told apart from what was typed",
    "documents/values.py": "Excel's own doubles, compared with what we wrote",
    "documents/workbook.py": "a date as Excel counts days",
    "documents/filling.py": "heights of rows",
    "documents/sheetxml.py": "heights of rows",
}


def test_nothing_becomes_a_float() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == "float" or getattr(node.func, "attr", "") == "FloatField")
    }
    assert found <= set(ALLOWED), "use Decimal, or say in ALLOWED what the float is"


def test_no_decimal_is_made_from_a_fraction_typed_in_code() -> None:
    """Decimal(0.1) is not a tenth."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Decimal"
        and any(isinstance(arg, ast.Constant) and isinstance(arg.value, float) for arg in node.args)
    ]
    assert not found
