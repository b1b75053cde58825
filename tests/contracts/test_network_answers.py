"""The contract of a network, continued: what it makes of any answer, true, false, broken or new."""

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ads.network import Network
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import ANSWERS, NEW_CODE
from tests.contracts.marks import ALL, each_network


def verdicts(network: Network, reply: Reply, count: int = 3) -> set[Verdict]:
    """The verdicts that an answer comes to."""
    reading = network.read(reply, count)
    assert len(reading.outcomes) == count
    return {outcome.verdict for outcome in reading.outcomes}


@each_network
@pytest.mark.parametrize("count", [1, 2, 1000])
def test_it_takes_a_yes_for_as_many_as_were_sent(network: Network, count: int) -> None:
    assert verdicts(network, ANSWERS[network.manifest.key].taken(count), count) == {Verdict.ACCEPTED}


@each_network
@pytest.mark.parametrize("told", [0, 2, 4])
def test_it_calls_a_yes_for_another_number_unknown(network: Network, told: int) -> None:
    assert verdicts(network, ANSWERS[network.manifest.key].taken(told), 3) == {Verdict.UNKNOWN}


@each_network
def test_it_knows_that_what_never_left_may_be_sent_again(network: Network) -> None:
    assert verdicts(network, Reply(0, fault="not_sent")) == {Verdict.RETRY}
    assert verdicts(network, Reply(0, fault="maybe_sent")) == {Verdict.UNKNOWN}
    assert verdicts(network, Reply(0)) == {Verdict.UNKNOWN}


@each_network
@pytest.mark.parametrize("body", [b"", b"<html>ok</html>", b"null", b"[]", b"{}", b'"ok"', b"3", b"\xff\xfe"])
def test_it_never_takes_a_success_without_its_own_words_for_a_yes(network: Network, body: bytes) -> None:
    assert verdicts(network, Reply(200, {"content-type": "text/html"}, body)) == {Verdict.UNKNOWN}


@each_network
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Sun, 22 Nov 2026 16:02:00 GMT", timedelta(minutes=2)),
        ("864000", timedelta(days=1)),
        ("Wed, 02 Dec 2026 16:00:00 GMT", timedelta(days=1)),
        ("Sun, 22 Nov 2026 15:59:00 GMT", None),
        ("soon", None),
    ],
)
def test_f26_it_waits_as_long_as_it_is_asked_to_in_seconds_or_until_a_date(
    network: Network, asked: str, wait: timedelta | None
) -> None:
    headers = {"Date": "Sun, 22 Nov 2026 16:00:00 GMT", "Retry-After": asked}
    usual = network.read(Reply(429, {}, b"<html>"), 1).outcomes[0].wait
    assert network.read(Reply(429, headers, b"<html>"), 1).outcomes[0].wait == (wait or usual)


@each_network
def test_it_never_takes_a_truncated_answer_for_a_yes(network: Network) -> None:
    body = ANSWERS[network.manifest.key].taken(3).body
    for length in range(len(body)):
        assert verdicts(network, Reply(200, {}, body[:length])) == {Verdict.UNKNOWN}


@each_network
@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 407, 408, 413, 418, 429, 500, 502, 503, 504, 599])
def test_it_loses_nothing_to_a_gateway_that_answers_in_its_place(network: Network, status: int) -> None:
    """With several in the request: a single one that is too large (413) is refused."""
    lost = {Verdict.ACCEPTED, Verdict.REFUSED, Verdict.INNOCENT}
    assert not lost & verdicts(network, Reply(status, {"content-type": "text/html"}, b"<html>no</html>"))


def known_answers() -> Iterator[object]:
    """Every code in every network's tables."""
    for network in ALL:
        for name, reply in ANSWERS[network.manifest.key].known():
            yield pytest.param(network, reply, id=f"{network.manifest.key}-{name}")


@pytest.mark.parametrize(("network", "reply"), list(known_answers()))
def test_it_has_an_outcome_for_each_code_it_knows(network: Network, reply: Reply) -> None:
    for count in (1, 3):
        outcomes = network.read(reply, count).outcomes
        assert len(outcomes) == count
        assert all(o.code or o.verdict in (Verdict.ACCEPTED, Verdict.INNOCENT) for o in outcomes)
        assert all(len(outcome.code) <= 100 for outcome in outcomes)
        assert all(outcome.wait is None or outcome.wait > timedelta(0) for outcome in outcomes)
        if count == 1:
            assert outcomes[0].verdict not in (Verdict.SUSPECT, Verdict.INNOCENT)


@each_network
def test_it_parks_a_code_that_it_does_not_know_for_the_operator(network: Network) -> None:
    outcomes = network.read(ANSWERS[network.manifest.key].new, 3).outcomes
    assert outcomes[0].verdict in (Verdict.RETRY, Verdict.REFUSED)
    assert outcomes[0].who is Who.OPERATOR
    assert NEW_CODE in outcomes[0].code
    assert {outcome.verdict for outcome in outcomes[1:]} <= {Verdict.RETRY, Verdict.INNOCENT}


WORDS = (
    "error code error_subcode error_data error_user_msg is_transient type message messages events_received fbtrace_id "
    "elements status serviceErrorCode results partialFailureError details errors errorCode location fieldPathElements "
    "fieldName index retryDelay reason fieldViolations field requestId conversionUploadError quotaErrorDetails"
).split()
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.sampled_from([*WORDS, "$['data'][1]", "indices [0, 9]", "Index: 1, ERROR :: /user", "30s", "conversions[2]"])
JSON = st.recursive(
    LEAVES | TEXTS | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)
USAGE = ("x-business-use-case-usage", "x-ad-account-usage", "Retry-After", "x-li-uuid", "request-id")


@each_network
@settings(max_examples=60, deadline=None)
@given(
    status=st.sampled_from((200, 201, 400, 401, 403, 422, 429, 500, 503)),
    document=JSON | st.dictionaries(st.sampled_from(WORDS), JSON, max_size=5),
    headers=st.dictionaries(st.sampled_from(USAGE), JSON.map(lambda value: orjson.dumps(value).decode()) | TEXTS),
    count=st.integers(1, 4),
)
def test_it_reads_any_answer_without_failing(
    network: Network, status: int, document: object, headers: dict[str, str], count: int
) -> None:
    reading = network.read(Reply(status, headers, orjson.dumps(document)), count)
    assert len(reading.outcomes) == count
    assert len(reading.trace_id) <= 120
    assert all(len(outcome.code) <= 100 for outcome in reading.outcomes)
