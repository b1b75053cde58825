"""What the Data Manager API's reasons mean, in one table like codes.py.

A reason stands in google.rpc.ErrorInfo, or with the field it is about. Each is explained in google.ads.datamanager_v1,
`ErrorReason`, and developers.google.com/data-manager/api/devguides/concepts/understand-errors. Those that only user
lists, partners, licences, Analytics and store sales know are not ours to cause, so they are left to `unrecognised`.
"""

from dataclasses import replace
from datetime import timedelta

from apps.ads.networks.google.codes import (
    ACCOUNT,
    BAD_DATA,
    BUSY,
    HOPELESS,
    IN_6_HOURS,
    LATER,
    OTHER_ACCOUNT,
    OUR_FAULT,
    PROJECT,
    TWIN,
    UNMATCHED,
)
from apps.domain.outcome import Outcome, Reach

# A route has one conversion action: what goes to the account's others may leave.
OF_THE_ACTION = replace(ACCOUNT, reach=Reach.ROUTE)

_TABLE: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (LATER, ("INTERNAL_ERROR", "DEADLINE_EXCEEDED")),
    (BUSY, ("RESOURCE_EXHAUSTED",)),
    (IN_6_HOURS, ("CONVERSION_ACTION_TOO_RECENTLY_CREATED",)),
    # The last two are about asking what became of a request, too late or by an id that Google never gave.
    (HOPELESS, ("EVENT_TIME_INVALID", "REQUEST_TOO_OLD", "INVALID_REQUEST_ID")),
    (
        BAD_DATA,
        (
            "NO_IDENTIFIERS_PROVIDED",
            "FIELD_VALUE_TOO_LONG",
            "FIELD_VALUE_TOO_SHORT",
            "CUSTOM_VARIABLE_VALUE_CONTAINS_PII",
            "INVALID_CUSTOM_VARIABLE_VALUE",
        ),
    ),
    (OTHER_ACCOUNT, ("INVALID_AD_IDENTIFIER_FOR_ACCOUNT",)),
    (
        OUR_FAULT,
        (
            "INVALID_ARGUMENT",
            "REQUIRED_FIELD_MISSING",
            "INVALID_FORMAT",
            "INVALID_HEX_ENCODING",
            "INVALID_BASE64_ENCODING",
            "INVALID_SHA256_FORMAT",
            "INVALID_POSTAL_CODE",
            "INVALID_COUNTRY_CODE",
            "INVALID_REGION_CODE",
            "INVALID_ENUM_VALUE",
            "INVALID_NUMBER_FORMAT",
            "INVALID_CURRENCY_CODE",
            "INVALID_EVENT",
            "INVALID_EVENT_NAME",
            "TOO_MANY_USER_IDENTIFIERS",
            "TOO_MANY_DESTINATIONS",
            "TOO_MANY_EVENTS",
            "TOO_MANY_ELEMENTS",
            "TOO_FEW_ELEMENTS",
            "DUPLICATE_DESTINATION_REFERENCE",
            "MULTIPLE_DATA_TYPES_NOT_ALLOWED",
            "RESERVED_NAME_USED",
        ),
    ),
    (
        ACCOUNT,
        (
            "NOT_FOUND",
            "PERMISSION_DENIED",
            "INVALID_DESTINATION",
            "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
            "DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS",
            "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
            "DESTINATION_ACCOUNT_TYPE_MISMATCH",
            "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH",
            "MISMATCHED_ACCOUNT_TYPE",
            "TERMS_AND_CONDITIONS_NOT_SIGNED",
            "ADVERTISER_TOS_NOT_ACCEPTED",
            "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED",
            "CUSTOM_VARIABLE_NOT_ENABLED",
            "CUSTOM_VARIABLE_NOT_FOUND",
        ),
    ),
    (
        OF_THE_ACTION,
        (
            "INVALID_CONVERSION_ACTION_ID",
            "INVALID_CONVERSION_ACTION_TYPE",
            "EVENT_SOURCE_AND_DESTINATION_MISMATCH",
        ),
    ),
    (PROJECT, ("NOT_ALLOWLISTED",)),
)

# What becomes known when an accepted request was processed (ProcessingErrorReason), without the prefix of its names.
# What an account lacks is tried again a few times a day: nothing tells when it was mended.
_MENDED_LATER = replace(ACCOUNT, wait=timedelta(hours=6))
_PROCESSED: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (IN_6_HOURS, ("TOO_RECENT_CLICK",)),
    (LATER, ("INTERNAL_ERROR",)),
    (TWIN, ("DUPLICATE_TRANSACTION_ID", "DUPLICATE_GCLID")),
    (UNMATCHED, ("CLICK_NOT_FOUND", "INVALID_CLICK", "USER_ID_NOT_FOUND", "USER_ID_NOT_FOUND_FOR_GCLID")),
    (HOPELESS, ("EVENT_TOO_OLD", "CONVERSION_PRECEDES_CLICK", "ORIGINAL_CONVERSIONS_NOT_FOUND")),
    (
        BAD_DATA,
        (
            "DENIED_CONSENT",
            "UNKNOWN_CONSENT",
            "INVALID_GCLID",
            "INVALID_GBRAID",
            "INVALID_WBRAID",
            "INVALID_AD_IDENTIFIERS",
        ),
    ),
    (OTHER_ACCOUNT, ("OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER", "INVALID_OPERATING_ACCOUNT_FOR_CLICK")),
    (OUR_FAULT, ("INVALID_EVENT", "INVALID_FORMAT")),
    (
        _MENDED_LATER,
        (
            "NO_CONSENT",
            "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
            "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID",
            "INVALID_CUSTOM_VARIABLE",
            "CUSTOM_VARIABLE_NOT_ENABLED",
            "EXTERNAL_ATTRIBUTION_DATA_MISSING",
        ),
    ),
)

PROCESSED = {reason: outcome for outcome, reasons in _PROCESSED for reason in reasons}
MEANINGS = {reason: outcome for outcome, reasons in _TABLE for reason in reasons}


def meaning(reason: str) -> Outcome | None:
    """The outcome, with its code, for one conversion that is refused for this reason; None: one we do not know."""
    known = MEANINGS.get(reason)
    return None if known is None else replace(known, code=reason)


def processed(reason: str) -> Outcome:
    """The outcome, with its code, for conversions that were dropped for this reason after they were accepted."""
    return replace(
        PROCESSED.get(reason, OUR_FAULT), code=reason if reason in PROCESSED else f"unrecognised:{reason}"[:80]
    )
