"""A table of its own for what changes tables: cut by time, isolated, with rows of two workspaces."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState

from apps.core.cutting import CutByTime
from apps.core.ids import derived_id
from apps.core.partitions import Cut
from apps.core.tenancy import Isolate, every_workspace
from tests.support import factories


@dataclass(frozen=True)
class Scratch:
    """The table, whose rows are a workspace, an id that tells its moment, and a note that two indexes know."""

    one: UUID
    two: UUID
    cut: ClassVar = Cut("scratch")
    operation: ClassVar = CutByTime("scratch", column="id")

    def do(self, statement: str, *arguments: object) -> list[tuple[object, ...]]:
        """A statement as every workspace; its rows."""
        with every_workspace(), connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return list(cursor.fetchall()) if cursor.description else []

    def put(self, workspace: UUID, at: datetime, note: str = "") -> UUID:
        """A row of that moment; its id."""
        number = derived_id(at=at, key=f"{note}{at}{workspace}")
        self.do("INSERT INTO scratch (workspace_id, id, note) VALUES (%s, %s, %s)", workspace, number, note)
        return number

    def where(self, number: UUID) -> str:
        """The partition that holds the row."""
        ((name,),) = self.do("SELECT tableoid::regclass::text FROM scratch WHERE id = %s", number)
        return str(name)

    def forwards(self) -> None:
        """Cut it."""
        with connection.schema_editor(atomic=False) as editor:
            self.operation.database_forwards("core", editor, ProjectState(), ProjectState())

    def backwards(self) -> None:
        """Make it one table again."""
        with connection.schema_editor(atomic=False) as editor:
            self.operation.database_backwards("core", editor, ProjectState(), ProjectState())


@pytest.fixture
def scratch(transactional_db: None) -> Iterator[Scratch]:
    """It, not yet cut."""
    table = Scratch(factories.a_workspace("One").id, factories.a_workspace("Two").id)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE scratch (workspace_id uuid NOT NULL, id uuid NOT NULL, note varchar(40) NOT NULL,"
            " CONSTRAINT scratch_note CHECK (note <> 'never'), PRIMARY KEY (workspace_id, id));"
            "CREATE INDEX scratch_by_note ON scratch (workspace_id, note) WHERE note <> '';"
            "GRANT SELECT ON scratch TO pg_monitor"
        )
        cursor.execute(Isolate("scratch", keyed=False).sql)
    yield table
    with connection.cursor() as cursor:
        cursor.execute(
            "SET lock_timeout = '10s'; DROP TABLE scratch CASCADE; DROP TABLE IF EXISTS scratch_before;"
            "RESET lock_timeout"
        )


@pytest.fixture
def long_ago() -> datetime:
    """In the middle of a month, half a year before now."""
    return (datetime.now(tz=UTC) - timedelta(days=200)).replace(day=15)
