"""A contact as the line tells it: properties by HubSpot's names, clicks, and what was seen when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.domain.facts import Click, Contact
from apps.domain.identity import fbc_of
from apps.domain.identity.text import is_sound
from apps.pipeline.preview.reading import Table, Unreadable, Wrong, joined, moment, one_of, section, text
from apps.records.standard import CLICK_PROPERTIES

_VISIT = ("client_ip_address", "client_user_agent", "event_source_url")
_FIELDS = {"address": "street", "mobilephone": "phone"}  # property, and the field whose further values it holds
_FIRST_SEEN: Table = dict.fromkeys(CLICK_PROPERTIES, moment)
_CONSENT: Table = dict.fromkeys(("ad_user_data", "ad_personalization"), one_of("granted", "denied"))


@dataclass(frozen=True, slots=True)
class ToldContact:
    """The values that were told by name, and when clicks were first seen by kind."""

    values: Mapping[str, tuple[str, ...]]
    first_seen: Mapping[str, datetime]
    consent: Mapping[str, str]


def read_contact(told: Any) -> ToldContact:
    """Read the section `contact`. Properties are the workspace's own, so any name will do. Raises Unreadable."""
    if told is None:
        return ToldContact({}, {}, {})
    if not isinstance(told, dict):
        raise Unreadable("contact: write an object or null")
    seen = section(told.get("first_seen"), _FIRST_SEEN, "contact.first_seen")
    return ToldContact(
        values={
            name: values
            for name, value in told.items()
            if name not in ("first_seen", "consent") and (values := _values(name, value))
        },
        first_seen={CLICK_PROPERTIES[name]: at for name, at in seen.items()},
        consent=section(told.get("consent"), _CONSENT, "contact.consent"),
    )


def contact_of(told: ToldContact, *, seen_otherwise: datetime) -> Contact:
    """The contact; clicks without a time of their own were first seen at `seen_otherwise`."""
    properties: dict[str, str] = {}
    more: dict[str, tuple[str, ...]] = {}
    clicks: dict[str, tuple[Click, ...]] = {}
    for name, values in told.values.items():
        kind = CLICK_PROPERTIES.get(name)
        if kind is not None:
            at = told.first_seen.get(kind, seen_otherwise)
            clicks[kind] = clicks.get(kind, ()) + tuple(Click(value, at) for value in values)
        elif name not in _VISIT:
            properties[name] = values[0]
            if len(values) > 1:
                field = _FIELDS.get(name, name)
                more[field] = more.get(field, ()) + values[1:]
    if "fbclid" in clicks:
        made = (Click(fbc_of(click.value, click.first_seen), click.first_seen) for click in clicks["fbclid"])
        clicks["fbc"] = (*clicks.get("fbc", ()), *made)
    return Contact(properties, clicks, more, told.consent)


def visit_of(told: ToldContact) -> dict[str, str]:
    """What the contact knows of the visit, for a signal that does not say it itself. Raises Unreadable."""
    visit = {name: told.values[name][0] for name in _VISIT if name in told.values}
    for name, value in visit.items():
        if not is_sound(value):
            raise Unreadable(f"contact.{name}: half a surrogate pair cannot be written as UTF-8")
    return visit


def _values(name: str, value: Any) -> tuple[str, ...]:
    """Broken characters stay: the rules of identity drop such a value, with the reason."""
    listed = value if isinstance(value, list) else (value,)
    try:
        return tuple(
            str(each) if isinstance(each, str) else text(each) for each in listed if each is not None and each != ""
        )
    except Wrong as wrong:
        raise Unreadable(f"{joined('contact', name)}: {wrong}, or a list of those") from None
