"""The versions of a conversion event: who configured what when, and what each changed of the one before it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from apps.conversions.models import Event, EventVersion
from apps.conversions.rules import guards_value
from apps.core.errors import NotFound
from apps.domain.money import parse_amount

Settings: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs: `field` as a draft names it (a network's own choice by its name), both as stored."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as its event's history shows it; `changes` are against the one before it, none for the first."""

    version: EventVersion
    settings: Settings
    changes: tuple[Change, ...]
    present: bool


def event_versions(*, event_id: UUID) -> list[VersionRow]:
    """The event's versions, the newest first: two queries. Raises NotFound. Call inside the workspace's scope."""
    event = event_living(event_id=event_id)
    rows: list[VersionRow] = []
    older: Settings | None = None
    for version in EventVersion.objects.filter(event_id=event_id).order_by("number"):
        settings = settings_of(event, version)
        changed = () if older is None else tuple(changes(older, settings))
        rows.append(VersionRow(version, settings, changed, version.id == event.version_id))
        older = settings
    return rows[::-1]


def event_living(*, event_id: UUID) -> Event:
    """The event with its account and present version. Raises NotFound. Call inside the workspace's scope."""
    event = Event.objects.filter(id=event_id, deleted_at=None).select_related("account", "version").first()
    if event is None:
        raise NotFound("There is no such event in this workspace.")
    return event


def settings_of(event: Event, version: EventVersion) -> Settings:
    """The version's settings; one from before names were kept in them has the event's present name."""
    return {"name": event.name, **version.settings, "hold_outliers": guards_value(version.settings)}


def _amount(value: str | None) -> object:
    return parse_amount(value) if value else None


def _in_any_order(values: list[str] | None) -> object:
    return None if values is None else frozenset(values)


def _as_a_set(values: list[str] | None) -> object:
    return frozenset(values or ())


def _as_it_is(value: object) -> object:
    return value or None


# Every setting, in the order of the dialog, with what of it tells two apart.
_COMPARED: Mapping[str, Callable[[Any], object]] = {
    "name": _as_it_is,
    "destination": _as_it_is,
    "network_event_name": _as_it_is,
    "value_from": _as_it_is,
    "value": _amount,
    "currency": _as_it_is,
    "consent_property": _as_it_is,
    "consent_values": _as_a_set,
    "personalisation_property": _as_it_is,
    "personalisation_values": _as_a_set,
    "shared_fields": _in_any_order,
    "hold_outliers": bool,
}


def changes(before: Settings, after: Settings) -> Iterator[Change]:
    """What `after` has otherwise than `before`; 25.5 is 25.50, and the order of values that mean yes means nothing."""
    for field, told in _COMPARED.items():
        if told(before.get(field)) != told(after.get(field)):
            yield Change(field, before.get(field), after.get(field))
    had, has = _chosen(before), _chosen(after)
    for name in dict.fromkeys([*had, *has]):
        if had.get(name) != has.get(name):
            yield Change(name, had.get(name), has.get(name))


def _chosen(settings: Settings) -> dict[str, str]:
    """The network's own choices; one that was left out and one that was answered with no are the same."""
    return {name: value for name, value in settings["options"].items() if value not in ("", "false")}
