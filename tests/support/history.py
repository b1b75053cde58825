"""A random history, the same for the same seed: contacts, clicks, deals and signals of every kind, for many events.

Rows are written at once, as the product's services leave them, so that ten thousand signals take seconds.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.ads.models import AdAccount, ConversionAction, Destination
from apps.conversions.models import Event
from apps.core.ids import derived_id
from apps.domain.facts import Adjustment, Trigger, ValueFrom
from apps.records.models import Association, Contact, Deal, PipelineStage
from apps.signals.models import Signal, SignalKind, Unjudged
from apps.tracking.models import AdClick
from tests.support import factories
from tests.support.world import World

_TRIGGERS = (Trigger.FORM_SUBMISSION, Trigger.STAGE_CHANGE, Trigger.CUSTOM_EVENT)
_CONSENT = ("yes", "yes", "yes", "yes", "YES ", "no", "", "maybe;yes", None)
_KNOWN: dict[str, Sequence[str | None]] = {
    "email": ("jo{0}@example.com", "jo{0}@example.com", "jo{0}@example.com", "broken", None),
    "phone": ("+31 6 1234 5678", "0612345678", "12", None),
    "mobilephone": ("+31 6 8765 4321", "x", None, None),
    "firstname": ("Jo", "Åsa", None),
    "lastname": ("Bos", "de Vries", None),
    "zip": ("1011 AB", None),
    "city": ("Utrecht", None),
    "country": ("NL", "Atlantis", None),
    "company": ("Acme", None),
}
_CLICKS: dict[str, Sequence[str]] = {
    "gclid": ("Cj0KCQiA_abcdefghijklmnop", "not a click id"),
    "wbraid": ("CkgKwbraid",),
    "gbraid": ("0AAAAAgbraid",),
    "lead_id": ("123456789012345", "1.23457E+14"),
    "fbc": ("fb.1.1763800000000.IwAR0abc",),
    "li_fat_id": ("df5gf5-gh6t7-ph4j7h",),
}
_VISIT: dict[str, Sequence[str]] = {
    "client_user_agent": ("Mozilla/5.0", "Mozilla/5.0", "Mozilla/5.0", ""),
    "client_ip_address": ("93.184.216.34", "10.0.0.1", ""),
    "event_source_url": ("https://acme.example/x", "https://acme.example/x", "acme.example", ""),
    "action_source": ("", "", "", "website", "physical_store", "app", "chat"),
}
_WORTH: tuple[dict[str, Any], ...] = (
    {"value_from": ValueFrom.FIXED, "value": "25.00"},
    {"value_from": ValueFrom.DEAL, "value": "10", "currency": "USD"},
    {"value_from": ValueFrom.NONE, "value": ""},
)


def random_events(world: World, *, at: datetime) -> list[Event]:
    """Events of every network and trigger in several settings, one of them off. Half listen for something else."""
    others = _others(world)
    events = []
    for network in ("facebook", "google", "linkedin"):
        for trigger in _TRIGGERS:
            worth, other = _WORTH[len(events) % 3], {"trigger_name": others[trigger]}
            consent = {} if trigger == Trigger.FORM_SUBMISSION else {"consent_property": "", "consent_values": ()}
            events.append(world.make_event(network, trigger, at=at, **worth))
            events.append(world.make_event(network, trigger, at=at, **_WORTH[len(events) % 3], **consent, **other))
    form = {"trigger_name": others[Trigger.FORM_SUBMISSION]}
    purchase = {"network_event_name": "Purchase", **_WORTH[2]}
    events.append(world.make_event("facebook", at=at, shared_fields=("firstname", "city"), **form))
    events.append(world.make_event("facebook", at=at, options={"action_source": "physical_store"}, **purchase))
    events.append(world.make_event("google", at=at, account_id=str(world.google_manager.id), **form))
    events.append(world.make_event("google", at=at, account_id=str(_unready(world).id), **form))
    told = {"value_from": ValueFrom.SIGNAL, "value": "5"}
    events.append(world.make_event("linkedin", Trigger.CUSTOM_EVENT, at=at, **told))
    off, late = world.make_event("linkedin", at=at, **form), world.make_event("facebook", at=at, **form)
    with world.scope():
        Event.objects.filter(id=off.id).update(on_since=None)
        Event.objects.filter(id=late.id).update(on_since=at + timedelta(days=97))
        counted = {"click_kinds": "gclid", "lookback_days": "30"}
        lands = ConversionAction.objects.filter(account=world.google, kind=Destination.CLICK_ACTION)
        lands.filter(external_id=world.actions["google", Trigger.STAGE_CHANGE][0].external_id).update(facts=counted)
    return [*events, off, late]


def _others(world: World) -> dict[Trigger, str]:
    return {
        Trigger.FORM_SUBMISSION: str(factories.a_form(world.workspace, "Other form").id),
        Trigger.STAGE_CHANGE: "opportunity",
        Trigger.CUSTOM_EVENT: str(factories.a_behaviour(world.workspace, "Other event").id),
    }


def _unready(world: World) -> AdAccount:
    """A Google account whose terms nobody accepted, and that takes no adjustments."""
    values = {"terms_accepted": False, "route": "data_manager_only"}
    account = factories.an_account(world.google.connection, "1112223334", "Unready", **values)
    factories.an_action(account, Destination.TAG_ACTION, "2001", "Contact form")
    return account


def random_history(world: World, *, signals: int, seed: int, now: datetime) -> list[Signal]:
    """So many signals of a third as many contacts, none of them judged. Call outside the workspace's scope."""
    rng = random.Random(seed)  # noqa: S311 - the same history at every run
    with world.scope():
        contacts = _contacts(world, rng, max(signals // 3, 1), now)
        _clicks(world, rng, contacts, now)
        _deals(world, rng, contacts, now)
        names = _names(Event.objects.all())
        rows = [_signal(world, rng, number, rng.choice(contacts), names, now) for number in range(signals)]
        Unjudged.objects.bulk_create(
            Unjudged(workspace_id=row.workspace_id, signal_id=row.id, recorded_at=row.recorded_at) for row in rows
        )
        return Signal.objects.bulk_create(rows)


def _names(events: Iterable[Event]) -> dict[str, list[str]]:
    """What signals of each kind may be called: what the events listen for, and the events that can be corrected."""
    names: dict[str, list[str]] = {}
    for event in events:
        names.setdefault(event.trigger, []).append(event.trigger_name)
        if event.account.network == "google" and event.trigger != Trigger.FORM_SUBMISSION:
            names.setdefault(SignalKind.ADJUSTMENT, []).append(str(event.id))
    return names


def _contacts(world: World, rng: random.Random, count: int, now: datetime) -> list[int]:
    rows = []
    for number in range(count):
        picked = {name: rng.choice(values) for name, values in _KNOWN.items()}
        properties = {name: value.format(number) for name, value in picked.items() if value}
        consent = rng.choice(_CONSENT)
        if consent is not None:
            properties[world.consent_property] = consent
        rows.append(Contact(workspace_id=world.workspace.id, properties=properties, created_at=now, updated_at=now))
    return [row.pk for row in Contact.objects.bulk_create(rows)]


def _clicks(world: World, rng: random.Random, contacts: Sequence[int], now: datetime) -> None:
    seen = [
        AdClick(
            workspace_id=world.workspace.id,
            contact_id=contact_id,
            kind=kind,
            value=value,
            first_seen_at=now - timedelta(days=rng.uniform(0, 130)),
        )
        for contact_id in contacts
        for kind, values in _CLICKS.items()
        for value in values
        if rng.random() < 0.4
    ]
    AdClick.objects.bulk_create(seen)


def _deals(world: World, rng: random.Random, contacts: Sequence[int], now: datetime) -> None:
    stages = list(PipelineStage.objects.all())
    buyers = [contact_id for contact_id in contacts if rng.random() < 0.6]
    amounts = [None, Decimal(0), Decimal(-5), Decimal("999.995"), Decimal(12_000), Decimal("0.01")]
    common = {"workspace_id": world.workspace.id, "created_at": now, "updated_at": now}
    deals = Deal.objects.bulk_create(
        [
            Deal(
                amount=rng.choice(amounts),
                currency=rng.choice(["", "EUR", "USD", "JPY", "XXQ"]),
                stage=rng.choice([None, *stages]),
                **common,
            )
            for _ in buyers
        ]
    )
    Association.objects.bulk_create(
        Association(
            workspace_id=world.workspace.id,
            from_type="contacts",
            from_id=contact_id,
            to_type="deals",
            to_id=deal.pk,
            type_id=4,
            associated_at=now,
        )
        for contact_id, deal in zip(buyers, deals, strict=True)
    )


def _signal(
    world: World, rng: random.Random, number: int, contact_id: int, names: dict[str, list[str]], now: datetime
) -> Signal:
    days = rng.choice([rng.uniform(-0.02, 1), rng.uniform(0, 8), rng.uniform(0, 110)])
    occurred_at = now - timedelta(days=days)
    facts = {name: rng.choice(values) for name, values in _VISIT.items()}
    if rng.random() < 0.5:
        facts["order_id"] = f"order-{number}"
    if rng.random() < 0.3:
        facts |= {"value": rng.choice(["0", "19.99", "-3", "1000000"]), "currency": rng.choice(["", "EUR", "QQQ"])}
    kind = rng.choice([*_TRIGGERS, *_TRIGGERS, SignalKind.ADJUSTMENT])
    if kind == SignalKind.ADJUSTMENT:
        adjustment = rng.choice([Adjustment.RESTATEMENT, Adjustment.RETRACTION])
        original = occurred_at - timedelta(days=rng.uniform(0, 60))
        facts |= {"adjustment": str(adjustment), "original_occurred_at": original.isoformat()}
        name = f"{adjustment}:{rng.choice(names[kind])}"
    else:
        name = rng.choice(names[kind])
    form = kind == Trigger.FORM_SUBMISSION
    return Signal(
        workspace_id=world.workspace.id,
        id=derived_id(at=occurred_at, key=f"{number}"),
        kind=kind,
        name=name,
        contact_id=contact_id,
        facts={name: value for name, value in facts.items() if value},
        repeat_key=f"{contact_id}" if form and rng.random() < 0.5 else "",
        occurred_at=occurred_at,
        recorded_at=now,
    )
