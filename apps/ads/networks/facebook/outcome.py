"""Facebook's answers, as one outcome for each conversion.

A call is taken or refused as a whole. Errors are told apart by their numbers alone: Meta documents no HTTP status for a
code, and its texts are translated. Sources: developers.facebook.com/documentation/ads-commerce/marketing-api, pages
`error-reference` and `rate-limiting`; developers.facebook.com/docs/graph-api/guides/error-handling; the subcodes
2804xxx are not documented and were seen in public reports.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from apps.ads.answers import header, retry_after
from apps.domain.outcome import ACCEPTED, Outcome, Reach, Reading, Reply, Verdict, for_all, no_answer, with_guilty
from apps.domain.reasons import Who

# What a code says; SUSPECT: one of the conversions is at fault; AMEND: a part of one of them is.
_PASSING = Outcome(Verdict.RETRY)
_MAYBE_TAKEN = Outcome(Verdict.UNKNOWN)
_THROTTLED = Outcome(Verdict.HOLD, throttled=True)
_SIGN_IN = Outcome(Verdict.HOLD, who=Who.ADMIN)
_SIGNED_OUT = replace(_SIGN_IN, signed_out=True)
_OPERATION = Outcome(Verdict.HOLD, who=Who.OPERATOR)
_DATA = Outcome(Verdict.SUSPECT, who=Who.MARKETER)
_OURS = Outcome(Verdict.SUSPECT, who=Who.OPERATOR)
_WITHOUT = Outcome(Verdict.AMEND, who=Who.MARKETER)
_PARKED = Outcome(Verdict.RETRY, who=Who.OPERATOR)

# By (code, subcode); a code's own line stands for its other subcodes.
CODES: Mapping[tuple[int, int | None], Outcome] = {
    (1, None): _PASSING,
    (2, None): _PASSING,
    (5000, None): _PASSING,
    (21009, None): _PASSING,  # the dataset is not ready for uploads yet
    (4, None): replace(_OPERATION, throttled=True),  # the app's limit, shared by all workspaces
    (17, None): _THROTTLED,
    (32, None): _THROTTLED,
    (613, None): _THROTTLED,
    (341, None): replace(_OPERATION, wait=timedelta(hours=1)),
    (368, None): replace(_SIGN_IN, wait=timedelta(hours=6)),  # blocked for breaking a policy
    (102, None): _SIGNED_OUT,
    (104, None): _SIGN_IN,  # a wrong appsecret_proof
    (190, None): _SIGNED_OUT,
    (190, 458): _SIGNED_OUT,  # app removed
    (190, 459): _SIGNED_OUT,  # checkpoint
    (190, 460): _SIGNED_OUT,  # password changed
    (190, 463): _SIGNED_OUT,  # expired
    (190, 464): _SIGNED_OUT,
    (190, 467): _SIGNED_OUT,  # invalid
    (190, 492): _SIGNED_OUT,
    (6200, None): _DATA,  # the ad account has a pixel already and may have no other
    (2635, None): replace(_OPERATION, reach=Reach.NETWORK),  # the API version has ended
    (3, None): _SIGN_IN,
    (10, None): _SIGN_IN,
    (100, 33): replace(_SIGN_IN, reach=Reach.ROUTE),  # no such pixel, or the token was not assigned to it
    (100, None): _OURS,
    (100, 2804001): _WITHOUT,  # malformed fbc, which `write.amended` takes away
    (100, 2804003): _DATA,  # older than seven days
    (100, 2804007): _OURS,
    (100, 2804009): _DATA,  # a Purchase without value
    (100, 2804010): _DATA,  # a Purchase without currency
    (100, 2804016): _OURS,  # a field that must be hashed is not
    (100, 2804017): _OURS,
    (100, 2804019): _OURS,  # unexpected or missing key
    (100, 2804048): _OURS,
    (100, 2804050): _DATA,  # match keys too general
    (100, 2804066): _DATA,  # event name not allowed for this action source
}
# What becomes of the one conversion that is at fault.
_ALONE = {Verdict.SUSPECT: Verdict.REFUSED, Verdict.AMEND: Verdict.AMEND}
CODE_RANGES = ((200, 299, _SIGN_IN), (80000, 80014, _THROTTLED))
# Answers without an error object: a gateway's, not Facebook's own.
STATUSES: Mapping[int, Outcome] = {
    413: _OURS,
    429: _THROTTLED,
    500: _MAYBE_TAKEN,
    502: _MAYBE_TAKEN,
    503: _PASSING,
    504: _MAYBE_TAKEN,
}

VERSION_WARNING, _WARNING_HEADER = "api_version_warning", "x-ad-api-version-warning"
# Meta's own advice: no calls that can wait from nine tenths of a limit on.
_SHARES, _NEARLY_REACHED = ("call_count", "total_cputime", "total_time", "acc_id_util_pct"), 90
_SHORT_REST = timedelta(minutes=1)
_LONGEST_WAIT = 24 * 60 * 60
_PLACE = re.compile(r"\$\['data'\]\[(\d{1,6})\]")


def read(reply: Reply, count: int) -> Reading:
    """One outcome for each of the `count` conversions of the request that `reply` answers.

    Taken only when Facebook says that it received exactly `count` events. What is taken carries the wait that the usage
    headers ask for, and a code for the operator when Facebook warns that it answered in a newer version than was asked
    for. Header names may be in any letter case.
    """
    if reply.status == 0:
        return no_answer(reply.fault, count)
    answer = _object(reply.body)
    error = answer.get("error")
    if isinstance(error, dict) and (number := _whole(error.get("code"))) is not None:
        return _refusal(reply, error, number, count)
    trace = _trace(answer, reply)
    if error is not None or not 200 <= reply.status < 300:
        return _for_all(STATUSES.get(reply.status, _PARKED), f"http_{reply.status}", reply, count, trace)
    received = answer.get("events_received")
    if type(received) is int and received == count:
        return for_all(_taken(reply), count, trace)
    code = "unreadable_answer" if received is None else "count_mismatch"
    return for_all(Outcome(Verdict.UNKNOWN, code, Who.OPERATOR), count, trace)


def _taken(reply: Reply) -> Outcome:
    taken = replace(ACCEPTED, wait=_rest(reply))
    return replace(taken, code=VERSION_WARNING, who=Who.OPERATOR) if header(reply.headers, _WARNING_HEADER) else taken


def _refusal(reply: Reply, error: Mapping[str, Any], number: int, count: int) -> Reading:
    subcode, trace = _whole(error.get("error_subcode")), _trace(error, reply)
    code = f"{number}/{subcode}" if subcode else str(number)
    meaning = _meaning(number, subcode, error, reply.status)
    place = _PLACE.search(orjson.dumps(error).decode())
    if meaning.verdict in _ALONE and place and int(place[1]) < count:
        guilty = replace(meaning, verdict=_ALONE[meaning.verdict], code=code[:40])
        return with_guilty({int(place[1]): guilty}, count, trace)
    return _for_all(meaning, code, reply, count, trace)


def _meaning(number: int, subcode: int | None, error: Mapping[str, Any], status: int) -> Outcome:
    known = CODES.get((number, subcode)) or CODES.get((number, None)) or _from_range(number)
    if known is not None and known.verdict is Verdict.HOLD:
        return known
    if error.get("is_transient") is True or number < 0 or (status >= 500 and known is None):
        return _PASSING
    # Code 100 is also a wrong appsecret_proof or object: this type says that the call is at fault, not its events.
    if number == 100 and error.get("type") == "GraphMethodException":
        return _SIGN_IN
    return known or _PARKED


def _from_range(number: int) -> Outcome | None:
    return next((meaning for first, last, meaning in CODE_RANGES if first <= number <= last), None)


def _for_all(meaning: Outcome, code: str, reply: Reply, count: int, trace: str) -> Reading:
    outcome = replace(meaning, code=code[:40])
    if outcome.verdict in _ALONE:
        outcome = replace(outcome, verdict=_ALONE[outcome.verdict] if count == 1 else Verdict.SUSPECT)
    if outcome.verdict is Verdict.HOLD:
        outcome = replace(outcome, wait=_asked_wait(reply) or retry_after(reply.headers) or outcome.wait)
    return for_all(outcome, count, trace)


def _rest(reply: Reply) -> timedelta | None:
    """How long to leave Facebook alone although it took the request, once a limit is nearly reached."""
    asked = _asked_wait(reply)
    return asked or _SHORT_REST if _busiest(reply) >= _NEARLY_REACHED else None


def _busiest(reply: Reply) -> int:
    """The share of a limit that is used, in percent: of the app's, the ad account's and each business use case's."""
    uses = [use for uses in _object(header(reply.headers, "x-business-use-case-usage")).values() for use in _list(uses)]
    uses += [_object(header(reply.headers, name)) for name in ("x-app-usage", "x-ad-account-usage")]
    return max(
        (int(use[name]) for use in uses if isinstance(use, dict) for name in _SHARES if _is_share(use, name)), default=0
    )


def _is_share(use: Mapping[str, Any], name: str) -> bool:
    return isinstance(use.get(name), int | float) and not isinstance(use.get(name), bool)


def _asked_wait(reply: Reply) -> timedelta | None:
    """The longest wait in the usage headers, at most a day: minutes per business use case, seconds per ad account."""
    uses = [use for uses in _object(header(reply.headers, "x-business-use-case-usage")).values() for use in _list(uses)]
    waits = [60 * (_whole(use.get("estimated_time_to_regain_access")) or 0) for use in uses if isinstance(use, dict)]
    waits.append(_whole(_object(header(reply.headers, "x-ad-account-usage")).get("reset_time_duration")) or 0)
    longest = min(max(waits), _LONGEST_WAIT)
    return timedelta(seconds=longest) if longest > 0 else None


def _trace(answer: Mapping[str, Any], reply: Reply) -> str:
    return str(answer.get("fbtrace_id") or header(reply.headers, "x-fb-trace-id"))[:120]


def _object(text: bytes | str) -> dict[str, Any]:
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
