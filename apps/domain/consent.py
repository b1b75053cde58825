"""Consent: a contact property that holds one of the values that mean yes. Unknown is no (A11)."""

from collections.abc import Mapping
from functools import lru_cache

from apps.domain.facts import ConsentRule


def consent_reason(rule: ConsentRule | None, properties: Mapping[str, str]) -> str | None:
    """None when the contact consents, else the code of the reason. Letter case and outer blanks do not count.

    A property that holds several values (HubSpot joins them with `;`) consents when one of them means yes. An event
    without a rule does not ask: only lifecycle-stage events can be configured so.
    """
    if rule is None:
        return None
    return _read(properties.get(rule.property) or "", rule.values)


@lru_cache(maxsize=1_024)
def _read(told: str, meaning_yes: frozenset[str]) -> str | None:
    held = {part.strip().casefold() for part in told.split(";")} - {""}
    if not held:
        return "consent_unknown"
    yes = {value.strip().casefold() for value in meaning_yes} - {""}
    return None if held & yes else "consent_denied"
