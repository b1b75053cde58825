"""The Graph API's errors: numbers as documented or observed, words our own where nobody parses them.

Clients must classify by code and subcode; titles and messages are localised by Facebook.
Code 100 with subcodes 2804003, 2804010 and 2804016, and the JSON path in 2804019, are as published answers show them.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.sandbox.exchange import Answer


@dataclass(frozen=True)
class GraphError:
    """One kind of error. `message` and `user_message` may hold {placeholders}; subcode None is left out of the body."""

    status: int
    code: int
    subcode: int | None
    message: str
    title: str = ""
    user_message: str = ""
    type: str = "OAuthException"
    transient: bool = False


def _parameter(subcode: int, title: str, user_message: str) -> GraphError:
    return GraphError(400, 100, subcode, "Invalid parameter", title, user_message)


NO_TOKEN = GraphError(400, 104, None, "An access token is required to request this resource.")
BAD_PROOF = GraphError(400, 104, None, "The appsecret_proof does not belong to this access token.")
BAD_TOKEN = GraphError(401, 190, None, "Invalid OAuth access token - Cannot parse access token")
UNKNOWN_VERSION = GraphError(400, 2635, None, "{version} is not an API version that is still served.")
UNKNOWN_OBJECT = GraphError(
    400,
    100,
    33,
    "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, "
    "or does not support this operation.",
    type="GraphMethodException",
)
NO_PERMISSION = GraphError(
    403, 200, None, "(#200) Ad account owner has NOT grant ads_management or ads_read permission"
)
LACKS = GraphError(403, 200, None, "(#200) Requires {permission} permission to manage the object")
NOT_A_PAGE = GraphError(400, 210, None, "(#210) A page access token is required to request this resource.")
NOT_THE_APP = GraphError(400, 15, None, "(#15) This method must be called with an app access_token.")
NOBODY = GraphError(400, 2500, None, "An active access token must be used to query information about the current user.")
NOT_VERIFIED = GraphError(400, 2200, None, "(#2200) Callback verification failed with the following errors: {problem}")
PIXEL_EXISTS = GraphError(400, 6200, None, "(#6200) A pixel already exists for this account")
BAD_CLIENT = GraphError(
    400, 101, None, "Error validating application. Cannot get application info due to a system error."
)
BAD_SECRET = GraphError(400, 1, None, "Error validating client secret.")
BAD_CODE = GraphError(400, 100, None, "Invalid verification code format.")
OLD_CODE = GraphError(400, 100, 36007, "This authorization code has expired.")
OTHER_REDIRECT = GraphError(
    400,
    100,
    36008,
    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the "
    "OAuth dialog request",
)
USED_CODE = GraphError(400, 100, 36009, "This authorization code has been used.")
UNKNOWN_EDGE = GraphError(400, 2500, None, "Unknown path components: /{path}")
UNKNOWN_FIELD = GraphError(400, 100, None, "(#100) Tried accessing nonexisting field ({field}) on node type ({kind})")
BAD_PARAMETER = GraphError(400, 100, None, "(#100) {problem}")
NO_DATA = GraphError(400, 100, None, "(#100) The parameter data is required")
BAD_DATA = GraphError(400, 100, None, "(#100) param data must be a JSON array of at least one event.")
TOO_MANY = GraphError(400, 100, None, "(#100) param data must hold at most {limit} events, not {count}.")
BAD_JSON = GraphError(400, 100, None, "(#100) The request body is not valid JSON.")

SCHEMA = _parameter(2804019, "Server Side Api Parameter Error", "Server Side Api Parameter Error: {problem}")
TOO_OLD = _parameter(
    2804003,
    "Event Timestamp Too Old",
    "This event happened too long ago: it must reach us within {days} days of event_time.",
)
MATCH_KEYS = _parameter(
    2804050,
    "Not Enough Customer Information",
    "This event's user_data is too broad to match anybody. Add parameters that single out a person.",
)
NOT_HASHED = _parameter(
    2804016,
    "User Parameter Not Hashed",
    "The {parameter} parameter isn’t hashed. Only its SHA-256, as 64 lower-case hexadecimal digits, is accepted.",
)
BAD_FBC = _parameter(
    2804001, "Invalid Click ID", "The click ID format of fbc is wrong: fb.<index>.<milliseconds>.<fbclid>."
)
NO_VALUE = _parameter(
    2804009, "Missing Value for Purchase Event", "A purchase event needs a value, a number of 0 or more."
)
NO_CURRENCY = _parameter(2804010, "Missing Currency for Purchase Event", "A purchase event needs an ISO 4217 currency.")

TOKEN_STATES: Mapping[str, GraphError] = {
    state: GraphError(401, 190, subcode, f"Error validating access token: {why}.")
    for state, subcode, why in (
        ("app_removed", 458, "the user removed the app"),
        ("checkpoint", 459, "the user must pass a checkpoint first"),
        ("password_changed", 460, "the user changed the password"),
        ("expired", 463, "the session has expired"),
        ("invalid", 467, "the session is no longer valid"),
    )
}
# What Facebook answers when it is not the caller's fault, by HTTP status; throttles come as 400 too.
OUTAGES: Mapping[int, GraphError] = {
    400: GraphError(400, 613, 1487742, "There have been too many calls to this ad account.", transient=True),
    401: TOKEN_STATES["expired"],
    403: GraphError(403, 200, None, "(#200) The permission for this pixel is missing."),
    429: GraphError(429, 4, None, "Application request limit reached", transient=True),
    500: GraphError(500, 1, None, "An unknown error occurred", transient=True),
}
THROTTLES = (4, 17, 32, 613)
UNAVAILABLE = GraphError(503, 2, None, "Service temporarily unavailable", transient=True)


def trace_id() -> str:
    """Return an id in the shape of an fbtrace_id."""
    return "A" + secrets.token_urlsafe(16)


def refusal(error: GraphError, headers: Mapping[str, str] | None = None, **details: object) -> Answer:
    """Return the error as an answer, its placeholders filled from `details`."""
    trace = trace_id()
    body: dict[str, object] = {"message": error.message.format(**details), "type": error.type, "code": error.code}
    if error.subcode is not None:
        body["error_subcode"] = error.subcode
    if error.title:
        body |= {
            "is_transient": error.transient,
            "error_user_title": error.title,
            "error_user_msg": error.user_message.format(**details),
        }
    elif error.transient:
        body["is_transient"] = True
    return Answer(error.status, {"error": body | {"fbtrace_id": trace}}, trace, headers or {})


def outage(status: int, *, version: str, retry_after: int | None) -> Answer:
    """Return what Facebook says with this HTTP status when it refuses for its own reasons."""
    error = OUTAGES.get(status, UNAVAILABLE)
    regain_minutes = -(-(retry_after or 0) // 60)
    full = {"call_count": 100, "total_cputime": 1, "total_time": 1}
    headers = usage_headers("act_0", full, regain_minutes) if error.code in THROTTLES else {}
    return refusal(replace(error, status=status), headers | {"facebook-api-version": version})


def in_words(error: GraphError, **details: object) -> str:
    """Return the error for the ledger: its numbers and what it says."""
    number = f"{error.code}/{error.subcode}" if error.subcode is not None else str(error.code)
    return f"{number}: {(error.user_message or error.message).format(**details)}"


def usage_headers(ad_account: str, percentages: Mapping[str, int], regain_minutes: int) -> dict[str, str]:
    """Return the usage headers: percentages of the app's and of the ad account's allowance."""
    use_case = {"type": "ads_management", **percentages, "estimated_time_to_regain_access": regain_minutes}
    headers = {"X-App-Usage": json.dumps(dict(percentages))}
    if ad_account:
        number = ad_account.removeprefix("act_")
        headers["X-Business-Use-Case-Usage"] = json.dumps(
            {number: [use_case | {"ads_api_access_tier": "standard_access"}]}
        )
        headers["X-Ad-Account-Usage"] = json.dumps(
            {
                "acc_id_util_pct": percentages["call_count"],
                "reset_time_duration": 0,
                "ads_api_access_tier": "standard_access",
            }
        )
    return headers
