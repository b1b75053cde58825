"""Bringing every sealed secret under the first key of CONVSYNC_VAULT_KEYS, so that the keys behind it can go.

A row that is under the first key is left alone, so that whoever was interrupted goes on by beginning again, and two at
a time do no harm. Each row is a statement of its own that names the bytes it read: what was sealed meanwhile stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import models

from apps.core import vault
from apps.core.tenancy import every_workspace, workspace_scope

CHUNK = 500  # rows read at a time


@dataclass(slots=True)
class Rotated:
    """What became of one column's secrets."""

    column: str  # table.column
    fitting: int = 0  # were under the first key
    anew: int = 0
    unopened: list[str] = field(default_factory=list)  # keys of rows that no key opens: left as they are


def sealed_columns() -> list[tuple[Any, str]]:
    """Each model with the name of each column that is sealed: binary ones hold nothing else."""
    return [
        (model, column.name)
        for model in apps.get_models()
        for column in model._meta.get_fields()
        if isinstance(column, models.BinaryField)
    ]


def keys_rotate() -> Iterator[Rotated]:
    """Seal anew what is not under the first key, column by column. Call outside any scope."""
    for model, column in sealed_columns():
        found, after = Rotated(f"{model._meta.db_table}.{column}"), None
        while rows := _chunk(model, column, after):
            for row in rows:
                _rotate(model, column, row, found)
            after = rows[-1].key
        yield found


class _Row(NamedTuple):
    key: UUID
    workspace_id: UUID
    sealed: bytes


def _chunk(model: Any, column: str, after: UUID | None) -> list[_Row]:
    with every_workspace():
        rows = model.objects.exclude(**{column: b""}).exclude(**{column: None}).order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        return [_Row(*row) for row in rows.values_list("pk", "workspace_id", column)[:CHUNK]]


def _rotate(model: Any, column: str, row: _Row, found: Rotated) -> None:
    try:
        anew = vault.sealed_anew(row.sealed)
    except InvalidToken:
        found.unopened.append(str(row.key))
        return
    if anew is None:
        found.fitting += 1
        return
    with workspace_scope(row.workspace_id):
        found.anew += model.objects.filter(**{"pk": row.key, column: row.sealed}).update(**{column: anew})
