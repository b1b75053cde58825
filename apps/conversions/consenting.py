"""Consent of what was judged already: asked again in bulk, because it may have been withdrawn since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from apps.conversions.models import EventVersion
from apps.conversions.owing import Key, named
from apps.conversions.rules import PERSONALISATION, consent_rule
from apps.domain.consent import Personalised, consent_reason
from apps.domain.facts import ConsentRule

WITHDRAWN, NOT_PERSONALISED = "consent_withdrawn", "personalisation_withdrawn"


class Owed(Protocol):
    """A conversion as far as consent concerns it."""

    @property
    def key(self) -> Key:
        """What names it within the workspace."""

    @property
    def contact_id(self) -> int:
        """Whose consent it rests on."""

    @property
    def version_id(self) -> UUID:
        """The event's version, whose rules it was judged by."""


def withdrawn(rows: Iterable[Owed], properties: Mapping[int, Mapping[str, str]]) -> dict[Key, str]:
    """Those of the rows that the contacts' properties, as they are now, no longer allow, each with its reason.

    A contact that is not among `properties` says nothing, and so no. Whose ads may no longer be personalised with it is
    among them where the decision found that they might: the frozen bytes say so. Reads the versions' rules in one
    query, and in another one the decisions about which there is a doubt.
    """
    asked = list(rows)
    rules = _rules({row.version_id for row in asked})
    refused: dict[Key, str] = {}
    doubted: list[Key] = []
    for row in asked:
        told, (consent, personal) = properties.get(row.contact_id, {}), rules[row.version_id]
        if consent_reason(consent, told):
            refused[row.key] = WITHDRAWN
        elif consent_reason(personal, told):
            doubted.append(row.key)
    return refused | dict.fromkeys(_said_yes(doubted), NOT_PERSONALISED)


def _said_yes(keys: Sequence[Key]) -> Iterator[Key]:
    """Those of which the decision found that ads may be personalised with them."""
    rows = named(keys).values_list("signal_id", "event_id", "trace") if keys else ()
    for signal_id, event_id, trace in rows:
        if any((step, code) == (PERSONALISATION, Personalised.GRANTED) for step, _, code, _ in trace):
            yield signal_id, event_id


def _rules(version_ids: set[UUID]) -> dict[UUID, tuple[ConsentRule | None, ConsentRule | None]]:
    versions = EventVersion.objects.filter(id__in=version_ids).values_list("id", "settings")
    return {number: (consent_rule(told), consent_rule(told, PERSONALISATION)) for number, told in versions}
