"""What Facebook's answers mean for each event of a request."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from apps.ads.networks.facebook.outcome import read
from apps.domain.outcome import Outcome, Reach, Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import facebook_error, reply

PATH = "Server Side Api Parameter Error: Unexpected key \"x\" on param \"$['data'][{}]['user_data']\"."


def verdicts(answer: Reply, count: int = 3) -> list[Verdict]:
    return [outcome.verdict for outcome in read(answer, count).outcomes]


def only(answer: Reply, count: int = 3) -> Outcome:
    outcomes = set(read(answer, count).outcomes)
    assert len(outcomes) == 1
    return outcomes.pop()


def test_meta_32_it_keeps_the_trace_id_of_a_yes_and_of_a_no() -> None:
    assert read(reply(200, {"events_received": 1, "fbtrace_id": "AbC"}), 1).trace_id == "AbC"
    assert read(facebook_error(190), 1).trace_id == "AbC"
    assert read(Reply(502, {"X-FB-Trace-ID": "Hdr"}, b"<html>"), 1).trace_id == "Hdr"


@pytest.mark.parametrize("received", [True, "3", 3.0, None, [3]])
def test_meta_09_it_wants_the_number_of_events_as_a_number(received: object) -> None:
    assert only(reply(200, {"events_received": received})).verdict is Verdict.UNKNOWN


def test_meta_09_it_alarms_when_facebook_counts_other_than_we_sent() -> None:
    outcome = only(reply(200, {"events_received": 2, "fbtrace_id": "AbC"}))
    assert outcome == Outcome(Verdict.UNKNOWN, "count_mismatch", Who.OPERATOR)


def test_meta_33_it_tells_the_operator_that_facebook_answered_in_a_newer_version() -> None:
    warned = reply(200, {"events_received": 3}, **{"X-Ad-Api-Version-Warning": "The call has been auto-upgraded"})
    assert only(warned) == Outcome(Verdict.ACCEPTED, "api_version_warning", Who.OPERATOR)


def test_meta_12_it_passes_on_the_minutes_that_facebook_asks_to_wait_after_a_yes() -> None:
    busy = reply(200, {"events_received": 3}, **{"x-business-use-case-usage": usage(7)})
    assert only(busy) == Outcome(Verdict.ACCEPTED, wait=timedelta(minutes=7))


@pytest.mark.parametrize(
    ("header", "used", "rest"),
    [
        ("x-ad-account-usage", {"acc_id_util_pct": 10, "reset_time_duration": 300}, None),
        ("x-ad-account-usage", {"acc_id_util_pct": 89.9, "reset_time_duration": 300}, None),
        ("x-ad-account-usage", {"acc_id_util_pct": 95.5, "reset_time_duration": 300}, timedelta(minutes=5)),
        ("x-app-usage", {"call_count": 92, "total_cputime": 3, "total_time": 4}, timedelta(minutes=1)),
        ("x-app-usage", {"call_count": True, "total_time": "99"}, None),
    ],
)
def test_meta_12_it_rests_only_when_a_limit_is_nearly_reached(
    header: str, used: dict[str, Any], rest: timedelta | None
) -> None:
    taken = reply(200, {"events_received": 3}, **{header: orjson.dumps(used).decode()})
    assert only(taken) == Outcome(Verdict.ACCEPTED, wait=rest)


def test_meta_10_it_reads_an_error_whatever_the_status() -> None:
    assert only(facebook_error(190, 463, status=200)).verdict is Verdict.HOLD


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492, None, 999])
def test_meta_11_it_holds_the_queue_when_the_sign_in_is_dead(subcode: int | None) -> None:
    outcome = only(facebook_error(190, subcode, status=401))
    assert outcome.verdict is Verdict.HOLD
    assert outcome.who is Who.ADMIN
    assert outcome.signed_out
    assert outcome.code == (f"190/{subcode}" if subcode else "190")


def test_meta_11_it_takes_a_session_that_is_over_for_a_dead_sign_in() -> None:
    assert only(facebook_error(102)) == Outcome(Verdict.HOLD, "102", Who.ADMIN, signed_out=True)


@pytest.mark.parametrize("code", [3, 10, 104, 200, 294, 299])
def test_meta_11_it_holds_the_queue_when_a_permission_is_missing(code: int) -> None:
    assert only(facebook_error(code, status=403)) == Outcome(Verdict.HOLD, str(code), Who.ADMIN)


def test_meta_11_it_holds_the_queue_when_the_pixel_is_not_assigned_to_the_token() -> None:
    outcome = only(facebook_error(100, 33, type="GraphMethodException"))
    assert outcome == Outcome(Verdict.HOLD, "100/33", Who.ADMIN, reach=Reach.ROUTE)


def test_meta_11_it_does_not_blame_events_for_a_wrong_appsecret_proof() -> None:
    outcome = only(facebook_error(100, type="GraphMethodException"))
    assert outcome == Outcome(Verdict.HOLD, "100", Who.ADMIN)


def test_meta_33_it_holds_the_queue_when_the_version_has_ended() -> None:
    assert only(facebook_error(2635)) == Outcome(Verdict.HOLD, "2635", Who.OPERATOR, reach=Reach.NETWORK)


def usage(minutes: object) -> str:
    return f'{{"507": [{{"call_count": 100, "estimated_time_to_regain_access": {minutes}}}], "8": []}}'


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80000, 80003, 80004, 80014])
def test_meta_12_it_waits_for_as_long_as_a_throttle_says(code: int) -> None:
    error = facebook_error(code, is_transient=True)
    throttled = Reply(error.status, {"X-Business-Use-Case-Usage": usage(20)}, error.body)
    outcome = only(throttled)
    assert outcome.verdict is Verdict.HOLD
    assert outcome.wait == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"x-business-use-case-usage": usage(0)}, None),
        ({"x-business-use-case-usage": usage(-5)}, None),
        ({"x-business-use-case-usage": usage('"soon"')}, None),
        ({"x-business-use-case-usage": "not json"}, None),
        ({"x-ad-account-usage": '{"reset_time_duration": 90}'}, timedelta(seconds=90)),
        ({"x-business-use-case-usage": usage(10**15)}, timedelta(days=1)),
    ],
)
def test_meta_12_it_believes_only_a_sensible_wait(headers: dict[str, str], wait: timedelta | None) -> None:
    error = facebook_error(613)
    assert only(Reply(error.status, headers, error.body)).wait == wait


@pytest.mark.parametrize(("code", "subcode"), [(1, None), (1, 99), (2, None), (5000, None), (21009, None), (-1, None)])
def test_meta_10_it_tries_again_after_a_passing_fault(code: int, subcode: int | None) -> None:
    assert only(facebook_error(code, subcode, status=500)).verdict is Verdict.RETRY


def test_meta_10_it_believes_that_a_fault_is_transient() -> None:
    assert only(facebook_error(100, 2804019, is_transient=True)).verdict is Verdict.RETRY
    assert only(facebook_error(987654, is_transient=True)) == Outcome(Verdict.RETRY, "987654")


@pytest.mark.parametrize("index", [0, 1, 2])
def test_meta_08_it_blames_the_event_that_the_path_names_and_no_other(index: int) -> None:
    answer = facebook_error(100, 2804019, error_user_msg=PATH.format(index))
    outcomes = read(answer, 3).outcomes
    assert outcomes[index] == Outcome(Verdict.REFUSED, "100/2804019", Who.OPERATOR)
    assert [o.verdict for o in outcomes if o is not outcomes[index]] == [Verdict.INNOCENT] * 2


def test_meta_08_it_finds_the_path_in_the_message_and_in_the_data_too() -> None:
    assert verdicts(facebook_error(100, message=PATH.format(1)))[1] is Verdict.REFUSED
    assert verdicts(facebook_error(100, error_data={"path": PATH.format(1)}))[1] is Verdict.REFUSED
    for empty in ("null", None, {}, '{"blame_field_specs": [["data[1]"]]}'):
        assert verdicts(facebook_error(100, error_data=empty)) == [Verdict.SUSPECT] * 3


def test_meta_08_it_suspects_all_when_the_path_names_an_event_that_was_not_sent() -> None:
    assert verdicts(facebook_error(100, 2804019, error_user_msg=PATH.format(3))) == [Verdict.SUSPECT] * 3


@pytest.mark.parametrize(
    ("subcode", "who"),
    [
        (2804003, Who.MARKETER),
        (2804007, Who.OPERATOR),
        (2804009, Who.MARKETER),
        (2804016, Who.OPERATOR),
        (2804017, Who.OPERATOR),
        (2804048, Who.OPERATOR),
        (2804050, Who.MARKETER),
        (2804066, Who.MARKETER),
        (None, Who.OPERATOR),
        (1234, Who.OPERATOR),
    ],
)
def test_meta_08_it_suspects_all_of_a_fault_in_one_and_refuses_it_alone(subcode: int | None, who: Who) -> None:
    code = f"100/{subcode}" if subcode else "100"
    assert only(facebook_error(100, subcode), 8) == Outcome(Verdict.SUSPECT, code, who)
    assert only(facebook_error(100, subcode), 1) == Outcome(Verdict.REFUSED, code, who)


@pytest.mark.parametrize(("count", "verdict"), [(1, Verdict.AMEND), (3, Verdict.SUSPECT)])
def test_meta_21_it_asks_to_leave_a_malformed_click_id_out_of_the_event_it_stands_in(
    count: int, verdict: Verdict
) -> None:
    outcomes = read(facebook_error(100, 2804001), count).outcomes
    assert {(each.verdict, each.code, each.who) for each in outcomes} == {(verdict, "100/2804001", Who.MARKETER)}


def test_meta_21_it_leaves_the_click_id_out_of_the_event_that_the_path_names() -> None:
    named = facebook_error(100, 2804001, message="$['data'][1]['user_data']['fbc']")
    assert [each.verdict for each in read(named, 3).outcomes] == [Verdict.INNOCENT, Verdict.AMEND, Verdict.INNOCENT]


def test_meta_10_it_parks_a_code_that_it_does_not_know() -> None:
    assert only(facebook_error(777, 42)) == Outcome(Verdict.RETRY, "777/42", Who.OPERATOR)
    assert only(facebook_error(777, status=503)) == Outcome(Verdict.RETRY, "777")


def test_meta_10_it_backs_off_long_when_facebook_blocks_for_a_policy() -> None:
    assert only(facebook_error(368)) == Outcome(Verdict.HOLD, "368", Who.ADMIN, timedelta(hours=6))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (500, Verdict.UNKNOWN),
        (502, Verdict.UNKNOWN),
        (504, Verdict.UNKNOWN),
        (503, Verdict.RETRY),
        (413, Verdict.SUSPECT),
    ],
)
def test_meta_10_it_reads_a_gateways_page_by_its_status(status: int, verdict: Verdict) -> None:
    outcome = only(Reply(status, {}, b"<html>Bad Gateway</html>"))
    assert outcome.verdict is verdict
    assert outcome.code == f"http_{status}"


@pytest.mark.parametrize("error", ["no", None, {}, {"code": "190"}, {"code": True}, []])
def test_meta_10_it_takes_an_error_without_a_number_for_a_gateways(error: object) -> None:
    assert only(reply(400, {"error": error})) == Outcome(Verdict.RETRY, "http_400", Who.OPERATOR)
