"""Google's error bodies over REST: google.rpc.Status around one GoogleAdsFailure, and the codes that occur here.

Codes are (category, name) as in the API's error enums; the texts are ours, because clients must not parse them.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.sandbox.exchange import Answer

Code = tuple[str, str]
# One step of a field path: the field's snake_case name and, for a repeated field, the index.
Path = tuple[tuple[str, int | None], ...]

STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"} | {
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
# google.rpc.Code of INVALID_ARGUMENT, which a partial failure carries.
RPC_INVALID_ARGUMENT = 3

BAD_CREDENTIALS = "Request had invalid authentication credentials. Expected OAuth 2 access token."
INVALID = "Request contains an invalid argument."
NO_PERMISSION = "The caller does not have permission"
EXHAUSTED = "Resource has been exhausted (e.g. check quota)."

TOKEN_STATES: Mapping[str, Code] = {
    "expired": ("authenticationError", "OAUTH_TOKEN_EXPIRED"),
    "revoked": ("authenticationError", "OAUTH_TOKEN_REVOKED"),
    "disabled": ("authenticationError", "OAUTH_TOKEN_DISABLED"),
}
NO_OPERATION = ("requestError", "OPERATION_REQUIRED")
TOO_MANY_OPERATIONS = ("requestError", "TOO_MANY_MUTATE_OPERATIONS")
DUPLICATE_NAME = ("conversionActionError", "DUPLICATE_NAME")
NOT_CREATABLE = ("conversionActionError", "CREATION_NOT_SUPPORTED")
NOT_UPDATABLE = ("conversionActionError", "UPDATE_NOT_SUPPORTED")
RULE_BASED = ("conversionActionError", "CANNOT_SET_RULE_BASED_ATTRIBUTION_MODELS")
NO_MASK = ("fieldMaskError", "FIELD_MASK_MISSING")
MASK_UNKNOWN = ("fieldMaskError", "FIELD_NOT_FOUND")
MASK_TOO_WIDE = ("fieldMaskError", "FIELD_HAS_SUBFIELDS")
IMMUTABLE = ("fieldError", "IMMUTABLE_FIELD")
NOT_CLEARABLE = ("fieldError", "FIELD_CANNOT_BE_CLEARED")
NO_RESOURCE = ("mutateError", "RESOURCE_NOT_FOUND")
NOT_OURS = ("mutateError", "MUTATE_NOT_ALLOWED")
TOO_LONG = ("stringLengthError", "TOO_LONG")
ILLEGAL_CHARS = ("stringFormatError", "ILLEGAL_CHARS")
INVALID_VALUE = ("fieldError", "INVALID_VALUE")
TOO_HIGH = ("rangeError", "TOO_HIGH")
TOO_LOW = ("rangeError", "TOO_LOW")
PAGE_SIZE = ("requestError", "PAGE_SIZE_NOT_SUPPORTED")
BAD_PAGE_TOKEN = ("requestError", "INVALID_PAGE_TOKEN")
BAD_CUSTOMER_ID = ("requestError", "INVALID_CUSTOMER_ID")
TEMPORARILY = ("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED")
FOR_TODAY = ("quotaError", "RESOURCE_EXHAUSTED")
TEST_ONLY = {
    "v23": ("authorizationError", "DEVELOPER_TOKEN_NOT_APPROVED"),
    "v24": ("authorizationError", "DEVELOPER_TOKEN_NOT_APPROVED"),
}
NOT_IN_PRODUCTION = ("authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION")
UNSUPPORTED_VERSION = ("requestError", "UNSUPPORTED_VERSION")
MANAGER = ("requestError", "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT")
NOT_PERMITTED = ("authorizationError", "USER_PERMISSION_DENIED")
NO_ADS_USER = ("authenticationError", "NOT_ADS_USER")
NOT_ENABLED = ("authorizationError", "CUSTOMER_NOT_ENABLED")
SUSPENDED = ("authorizationError", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT")
NOT_ALLOW_LISTED = ("notAllowlistedError", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE")
PARTIAL_FAILURE_REQUIRED = ("partialFailureError", "PARTIAL_FAILURE_MODE_REQUIRED")
REQUIRED = ("fieldError", "REQUIRED")
REQUIRED_LIST = ("fieldError", "REQUIRED_NONEMPTY_LIST")
MUST_BE_UNSET = ("fieldError", "VALUE_MUST_BE_UNSET")
TOO_MANY_ITEMS = ("collectionSizeError", "TOO_MANY")
BAD_DATE_TIME = ("dateError", "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET")
IN_THE_FUTURE = ("dateError", "LATER_THAN_MAXIMUM_DATE")
BAD_RESOURCE = ("requestError", "RESOURCE_NAME_MALFORMED")
BAD_CURRENCY = ("currencyCodeError", "UNSUPPORTED")

OUTAGES = {
    401: BAD_CREDENTIALS,
    403: NO_PERMISSION,
    503: "The service is currently unavailable.",
    504: "Deadline expired.",
}
DEFAULT_RETRY_SECONDS = 30


@dataclass(frozen=True)
class Failure:
    """One error: its code, where it is, and the value that caused it or more details when that helps."""

    code: Code
    path: Path = ()
    trigger: str | None = None
    details: Mapping[str, object] | None = None

    @property
    def reason(self) -> str:
        """Return the failure for the ledger."""
        return f"{self.code[0]}.{self.code[1]} at {dotted(self.path)}" if self.path else ".".join(self.code)


def request_id() -> str:
    """Return an id in the shape of Google's request id."""
    return secrets.token_urlsafe(16)


def dotted(path: Path) -> str:
    """Return a field path as text: conversions[3].gclid."""
    return ".".join(name if index is None else f"{name}[{index}]" for name, index in path)


def failure_detail(failures: Sequence[Failure], *, version: str, request: str) -> dict[str, object]:
    """Return the one Any(GoogleAdsFailure) that holds all errors."""
    return {
        "@type": f"type.googleapis.com/google.ads.googleads.{version}.errors.GoogleAdsFailure",
        "errors": [_error(failure) for failure in failures],
        "requestId": request,
    }


def partial_failure(failures: Sequence[Failure], *, version: str, request: str) -> dict[str, object]:
    """Return the google.rpc.Status of a call of which some rows failed."""
    first = failures[0]
    return {
        "code": RPC_INVALID_ARGUMENT,
        "message": f"Multiple errors in ‘details’. First error: {_words(first)}"
        if len(failures) > 1
        else _words(first),
        "details": [failure_detail(failures, version=version, request=request)],
    }


def refusal(*failures: Failure, status: int = 400, version: str = "v26") -> Answer:
    """Return the refusal of a whole call with a GoogleAdsFailure."""
    request = request_id()
    messages = {400: INVALID, 401: BAD_CREDENTIALS, 403: NO_PERMISSION, 429: EXHAUSTED}
    details = [failure_detail(failures, version=version, request=request)]
    return _answer(status, messages[status], details, request)


def bad_json(problems: Sequence[tuple[str, str]]) -> Answer:
    """Return Google's refusal of JSON that does not fit the message: pairs of field path and description."""
    violations = [{"field": field, "description": text} if field else {"description": text} for field, text in problems]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
    return _answer(400, "\n".join(text for _, text in problems), [detail], request_id())


def bare(status: int, message: str) -> Answer:
    """Return an error without a GoogleAdsFailure, as Google's front end gives it."""
    return _answer(status, message, [], request_id())


def scope_refusal() -> Answer:
    """Return the 403 for a token that was not granted the API's scope."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
    message = "Request had insufficient authentication scopes."
    return _answer(403, message, [info | {"domain": "googleapis.com"}], request_id())


def outage(status: int, *, version: str, retry_after: int | None) -> Answer:
    """Return what Google says with this HTTP status when it refuses for its own reasons."""
    if status in OUTAGES:
        return bare(status, OUTAGES[status])
    if status != 429:
        return bare(status, "Internal error encountered.")
    seconds = DEFAULT_RETRY_SECONDS if retry_after is None else retry_after
    if version == "v1":
        return exhausted_ingestion(seconds)
    return exhausted(TEMPORARILY, "ACCOUNT", seconds, version=version)


def exhausted(code: Code, scope: str, seconds: int | None, *, version: str) -> Answer:
    """Return the 429 of the Google Ads API: whose quota it is, and after how many seconds there is some again."""
    named = {"ACCOUNT": "Requests per account", "DEVELOPER": "Requests per project"}[scope]
    delay = {} if seconds is None else {"retryDelay": f"{seconds}s"}
    failure = Failure(code, details={"quotaErrorDetails": {"rateScope": scope, "rateName": named, **delay}})
    return refusal(failure, status=429, version=version)


def exhausted_ingestion(seconds: int) -> Answer:
    """Return the 429 of the Data Manager API."""
    info = {"reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com"}
    details = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", **info},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"},
    ]
    return _answer(429, EXHAUSTED, details, request_id())


def _answer(status: int, message: str, details: Sequence[object], request: str) -> Answer:
    error: dict[str, object] = {"code": status, "message": message, "status": STATUS.get(status, "UNKNOWN")}
    if details:
        error["details"] = list(details)
    return Answer(status, {"error": error}, request, {"request-id": request})


def _error(failure: Failure) -> dict[str, object]:
    category, name = failure.code
    # A code that is younger than the reader comes as a number.
    code = {category: int(name) if name.isdecimal() else name}
    error: dict[str, object] = {"errorCode": code, "message": _words(failure)}
    if failure.trigger is not None:
        error["trigger"] = {"stringValue": failure.trigger}
    if failure.details is not None:
        error["details"] = dict(failure.details)
    if failure.path:
        elements = [
            {"fieldName": step} if index is None else {"fieldName": step, "index": index}
            for step, index in failure.path
        ]
        error["location"] = {"fieldPathElements": elements}
    return error


def _words(failure: Failure) -> str:
    text = failure.code[1].replace("_", " ").capitalize()
    return f"{text}, at {dotted(failure.path)}." if failure.path else f"{text}."
