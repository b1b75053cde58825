"""Tenant isolation, both layers.

Layer one: the managers of a `TenantModel` refuse a query outside `workspace_scope`, and filter inside it.
Layer two: PostgreSQL's row-level security, switched on by `Isolate` in each migration, reads the same
workspace from the transaction (`set_config(..., is_local)`), so it survives transaction pooling.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.db import connection, migrations, models, transaction

from apps.core.errors import UnscopedQuery

SETTING = "convsync.workspace"
EVERY = "every"
M = TypeVar("M", bound=models.Model, covariant=True)
_scope: ContextVar[UUID | str | None] = ContextVar("workspace_scope", default=None)


def current_workspace_id() -> UUID:
    """The workspace of the surrounding scope; raises UnscopedQuery where there is none or it is every workspace."""
    scope = _scope.get()
    if not isinstance(scope, UUID):
        raise UnscopedQuery("open workspace_scope(workspace_id) around this code")
    return scope


@contextmanager
def workspace_scope(workspace_id: UUID, *, lasting: bool = True) -> Iterator[None]:
    """A transaction in which all reads and writes belong to one workspace. Nesting another workspace raises.

    What is not `lasting` does not wait for the disk: where PostgreSQL crashes within the next second, it never was. For
    what expires by itself, never for what somebody was told or a network has. Within a scope its word counts.
    """
    outer = _scope.get()
    if outer == workspace_id:
        with transaction.atomic():
            yield
        return
    if outer not in (None, EVERY):
        raise UnscopedQuery(f"inside the scope of workspace {outer}: leave it before entering {workspace_id}")
    with _transaction_of(workspace_id, str(workspace_id), outer, lasting):
        yield


@contextmanager
def every_workspace() -> Iterator[None]:
    """A transaction that sees all workspaces: for finding work and for signing in, never for a request's own data."""
    outer = _scope.get()
    if isinstance(outer, UUID):
        raise UnscopedQuery(f"inside the scope of workspace {outer}: leave it first")
    with _transaction_of(EVERY, EVERY, outer):
        yield


@contextmanager
def _transaction_of(scope: UUID | str, setting: str, outer: UUID | str | None, lasting: bool = True) -> Iterator[None]:
    hurried = "" if lasting or outer is not None else ", set_config('synchronous_commit', 'off', true)"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT set_config(%s, %s, true){hurried}", [SETTING, setting])
        token = _scope.set(scope)
        try:
            yield
        finally:
            _scope.reset(token)
            if outer is not None and not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(outer)])


class ScopedManager(models.Manager[M]):
    """Asks for the workspace first: no scope, no query."""

    def get_queryset(self) -> models.QuerySet[M]:
        scope = _scope.get()
        if scope is None:
            raise UnscopedQuery(f"{self.model.__name__}: open workspace_scope(workspace_id) around this query")
        rows = super().get_queryset()
        return rows if scope == EVERY else rows.filter(workspace_id=scope)


class TenantModel(models.Model):
    """A table whose every row belongs to one workspace."""

    workspace_id = models.UUIDField(editable=False)

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


def _visible() -> str:
    """The row-level security condition; the sub-selects make PostgreSQL read the setting once a query."""
    setting = f"current_setting('{SETTING}', true)"
    return f"(workspace_id = (SELECT NULLIF(NULLIF({setting}, '{EVERY}'), '')::uuid) OR (SELECT {setting}) = '{EVERY}')"


class Isolate(migrations.RunSQL):
    """Puts row-level security on a tenant table and makes its references composite.

    `references` are (column, table) pairs: each becomes a foreign key on (workspace_id, column), because plain
    foreign keys are checked behind row-level security's back and could point into another tenant.
    """

    def __init__(self, table: str, *, references: Sequence[tuple[str, str]] = (), keyed: bool = True) -> None:
        sql = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {table} USING {_visible()} WITH CHECK {_visible()}",
        ]
        if keyed:
            sql.append(f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant_key UNIQUE (workspace_id, id)")
        for column, target in references:
            sql.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_tenant_fk FOREIGN KEY (workspace_id, {column})"
                f" REFERENCES {target} (workspace_id, id) DEFERRABLE INITIALLY DEFERRED"
            )
        sql.append(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_workspace_fk FOREIGN KEY (workspace_id)"
            " REFERENCES workspaces_workspace (id) DEFERRABLE INITIALLY DEFERRED"
        )
        self.table, self.references, self.keyed = table, tuple(references), keyed
        super().__init__(";\n".join(sql), migrations.RunSQL.noop)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table], {"references": self.references, "keyed": self.keyed}
