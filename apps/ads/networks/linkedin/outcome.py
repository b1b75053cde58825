"""LinkedIn's answers, as one outcome for each conversion.

A batch is taken or refused as a whole. A refusal names the guilty elements in its text, which is no contract: when it
cannot be read, all are suspects. Sources: learn.microsoft.com/linkedin/shared/api-guide/concepts (`error-handling`,
`rate-limits`) and learn.microsoft.com/linkedin/marketing/versioning; the texts were seen in answers of the live
service.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.ads.answers import header, parsed, retry_after
from apps.domain.manifest import CLOCK_TOLERANCE
from apps.domain.outcome import ACCEPTED, Outcome, Reach, Reading, Reply, Verdict, for_all, no_answer, with_guilty
from apps.domain.reasons import Who

# What a status, a code or a fault says; SUSPECT: one of the conversions is at fault.
_SIGNED_OUT = Outcome(Verdict.HOLD, who=Who.ADMIN, signed_out=True)
_FORBIDDEN = Outcome(Verdict.HOLD, who=Who.ADMIN)
_OPERATION = Outcome(Verdict.HOLD, who=Who.OPERATOR)
_VERSION_ENDED = Outcome(Verdict.HOLD, who=Who.OPERATOR, reach=Reach.NETWORK)
_AT_FAULT = Outcome(Verdict.SUSPECT, who=Who.OPERATOR)
_MAYBE_TAKEN = Outcome(Verdict.UNKNOWN)
_PARKED = Outcome(Verdict.RETRY, who=Who.OPERATOR)

# By HTTP status.
STATUSES: Mapping[int, Outcome] = {
    400: _AT_FAULT,
    401: _SIGNED_OUT,
    403: _FORBIDDEN,  # "No ad accounts found": a wrong rule, a lost role, or a missing scope
    404: _OPERATION,
    405: _OPERATION,
    411: _OPERATION,
    413: _AT_FAULT,
    422: _AT_FAULT,
    426: _VERSION_ENDED,  # the version has ended
    429: Outcome(Verdict.HOLD, throttled=True),
    500: _MAYBE_TAKEN,
    502: _MAYBE_TAKEN,
    503: Outcome(Verdict.RETRY),
    504: _MAYBE_TAKEN,
}
# By the answer's own code, where it says more than the status.
CODES: Mapping[str, Outcome] = {
    "VERSION_MISSING": _VERSION_ENDED,
    "NONEXISTENT_VERSION": _VERSION_ENDED,
    "65600": _SIGNED_OUT,  # the token is not valid or has expired
    "65601": _SIGNED_OUT,  # the token was revoked
}


# By what a message of status 400 says. An event of a clock that runs ahead becomes true by waiting; one that is too old
# ends at its own deadline.
FAULTS: Mapping[str, Outcome] = {
    "within 90 days": Outcome(Verdict.RETRY, "outside_window", Who.MARKETER, CLOCK_TOLERANCE),
    "method should be CONVERSIONS_API": Outcome(Verdict.HOLD, "wrong_rule_method", Who.MARKETER, reach=Reach.ROUTE),
}

FORBIDDEN = "forbidden"  # what a 403 is called here: LinkedIn's own words for it mislead
_OWN_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")
_LIST = re.compile(r"indices \[ *(\d{1,6}(?: *, *\d{1,6})*) *\]")
_LINE = re.compile(r"^Index: (\d{1,6}), ERROR ::", re.MULTILINE)


def read(reply: Reply, count: int) -> Reading:
    """One outcome for each of the `count` conversions of the request that `reply` answers.

    Taken is only what the answer lists with status 201, one entry for each conversion. Header names may be in any case.
    """
    if reply.status == 0:
        return no_answer(reply.fault, count)
    answer, trace = parsed(reply.body), header(reply.headers, "x-li-uuid")[:120]
    if 200 <= reply.status < 300:
        return Reading(_per_element(answer, count), trace)
    code = FORBIDDEN if reply.status == 403 else _code(answer, reply.status)
    meaning = replace(CODES.get(code) or STATUSES.get(reply.status, _PARKED), code=code)
    if meaning.verdict is Verdict.HOLD:
        return for_all(replace(meaning, wait=retry_after(reply.headers)), count, trace)
    if meaning.verdict is not Verdict.SUSPECT:
        return for_all(meaning, count, trace)
    if reply.status in (400, 422) and "message" not in answer:  # a gateway's page, not LinkedIn's verdict
        return for_all(replace(_PARKED, code=code), count, trace)
    return _refusal(reply.status, str(answer.get("message")), meaning, count, trace)


def _per_element(answer: Mapping[str, Any], count: int) -> tuple[Outcome, ...]:
    elements = answer.get("elements")
    if not isinstance(elements, list) or len(elements) != count:
        code = "count_mismatch" if isinstance(elements, list) else "unreadable_answer"
        return (Outcome(Verdict.UNKNOWN, code, Who.OPERATOR),) * count
    return tuple(map(_of_element, elements))


def _of_element(element: object) -> Outcome:
    status = element.get("status") if isinstance(element, dict) else None
    if status == 201:
        return ACCEPTED
    return Outcome(
        Verdict.UNKNOWN, f"element_{status}" if isinstance(status, int) else "unreadable_answer", Who.OPERATOR
    )


def _refusal(status: int, message: str, suspect: Outcome, count: int, trace: str) -> Reading:
    told = next((fault for words, fault in FAULTS.items() if status == 400 and words in message), None)
    indices = _indices(status, message) if count > 1 else {0}
    if indices and max(indices) < count:
        guilty = told or replace(suspect, verdict=Verdict.REFUSED)
        return with_guilty(dict.fromkeys(indices, guilty), count, trace)
    return for_all(suspect, count, trace)


def _indices(status: int, message: str) -> set[int]:
    """The elements that the message names. What it echoes of them must not name others: each status has one way."""
    found = _LINE.findall(message) if status == 422 else ",".join(_LIST.findall(message)).split(",")
    return {int(number) for number in found if number}


def _code(answer: Mapping[str, Any], status: int) -> str:
    given = [answer.get("code"), answer.get("serviceErrorCode")]
    told = [str(code) for code in given if isinstance(code, str | int) and _OWN_CODE.fullmatch(str(code))]
    return next((code for code in told if code in CODES), (*told, f"http_{status}")[0])
