"""表样: the blank and cell map in force for a region, form and year: an uploaded one, else the built-in."""

from __future__ import annotations

import functools

from django.db import transaction
from django.db.models import QuerySet

from jiheng.documents.forms import FormTemplate, built_in, from_marks
from jiheng.filings import moves
from jiheng.filings.models import Template
from jiheng.sheets import Form
from jiheng.units import access, log
from jiheng.units.models import Person, Region


def template_for(region: Region, form: Form | str, fiscal_year: int) -> FormTemplate:
    """The newest version that the region uploaded for this year or an earlier one; else the built-in form."""
    found = Template.objects.filter(region=region, form=Form(form).value, fiscal_year__lte=fiscal_year)
    newest = found.order_by("-fiscal_year").values_list("pk", "at").first()
    if newest is None:
        return built_in(Form(form))
    return _read(newest[0], newest[1].isoformat())


@functools.lru_cache(maxsize=32)
def _read(pk: int, _at: str) -> FormTemplate:
    """Parsed once for each upload; its time is part of the key, so that a replaced one is read again."""
    stored = Template.objects.get(pk=pk)
    return from_marks(bytes(stored.blank), Form(stored.form), stored.name)


def uploaded(region: Region) -> QuerySet[Template]:
    """What the region uploaded, newest year first, without the files themselves."""
    return Template.objects.filter(region=region).defer("blank").order_by("form", "-fiscal_year")


@transaction.atomic
def upload(person: Person, form: Form | str, fiscal_year: int, data: bytes, name: str) -> Template:
    """A marked workbook becomes the form from this year on. Raises documents.TemplateError with every wrong
    mark and its cell, DocumentError for no workbook, PermissionDenied."""
    access.require(person, "manage_templates")
    from_marks(data, Form(form), name)
    template, is_new = Template.objects.update_or_create(
        region=access.region_of(person),
        form=Form(form).value,
        fiscal_year=fiscal_year,
        defaults={"name": name, "blank": data, "person": person, "at": moves.now()},
    )
    log.record(
        person, "上传表样" if is_new else "更换表样", template, after={"文件": name, "字节数": len(data)}
    )
    return template


@transaction.atomic
def remove(person: Person, template: Template) -> None:
    """Back to the earlier version, or to the built-in form. Filed forms are not touched."""
    access.require(person, "manage_templates")
    stored = Template.objects.get(pk=template.pk, region=access.region_of(person))
    log.record(person, "删除表样", stored, before={"文件": stored.name})
    stored.delete()
