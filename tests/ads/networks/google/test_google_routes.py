"""Which of Google's APIs are open to an account, and what became of requests that are processed later."""

import re
from datetime import UTC, datetime

import orjson
import pytest

from apps.ads.networks.google import NETWORK
from apps.ads.networks.google.event_codes import PROCESSED, processed
from apps.ads.networks.google.probe import probe
from apps.ads.networks.google.status import awaits, confirm
from apps.ads.wire import Refused
from apps.domain.outcome import ACCEPTED, Confirmation, Outcome, Reply, Verdict
from tests.contracts.builders import target
from tests.support.inquiries import fed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CUSTOMER = "1234567890"


def probed(side, **changes):
    return side.ask(probe(side.target(CUSTOMER, **changes), "1001", datetime.now(UTC)))


def test_google_02_it_finds_both_uploads_open_without_leaving_a_trace(side):
    assert probed(side) == "ads_api"
    assert side.control.counts("google") == (0, 0, 0)


def test_c13_it_finds_uploads_closed_to_a_new_project(side):
    side.change("customers", CUSTOMER, allow_listed=False)
    assert probed(side) in ("data_manager", "data_manager_only")


@pytest.mark.parametrize(("adjustments", "route"), [(200, "data_manager"), (403, "data_manager_only"), (500, "")])
def test_c13_it_asks_for_the_adjustments_where_clicks_are_closed(refused, error, adjustments, route):
    closed = refused(403, error("notAllowlistedError", "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE"))
    second = closed if adjustments == 403 else Reply(adjustments, {}, b"{}")
    found, calls = fed(probe(target(NETWORK), "1001", NOW), [closed, second])
    assert found == route
    bodies = [orjson.loads(call.body) for call in calls]
    assert all(body["validateOnly"] and body["partialFailure"] for body in bodies)
    assert [call.url.rpartition(":")[2] for call in calls] == ["uploadClickConversions", "uploadConversionAdjustments"]


def test_google_29_it_takes_no_other_403_for_a_closed_upload(refused, error):
    found, _ = fed(
        probe(target(NETWORK), "1001", NOW), [refused(403, error("authorizationError", "USER_PERMISSION_DENIED"))]
    )
    assert found == ""


def status(state, total=10, **reasons):
    """A status of one destination."""
    counts = [
        {"recordCount": str(count), "reason": f"PROCESSING_ERROR_REASON_{reason}"} for reason, count in reasons.items()
    ]
    told = {"requestStatus": state, "eventsIngestionStatus": {"recordCount": str(total)}}
    if counts:
        told["errorInfo"] = {"errorCounts": counts}
    return Reply(200, {}, orjson.dumps({"requestStatusPerDestination": [told]}))


def confirmed(reply):
    found, (call,) = fed(confirm(target(NETWORK), "request/1"), [reply])
    assert call.url == "https://datamanager.googleapis.com/v1/requestStatus:retrieve?requestId=request%2F1"
    return found


def test_google_22_it_reads_how_far_a_request_is():
    assert confirmed(status("PROCESSING")) == Confirmation(done=False)
    assert confirmed(status("REQUEST_STATUS_UNKNOWN")) == Confirmation(done=False)
    assert confirmed(status("SUCCESS")) == Confirmation(done=True, ended={ACCEPTED: 10})


def test_google_22_it_counts_the_dropped_by_reason():
    told = confirmed(status("PARTIAL_SUCCESS", EVENT_TOO_OLD=2, TOO_RECENT_CLICK=1))
    assert {(outcome.verdict, outcome.code): count for outcome, count in told.ended.items()} == {
        (Verdict.ACCEPTED, ""): 7,
        (Verdict.REFUSED, "EVENT_TOO_OLD"): 2,
        (Verdict.RETRY, "TOO_RECENT_CLICK"): 1,
    }


def test_google_22_it_never_takes_the_rest_of_a_failed_request_for_processed():
    told = confirmed(status("FAILED", DENIED_CONSENT=4))
    assert {(outcome.verdict, outcome.code): count for outcome, count in told.ended.items()} == {
        (Verdict.REFUSED, "DENIED_CONSENT"): 4,
        (Verdict.REFUSED, "no_reason_given"): 6,
    }


@pytest.mark.parametrize("reason", ["REQUEST_TOO_OLD", "INVALID_REQUEST_ID", "NOT_FOUND"])
def test_google_22_it_knows_a_request_that_google_has_forgotten(refused, reason):
    reply = refused(400, details=[{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}])
    assert confirmed(reply).forgotten


@pytest.mark.parametrize("body", [b"", b"{}", b'{"requestStatusPerDestination": []}', b"<html>"])
def test_it_takes_nothing_unreadable_for_a_status(body):
    with pytest.raises(Refused) as refused:
        confirmed(Reply(200, {}, body))
    assert refused.value.outcome.code == "unreadable_answer"


def test_it_awaits_events_and_no_uploads():
    assert awaits("event:1:1003:9")
    assert not awaits("click:1")
    assert not awaits("adjustment:1")


def test_google_18_it_knows_only_processing_reasons_that_the_data_manager_has():
    from google.ads.datamanager_v1.types import ProcessingErrorReason

    known = {
        each.name.removeprefix("PROCESSING_ERROR_REASON_").removeprefix("PROCESSING_ERROR_")
        for each in ProcessingErrorReason
    }
    assert PROCESSED.keys() <= known
    # Of encrypted uploads, user lists, Analytics, store sales and apps, which are not sent here.
    others = re.compile(
        "UNSPECIFIED|.*(DECRYPTION|KEK|WIP|AWS|MERCHANT|MATCH|TRANSACTIONS|DCLID|MOBILE|EVENT_ID|IMPRESSION).*"
    )
    assert {reason for reason in known - PROCESSED.keys() if not others.fullmatch(reason)} == set()


def test_google_18_it_parks_a_processing_reason_that_it_does_not_know():
    outcome = processed("BRAND_NEW")
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "unrecognised:BRAND_NEW")


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("TOO_RECENT_CLICK", Verdict.RETRY),
        ("INTERNAL_ERROR", Verdict.RETRY),
        ("DUPLICATE_TRANSACTION_ID", Verdict.TWIN),
        ("CLICK_NOT_FOUND", Verdict.ACCEPTED),
        ("INVALID_GCLID", Verdict.REFUSED),
        ("NO_CONSENT", Verdict.HOLD),
    ],
)
def test_google_18_it_knows_what_a_processing_reason_means(reason, verdict):
    assert isinstance(processed(reason), Outcome)
    assert processed(reason).verdict is verdict
