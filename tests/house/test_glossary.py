"""Models, fields and docs/glossary.md speak the same Chinese."""

import re
from pathlib import Path

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile(r"[\u4e00-\u9fff]")
UNTRANSLATED = {"ID", "sha256"}


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("jiheng.")]


def test_every_model_and_field_has_a_chinese_name() -> None:
    english = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.local_fields
        if not HAN.search(str(field.verbose_name)) and field.verbose_name not in UNTRANSLATED
    ]
    english += [model.__name__ for model in our_models() if not HAN.search(str(model._meta.verbose_name))]
    assert not [name for name in english if not name.startswith("Person.last_login")]


def test_the_glossary_names_every_model() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    stored = text.split("## Stored things")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| (\w+) \| ([^|]+?) \|", stored, re.MULTILINE))
    rows.pop("English")
    assert rows == {model.__name__: str(model._meta.verbose_name) for model in our_models()}


def test_one_chinese_word_names_one_idea() -> None:
    names = [str(model._meta.verbose_name) for model in our_models()]
    assert len(names) == len(set(names))
