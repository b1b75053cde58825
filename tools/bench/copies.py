"""Many workspaces, and many waiting rows, made of one by PostgreSQL itself."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

import psycopg2

from tools.demo.progress import phase

_SCOPE = "SELECT set_config('convsync.workspace', 'every', false)"
# What a workspace consists of, those that others refer to first. A text column that holds an id is named beside it.
COPIED: Mapping[str, tuple[str, ...]] = {
    "workspaces_workspace": (),
    "connections_connection": (),
    "ads_adaccount": (),
    "ads_conversionaction": (),
    "tracking_behaviour": (),
    "conversions_eventversion": (),
    "conversions_event": ("trigger_name",),
    "records_contact": (),
}
_IDS_APART = 10_000  # each copy's numbers are so much higher
_WAITING = """
    INSERT INTO conversions_conversion ({columns})
    SELECT {taken} FROM generate_series(1, %(rows)s::bigint) AS number,
           (SELECT * FROM conversions_conversion
             WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND state = 'sent' LIMIT 1) AS model
"""
# A version 7 UUID for each number: milliseconds back from now, and the number itself as noise.
_NEW_ID = """(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 3600000 + number / 5000), 12, '0') || '7000'
    || '8000' || lpad(to_hex(number), 12, '0'))::uuid"""


def workspaces_copied(database_url: str, workspace: UUID, copies: int) -> None:
    """Copies of a workspace with all that it consists of; the ids follow from the first's (see `id_of_copy`)."""
    with _connected(database_url) as cursor, phase("Copying a workspace") as done:
        for table, texts in COPIED.items():
            own = "id" if table == "workspaces_workspace" else "workspace_id"
            columns = _columns(cursor, table)
            taken = ", ".join(_copied(table, name, kind, texts) for name, kind in columns.items())
            named = ", ".join(f'"{name}"' for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({named}) SELECT {taken} FROM {table} AS model,"  # noqa: S608 - named above
                f" generate_series(1, %s) AS copy WHERE model.{own} = %s",
                [copies, str(workspace)],
            )
            cursor.execute(f"ANALYZE {table}")
        done(copies)


def id_of_copy(model: UUID, copy: int) -> UUID:
    """The id that stands in a copy for this one of the first workspace; copy 0 is that workspace itself."""
    return UUID(hashlib.md5(f"{model}{copy}".encode(), usedforsecurity=False).hexdigest()) if copy else model


def waiting_made(database_url: str, workspace: UUID, account: UUID, rows: int) -> None:
    """So many light conversions that are due at the account, made of one that was sent; and its lane is due."""
    changed = {
        "signal_id": _NEW_ID,
        "state": "'waiting'",
        "reason": "''",
        "trace": "'[]'::jsonb",
        "asked": "''",
        "tries": "0",
        "due_at": "now()",
        "expires_at": "now() + interval '1 day' + number * interval '1 millisecond'",
        "request_id": "NULL",
        "settled_at": "NULL",
        "leased_until": "NULL",
    }
    with _connected(database_url) as cursor, phase("Making rows that wait") as done:
        names = list(_columns(cursor, "conversions_conversion"))
        named, taken = ", ".join(names), ", ".join(changed.get(name, f"model.{name}") for name in names)
        told = {"rows": rows, "workspace": str(workspace), "account": str(account)}
        with _without_indexes(cursor, "conversions_conversion"):
            cursor.execute(_WAITING.format(columns=named, taken=taken), told)
        cursor.execute(
            "UPDATE deliveries_lane SET next_due_at = now() WHERE workspace_id = %s AND account_id = %s",
            [str(workspace), str(account)],
        )
        done(rows)
    with closing(psycopg2.connect(database_url)) as connection, phase("Tidying up after them"):
        connection.autocommit = True  # so that PostgreSQL does not do it by itself while something is measured
        connection.cursor().execute("VACUUM (ANALYZE) conversions_conversion")


@contextmanager
def _without_indexes(cursor: Any, table: str) -> Iterator[None]:
    """Drop the table's indexes but its keys, and make them anew afterwards: that is quicker for millions of rows."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, made in indexes:
        cursor.execute(made.replace(" ON ONLY ", " ON "))


def _copied(table: str, name: str, kind: str, texts: tuple[str, ...]) -> str:
    """What stands in a copy for the model's column."""
    column = f'model."{name}"'
    if kind == "uuid":
        return f"md5({column}::text || copy)::uuid"
    if name in texts:
        return f"md5({column} || copy)::uuid::text"
    if kind == "bigint":
        return f"{column} + copy * {_IDS_APART}"
    if table == "workspaces_workspace" and name == "name":
        return f"{column} || ' ' || copy"
    return column


def _columns(cursor: Any, table: str) -> dict[str, str]:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " AND table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return dict(cursor.fetchall())


@contextmanager
def _connected(database_url: str) -> Iterator[Any]:
    """A cursor that sees every workspace; what it did is committed at the end."""
    with closing(psycopg2.connect(database_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(_SCOPE)
        yield cursor
