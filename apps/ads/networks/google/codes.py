"""Google's error codes in one table: what becomes of the conversion, who must act, and how long to wait.

Kinds and codes as the REST answers spell them (`errorCode: {kind: code}`); what each means is in google.ads.googleads
v26, `errors`, and developers.google.com/google-ads/api/docs/conversions/troubleshooting.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import chain

from apps.domain.outcome import Outcome, Reach, Verdict
from apps.domain.reasons import Who

_Row = tuple[Outcome, tuple[str, ...]]

# Retried.
LATER = Outcome(Verdict.RETRY)
IN_6_HOURS = Outcome(Verdict.RETRY, wait=timedelta(hours=6))
IN_24_HOURS = Outcome(Verdict.RETRY, wait=timedelta(hours=24))
# Taken: the correction was made before, whoever made it, or the conversion was read and follows from no ad click.
RECORDED = UNMATCHED = Outcome(Verdict.ACCEPTED)
# Recorded under this id or at this click and moment: by an earlier request of ours, or two conversions collide.
TWIN = Outcome(Verdict.TWIN, who=Who.MARKETER)
# Never taken: nobody can help it, or data, account or our own code are at fault.
HOPELESS = Outcome(Verdict.REFUSED)
BAD_DATA = Outcome(Verdict.REFUSED, who=Who.MARKETER)
OTHER_ACCOUNT = Outcome(Verdict.REFUSED, who=Who.ADMIN)
OUR_FAULT = Outcome(Verdict.REFUSED, who=Who.OPERATOR)
# Held until mended: in the Google Ads account, by signing in again, at our Google Cloud project, or by time alone.
ACCOUNT = Outcome(Verdict.HOLD, who=Who.ADMIN, wait=timedelta(minutes=15))
RECONNECT = Outcome(Verdict.HOLD, who=Who.ADMIN, signed_out=True)
# The sign-in lives: its user must change something at Google, or allow more when connecting again.
OF_THE_USER = Outcome(Verdict.HOLD, who=Who.ADMIN)
OF_THE_SCOPE = Outcome(Verdict.HOLD, who=Who.ADMIN, reach=Reach.ROUTE)  # the two APIs have a scope each
PROJECT = Outcome(Verdict.HOLD, who=Who.OPERATOR, wait=timedelta(hours=1), reach=Reach.ROUTE)
BUSY = Outcome(Verdict.HOLD, throttled=True)
# The version of the API that this release speaks has ended.
VERSION_ENDED = Outcome(Verdict.HOLD, who=Who.OPERATOR, wait=timedelta(hours=1), reach=Reach.NETWORK)

_CLICK_UPLOAD: tuple[_Row, ...] = (
    (IN_6_HOURS, ("TOO_RECENT_CONVERSION_ACTION", "TOO_RECENT_EVENT", "TOO_RECENT_CALL")),
    (UNMATCHED, ("EVENT_NOT_FOUND", "CALL_NOT_FOUND", "CLICK_NOT_FOUND")),
    (TWIN, ("ORDER_ID_ALREADY_IN_USE", "CLICK_CONVERSION_ALREADY_EXISTS", "CALL_CONVERSION_ALREADY_EXISTS")),
    # None of the copies was processed; each waits its own random time, so they leave in different requests.
    (
        LATER,
        ("DUPLICATE_ORDER_ID", "DUPLICATE_CLICK_CONVERSION_IN_REQUEST", "DUPLICATE_CALL_CONVERSION_IN_REQUEST"),
    ),
    (
        HOPELESS,
        (
            "EXPIRED_EVENT",
            "EXPIRED_CALL",
            "CONVERSION_PRECEDES_EVENT",
            "CONVERSION_PRECEDES_CALL",
            "CONVERSION_TRACKING_NOT_ENABLED_AT_IMPRESSION_TIME",
            "CONVERSION_TRACKING_NOT_ENABLED_AT_CALL_TIME",
            "CONVERSION_NOT_COMPLIANT_WITH_ATT_POLICY",
        ),
    ),
    (
        BAD_DATA,
        (
            "UNPARSEABLE_GCLID",
            "UNPARSEABLE_GBRAID",
            "UNPARSEABLE_WBRAID",
            "UNPARSEABLE_CALLERS_PHONE_NUMBER",
            "ORDER_ID_CONTAINS_PII",
            "CUSTOM_VARIABLE_VALUE_CONTAINS_PII",
        ),
    ),
    (OTHER_ACCOUNT, ("INVALID_CUSTOMER_FOR_CLICK", "INVALID_CUSTOMER_FOR_CALL", "UNAUTHORIZED_CUSTOMER")),
    (
        OUR_FAULT,
        (
            "GBRAID_WBRAID_BOTH_SET",
            "INVALID_USER_IDENTIFIER",
            "UNSUPPORTED_USER_IDENTIFIER",
            "TOO_MANY_CONVERSIONS_IN_REQUEST",
            "INVALID_JOB_ID",
        ),
    ),
    (
        ACCOUNT,
        (
            "NO_CONVERSION_ACTION_FOUND",
            "INVALID_CONVERSION_ACTION_TYPE",
            "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID",
            "EXTERNAL_ATTRIBUTION_DATA_SET_FOR_NON_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
            "EXTERNAL_ATTRIBUTION_DATA_NOT_SET_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
            "ORDER_ID_NOT_PERMITTED_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
            "EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION_NOT_PERMITTED_WITH_USER_IDENTIFIER",
            "CUSTOM_VARIABLE_NOT_ENABLED",
            "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS",
            "CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
            "CUSTOMER_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS",
        ),
    ),
)

_ADJUSTMENT_UPLOAD: tuple[_Row, ...] = (
    (IN_6_HOURS, ("TOO_RECENT_CONVERSION_ACTION", "CONVERSION_NOT_FOUND")),
    (IN_24_HOURS, ("TOO_RECENT_CONVERSION",)),
    (
        RECORDED,
        (
            "CONVERSION_ALREADY_ENHANCED",
            "CONVERSION_ALREADY_RETRACTED",
            "RESTATEMENT_ALREADY_EXISTS",
            "MORE_RECENT_RESTATEMENT_FOUND",
        ),
    ),
    (LATER, ("DUPLICATE_ADJUSTMENT_IN_REQUEST", "DUPLICATE_ENHANCEMENT_IN_REQUEST")),
    (HOPELESS, ("CONVERSION_EXPIRED", "ADJUSTMENT_PRECEDES_CONVERSION", "TOO_MANY_ADJUSTMENTS")),
    (BAD_DATA, ("ORDER_ID_CONTAINS_PII",)),
    (
        OUR_FAULT,
        (
            "INVALID_USER_IDENTIFIER",
            "UNSUPPORTED_USER_IDENTIFIER",
            "MISSING_ORDER_ID_FOR_WEBPAGE",
            "GCLID_DATE_TIME_PAIR_AND_ORDER_ID_BOTH_SET",
            "TOO_MANY_ADJUSTMENTS_IN_REQUEST",
            "INVALID_JOB_ID",
        ),
    ),
    (
        ACCOUNT,
        (
            "NO_CONVERSION_ACTION_FOUND",
            "INVALID_CONVERSION_ACTION_TYPE",
            "CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT",
            "CANNOT_RESTATE_CONVERSION_ACTION_THAT_ALWAYS_USES_DEFAULT_CONVERSION_VALUE",
            "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS",
            "CUSTOMER_DATA_POLICY_PROHIBITS_ENHANCEMENT",
        ),
    ),
)

_AUTHENTICATION: tuple[_Row, ...] = (
    (
        RECONNECT,
        (
            "AUTHENTICATION_ERROR",
            "OAUTH_TOKEN_INVALID",
            "OAUTH_TOKEN_EXPIRED",
            "OAUTH_TOKEN_DISABLED",
            "OAUTH_TOKEN_REVOKED",
            "OAUTH_TOKEN_HEADER_INVALID",
            "GOOGLE_ACCOUNT_DELETED",
            "GOOGLE_ACCOUNT_AUTHENTICATION_FAILED",
            "GOOGLE_ACCOUNT_COOKIE_INVALID",
            "GOOGLE_ACCOUNT_USER_AND_ADS_USER_MISMATCH",
            "LOGIN_COOKIE_INVALID",
            "LOGIN_COOKIE_REQUIRED",
            "INVALID_EMAIL_ADDRESS",
            "USER_ID_INVALID",
            "NOT_ADS_USER",
        ),
    ),
    (OF_THE_USER, ("TWO_STEP_VERIFICATION_NOT_ENROLLED", "ADVANCED_PROTECTION_NOT_ENROLLED")),
    (ACCOUNT, ("CUSTOMER_NOT_FOUND", "CLIENT_CUSTOMER_ID_INVALID")),
    (
        PROJECT,
        (
            "ORGANIZATION_NOT_RECOGNIZED",
            "ORGANIZATION_NOT_APPROVED",
            "ORGANIZATION_NOT_ASSOCIATED_WITH_DEVELOPER_TOKEN",
            "DEVELOPER_TOKEN_INVALID",
        ),
    ),
)

_AUTHORIZATION: tuple[_Row, ...] = (
    (
        ACCOUNT,
        (
            "USER_PERMISSION_DENIED",
            "AUTHORIZATION_ERROR",
            "ACTION_NOT_PERMITTED",
            "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT",
            "CUSTOMER_NOT_ENABLED",
            "INCOMPLETE_SIGNUP",
            "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION",
            "ACCESS_DENIED_FOR_ACCOUNT_TYPE",
            "METRIC_ACCESS_DENIED",
        ),
    ),
    (
        PROJECT,
        (
            "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
            "CLOUD_PROJECT_NOT_UNDER_ORGANIZATION",
            "PROJECT_DISABLED",
            "SERVICE_ACCESS_DENIED",
            "MISSING_TOS",
            "DEVELOPER_TOKEN_NOT_APPROVED",
            "DEVELOPER_TOKEN_NOT_ON_ALLOWLIST",
            "DEVELOPER_TOKEN_PROHIBITED",
        ),
    ),
)

_TABLE: dict[str, tuple[_Row, ...]] = {
    "conversionUploadError": _CLICK_UPLOAD,
    "conversionAdjustmentUploadError": _ADJUSTMENT_UPLOAD,
    "authenticationError": _AUTHENTICATION,
    "authorizationError": _AUTHORIZATION,
    "notAllowlistedError": ((PROJECT, ("CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE",)),),
    "quotaError": (
        (BUSY, ("RESOURCE_TEMPORARILY_EXHAUSTED", "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION")),
        (PROJECT, ("RESOURCE_EXHAUSTED", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION", "ACCESS_PROHIBITED")),
    ),
    "internalError": ((LATER, ("INTERNAL_ERROR", "TRANSIENT_ERROR", "DEADLINE_EXCEEDED")),),
    "databaseError": ((LATER, ("CONCURRENT_MODIFICATION",)),),
    # Making a conversion action.
    "conversionActionError": (
        (BAD_DATA, ("DUPLICATE_NAME",)),
        (
            OUR_FAULT,
            (
                "CREATION_NOT_SUPPORTED",
                "UPDATE_NOT_SUPPORTED",
                "CANNOT_SET_RULE_BASED_ATTRIBUTION_MODELS",
            ),
        ),
    ),
    "partialFailureError": ((PROJECT, ("PARTIAL_FAILURE_MODE_REQUIRED",)),),
    "headerError": ((ACCOUNT, ("INVALID_LOGIN_CUSTOMER_ID", "INVALID_LINKED_CUSTOMER_ID")),),
    "customerError": ((ACCOUNT, ("ACCOUNT_NOT_SET_UP",)),),
    "requestError": (
        (LATER, ("RPC_DEADLINE_TOO_SHORT",)),
        (
            ACCOUNT,
            (
                "INVALID_CUSTOMER_ID",
                "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT",
                "LOGIN_CUSTOMER_ID_PARAMETER_MISSING",
                "RESOURCE_NOT_FOUND",
            ),
        ),
        (VERSION_ENDED, ("UNSUPPORTED_VERSION",)),
        (PROJECT, ("CLOUD_PROJECT_NOT_FOUND", "DEVELOPER_TOKEN_PARAMETER_MISSING")),
        (
            OUR_FAULT,
            (
                "REQUIRED_FIELD_MISSING",
                "RESOURCE_NAME_MISSING",
                "RESOURCE_NAME_MALFORMED",
                "BAD_RESOURCE_ID",
                "INVALID_ENUM_VALUE",
            ),
        ),
    ),
    # google.rpc.ErrorInfo, which Google's front door answers with before the Ads API is reached.
    "errorInfo": (
        (
            RECONNECT,
            ("ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_TYPE_UNSUPPORTED", "ACCOUNT_STATE_INVALID", "CREDENTIALS_MISSING"),
        ),
        # One scope is missing: what the other one allows goes on, so the sign-in is not dead.
        (OF_THE_SCOPE, ("ACCESS_TOKEN_SCOPE_INSUFFICIENT",)),
        (PROJECT, ("SERVICE_DISABLED", "CONSUMER_INVALID", "CONSUMER_SUSPENDED", "BILLING_DISABLED")),
        (BUSY, ("RATE_LIMIT_EXCEEDED",)),
    ),
    # google.rpc.BadRequest: the JSON itself does not fit the API's fields.
    "badRequest": ((OUR_FAULT, ("INVALID_ARGUMENT",)),),
}

# Kinds whose every code says that one of the fields we wrote is wrong.
_OF_A_FIELD = frozenset(
    {
        "collectionSizeError",
        "currencyCodeError",
        "databaseError",
        "dateError",
        "distinctError",
        "enumError",
        "fieldError",
        "idError",
        "mutateError",
        "notEmptyError",
        "nullError",
        "rangeError",
        "sizeLimitError",
        "stringFormatError",
        "stringLengthError",
        "userDataError",
    }
)

_MEANINGS = {(kind, code): outcome for kind, rows in _TABLE.items() for outcome, codes in rows for code in codes}

# Clicks of another account: one of them is a mistaken click; nothing but these, and the account is the wrong one.
OF_ANOTHER_ACCOUNT = frozenset(
    chain.from_iterable(codes for outcome, codes in _CLICK_UPLOAD if outcome is OTHER_ACCOUNT)
)


def meaning(kind: str, code: str) -> Outcome | None:
    """The outcome, with its code, for one conversion that Google answers so; None: a code we do not know."""
    known = _MEANINGS.get((kind, code))
    if known is not None:
        return replace(known, code=code)
    if kind in _OF_A_FIELD and code not in ("UNKNOWN", "UNSPECIFIED"):
        return replace(OUR_FAULT, code=f"{kind}.{code}")
    return None
