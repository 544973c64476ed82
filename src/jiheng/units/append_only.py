"""Tables whose rows are added and never changed: the database itself refuses an UPDATE."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_SQLITE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRESQL = """
CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_append_only()
"""
_DROPS = {
    "sqlite": "DROP TRIGGER IF EXISTS {table}_append_only",
    "postgresql": "DROP TRIGGER IF EXISTS {table}_append_only ON {table};"
    "DROP FUNCTION IF EXISTS {table}_append_only()",
}


def refuse_updates(table: str) -> migrations.RunPython:
    """The migration operation that makes a table append-only. A later migration that rebuilds the table
    on SQLite drops the trigger and must do this again; a test holds it."""

    def forwards(_: Any, editor: Any) -> None:
        statement = _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL
        editor.execute(statement.format(table=table))

    def backwards(_: Any, editor: Any) -> None:
        editor.execute(_DROPS[editor.connection.vendor].format(table=table))

    return migrations.RunPython(forwards, backwards)


def refuse_updates_again(table: str) -> migrations.RunPython:
    """After an operation that rebuilt the table: only SQLite rebuilds, and only its trigger is gone."""

    def forwards(_: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(_DROPS["sqlite"].format(table=table))
            editor.execute(_SQLITE.format(table=table))

    return migrations.RunPython(forwards, migrations.RunPython.noop)
