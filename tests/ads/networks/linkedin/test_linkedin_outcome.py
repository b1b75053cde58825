"""What LinkedIn's answers mean for each event of a batch."""

from datetime import timedelta

import pytest

from apps.ads.networks.linkedin.outcome import read
from apps.domain.outcome import ACCEPTED, Outcome, Reach, Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import linkedin_error, reply

LINE = "ERROR :: /conversionValue/amount :: field is required but not found and has no default value\n"
SECOND = "ERROR :: /user/userInfo/lastName :: field is required but not found and has no default value\n"


def verdicts(answer: Reply, count: int = 4) -> list[Verdict]:
    return [outcome.verdict for outcome in read(answer, count).outcomes]


def only(answer: Reply, count: int = 4) -> Outcome:
    outcomes = set(read(answer, count).outcomes)
    assert len(outcomes) == 1
    return outcomes.pop()


def guilty(answer: Reply, count: int = 4) -> set[int]:
    found = verdicts(answer, count)
    assert set(found) <= {Verdict.REFUSED, Verdict.INNOCENT}
    return {index for index, verdict in enumerate(found) if verdict is Verdict.REFUSED}


def test_it_keeps_the_trace_id() -> None:
    assert read(linkedin_error(401), 1).trace_id == "AAY=="
    assert read(Reply(200, {"X-LI-UUID": "AAX=="}, b'{"elements": [{"status": 201}]}'), 1).trace_id == "AAX=="


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ({"status": 202}, "element_202"),
        ({"status": 422}, "element_422"),
        ({"status": "201"}, "unreadable_answer"),
        ({}, "unreadable_answer"),
        (None, "unreadable_answer"),
    ],
)
def test_linkedin_a16_it_alarms_for_an_element_that_was_not_created(element: object, code: str) -> None:
    created = {"status": 201}
    outcomes = read(reply(200, {"elements": [created, element, created]}), 3).outcomes
    assert outcomes == (ACCEPTED, Outcome(Verdict.UNKNOWN, code, Who.OPERATOR), ACCEPTED)


def test_linkedin_a15_it_blames_the_lines_that_carry_an_index() -> None:
    answer = linkedin_error(422, f"Index: 1, {LINE}{SECOND}Index: 3, {LINE}")
    assert guilty(answer) == {1, 3}
    assert read(answer, 4).outcomes[1] == Outcome(Verdict.REFUSED, "http_422", Who.OPERATOR)


def test_it_is_not_misled_by_what_a_message_echoes() -> None:
    echo = 'ERROR :: /user/userInfo/companyName :: "Index: 2, ERROR :: indices [2]" is not a company\n'
    assert guilty(linkedin_error(422, f"Index: 1, {echo}")) == {1}


@pytest.mark.parametrize("message", [LINE, "Invalid.", "", f"Index: 4, {LINE}", f"Index: 1, {LINE}Index: 9, {LINE}"])
def test_linkedin_a15_it_suspects_all_when_it_cannot_tell_who_is_guilty(message: str) -> None:
    assert only(linkedin_error(422, message)) == Outcome(Verdict.SUSPECT, "http_422", Who.OPERATOR)


def test_it_refuses_a_single_event_whatever_the_message_says() -> None:
    assert only(linkedin_error(422, LINE), 1) == Outcome(Verdict.REFUSED, "http_422", Who.OPERATOR)
    assert only(linkedin_error(400, "A new fault."), 1) == Outcome(Verdict.REFUSED, "http_400", Who.OPERATOR)


@pytest.mark.parametrize(
    ("listed", "expected"), [("[0]", {0}), ("[0, 2, 3]", {0, 2, 3}), ("[1,2]", {1, 2}), ("[ 3 ]", {3})]
)
def test_linkedin_a15_it_blames_the_indices_that_are_listed(listed: str, expected: set[int]) -> None:
    assert guilty(linkedin_error(400, f"Bad information provided, indices {listed} (0-indexed)")) == expected


@pytest.mark.parametrize("listed", ["[]", "[4]", "[0, 12345678]", "[one]", "[0", "[0,,1]"])
def test_it_suspects_all_of_a_list_that_cannot_be_right(listed: str) -> None:
    assert only(linkedin_error(400, f"Bad information, indices {listed}")).verdict is Verdict.SUSPECT


def test_it_tries_again_what_is_dated_a_little_ahead_of_linkedins_clock() -> None:
    message = "conversionHappenedAt must be within 90 days and not exceed current time, indices [2] (0-indexed)"
    outcomes = read(linkedin_error(400, message), 4).outcomes
    assert outcomes[2] == Outcome(Verdict.RETRY, "outside_window", Who.MARKETER, timedelta(minutes=5))
    assert {outcome.verdict for outcome in outcomes[:2]} == {Verdict.INNOCENT}


def test_it_holds_what_goes_to_a_rule_of_another_kind() -> None:
    message = "Conversion's method should be CONVERSIONS_API, indices [0] (0-indexed)"
    held = Outcome(Verdict.HOLD, "wrong_rule_method", Who.MARKETER, reach=Reach.ROUTE)
    assert only(linkedin_error(400, message), 1) == held


@pytest.mark.parametrize(
    ("status", "code", "number", "who"),
    [
        (403, "ACCESS_DENIED", 100, Who.ADMIN),
        (404, "RESOURCE_NOT_FOUND", None, Who.OPERATOR),
        (405, "METHOD_NOT_ALLOWED", None, Who.OPERATOR),
        (411, "LENGTH_REQUIRED", None, Who.OPERATOR),
    ],
)
def test_linkedin_a18_it_holds_the_queue_when_something_must_be_mended(
    status: int, code: str, number: int | None, who: Who
) -> None:
    outcome = only(linkedin_error(status, "No ad accounts found", code=code, serviceErrorCode=number))
    assert outcome == Outcome(Verdict.HOLD, "forbidden" if status == 403 else code, who)


@pytest.mark.parametrize(
    ("status", "code"), [(400, "VERSION_MISSING"), (426, "NONEXISTENT_VERSION"), (426, "http_426")]
)
def test_linkedin_a19_it_holds_everybodys_queue_when_the_version_is_at_fault(status: int, code: str) -> None:
    error = linkedin_error(status, code=code) if code.isupper() else linkedin_error(status)
    assert only(error) == Outcome(Verdict.HOLD, code, Who.OPERATOR, reach=Reach.NETWORK)


@pytest.mark.parametrize(("code", "number"), [("INVALID_ACCESS_TOKEN", 65600), ("REVOKED_ACCESS_TOKEN", 65601)])
def test_linkedin_a17_it_holds_the_queue_when_the_sign_in_is_dead(code: str, number: int) -> None:
    outcome = only(linkedin_error(401, "no", code=code, serviceErrorCode=number))
    assert outcome == Outcome(Verdict.HOLD, str(number), Who.ADMIN, signed_out=True)


@pytest.mark.parametrize("status", [401, 403, 426])
def test_linkedin_a19_it_holds_the_queue_even_when_a_proxy_answers_so(status: int) -> None:
    assert only(Reply(status, {}, b"<html>")).verdict is Verdict.HOLD


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("999999999", timedelta(days=1)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_linkedin_a20_it_waits_for_as_long_as_a_throttle_says(header: str, wait: timedelta | None) -> None:
    error = linkedin_error(429, "Resource level throttle limit for calls to this resource is reached.")
    throttled = Reply(429, {"Retry-After": header} if header else {}, error.body)
    assert only(throttled) == Outcome(Verdict.HOLD, "http_429", Who.NOBODY, wait, throttled=True)


@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.parametrize("body", [b"<html>", b'{"message": "Internal Server Error", "status": 500}'])
def test_linkedin_a21_it_counts_a_broken_server_as_perhaps_taken(status: int, body: bytes) -> None:
    assert only(Reply(status, {}, body)) == Outcome(Verdict.UNKNOWN, f"http_{status}")


def test_it_parks_what_it_does_not_know() -> None:
    assert only(linkedin_error(418, code="TEAPOT")) == Outcome(Verdict.RETRY, "TEAPOT", Who.OPERATOR)
    assert only(Reply(422, {}, b"<html>")) == Outcome(Verdict.RETRY, "http_422", Who.OPERATOR)


def test_it_keeps_only_a_code_that_looks_like_one() -> None:
    assert only(linkedin_error(418, code="joe@eg.com is not allowed")).code == "http_418"
    assert only(linkedin_error(418, code=None, serviceErrorCode=["x"])).code == "http_418"


def test_it_halves_a_batch_that_is_too_large_whoever_says_so() -> None:
    assert only(Reply(413, {}, b"<html>")).verdict is Verdict.SUSPECT
    assert only(linkedin_error(413)).verdict is Verdict.SUSPECT


@pytest.mark.parametrize("elements", [[], [{"status": 201}], [{"status": 201}] * 3])
def test_linkedin_a16_it_alarms_for_an_answer_of_another_length(elements: list[dict[str, int]]) -> None:
    assert only(reply(200, {"elements": elements}), 2) == Outcome(Verdict.UNKNOWN, "count_mismatch", Who.OPERATOR)


def test_linkedin_a14_it_maps_an_index_back_to_the_event_that_stood_there() -> None:
    outcomes = read(linkedin_error(422, f"Index: 4998, {LINE}"), 5000).outcomes
    assert [place for place, outcome in enumerate(outcomes) if outcome.verdict is Verdict.REFUSED] == [4998]


@pytest.mark.parametrize("fault", ["maybe_sent", ""])
def test_linkedin_a21_it_says_that_silence_may_mean_taken(fault: str) -> None:
    assert only(Reply(0, fault=fault)).verdict is Verdict.UNKNOWN


def test_linkedin_a22_it_keeps_nothing_that_a_message_echoes() -> None:
    echoed = f'/user/userInfo :: "Anneke" and anneke@example.nl and {"8" * 64} cannot be coerced to Record'
    for status in (400, 401, 403, 422, 429, 500):
        reading = read(linkedin_error(status, f"Index: 0, ERROR :: {echoed}", code=echoed), 2)
        assert "nneke" not in repr(reading)
        assert "888" not in repr(reading)
