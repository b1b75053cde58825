"""LinkedIn's monthly API versions as dated data: how long each is served, and what an event or a rule may hold in it.

Sources, under learn.microsoft.com/linkedin/marketing: `integrations/migrations` (ends), `integrations/recent-changes`
(what came and went when), `integrations/ads-reporting/conversions-api` (identifiers), `conversions/conversions-schema`
(types and windows of rules). A day that LinkedIn has not printed is the middle of the month a year on, the least that
it promises. Read on 2026-11-22; nothing newer than 202609 was found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `id_types` are our fields with LinkedIn's symbols; windows are in days.

    `hashed_names`: first and last name leave hashed, and no longer plain. `lead_alone`: a lead may be the only
    identifier. `long_window_types`: the rule types that take the `long_windows` too.
    """

    name: str
    ends: date
    ends_published: bool
    id_types: Mapping[str, str]
    hashed_names: bool
    lead_alone: bool
    rule_types: frozenset[str]
    windows: frozenset[int]
    long_windows: frozenset[int]
    long_window_types: frozenset[str]

    def windows_of(self, rule_type: str) -> frozenset[int]:
        """The attribution windows, in days, that a rule of this type may have."""
        return self.windows | (self.long_windows if rule_type in self.long_window_types else frozenset())


_ENDS = (
    ("202601", date(2027, 1, 15), True),
    ("202602", date(2027, 2, 15), False),
    ("202603", date(2027, 3, 16), True),
    ("202604", date(2027, 4, 15), False),
    ("202605", date(2027, 5, 15), False),
    ("202606", date(2027, 6, 15), False),
    ("202607", date(2027, 7, 15), True),
    ("202608", date(2027, 8, 15), False),
    ("202609", date(2027, 9, 15), True),
)
_HASHED_NAMES, _LEAD_ALONE = "202609", "202605"

# Our field, LinkedIn's symbol, and the first version known to have it ("": from the start). A symbol that a version
# lacks costs the whole batch.
_ID_TYPES = (
    ("email", "SHA256_EMAIL", ""),
    ("li_fat_id", "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", ""),
    ("acxiom_id", "ACXIOM_ID", ""),
    ("client_ip_address", "PLAINTEXT_IP_ADDRESS", "202605"),
    ("google_aid", "GOOGLE_AID", "202605"),
)

_FIRST_RULE_TYPES = (
    "ADD_BILLING_INFO ADD_TO_CART ADD_TO_LIST AD_CLICK AD_VIEW BOOK_APPOINTMENT COMPLETE_SIGNUP CONTACT DONATE "
    "DOWNLOAD INSTALL INVITE JOB_APPLY KEY_PAGE_VIEW LEAD LOGIN OTHER OUTBOUND_CLICK PHONE_CALL PURCHASE "
    "QUALIFIED_LEAD RATE REQUEST_QUOTE SAVE SCHEDULE SEARCH SHARE SIGN_UP START_CHECKOUT START_TRIAL "
    "SUBMIT_APPLICATION SUBSCRIBE TALENT_LEAD VIEW_CONTENT VIEW_VIDEO"
)
_RULE_TYPES = (("", _FIRST_RULE_TYPES), ("202608", "MARKETING_QUALIFIED_LEAD SALES_QUALIFIED_LEAD"))
_WINDOWS = frozenset({1, 7, 30, 90})
# 180 days came to every living version at once; which types it is for is not printed, so it goes with 365.
_LONG_WINDOWS = frozenset({180, 365})
_LONG_WINDOW_TYPES = (
    ("", "ADD_TO_CART LEAD PURCHASE QUALIFIED_LEAD SUBMIT_APPLICATION"),
    ("202608", "MARKETING_QUALIFIED_LEAD SALES_QUALIFIED_LEAD"),
)


def _since(table: Iterable[tuple[str, str]], version: str) -> frozenset[str]:
    return frozenset(word for since, words in table if since <= version for word in words.split())


VERSIONS: Mapping[str, Version] = {
    name: Version(
        name=name,
        ends=ends,
        ends_published=published,
        id_types={field: symbol for field, symbol, since in _ID_TYPES if since <= name},
        hashed_names=name >= _HASHED_NAMES,
        lead_alone=name >= _LEAD_ALONE,
        rule_types=_since(_RULE_TYPES, name),
        windows=_WINDOWS,
        long_windows=_LONG_WINDOWS,
        long_window_types=_since(_LONG_WINDOW_TYPES, name),
    )
    for name, ends, published in _ENDS
}

# The version that speaks for everything but hashed names. 202609 takes names hashed only, as far as is known, and what
# events look like there was seen less often; so only an event that asks for hashed names goes there.
PINNED = VERSIONS["202607"]
WITH_HASHED_NAMES = VERSIONS["202609"]
IN_USE = {version.name: version for version in (PINNED, WITH_HASHED_NAMES)}
