"""Consistent fiscal texts from random accounts, and the same texts with one planted error.

Nothing here knows how the checker reads: only the standard library is imported. `texts.clean(seed)` gives a
text with the relations it states, `texts.faulty(seed)` one with a single edit that breaks one of them.
"""

from texts.catalogue import KINDS, clean, faulty
from texts.faults import FAULTS, Fault, Faulty
from texts.truth import Text

__all__ = ["FAULTS", "KINDS", "Fault", "Faulty", "Text", "clean", "faulty"]
