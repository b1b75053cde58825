"""The Data Manager API's refusals: ErrorInfo with a reason, the fields at fault, and the request's id."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.sandbox.exchange import Answer
from apps.sandbox.google.errors import STATUS, request_id

DOMAIN = "datamanager.googleapis.com"


@dataclass(frozen=True)
class Violation:
    """A field that is wrong: its path (`events.events[7].currency`) and the reason out of the API's own enum.
    One that is `unindexed` does not say which event it is about."""

    field: str
    reason: str
    unindexed: bool = False


def refusal(violations: Sequence[Violation]) -> Answer:
    """Return the refusal of a whole request for the fields named; nothing of it was stored."""
    fields = [
        {"field": each.field, "description": each.reason.replace("_", " ").capitalize(), "reason": each.reason}
        for each in violations
    ]
    bad_request: dict[str, object] = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields}
    return _answer(400, "There was a problem with the request.", _info("INVALID_ARGUMENT", DOMAIN), bad_request)


def denied() -> Answer:
    """Return the 403 for an account that the caller may not use."""
    return _answer(403, "The caller does not have permission", _info("PERMISSION_DENIED", DOMAIN))


def unusable(reason: str) -> Answer:
    """Return a 400 for this reason that points at no field."""
    return _answer(400, "Request contains an invalid argument.", _info(reason, DOMAIN))


def _info(reason: str, domain: str) -> dict[str, object]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain}


def _answer(status: int, message: str, *details: dict[str, object]) -> Answer:
    request = request_id()
    about = {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": request}
    error = {"code": status, "message": message, "status": STATUS[status], "details": [*details, about]}
    return Answer(status, {"error": error}, request)
