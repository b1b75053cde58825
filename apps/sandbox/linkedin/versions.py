"""LinkedIn's monthly API versions as dated data, and what an event may hold in each.

Sunset days marked `documented` are published ones; the others are the middle of the month a year on, as LinkedIn
promises at least twelve months. Nothing newer than 202609 was found, so nothing newer is served.
"""

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Version:
    """The last day a version is served, and whether that day is published."""

    sunset: date
    documented: bool


VERSIONS: dict[str, Version] = {
    "202511": Version(date(2026, 11, 16), documented=True),
    "202512": Version(date(2026, 12, 15), documented=False),
    "202601": Version(date(2027, 1, 15), documented=True),
    "202602": Version(date(2027, 2, 15), documented=False),
    "202603": Version(date(2027, 3, 16), documented=True),
    "202604": Version(date(2027, 4, 15), documented=False),
    "202605": Version(date(2027, 5, 15), documented=False),
    "202606": Version(date(2027, 6, 15), documented=False),
    "202607": Version(date(2027, 7, 15), documented=True),
    "202608": Version(date(2027, 8, 15), documented=False),
    "202609": Version(date(2027, 9, 15), documented=True),
}
ALWAYS = ("SHA256_EMAIL", "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "ACXIOM_ID")
# An identifier type, the first version that has it and the first that no longer does.
DATED_TYPES = (
    ("ORACLE_MOAT_ID", "000000", "202605"),
    ("PLAINTEXT_IP_ADDRESS", "202605", "999999"),
    ("GOOGLE_AID", "202605", "999999"),
    ("SHA256_IP_ADDRESS", "202607", "999999"),
)
HASHED_NAMES_SINCE = "202609"
LEAD_ALONE_SINCE = "202605"
WINDOWS = (1, 7, 30, 90)
LONG_WINDOWS = (180, 365)
LONG_TYPES = ("SUBMIT_APPLICATION", "PURCHASE", "ADD_TO_CART", "QUALIFIED_LEAD", "LEAD")
TYPES = (
    *LONG_TYPES,
    *("ADD_BILLING_INFO", "ADD_TO_LIST", "AD_CLICK", "AD_VIEW", "BOOK_APPOINTMENT", "COMPLETE_SIGNUP", "CONTACT"),
    *("DONATE", "DOWNLOAD", "INSTALL", "INVITE", "JOB_APPLY", "KEY_PAGE_VIEW", "LOGIN", "OTHER", "OUTBOUND_CLICK"),
    *("PHONE_CALL", "RATE", "REQUEST_QUOTE", "SAVE", "SCHEDULE", "SEARCH", "SHARE", "SIGN_UP", "START_CHECKOUT"),
    *("START_TRIAL", "SUBSCRIBE", "TALENT_LEAD", "VIEW_CONTENT", "VIEW_VIDEO"),
)
QUALIFIED_TYPES_SINCE, QUALIFIED_TYPES = "202608", ("MARKETING_QUALIFIED_LEAD", "SALES_QUALIFIED_LEAD")


def is_served(version: str, today: date) -> bool:
    """Return whether a `LinkedIn-Version` header names a version that is still served on a day."""
    known = VERSIONS.get(version) if re.fullmatch(r"\d{6}", version) else None
    return known is not None and today < known.sunset


def id_types(version: str) -> frozenset[str]:
    """Return the symbols of idType in a version."""
    return frozenset(ALWAYS) | {name for name, since, until in DATED_TYPES if since <= version < until}


def rule_types(version: str) -> tuple[str, ...]:
    """Return the types that a conversion rule may have in a version."""
    return TYPES + (QUALIFIED_TYPES if version >= QUALIFIED_TYPES_SINCE else ())


def windows(kind: str, version: str) -> tuple[int, ...]:
    """Return the attribution windows, in days, that a rule of this type may have in a version."""
    has_long = kind in LONG_TYPES or (kind in QUALIFIED_TYPES and version >= QUALIFIED_TYPES_SINCE)
    return WINDOWS + (LONG_WINDOWS if has_long else ())
