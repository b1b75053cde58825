"""The migration that cuts a table by time: the rows stay where they are, as the table's first partition (ADR 21)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from apps.core.ids import first_id, moment_of
from apps.core.locks import LOCK_TIMEOUT, patiently
from apps.core.partitions import Cut, make_missing

_FOREIGN = """
    SELECT conrelid::regclass::text FROM pg_constraint
     WHERE contype = 'f' AND confrelid = to_regclass(%s) AND conrelid <> confrelid
"""
_CONSTRAINTS = """
    SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = to_regclass(%s) AND contype IN ('p', 'u', 'f') AND conparentid = 0 ORDER BY contype DESC, conname
"""
_INDEXES = """
    SELECT held.relname, pg_get_indexdef(held.oid) FROM pg_index AS one JOIN pg_class AS held ON held.oid = indexrelid
     WHERE indrelid = to_regclass(%s)
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
"""
_GRANTS = """
    SELECT format('GRANT %%s ON %%I TO %%s', told.privilege_type, relname, told.grantee::regrole)
      FROM pg_class, aclexplode(relacl) AS told
     WHERE pg_class.oid = to_regclass(%s) AND told.grantee <> relowner AND told.grantee <> 0
"""
_UNPROVEN = "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'c' AND NOT convalidated"
_LAST = "SELECT {column}::text FROM {table} ORDER BY {column} DESC LIMIT 1"


class _Run:
    """Statements on the connection that migrates, each waiting only briefly for its locks."""

    def __init__(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self.alias = schema_editor.connection.alias
        self(f"SET lock_timeout = '{LOCK_TIMEOUT}'")

    def __call__(self, statement: str) -> None:
        """Do it."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(statement)

    def rows(self, question: str, *arguments: str) -> list[Any]:
        """All that answers the question."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(question, arguments)
            return list(cursor.fetchall())

    def column(self, question: str, *arguments: str) -> list[Any]:
        """The first column of it."""
        return [row[0] for row in self.rows(question, *arguments)]

    @contextmanager
    def seeing_all(self) -> Iterator[None]:
        """A transaction that sees the rows of every workspace; what it sees by ends with it."""
        with transaction.atomic(using=self.alias):
            self("SELECT set_config('convsync.workspace', 'every', true)")
            yield


class CutByTime(Operation):
    """Makes a table partitioned by RANGE on `column`, in periods of `months`. In a migration with `atomic = False`.

    1. A check that nothing lies beyond the present period, NOT VALID and then validated: no lock that stops anybody.
    2. In one transaction, held for as long as the catalog takes to write: the table is renamed, a partitioned one takes
       its name, indexes, constraints, policies and rights, and the old one becomes its partition `_before`.
    3. The partitions of the periods to come.

    Each step looks first at what is done, so that it can be repeated after a lock that was not given. No other table
    may refer to it. Backwards, the rows of all partitions move into the old table, in one transaction.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, table: str, *, column: str, months: int = 1) -> None:
        self.table, self.column, self.months = table, column, months

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """As Django's own operations."""
        return self.__class__.__name__, [self.table], {"column": self.column, "months": self.months}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model stays the same."""

    def describe(self) -> str:
        """What `migrate --plan` says."""
        return f"Cut {self.table} by time, on {self.column}"

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: object, to_state: object
    ) -> None:
        """Cut the table, unless it is cut already."""
        run, cut, now = _Run(schema_editor), Cut(self.table, months=self.months), datetime.now(tz=UTC)
        referring = run.column(_FOREIGN, self.table)
        assert not referring, f"{self.table} is referred to by {', '.join(referring)}: drop those foreign keys before"
        if not run.column("SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(%s)", self.table):
            end = self._end(run, cut, now)
            patiently(lambda: self._bound(run, f"{self.column} < '{first_id(at=end)}'"))
            patiently(lambda: self._swap(run, str(first_id(at=end))))
        make_missing(cut, now=now)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: object, to_state: object
    ) -> None:
        """Give the table back as it was, with all its rows."""
        run = _Run(schema_editor)
        patiently(lambda: self._join(run))

    def _end(self, run: "_Run", cut: Cut, now: datetime) -> datetime:
        """Where the old table ends: before the present period when it is empty, else after its last row's."""
        with run.seeing_all():
            last = run.column(_LAST.format(column=self.column, table=self.table))
        if not last:
            return cut.start(now)
        return cut.after(cut.start(max(now, moment_of(UUID(last[0])))))

    def _bound(self, run: "_Run", condition: str) -> None:
        name = f"{self.table}_bound"
        run(f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {name}")
        run(f"ALTER TABLE {self.table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        for unproven in run.column(_UNPROVEN, self.table):
            run(f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {unproven}")

    def _swap(self, run: "_Run", end: str) -> None:
        table, before = self.table, f"{self.table}_before"
        with transaction.atomic(using=run.alias):
            constraints, indexes = run.rows(_CONSTRAINTS, table), run.rows(_INDEXES, table)
            grants = run.column(_GRANTS, table)
            run(f"ALTER TABLE {table} RENAME TO {before}")
            for name, kind, _ in constraints:
                if kind != "f":
                    run(f"ALTER TABLE {before} RENAME CONSTRAINT {name} TO {name}_before")
            for name, _ in indexes:
                run(f"ALTER INDEX {name} RENAME TO {name}_before")
            run(
                f"CREATE TABLE {table} (LIKE {before} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)"
                f" PARTITION BY RANGE ({self.column})"
            )
            run(f"ALTER TABLE {table} DROP CONSTRAINT {table}_bound")
            for name, _, definition in constraints:
                run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            for _, definition in indexes:
                run(definition)
            run(f"SELECT convsync_partition_guard('{before}', '{table}')")
            for grant in grants:
                run(grant)
            run(f"ALTER TABLE {table} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ('{end}')")
            run(f"ALTER TABLE {before} DROP CONSTRAINT {table}_bound")
            run(f"CREATE TABLE {table}_default (LIKE {table} INCLUDING ALL)")
            run(f"SELECT convsync_partition_guard('{table}', '{table}_default')")
            run(f"ALTER TABLE {table} ATTACH PARTITION {table}_default DEFAULT")

    def _join(self, run: "_Run") -> None:
        table, before = self.table, f"{self.table}_before"
        with run.seeing_all():
            run(f"ALTER TABLE {table} DETACH PARTITION {before}")
            columns = ", ".join(
                run.column(
                    "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
                    " AND NOT attisdropped",
                    table,
                )
            )
            run(f"INSERT INTO {before} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608
            names = run.column(
                "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype IN ('p', 'u')", before
            )
            indexes = [name for name, _ in run.rows(_INDEXES, before)]
            run(f"DROP TABLE {table}")
            run(f"ALTER TABLE {before} RENAME TO {table}")
            for name in names:
                run(f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {name.removesuffix('_before')}")
            for name in indexes:
                run(f"ALTER INDEX {name} RENAME TO {name.removesuffix('_before')}")
