"""What an edit changes, in words: each setting's name, what it was and what it becomes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

from apps.ads.models import ConversionAction
from apps.ads.registry import NETWORKS
from apps.conversions.models import Event
from apps.conversions.versions import Change
from apps.domain.manifest import Choice
from apps.records.models import PropertyDefinition
from apps.web import wording
from apps.web.formats import decimal


@dataclass(frozen=True, slots=True)
class Said:
    """A change for reading."""

    label: str
    before: str
    after: str


class Names:
    """What the event's account, contacts and network call things; each kind is asked for once, when it is needed."""

    def __init__(self, event: Event) -> None:
        self._event = event

    @cached_property
    def destinations(self) -> Mapping[str, str]:
        """Where conversions can land, by id."""
        manifest = NETWORKS[self._event.account.network].manifest
        kind = manifest.shapes[self._event.trigger].destination
        rows = ConversionAction.objects.filter(account_id=self._event.account_id, kind=kind)
        return dict(rows.values_list("external_id", "name"))

    @cached_property
    def properties(self) -> Mapping[str, str]:
        """The contact's properties' labels, by name."""
        return dict(PropertyDefinition.objects.filter(object_type="contacts").values_list("name", "label"))

    @cached_property
    def choices(self) -> Mapping[str, Choice]:
        """The network's own choices, by name."""
        return {choice.name: choice for choice in NETWORKS[self._event.account.network].manifest.choices}


def changes_said(changed: Iterable[Change], names: Names) -> list[Said]:
    """Each change with its setting's name and its values as the reader calls them."""
    return [
        Said(label_of(each.field, names), _shown(each.field, each.before, names), _shown(each.field, each.after, names))
        for each in changed
    ]


def label_of(field: str, names: Names) -> str:
    """What a setting is called."""
    choice = names.choices.get(field)
    return wording.say(choice.label) if choice else str(wording.ASKED.get(field, field))


def _shown(field: str, value: Any, names: Names) -> str:
    if field in names.choices:
        return _answer(names.choices[field], value, names)
    return _SHOWN.get(field, _as_it_is)(value, names)


def _answer(choice: Choice, value: str | None, names: Names) -> str:
    """What was answered to one of the network's own choices."""
    if choice.kind == "flag":
        return _yes_or_no(value == "true", names)
    if choice.kind == "property":
        return names.properties.get(value or "", value or gettext("None"))
    return wording.option_label(value) if value else gettext("None")


def _as_it_is(value: str | None, names: Names) -> str:
    return str(value) if value else gettext("None")


def _yes_or_no(value: object, names: Names) -> str:
    return gettext("Yes") if value else gettext("No")


def _destination(value: str, names: Names) -> str:
    return f"{names.destinations[value]} ({value})" if value in names.destinations else value


def _currency(value: str | None, names: Names) -> str:
    return value or gettext("The workspace's currency")


def _property(value: str | None, names: Names) -> str:
    return names.properties.get(value, value) if value else gettext("Not asked")


def _listed(values: list[str] | None, names: Names) -> str:
    return ", ".join(values or ()) or gettext("None")


def _shared(values: list[str] | None, names: Names) -> str:
    if values is None:
        return gettext("Everything the network takes")
    return ", ".join(wording.field_label(name) for name in values) or gettext("Nothing")


_SHOWN: Mapping[str, Callable[[Any, Names], str]] = {
    "destination": _destination,
    "value_from": lambda value, names: str(wording.VALUES[value].word),
    "value": lambda value, names: decimal(value) if value else gettext("None"),
    "currency": _currency,
    "consent_property": _property,
    "consent_values": _listed,
    "personalisation_property": _property,
    "personalisation_values": _listed,
    "shared_fields": _shared,
    "hold_outliers": _yes_or_no,
}
