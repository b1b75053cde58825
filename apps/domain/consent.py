"""Consent: a contact property that holds one of the values that mean yes. Unknown is no (A11).

An event can ask for two: that the person is sent at all, without which nothing leaves, and that ads are personalised
with it, which networks are told where they have a field for it.
"""

from collections.abc import Mapping
from enum import StrEnum
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


class Personalised(StrEnum):
    """What the person said about ads that are personalised with the conversion."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


_SAID = {
    None: Personalised.GRANTED,
    "consent_denied": Personalised.DENIED,
    "consent_unknown": Personalised.UNKNOWN,
}


def personalised(rule: ConsentRule, properties: Mapping[str, str]) -> Personalised:
    """What the contact's property says, by the rule's values; without a value nothing is known."""
    return _SAID[consent_reason(rule, properties)]


def consent_told(site: Mapping[str, str], *, asked: bool, said: Personalised | None) -> dict[str, str]:
    """What networks may be told about consent, by field: `granted`, `denied`, or no field where nothing is known.

    site   what the customer's own site knows of Google's two fields
    asked  whether the event asked for consent, which was then given
    said   what its rule for personalised ads found, None without one; also told as `personalisation`

    A denial counts whoever told it, and nothing that is unknown ever becomes granted. Google's rule for
    `ad_user_data` and `ad_personalization`: support.google.com/google-ads/answer/14310715.
    """
    told = {name: value for name in _OF_GOOGLE if (value := site.get(name))}
    if asked:
        told["ad_user_data"] = Personalised.GRANTED.value
    if said is not None:
        of_the_site = told.pop("ad_personalization", "")
        told["personalisation"] = said.value
        if Personalised.DENIED in (of_the_site, said):
            told["ad_personalization"] = Personalised.DENIED.value
        elif said is Personalised.GRANTED:
            told["ad_personalization"] = said.value
    return told


_OF_GOOGLE = ("ad_user_data", "ad_personalization")


@lru_cache(maxsize=1_024)
def _read(told: str, meaning_yes: frozenset[str]) -> str | None:
    held = {part.strip().casefold() for part in told.split(";")} - {""}
    if not held:
        return "consent_unknown"
    yes = {value.strip().casefold() for value in meaning_yes} - {""}
    return None if held & yes else "consent_denied"
