"""Google's answer as one outcome for each conversion, in order. Nothing counts as taken without evidence.

Shapes of answers: developers.google.com/google-ads/api/docs/best-practices/partial-failures and .../rest/design/errors.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import Any

import orjson

from apps.ads.answers import header, retry_after
from apps.ads.networks.google import codes, event_codes
from apps.domain.outcome import ACCEPTED, Outcome, Reading, Reply, Verdict, for_all, no_answer, with_guilty
from apps.domain.reasons import Who

_Json = Mapping[str, Any]

_UNREADABLE = Outcome(Verdict.UNKNOWN, "unreadable_answer")
_NO_RESULT = Outcome(Verdict.UNKNOWN, "no_result")
_LONGEST_WAIT = timedelta(hours=24)
_ENOUGH_TO_BLAME_THE_ACCOUNT = 20
_LISTS = ("conversions", "conversion_adjustments")

# What the status says by itself, whatever the body; then what it says when the body is Google's own JSON.
_BY_STATUS = {
    401: codes.RECONNECT,
    403: codes.ACCOUNT,
    404: codes.PROJECT,
    413: Outcome(Verdict.SUSPECT, who=Who.OPERATOR),
    429: codes.BUSY,
}
_BY_STATUS_IN_JSON = _BY_STATUS | {
    400: Outcome(Verdict.SUSPECT, who=Who.OPERATOR),
    409: Outcome(Verdict.RETRY, who=Who.OPERATOR),  # a conflict without a code that we know
    500: codes.LATER,
}

_OF_ROWS = frozenset({"error", "results", "partialFailureError"})  # what only answers about single rows have

# Of several errors of one conversion the gravest counts.
_GRAVITY = (Verdict.ACCEPTED, Verdict.TWIN, Verdict.RETRY, Verdict.HOLD, Verdict.REFUSED)


@dataclass(frozen=True, slots=True)
class _Fault:
    """One error of an answer: where it points (None: at the request), its code, and its outcome if we know the code."""

    index: int | None
    code: str
    outcome: Outcome | None


def read(reply: Reply, count: int) -> Reading:
    """What became of each of the `count` conversions of one upload; never raises, whatever came back.

    A code we do not know is parked: refused as `unrecognised:<code>` for the operator to look at.
    """
    if reply.status == 0:
        return no_answer(reply.fault, count)
    document = _document(reply.body)
    trace_id = _trace_id(reply.headers, document)
    if not 200 <= reply.status < 300:
        return _refusal(reply, document, count, trace_id)
    if document is None:
        return for_all(_UNREADABLE, count, trace_id)
    if _is_receipt(document):
        return for_all(ACCEPTED, count, trace_id)
    return Reading(_blame_account(_rows(document, count)), trace_id)


def refusal(reply: Reply) -> Outcome:
    """Why a call that carries no conversions came to nothing."""
    return read(reply, 1).outcomes[0]


def _is_receipt(document: _Json) -> bool:
    """Whether it is the Data Manager API's yes: an id by which to ask later what became of all the events.

    Fields that are new beside it are Google's to add; those by which uploads tell of rows, or an error, make it none.
    """
    request_id = document.get("requestId")
    return isinstance(request_id, str) and bool(request_id) and document.keys().isdisjoint(_OF_ROWS)


def _rows(document: _Json, count: int) -> tuple[Outcome, ...]:
    """A 200: a positional result for each row taken, `{}` and an error with its index for each that was not."""
    faults = list(_faults(_object(document.get("partialFailureError"))))
    named = _by_index(faults, count)
    results = document.get("results")
    if not isinstance(results, list) or len(results) != count:
        results = [None] * count
    without = _without_result([_parked(fault) for fault in faults if fault.index not in named])
    return tuple(named.get(index) or (ACCEPTED if _object(results[index]) else without) for index in range(count))


def _without_result(unnamed: list[Outcome]) -> Outcome:
    """The outcome of rows with neither result nor error: unknown, with the request's own error where it has one."""
    return replace(_gravest(unnamed), verdict=Verdict.UNKNOWN) if unnamed else _NO_RESULT


def _refusal(reply: Reply, document: _Json | None, count: int, trace_id: str) -> Reading:
    """A whole request refused: the rows it names are guilty, else status and code speak for all of them."""
    if document is None:
        return for_all(_with_wait(_of_status(reply.status, _BY_STATUS), retry_after(reply.headers)), count, trace_id)
    error = _object(document.get("error"))
    faults = list(_faults(error))
    named = _by_index(faults, count)
    held = [outcome for outcome in named.values() if outcome.verdict is Verdict.HOLD]
    if held:  # the account is at fault, whichever conversion shows it, and would be for the next one too
        return for_all(held[0], count, trace_id)
    if named:
        return with_guilty(named, count, trace_id)
    outcome = _of_request(faults, _of_status(reply.status, _BY_STATUS_IN_JSON))
    return for_all(_with_wait(outcome, _asked_wait(error) or retry_after(reply.headers)), count, trace_id)


def _of_request(faults: list[_Fault], by_status: Outcome) -> Outcome:
    """A known code that holds or delays the request; else the status, with the code. One bad row may hide behind it."""
    delaying = [
        fault.outcome
        for fault in faults
        if fault.outcome is not None and fault.outcome.verdict in (Verdict.HOLD, Verdict.RETRY)
    ]
    if delaying:
        return _gravest(delaying)
    if not faults:
        return by_status
    telling = _parked(next((fault for fault in faults if fault.outcome is not None), faults[0]))
    return replace(by_status, code=telling.code, who=telling.who)


def _blame_account(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Hold them all when every click belongs to another account: then the account was chosen wrongly."""
    if len(outcomes) < _ENOUGH_TO_BLAME_THE_ACCOUNT or any(o.code not in codes.OF_ANOTHER_ACCOUNT for o in outcomes):
        return outcomes
    return tuple(replace(codes.ACCOUNT, code=outcome.code) for outcome in outcomes)


def _faults(status: _Json) -> Iterator[_Fault]:
    """The errors in a google.rpc.Status: Google Ads' own, the front door's reason, and fields that do not parse."""
    details = _objects(status.get("details"))
    reasons = [str(detail["reason"]) for detail in details if detail.get("reason")]
    yield from (_reasoned(None, reason) for reason in reasons)
    for detail in details:
        for error in _objects(detail.get("errors")):
            yield _ads_fault(error)
        for violation in _objects(detail.get("fieldViolations")):
            index = _index_in(str(violation.get("field")))
            # The Data Manager API says why; a front door that cannot read the JSON does not.
            why = [str(violation["reason"])] if violation.get("reason") else reasons
            yield _reasoned(index, why[0]) if why else _fault(index, "badRequest", str(status.get("status")))


def _reasoned(index: int | None, reason: str) -> _Fault:
    return _Fault(index, reason, codes.meaning("errorInfo", reason) or event_codes.meaning(reason))


def _ads_fault(error: _Json) -> _Fault:
    """A GoogleAdsError. The index is that of the first path element; a row's nested fields have the row's index."""
    kind, code = next(iter(_object(error.get("errorCode")).items()), ("", "no_code"))
    details = _object(error.get("details"))
    path = _objects(_object(error.get("location")).get("fieldPathElements"))
    index = next((step.get("index") for step in path[:1] if step.get("fieldName") in _LISTS), None)
    fault = _fault(
        index if isinstance(index, int) and not isinstance(index, bool) else None,
        str(kind),
        str(details.get("unpublishedErrorCode") or code),
    )
    wait = _seconds(_object(details.get("quotaErrorDetails")).get("retryDelay"))
    return fault if fault.outcome is None else replace(fault, outcome=_with_wait(fault.outcome, wait))


def _fault(index: int | None, kind: str, code: str) -> _Fault:
    return _Fault(index, code, codes.meaning(kind, code))


def _parked(fault: _Fault) -> Outcome:
    return fault.outcome or replace(codes.OUR_FAULT, code="unrecognised:" + re.sub(r"\W", "_", fault.code)[:60])


def _by_index(faults: Iterable[_Fault], count: int) -> dict[int, Outcome]:
    named: dict[int, list[Outcome]] = {}
    for fault in faults:
        if fault.index is not None and 0 <= fault.index < count:
            named.setdefault(fault.index, []).append(_parked(fault))
    return {index: _gravest(outcomes) for index, outcomes in named.items()}


def _gravest(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=lambda outcome: _GRAVITY.index(outcome.verdict))


def _of_status(status: int, table: Mapping[int, Outcome]) -> Outcome:
    """What a status means without a code. A 502, 503 or 504 may hide an upload that was taken."""
    return replace(table.get(status, _UNREADABLE), code=f"http_{status}")


def _index_in(field: str) -> int | None:
    match = re.match(r"(?:(?:events\.)?events|conversions|conversion_?[aA]djustments)\[(\d{1,4})\]", field)
    return int(match[1]) if match else None


def _with_wait(outcome: Outcome, wait: timedelta | None) -> Outcome:
    return replace(outcome, wait=wait) if wait else outcome


def _asked_wait(error: _Json) -> timedelta | None:
    """google.rpc.RetryInfo; the Ads API's own retryDelay stands with its error."""
    return next(
        (wait for detail in _objects(error.get("details")) if (wait := _seconds(detail.get("retryDelay")))), None
    )


def _seconds(text: object) -> timedelta | None:
    """A protobuf Duration in JSON, such as `30s` or `1.500s`, rounded up and at most a day."""
    match = re.fullmatch(r"(\d{1,9})(\.\d+)?s", text) if isinstance(text, str) else None
    return min(timedelta(seconds=int(match[1]) + (match[2] is not None)), _LONGEST_WAIT) if match else None


def _trace_id(headers: Mapping[str, str], document: _Json | None) -> str:
    """The request-id header, which Google's support asks for; else the failure's own."""
    if given := header(headers, "request-id"):
        return given[:120]
    failures = (_object((document or {}).get(part)) for part in ("partialFailureError", "error"))
    ids = chain(
        ((document or {}).get("requestId"),),
        (detail.get("requestId") for failure in failures for detail in _objects(failure.get("details"))),
    )
    return next((text[:120] for text in ids if isinstance(text, str)), "")


def _document(body: bytes) -> _Json | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _object(value: object) -> _Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[_Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
