"""LinkedIn's error bodies. Words are no contract there either; status, code and the index lists are."""

import secrets
import uuid
from collections.abc import Mapping

from apps.sandbox.exchange import Answer

FABRIC = "sandbox"
TOKEN_STATES: Mapping[str, tuple[int, str, str]] = {
    "unknown": (65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    "expired": (65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    "revoked": (65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
}
THROTTLED = "Resource level throttle limit for calls to this resource is reached."
OUTAGES: Mapping[int, str] = {429: THROTTLED, 504: "Gateway Timeout"}


def headers(trace: str) -> dict[str, str]:
    """Return the trace headers of every answer."""
    return {"x-li-uuid": trace, "x-li-fabric": FABRIC, "x-li-request-id": trace}


def trace_id() -> str:
    """Return an id in the shape of x-li-uuid."""
    return secrets.token_urlsafe(16) + "=="


def refusal(status: int, message: str, *, code: str | None = None, service_code: int | None = None) -> Answer:
    """Return an error answer."""
    trace = trace_id()
    body: dict[str, object] = {"message": message, "status": status}
    if code is not None:
        body["code"] = code
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    gateway = {"X-Restli-Gateway-Error": "true"} if code in ("VERSION_MISSING", "NONEXISTENT_VERSION") else {}
    return Answer(status, body, trace, headers(trace) | gateway | {"X-RestLi-Protocol-Version": "2.0.0"})


def bad_token(state: str) -> Answer:
    """Return the 401 for a token that is unknown, expired or revoked."""
    service_code, code, message = TOKEN_STATES[state]
    return refusal(401, message, code=code, service_code=service_code)


def outage(status: int, *, version: str, retry_after: int | None) -> Answer:
    """Return what LinkedIn says with this HTTP status when it refuses for its own reasons."""
    return bad_token("expired") if status == 401 else refusal(status, OUTAGES.get(status, "Internal Server Error"))


def created() -> Answer:
    """Return the answer to a single event: 201, no body, and no id that means anything outside LinkedIn."""
    trace = trace_id()
    internal = f"urn:li:conversionEvent:{uuid.uuid4().hex}"
    names = {"Location": f"/conversionEvents/{internal}", "x-restli-id": internal}
    return Answer(201, None, trace, headers(trace) | names | {"X-RestLi-Protocol-Version": "2.0.0"})


def batch_created(count: int) -> Answer:
    """Return the answer to a batch: one status per element, in order."""
    trace = trace_id()
    body = {"elements": [{"status": 201}] * count}
    return Answer(200, body, trace, headers(trace) | {"X-RestLi-Protocol-Version": "2.0.0"})


def found(body: object) -> Answer:
    """Return the answer to a reading call."""
    trace = trace_id()
    return Answer(200, body, trace, headers(trace) | {"X-RestLi-Protocol-Version": "2.0.0"})


def made(location: str, number: str, body: object = None) -> Answer:
    """Return the answer to something that was made: 201 with its id in the headers."""
    trace = trace_id()
    names = {"Location": location, "x-restli-id": number, "X-RestLi-Protocol-Version": "2.0.0"}
    return Answer(201, body, trace, headers(trace) | names)


def done() -> Answer:
    """Return the answer to a change: 204."""
    trace = trace_id()
    return Answer(204, None, trace, headers(trace) | {"X-RestLi-Protocol-Version": "2.0.0"})
