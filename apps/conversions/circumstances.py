"""The circumstances of decisions: written once for all that share them, found again by what they say."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from apps.conversions.models import Circumstances
from apps.core.bulk import array_of, rows_insert, rows_read

_THERE = """
    SELECT id::text FROM conversions_circumstances WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Circumstances with the id that follows from them."""

    id: str
    told: Mapping[str, Any]


def told(facts: Mapping[str, Any]) -> Told:
    """The facts (plain JSON) with their id."""
    digest = hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).digest()
    return Told(str(UUID(bytes=digest[:16])), facts)


def circumstances_keep(*, workspace_id: UUID, found: Iterable[Told]) -> None:
    """Write those that are not there yet; mostly all of them are."""
    shared = {each.id: each for each in found}
    there = {number for (number,) in rows_read(_THERE, {"workspace": workspace_id, "ids": array_of(shared)})}
    rows = [(each.id, orjson.dumps(each.told).decode()) for number, each in shared.items() if number not in there]
    rows_insert(Circumstances, columns=("id", "told"), rows=rows, same={"workspace_id": workspace_id})
