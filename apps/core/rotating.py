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
from apps.core.tenancy import TenantModel, every_workspace, workspace_scope

CHUNK = 500  # rows read at a time


@dataclass(slots=True)
class Rotated:
    """What became of one table's secrets."""

    table: str
    fitting: int = 0  # were under the first key
    anew: int = 0
    unopened: list[str] = field(default_factory=list)  # ids of rows that no key opens: left as they are


def sealed_models() -> list[Any]:
    """Every model with a column `sealed`, which no type says."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        and any(isinstance(each, models.BinaryField) and each.name == "sealed" for each in model._meta.get_fields())
    ]


def keys_rotate() -> Iterator[Rotated]:
    """Seal anew what is not under the first key, table by table. Call outside any scope."""
    for model in sealed_models():
        found, after = Rotated(model._meta.db_table), None
        while rows := _chunk(model, after):
            for row in rows:
                _rotate(model, row, found)
            after = rows[-1].id
        yield found


class _Row(NamedTuple):
    id: UUID
    workspace_id: UUID
    sealed: bytes


def _chunk(model: Any, after: UUID | None) -> list[_Row]:
    with every_workspace():
        rows = model.objects.exclude(sealed=b"").order_by("pk")
        if after is not None:
            rows = rows.filter(pk__gt=after)
        return [_Row(*row) for row in rows.values_list("pk", "workspace_id", "sealed")[:CHUNK]]


def _rotate(model: Any, row: _Row, found: Rotated) -> None:
    try:
        anew = vault.sealed_anew(row.sealed)
    except InvalidToken:
        found.unopened.append(str(row.id))
        return
    if anew is None:
        found.fitting += 1
        return
    with workspace_scope(row.workspace_id):
        found.anew += model.objects.filter(pk=row.id, sealed=row.sealed).update(sealed=anew)
