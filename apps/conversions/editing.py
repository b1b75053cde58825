"""Editing a conversion event: every edit is a new version, and an older version can be gone back to (product.md (c) 7).

What was judged keeps the version that judged it, and what waits keeps its bytes; which version judges what happens
is in ADR 15.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.audit import services as audit
from apps.conversions.models import Event, EventVersion
from apps.conversions.rules import Draft, consent_properties, draft_of
from apps.conversions.services import draft_check, event_locked
from apps.conversions.versions import changes, settings_of
from apps.core.actor import Actor
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.records.consents import consents_watch


class EditedMeanwhile(Conflict):
    """Somebody saved another version since the one that was read; `seen` and `present` are the two numbers."""

    def __init__(self, *, seen: int, present: int) -> None:
        super().__init__(f"Version {present} was saved since you read version {seen}. Read it, then edit again.")
        self.seen, self.present = seen, present


def event_edit(
    *, workspace_id: UUID, event_id: UUID, draft: Draft, by: Actor, at: datetime, seen: int | None = None
) -> EventVersion:
    """The event's next version, in force from `at`; a draft that changes nothing makes none, and the present one stays.

    `seen`: the number of the version that the draft was made from, where its author is to hear of another edit. Raises
    NotFound, InvalidInput naming every field that is wrong or fixed, Conflict when the name is taken, EditedMeanwhile.
    """
    event = _locked(event_id, seen)
    return _saved(workspace_id, event, edit_check(event=event, draft=draft), "event.edit", by, at)


def event_roll_back(
    *, workspace_id: UUID, event_id: UUID, number: int, by: Actor, at: datetime, seen: int | None = None
) -> EventVersion:
    """The settings of version `number` as the event's next version; checked anew, so that nothing in them is gone.

    Raises as `event_edit`.
    """
    event = _locked(event_id, seen)
    draft = draft_then(event=event, number=number)
    return _saved(workspace_id, event, edit_check(event=event, draft=draft), "event.roll_back", by, at)


def draft_then(*, event: Event, number: int | None = None) -> Draft:
    """What the event was asked to be as version `number`, as the present one without. Raises NotFound.

    Call inside the workspace's scope.
    """
    version = present_of(event) if number is None else EventVersion.objects.filter(event=event, number=number).first()
    if version is None:
        raise NotFound("The event has no such version.")
    return draft_of(event, settings_of(event, version))


def edit_check(*, event: Event, draft: Draft, to_be_made: bool = False) -> Mapping[str, Any]:
    """The settings that the draft would give the event. Nothing is written.

    `to_be_made`: where it lands is made next. Raises InvalidInput naming every field that is wrong or fixed.
    """
    kept = {"account_id": str(event.account_id), "trigger": event.trigger, "trigger_name": event.trigger_name}
    message = "This makes an event what it is and cannot be changed. Duplicate the event instead."
    faults = [Fault(name, "fixed", message) for name, value in kept.items() if getattr(draft, name) != value]
    if faults:
        raise InvalidInput(*faults)
    return draft_check(draft=draft, to_be_made=to_be_made, kept=True)[1]


def present_of(event: Event) -> EventVersion:
    """The version in force now: an event that was made has one. Raises NotFound."""
    if event.version is None:
        raise NotFound("The event was never configured.")
    return event.version


def _locked(event_id: UUID, seen: int | None) -> Event:
    event = event_locked(event_id)
    present = present_of(event).number
    if seen is not None and seen != present:
        raise EditedMeanwhile(seen=seen, present=present)
    return event


def _saved(
    workspace_id: UUID, event: Event, settings: Mapping[str, Any], action: str, by: Actor, at: datetime
) -> EventVersion:
    present = present_of(event)
    changed = list(changes(settings_of(event, present), settings))
    if not changed:
        return present
    event.name = settings["name"]
    try:
        with transaction.atomic():
            event.version = EventVersion.objects.create(
                workspace_id=workspace_id,
                event=event,
                number=present.number + 1,
                settings=settings,
                created_at=max(at, present.created_at),  # this edit may have waited for the one before it
                created_by=by.label,
            )
            event.save(update_fields=["name", "version"])
            consents_watch(workspace_id=workspace_id, names=consent_properties(settings), at=at)
    except IntegrityError as error:
        raise Conflict(f"There is already an event named {event.name}; choose another name.") from error
    detail = {
        "version": event.version.number,
        "changes": [{"field": each.field, "before": each.before, "after": each.after} for each in changed],
    }
    audit.record(workspace_id=workspace_id, by=by, action=action, subject=event.name, at=at, detail=detail)
    return event.version
