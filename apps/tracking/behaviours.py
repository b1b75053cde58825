"""Custom events: what a workspace counts beside forms and stages, by which names they are known, and how many fit."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from apps.audit import services as audit
from apps.core.actor import Actor
from apps.core.bulk import rows_insert
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.core.ids import new_id
from apps.tracking.models import Behaviour, Completion

LIMIT = 2000  # E05
NEAR_LIMIT = 0.8
RECENT = timedelta(days=7)
LONGEST_NAME, LONGEST_TAG, MOST_TAGS = 100, 50, 20


def behaviour_create(
    *, workspace_id: UUID, name: str, tags: Sequence[str] = (), key: str = "", by: Actor, at: datetime
) -> Behaviour:
    """A new custom event; `key` is made of its name unless given.

    Raises InvalidInput naming what cannot be used, Conflict when the name is taken or the workspace has LIMIT (E05).
    """
    name, chosen = name.strip(), [*dict.fromkeys(tag.strip() for tag in tags if tag.strip())]
    faults = [*_name_faults(name, key), *_tag_faults(chosen)]
    if faults:
        raise InvalidInput(*faults)
    with transaction.atomic():
        _take_turn(workspace_id)
        held = Behaviour.objects.filter(archived_at=None)
        wanted = key or key_of(name)
        taken = held.annotate(lowered=Lower("name")).filter(Q(lowered=name.lower()) | Q(key=wanted)).first()
        if taken is not None:
            raise Conflict(f"There is already a custom event named {taken.name}; choose another name.")
        if held.count() >= LIMIT:
            raise Conflict(f"There are {LIMIT} custom events, which is the limit. Archive one that you no longer use.")
        behaviour = Behaviour.objects.create(
            workspace_id=workspace_id, name=name, key=wanted, tags=chosen, created_at=at
        )
        audit.record(workspace_id=workspace_id, by=by, action="behaviour.create", subject=name, at=at)
    return behaviour


def behaviour_archive(*, workspace_id: UUID, behaviour_id: UUID, by: Actor, at: datetime) -> Behaviour:
    """Take it out of use: further completions are refused, those that were counted stay, and its name is free again."""
    behaviour = Behaviour.objects.select_for_update().filter(id=behaviour_id, archived_at=None).first()
    if behaviour is None:
        raise NotFound("There is no such custom event in this workspace.")
    behaviour.archived_at = at
    behaviour.save(update_fields=["archived_at"])
    audit.record(workspace_id=workspace_id, by=by, action="behaviour.archive", subject=behaviour.name, at=at)
    return behaviour


def key_of(name: str) -> str:
    """A name as integrators write it, in small letters, digits and _, a letter first: `Logged in` is `logged_in`."""
    folded = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[: LONGEST_NAME - 6]
    if not folded:
        return f"event_{new_id().hex[-12:]}"
    return folded if folded[0].isalpha() else f"event_{folded}"


def _name_faults(name: str, key: str) -> Iterable[Fault]:
    if not name or len(name) > LONGEST_NAME:
        yield Fault("name", "length", f"Give the custom event a name of 1 to {LONGEST_NAME} characters.")
    if key and not re.fullmatch(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}", key):
        yield Fault("name", "INVALID_NAME", "Begin with a small letter, then small letters, digits and _.")


def _tag_faults(tags: Sequence[str]) -> Iterable[Fault]:
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        yield Fault("tags", "length", f"Give at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters.")


def _take_turn(workspace_id: UUID) -> None:
    """One creation at a time in a workspace, so that the limit holds (tracking script requirement M8)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"behaviours:{workspace_id}"])


@dataclass(frozen=True, slots=True)
class Room:
    """How many custom events are in use, and how many fit."""

    used: int
    limit: int = LIMIT

    @property
    def full(self) -> bool:
        """Whether none can be added."""
        return self.used >= self.limit

    @property
    def nearly_full(self) -> bool:
        """Whether it is time to say so (E05)."""
        return self.used >= self.limit * NEAR_LIMIT


def behaviours_room() -> Room:
    """How full the workspace is."""
    return Room(Behaviour.objects.filter(archived_at=None).count(), LIMIT)


def behaviours_listed(*, wanted: str = "") -> QuerySet[Behaviour]:
    """The custom events in use whose name holds `wanted`, by name."""
    return Behaviour.objects.filter(archived_at=None, name__icontains=wanted).order_by(Lower("name"))


def behaviours_named(texts: Collection[str]) -> dict[str, Behaviour]:
    """The custom event in use for each text, which is its id, its key or its name in any case: one query."""
    ids = {number for text in texts if (number := _uuid(text))}
    lowered = {text.strip().lower() for text in texts}
    rows = Behaviour.objects.annotate(lowered=Lower("name")).filter(archived_at=None)
    known: dict[str, Behaviour] = {}
    for row in rows.filter(Q(id__in=ids) | Q(lowered__in=lowered) | Q(key__in=lowered)):
        known |= {str(row.id): row, row.key: row}
        known.setdefault(row.name.lower(), row)
    return {text: known[wanted] for text in texts if (wanted := text.strip().lower()) in known}


def completions_lately(behaviour_ids: Collection[UUID], *, now: datetime) -> dict[UUID, int]:
    """How often each was completed in the last 7 days: one query."""
    rows = Completion.objects.filter(behaviour_id__in=behaviour_ids, completed_at__gte=now - RECENT)
    return dict(rows.order_by().values_list("behaviour_id").annotate(count=Count("id")))


def completions_told(told_ids: Collection[str]) -> dict[str, Completion]:
    """The completions that clients told under these ids: one query."""
    return {row.told_id: row for row in Completion.objects.filter(told_id__in=set(told_ids) - {""})}


class Done(NamedTuple):
    """A completion as it comes in, about to be written; its ids as text, the value in `currency`."""

    id: str
    behaviour_id: str
    contact_id: int
    told_id: str
    value: Decimal | None
    currency: str
    completed_at: datetime


def completions_keep(*, workspace_id: UUID, done: Iterable[Done], at: datetime) -> None:
    """Write completions of one workspace, received at one moment, as they came."""
    same: dict[str, str | int | datetime | UUID] = {"workspace_id": workspace_id, "received_at": at}
    rows_insert(Completion, columns=Done._fields, rows=map(_row, done), same=same, all_new=True)


def _row(each: Done) -> Sequence[str | None]:
    value = None if each.value is None else f"{each.value:f}"
    ids = each.id, each.behaviour_id, str(each.contact_id)
    return (*ids, each.told_id, value, each.currency, each.completed_at.isoformat())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
