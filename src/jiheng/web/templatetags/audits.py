"""How a checked document stands: `{% load audits %}`."""

from __future__ import annotations

from typing import Any

from django import template

from jiheng.audits.models import AuditedDocument
from jiheng.audits.workflow import is_checking
from jiheng.web.audits import state_of

register = template.Library()


@register.simple_tag
def document_state(document: AuditedDocument) -> dict[str, Any]:
    """Its word, the colour, whether a check is under way."""
    words, colour = state_of(document)
    return {"words": words, "colour": colour, "is_checking": is_checking(document)}
