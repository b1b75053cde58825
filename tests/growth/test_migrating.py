"""Migrations while everything is in use: no lock is held or waited for so long that others notice (fault 48)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from apps.core.blocking import blocking
from apps.core.indexing import AddIndexInParts
from apps.core.locks import patiently


def test_it_gives_up_in_the_end_and_at_once_where_no_lock_is_the_reason():
    calls = []

    def fail() -> None:
        calls.append(1)
        raise OperationalError("the server is gone")

    with pytest.raises(OperationalError, match="gone"):
        patiently(fail, pause=0)
    assert len(calls) == 1


NOTE = models.CharField(max_length=40)
BLOCKING = {
    "AddIndexInParts": migrations.AddIndex("signal", models.Index(fields=["name"], name="signal_by_name")),
    "db_default": migrations.AddField("signal", "note", models.CharField(max_length=40, default="")),
    "plainly": migrations.AddField("signal", "note", models.CharField(max_length=40, null=True, unique=True)),
    "second column": migrations.AlterField("signal", "name", models.TextField()),
    "NOT NULL": migrations.AlterField("conversion", "due_at", models.DateTimeField()),
    "AddConstraintNotValid": migrations.AddConstraint(
        "signal", models.CheckConstraint(condition=~models.Q(name=""), name="signal_named")
    ),
    "old name": migrations.RenameField("signal", "name", "title"),
    "_contract": migrations.RemoveField("signal", "name"),
    "NOT VALID": migrations.RunSQL("ALTER TABLE signals_signal ADD CONSTRAINT x CHECK (name <> '')"),
    "in chunks": migrations.RunSQL("UPDATE signals_signal SET name = ''"),
    "AddIndexConcurrently": migrations.RunSQL("CREATE INDEX x ON signals_signal (name)"),
}
HARMLESS = {
    "a column that may be empty": migrations.AddField("signal", "note", models.CharField(max_length=40, null=True)),
    "a column with a default": migrations.AddField("signal", "note", models.CharField(max_length=40, db_default="")),
    "longer texts": migrations.AlterField("signal", "name", models.CharField(max_length=200)),
    "an index in parts": AddIndexInParts("signal", models.Index(fields=["name"], name="signal_by_name")),
    "a check to validate later": migrations.RunSQL(
        "ALTER TABLE signals_signal ADD CONSTRAINT x CHECK (name <> '') NOT VALID"
    ),
    "a table of its own": migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True))]),
}


def _told(operation: Operation) -> list[str]:
    loader = MigrationLoader(None)
    label = {"conversion": "conversions"}.get(getattr(operation, "model_name", ""), "signals")
    migration = type("Migration", (migrations.Migration,), {"operations": [operation]})("9999_it", label)
    (leaf,) = loader.graph.leaf_nodes(label)
    loader.graph.add_node((label, "9999_it"), migration)
    loader.graph.add_dependency(migration, (label, "9999_it"), leaf)
    return list(blocking(loader))


@pytest.mark.parametrize("advice", BLOCKING)
def test_it_refuses_what_blocks_a_big_table_and_says_what_to_do(advice: str):
    (told,) = _told(BLOCKING[advice])
    assert ".9999_it: " in told
    assert advice in told


@pytest.mark.parametrize("what", HARMLESS)
def test_it_lets_pass_what_blocks_nobody(what: str):
    assert _told(HARMLESS[what]) == []


def test_it_finds_nothing_in_the_migrations_that_there_are():
    call_command("check_migrations")


def test_it_ends_the_command_with_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.core.management.commands.check_migrations.blocking", lambda _: iter(["one", "two"]))
    with pytest.raises(CommandError, match="one\ntwo"):
        call_command("check_migrations")
