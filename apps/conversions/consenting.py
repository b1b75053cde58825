"""Consent of what was judged already: asked again in bulk, because it may have been withdrawn since."""

from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

from apps.conversions.models import EventVersion
from apps.conversions.owing import Key
from apps.conversions.rules import consent_rule
from apps.domain.consent import consent_reason
from apps.domain.facts import ConsentRule

WITHDRAWN = "consent_withdrawn"


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

    A contact that is not among `properties` says nothing, and so no. Reads the versions' rules in one query.
    """
    asked = list(rows)
    rules = _rules({row.version_id for row in asked})
    return {
        row.key: WITHDRAWN for row in asked if consent_reason(rules[row.version_id], properties.get(row.contact_id, {}))
    }


def _rules(version_ids: set[UUID]) -> dict[UUID, ConsentRule | None]:
    versions = EventVersion.objects.filter(id__in=version_ids).values_list("id", "settings")
    return {version_id: consent_rule(settings) for version_id, settings in versions}
