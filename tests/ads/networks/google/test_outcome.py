"""What Google's answers mean: each class of codes, each status, and whatever else may come back."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.networks.google.outcome import read
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

UPLOAD, ADJUSTMENT = "conversionUploadError", "conversionAdjustmentUploadError"
HOURS_6 = timedelta(hours=6)


def verdicts(reply: Reply, count: int) -> list[str]:
    """The verdicts alone, in order."""
    return [outcome.verdict.value for outcome in read(reply, count).outcomes]


def only(reply: Reply, count: int = 3) -> Outcome:
    """The one outcome that all conversions of the request share."""
    (outcome,) = set(read(reply, count).outcomes)
    return outcome


def test_it_takes_every_row_with_a_result(uploaded):
    reading = read(uploaded([True, True]), 2)
    assert [outcome.verdict for outcome in reading.outcomes] == [Verdict.ACCEPTED] * 2
    assert reading.trace_id == "fromTheHeader"


@pytest.mark.parametrize("index", [0, 1, 2])
def test_it_blames_just_the_row_that_is_named(uploaded, error, index):
    taken = [row != index for row in range(3)]
    reading = read(uploaded(taken, error(UPLOAD, "EXPIRED_EVENT", index)), 3)
    assert [outcome.verdict is Verdict.ACCEPTED for outcome in reading.outcomes] == taken
    assert reading.outcomes[index] == Outcome(Verdict.REFUSED, "EXPIRED_EVENT")


def test_it_reads_adjustments_by_their_own_list(uploaded, error):
    late = error(ADJUSTMENT, "CONVERSION_NOT_FOUND", 1, field="conversion_adjustments")
    assert verdicts(uploaded([True, False], late), 2) == ["accepted", "retry"]


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        (UPLOAD, "TOO_RECENT_EVENT", Outcome(Verdict.RETRY, wait=HOURS_6)),
        (UPLOAD, "TOO_RECENT_CONVERSION_ACTION", Outcome(Verdict.RETRY, wait=HOURS_6)),
        (ADJUSTMENT, "CONVERSION_NOT_FOUND", Outcome(Verdict.RETRY, wait=HOURS_6)),
        (ADJUSTMENT, "TOO_RECENT_CONVERSION", Outcome(Verdict.RETRY, wait=timedelta(hours=24))),
        (UPLOAD, "DUPLICATE_ORDER_ID", Outcome(Verdict.RETRY)),
        ("internalError", "INTERNAL_ERROR", Outcome(Verdict.RETRY)),
        ("internalError", "TRANSIENT_ERROR", Outcome(Verdict.RETRY)),
        (UPLOAD, "ORDER_ID_ALREADY_IN_USE", Outcome(Verdict.TWIN, who=Who.MARKETER)),
        (UPLOAD, "CLICK_CONVERSION_ALREADY_EXISTS", Outcome(Verdict.TWIN, who=Who.MARKETER)),
        (ADJUSTMENT, "CONVERSION_ALREADY_ENHANCED", Outcome(Verdict.ACCEPTED)),
        (UPLOAD, "EVENT_NOT_FOUND", Outcome(Verdict.ACCEPTED)),
        (UPLOAD, "CLICK_NOT_FOUND", Outcome(Verdict.ACCEPTED)),
        (UPLOAD, "CONVERSION_PRECEDES_EVENT", Outcome(Verdict.REFUSED)),
        (UPLOAD, "UNPARSEABLE_GCLID", Outcome(Verdict.REFUSED, who=Who.MARKETER)),
        (UPLOAD, "INVALID_CUSTOMER_FOR_CLICK", Outcome(Verdict.REFUSED, who=Who.ADMIN)),
        (ADJUSTMENT, "INVALID_USER_IDENTIFIER", Outcome(Verdict.REFUSED, who=Who.OPERATOR)),
        (UPLOAD, "NO_CONVERSION_ACTION_FOUND", Outcome(Verdict.HOLD, who=Who.ADMIN, wait=timedelta(minutes=15))),
        (
            ADJUSTMENT,
            "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS",
            Outcome(Verdict.HOLD, who=Who.ADMIN, wait=timedelta(minutes=15)),
        ),
    ],
)
def test_google_18_google_19_it_knows_what_a_code_means_for_its_row(uploaded, error, kind, code, expected):
    outcome = read(uploaded([True, False], error(kind, code, 1)), 2).outcomes[1]
    assert (outcome.verdict, outcome.who, outcome.wait) == (expected.verdict, expected.who, expected.wait)
    assert outcome.code == code


def test_it_names_the_kind_of_a_field_error(uploaded, error):
    reply = uploaded([False], error("dateError", "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET", 0))
    assert only(reply, 1) == Outcome(
        Verdict.REFUSED, "dateError.INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET", Who.OPERATOR
    )


@pytest.mark.parametrize("code", ["A_CODE_OF_NEXT_YEAR", "UNKNOWN", 999])
def test_it_parks_a_code_it_does_not_know(uploaded, error, code):
    reply = uploaded([True, False], error(UPLOAD, code, 1))
    assert read(reply, 2).outcomes[1] == Outcome(Verdict.REFUSED, f"unrecognised:{code}", Who.OPERATOR)


def test_it_reads_an_unpublished_code(uploaded, error):
    reply = uploaded([False], error("internalError", "ERROR_CODE_NOT_PUBLISHED", 0, unpublishedErrorCode="NEW_RULE"))
    assert only(reply, 1).code == "unrecognised:NEW_RULE"


def test_it_takes_the_gravest_of_several_errors_of_a_row(uploaded, error):
    errors = [error(UPLOAD, code, 0) for code in ("EVENT_NOT_FOUND", "UNPARSEABLE_GCLID", "TOO_RECENT_EVENT")]
    assert only(uploaded([False], *errors), 1).code == "UNPARSEABLE_GCLID"


def test_google_16_it_leaves_rows_unknown_that_have_neither_result_nor_error(uploaded):
    assert verdicts(uploaded([True, False, True]), 3) == ["accepted", "unknown", "accepted"]


def test_google_16_it_never_blames_the_first_row_for_an_error_without_an_index(uploaded, error):
    reading = read(uploaded([False, True], error("internalError", "INTERNAL_ERROR")), 2)
    assert reading.outcomes[0] == Outcome(Verdict.UNKNOWN, "INTERNAL_ERROR")
    assert reading.outcomes[1].verdict is Verdict.ACCEPTED


def test_google_17_it_believes_no_result_when_their_number_is_wrong(uploaded, error):
    assert verdicts(uploaded([True]), 2) == ["unknown", "unknown"]
    assert verdicts(uploaded([True, True, True]), 2) == ["unknown", "unknown"]
    assert verdicts(uploaded([], error(UPLOAD, "EXPIRED_EVENT", 1)), 2) == ["unknown", "refused"]
    assert verdicts(uploaded([False, False], error(UPLOAD, "EXPIRED_EVENT", 2)), 2) == ["unknown", "unknown"]


@pytest.mark.parametrize(("rows", "verdict"), [(2, Verdict.REFUSED), (25, Verdict.HOLD)])
def test_it_holds_when_every_click_is_of_another_account(uploaded, error, rows, verdict):
    errors = [error(UPLOAD, "INVALID_CUSTOMER_FOR_CLICK", index) for index in range(rows)]
    outcome = only(uploaded([False] * rows, *errors), rows)
    assert (outcome.verdict, outcome.code, outcome.who) == (verdict, "INVALID_CUSTOMER_FOR_CLICK", Who.ADMIN)


@pytest.mark.parametrize(
    ("status", "kind", "code", "verdict", "who"),
    [
        (401, "authenticationError", "OAUTH_TOKEN_EXPIRED", Verdict.HOLD, Who.ADMIN),
        (401, "authenticationError", "NOT_ADS_USER", Verdict.HOLD, Who.ADMIN),
        (403, "authorizationError", "USER_PERMISSION_DENIED", Verdict.HOLD, Who.ADMIN),
        (403, "authorizationError", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", Verdict.HOLD, Who.ADMIN),
        (403, "authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", Verdict.HOLD, Who.OPERATOR),
        (403, "notAllowlistedError", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE", Verdict.HOLD, Who.OPERATOR),
        (400, "requestError", "UNSUPPORTED_VERSION", Verdict.HOLD, Who.OPERATOR),
        (400, "partialFailureError", "PARTIAL_FAILURE_MODE_REQUIRED", Verdict.HOLD, Who.OPERATOR),
        (500, "internalError", "INTERNAL_ERROR", Verdict.RETRY, Who.NOBODY),
        (503, "internalError", "TRANSIENT_ERROR", Verdict.RETRY, Who.NOBODY),
        (400, UPLOAD, "TOO_MANY_CONVERSIONS_IN_REQUEST", Verdict.SUSPECT, Who.OPERATOR),
        (400, "fieldError", "REQUIRED", Verdict.SUSPECT, Who.OPERATOR),
        (400, UPLOAD, "A_CODE_OF_NEXT_YEAR", Verdict.SUSPECT, Who.OPERATOR),
        (403, "authorizationError", "A_CODE_OF_NEXT_YEAR", Verdict.HOLD, Who.OPERATOR),
    ],
)
def test_it_reads_a_refusal_by_its_code(refused, error, status, kind, code, verdict, who):
    outcome = only(refused(status, error(kind, code)))
    assert (outcome.verdict, outcome.who) == (verdict, who)
    assert outcome.code.endswith(code)


@pytest.mark.parametrize(
    ("reason", "who"), [("ACCESS_TOKEN_SCOPE_INSUFFICIENT", Who.ADMIN), ("SERVICE_DISABLED", Who.OPERATOR)]
)
def test_google_28_google_29_it_tells_a_missing_scope_from_other_403s(refused, reason, who):
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    outcome = only(refused(403, details=[info]))
    assert (outcome.verdict, outcome.code, outcome.who) == (Verdict.HOLD, reason, who)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (400, Verdict.SUSPECT),
        (401, Verdict.HOLD),
        (403, Verdict.HOLD),
        (404, Verdict.HOLD),
        (409, Verdict.RETRY),
        (413, Verdict.SUSPECT),
        (429, Verdict.HOLD),
        (500, Verdict.RETRY),
        (502, Verdict.UNKNOWN),
        (503, Verdict.UNKNOWN),
        (504, Verdict.UNKNOWN),
        (302, Verdict.UNKNOWN),
    ],
)
def test_it_reads_a_refusal_without_a_code_by_its_status(refused, status, verdict):
    assert (only(refused(status)).verdict, only(refused(status)).code) == (verdict, f"http_{status}")


def test_it_sends_the_innocent_again_without_the_row_that_is_named(refused, error):
    reading = read(refused(400, error(UPLOAD, "UNPARSEABLE_GCLID", 1)), 3)
    assert [outcome.verdict.value for outcome in reading.outcomes] == ["innocent", "refused", "innocent"]
    assert reading.trace_id == "fromTheFailure"


@pytest.mark.parametrize("field", ["conversions[2].user_identifiers[0]", "conversion_adjustments[2]"])
def test_it_finds_the_row_whose_json_does_not_fit(refused, field):
    bad = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]}
    reading = read(refused(400, details=[bad]), 3)
    assert [outcome.verdict.value for outcome in reading.outcomes] == ["innocent", "innocent", "refused"]


def test_it_suspects_all_when_the_json_does_not_fit_and_none_is_named(refused):
    bad = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "conversion"}]}
    assert only(refused(400, details=[bad])).verdict is Verdict.SUSPECT


@pytest.mark.parametrize(("delay", "seconds"), [("30s", 30), ("1.500s", 2), ("999999999s", 86400), ("0s", None)])
def test_google_25_it_waits_as_long_as_the_quota_error_asks(refused, error, delay, seconds):
    quota = {"rateScope": "DEVELOPER", "rateName": "ops", "retryDelay": delay}
    outcome = only(refused(429, error("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", quotaErrorDetails=quota)))
    asked = None if seconds is None else timedelta(seconds=seconds)
    assert (outcome.verdict, outcome.wait, outcome.throttled) == (Verdict.HOLD, asked, True)


def test_it_waits_as_long_as_the_front_door_asks(refused):
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
    assert only(refused(429, details=[info])).wait == timedelta(seconds=7)
    assert only(refused(503, headers={"retry-after": "120"})).wait == timedelta(minutes=2)
    assert only(Reply(429, {"Retry-After": "9"}, b"<html>")).wait == timedelta(seconds=9)


def test_google_25_it_parks_an_exhausted_day_for_an_hour(refused, error):
    outcome = only(refused(429, error("quotaError", "RESOURCE_EXHAUSTED")))
    assert (outcome.verdict, outcome.wait, outcome.who) == (Verdict.HOLD, timedelta(hours=1), Who.OPERATOR)


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><title>Error</title>", b'{"results":[{"gclid":', b"", b"[]", b"\xff"]
)
@pytest.mark.parametrize("status", [200, 302, 400, 500, 502, 503])
def test_it_leaves_an_unreadable_answer_unknown(status, body):
    assert verdicts(Reply(status, {}, body), 2) == ["unknown", "unknown"]


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_it_holds_on_a_status_that_says_enough_even_in_html(status):
    assert verdicts(Reply(status, {}, b"<html>"), 2) == ["hold", "hold"]


@pytest.mark.parametrize(("fault", "verdict"), [("not_sent", Verdict.RETRY), ("maybe_sent", Verdict.UNKNOWN)])
def test_google_24_it_tells_not_sent_from_no_answer(fault, verdict):
    assert only(Reply(0, fault=fault)).verdict is verdict


junk = st.sampled_from(
    [None, True, -1, 0, 1, 7, 10**12, 1.5, "", "30s", "x", "conversions[0]", [], [None, "x"], {}, {"x": 1}]
)
paths = st.fixed_dictionaries(
    {"fieldPathElements": st.lists(st.fixed_dictionaries({"fieldName": st.just("conversions") | junk, "index": junk}))}
)
errors = st.fixed_dictionaries(
    {"errorCode": st.just({UPLOAD: "EXPIRED_EVENT"}) | junk, "location": paths | junk, "details": junk}
)
details = st.fixed_dictionaries(
    {
        "errors": st.lists(errors, max_size=2) | junk,
        "reason": junk,
        "fieldViolations": st.lists(st.fixed_dictionaries({"field": junk}), max_size=2) | junk,
        "retryDelay": junk,
        "requestId": junk,
    }
)
statuses = st.fixed_dictionaries({"code": junk, "details": st.lists(details, max_size=2) | junk}) | junk
documents = st.fixed_dictionaries(
    {"results": st.lists(junk, max_size=4) | junk, "partialFailureError": statuses, "error": statuses}
)


@given(status=st.sampled_from([200, 400, 401, 403, 429, 500, 503]), document=documents, count=st.integers(1, 4))
def test_it_answers_for_every_conversion_whatever_comes_back(status, document, count):
    reading = read(Reply(status, {}, json.dumps(document).encode()), count)
    assert len(reading.outcomes) == count
    assert status == 200 or Verdict.ACCEPTED not in {outcome.verdict for outcome in reading.outcomes}


@given(body=st.binary(max_size=40), status=st.integers(100, 599), count=st.integers(1, 3))
def test_google_17_it_takes_nothing_without_evidence(body, status, count):
    assert "accepted" not in verdicts(Reply(status, {}, body), count)
