from __future__ import annotations

from typing import Any

from django.db import migrations

# A confirmed score is refused any change by the database itself. A later migration that rebuilds the table on
# SQLite drops the trigger and must make it again; a test holds it.
SQLITE = """
CREATE TRIGGER evaluation_score_frozen BEFORE UPDATE ON evaluation_score WHEN OLD.frozen_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a frozen score never changes'); END
"""
POSTGRESQL = """
CREATE FUNCTION evaluation_score_frozen() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a frozen score never changes' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER evaluation_score_frozen BEFORE UPDATE ON evaluation_score
FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION evaluation_score_frozen()
"""
DROPS = {
    "sqlite": "DROP TRIGGER IF EXISTS evaluation_score_frozen",
    "postgresql": "DROP TRIGGER IF EXISTS evaluation_score_frozen ON evaluation_score;"
    "DROP FUNCTION IF EXISTS evaluation_score_frozen()",
}


def forwards(_: Any, editor: Any) -> None:
    editor.execute(SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL)


def backwards(_: Any, editor: Any) -> None:
    editor.execute(DROPS[editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_first")]

    operations = [migrations.RunPython(forwards, backwards)]
