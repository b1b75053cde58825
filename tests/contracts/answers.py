"""What each network answers, in its own words: the whole request taken, each code that it is known to give, a new one.

A network that joins the registry teaches this module its answers, else the contract suite fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from apps.ads.networks.facebook import outcome as facebook
from apps.ads.networks.google import codes as google
from apps.ads.networks.google import event_codes as google_events
from apps.ads.networks.linkedin import outcome as linkedin
from apps.domain.outcome import Reply

NEW_CODE = "9876543"


@dataclass(frozen=True)
class Answers:
    """`taken(count)` says yes to a request; `known` goes through the vendor's tables; `new` holds NEW_CODE."""

    taken: Callable[[int], Reply]
    known: Callable[[], Iterator[tuple[str, Reply]]]
    new: Reply


def reply(status: int, body: Any, **headers: str) -> Reply:
    """An answer with a JSON body."""
    return Reply(status, {"content-type": "application/json", **headers}, orjson.dumps(body))


def facebook_error(code: int, subcode: int | None = None, status: int = 400, **more: object) -> Reply:
    """A Graph API error; `more` goes into the error object."""
    error = {"message": "Ongeldige parameter", "type": "OAuthException", "code": code, "fbtrace_id": "AbC", **more}
    return reply(status, {"error": error if subcode is None else {**error, "error_subcode": subcode}})


def _facebook_known() -> Iterator[tuple[str, Reply]]:
    for code, subcode in facebook.CODES:
        yield f"{code}/{subcode}", facebook_error(code, subcode)
    for first, last, _ in facebook.CODE_RANGES:
        yield f"{first}", facebook_error(first)
        yield f"{last}", facebook_error(last)
    for status in facebook.STATUSES:
        yield f"HTTP {status}", Reply(status, {}, b"<html>gateway</html>")


def linkedin_error(status: int, message: str = "Something is wrong", **more: object) -> Reply:
    """A Rest.li error."""
    return reply(status, {"message": message, "status": status, **more}, **{"x-li-uuid": "AAY=="})


def _linkedin_known() -> Iterator[tuple[str, Reply]]:
    for status in linkedin.STATUSES:
        yield f"HTTP {status}", linkedin_error(status)
    for code in linkedin.CODES:
        yield code, linkedin_error(400, code=code)
    for words in linkedin.FAULTS:
        yield words, linkedin_error(400, f"Incorrect conversions: {words}, indices [0] (0-indexed)")


def google_error(kind: str, code: str, index: int | None = None) -> Reply:
    """A Google Ads failure of the whole request, or of one row."""
    path = [{"fieldName": "conversions", "index": index}] if index is not None else []
    error = {"errorCode": {kind: code}, "message": "no", "location": {"fieldPathElements": path}}
    return reply(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "details": [{"errors": [error]}]}})


def google_refusal(reason: str) -> Reply:
    """A Data Manager request refused for its first event."""
    violation = {"field": "events.events[0].user_data", "reason": reason}
    return reply(400, {"error": {"status": "INVALID_ARGUMENT", "details": [{"fieldViolations": [violation]}]}})


def _google_known() -> Iterator[tuple[str, Reply]]:
    for kind, code in google._MEANINGS:
        yield f"{kind}.{code}", google_error(kind, code, 0)
    for reason in google_events.MEANINGS:
        yield f"events.{reason}", google_refusal(reason)


ANSWERS = {
    "facebook": Answers(
        taken=lambda count: reply(200, {"events_received": count, "messages": [], "fbtrace_id": "AbC"}),
        known=_facebook_known,
        new=facebook_error(int(NEW_CODE), 1),
    ),
    "google": Answers(
        taken=lambda count: reply(200, {"results": [{"conversionAction": "customers/1/conversionActions/7"}] * count}),
        known=_google_known,
        new=google_error("conversionUploadError", NEW_CODE, 0),
    ),
    "linkedin": Answers(
        taken=lambda count: reply(200, {"elements": [{"status": 201}] * count}),
        known=_linkedin_known,
        new=linkedin_error(418, code=NEW_CODE),
    ),
}
