"""What people do to conversion events: create, switch, delete; editing.py edits. Each act is in the audit log."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.ads.cautions import CAUTIONS
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.registry import NETWORKS
from apps.audit import services as audit
from apps.conversions import rules
from apps.conversions.consenting import withdrawn
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.owing import named, waiting_for
from apps.conversions.rules import Draft
from apps.core.actor import Actor
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.domain.facts import Trigger
from apps.domain.states import State
from apps.records.consents import consents_watch
from apps.records.models import LifecycleStage, PropertyDefinition
from apps.records.selectors import properties_of
from apps.tracking.models import Behaviour, Form


def event_create(*, workspace_id: UUID, draft: Draft, by: Actor, at: datetime) -> Event:
    """A new event, switched on from `at`: only what happens after that counts (A06).

    Raises InvalidInput naming every field that is wrong, Conflict when the name is taken.
    """
    account, settings = draft_check(draft=draft)
    try:
        with transaction.atomic():
            event = Event.objects.create(
                workspace_id=workspace_id,
                name=draft.name.strip(),
                account=account,
                trigger=draft.trigger,
                trigger_name=draft.trigger_name,
                on_since=at,
                created_at=at,
            )
            event.version = EventVersion.objects.create(
                workspace_id=workspace_id, event=event, number=1, settings=settings, created_at=at, created_by=by.label
            )
            event.save(update_fields=["version"])
            consents_watch(workspace_id=workspace_id, names=rules.consent_properties(settings), at=at)
    except IntegrityError as error:
        raise Conflict(f"There is already an event named {draft.name.strip()}; choose another name.") from error
    audit.record(workspace_id=workspace_id, by=by, action="event.create", subject=event.name, at=at, detail=settings)
    return event


def draft_check(*, draft: Draft, to_be_made: bool = False, kept: bool = False) -> tuple[AdAccount, dict[str, Any]]:
    """The ad account, with its connection, and the settings of an event so drafted. Nothing is written.

    `to_be_made`: where it lands is made next, so that it is not asked for yet. `kept`: it listens for what an event
    listens for already, which is asked no more: a form may have been archived since.
    Raises InvalidInput naming every field that is wrong.
    """
    account, faults = _account(draft)
    faults += [] if kept else _trigger_faults(draft)
    settings: dict[str, Any] = {}
    if account is not None:
        properties = frozenset(PropertyDefinition.objects.filter(object_type="contacts").values_list("name", flat=True))
        settings, wrong = rules.check(draft, NETWORKS[account.network].manifest, properties)
        faults += wrong + _route_faults(settings, account)
        faults += [] if to_be_made else _destination_faults(draft, account)
    if faults or account is None:
        raise InvalidInput(*faults)
    return account, settings


def _account(draft: Draft) -> tuple[AdAccount | None, list[Fault]]:
    try:
        account = AdAccount.objects.select_related("connection").filter(id=UUID(draft.account_id)).first()
    except ValueError:
        account = None
    if account is None:
        return None, [Fault("account_id", "choice", "Choose one of the connected ad accounts.")]
    if account.network == "facebook" and not account.business_id:
        message = "Add this ad account to a Business Manager at Facebook first; events cannot be made without one."
        return account, [Fault("account_id", "business_manager", message)]
    return account, []


def _in_use(model: type[Form] | type[Behaviour], number: str) -> bool:
    try:
        return model.objects.filter(id=UUID(number), archived_at=None).exists()
    except ValueError:
        return False


# What each trigger listens for: whether a name is one of the workspace's own, and what to say when it is not.
_HEARD: Mapping[str, tuple[Callable[[str], bool], str]] = {
    Trigger.STAGE_CHANGE: (lambda name: LifecycleStage.objects.filter(name=name).exists(), "lifecycle stages"),
    Trigger.FORM_SUBMISSION: (lambda name: _in_use(Form, name), "forms"),
    Trigger.CUSTOM_EVENT: (lambda name: _in_use(Behaviour, name), "custom events"),
}


def _trigger_faults(draft: Draft) -> list[Fault]:
    if draft.trigger not in _HEARD:
        return [Fault("trigger", "choice", f"Choose one of: {', '.join(_HEARD)}.")]
    known, things = _HEARD[draft.trigger]
    if known(draft.trigger_name):
        return []
    return [Fault("trigger_name", "choice", f"Choose one of the workspace's {things}.")]


def _destination_faults(draft: Draft, account: AdAccount) -> list[Fault]:
    shape = NETWORKS[account.network].manifest.shapes.get(draft.trigger)
    if shape is None:
        return []
    there = ConversionAction.objects.filter(account=account, kind=shape.destination, gone_at=None)
    held = there.filter(external_id=draft.destination)
    cautions = held.values_list("cautions", flat=True).first()
    if cautions is not None:
        told = (CAUTIONS[code] for code in cautions if code in CAUTIONS)
        return [Fault("destination", "unusable", caution.sentence) for caution in told if caution.unusable]
    return [Fault("destination", "choice", "Choose where it lands: one of the account's own pixels, actions or rules.")]


def _route_faults(settings: Mapping[str, Any], account: AdAccount) -> list[Fault]:
    """A way that not every account has is chosen only where trying it found it open (C13)."""
    manifest = NETWORKS[account.network].manifest
    return [
        Fault(choice.name, "closed", f"{manifest.label} does not let this account take that way. Choose another.")
        for choice in manifest.choices
        if settings["options"].get(choice.name) in choice.tried - {account.route}
    ]


def event_switch(*, workspace_id: UUID, event_id: UUID, on: bool, by: Actor, at: datetime) -> Event:
    """Switch an event on or off. Off: what waits ends as cancelled, at once. On: the gap is not replayed (A04)."""
    event = event_locked(event_id)
    if on == (event.on_since is not None):
        return event
    event.on_since = at if on else None
    event.save(update_fields=["on_since"])
    if not on:
        _cancel_waiting(event_id, "event_off", at)
    action = "event.switch_on" if on else "event.switch_off"
    audit.record(workspace_id=workspace_id, by=by, action=action, subject=event.name, at=at)
    return event


def event_delete(*, workspace_id: UUID, event_id: UUID, by: Actor, at: datetime) -> Event:
    """Delete an event here; nothing is deleted at the network (A05). What waits ends as cancelled."""
    event = event_locked(event_id)
    event.deleted_at, event.on_since = at, None
    event.save(update_fields=["deleted_at", "on_since"])
    _cancel_waiting(event_id, "event_deleted", at)
    audit.record(workspace_id=workspace_id, by=by, action="event.delete", subject=event.name, at=at)
    return event


def consent_recheck(*, contact_ids: Collection[int], at: datetime) -> int:
    """End what waits for these contacts without the consent that it rests on; returns how many ended.

    Call in the transaction that changed their properties. What is leaving in a request is not called back: if it has
    to leave again, consent is asked before that, as it is of whatever becomes waiting after this.
    """
    rows = waiting_for(contact_ids=contact_ids)
    unwilling = withdrawn(rows, properties_of({row.contact_id for row in rows})) if rows else {}
    ended = 0
    for reason in sorted(set(unwilling.values())):
        keys = [key for key, why in unwilling.items() if why == reason]
        still = named(keys).filter(state=State.WAITING)
        ended += still.update(state=State.CANCELLED, reason=reason, settled_at=at, due_at=None)
    return ended


def event_locked(event_id: UUID) -> Event:
    """The event, its row locked until the end of the transaction. Raises NotFound.

    Its version is read after: joined, it would be the one from before the wait for the lock.
    """
    event = Event.objects.select_for_update(of=("self",)).filter(id=event_id, deleted_at=None).first()
    if event is None:
        raise NotFound("There is no such event in this workspace.")
    return event


def _cancel_waiting(event_id: UUID, reason: str, at: datetime) -> None:
    Conversion.objects.filter(event_id=event_id, state=State.WAITING).update(
        state=State.CANCELLED, reason=reason, settled_at=at
    )
