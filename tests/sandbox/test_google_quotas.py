"""Google's quotas and access levels: what a project or a customer has too little of, and for how long."""

import time
from typing import Any

import pytest
import requests
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
from google.protobuf.json_format import ParseDict

from tests.sandbox.callers import CUSTOMER, EMAIL, GOOGLE_TOKEN, Control, Google
from tests.sandbox.test_google_events import event, ingest

QUERY = "SELECT customer.id FROM customer"


def project(control: Control, **changes: Any) -> None:
    control.change_world("google", projects=[{"id": "sandbox"} | changes])


def quota(answer: requests.Response) -> tuple[str, dict[str, str]]:
    """The code and the details of a quota's refusal."""
    assert (answer.status_code, answer.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    (detail,) = answer.json()["error"]["details"]
    ParseDict({k: v for k, v in detail.items() if k != "@type"}, GoogleAdsFailure.pb()())
    (error,) = detail["errors"]
    return error["errorCode"]["quotaError"], error["details"]["quotaErrorDetails"]


def test_google_45_a_customer_has_a_bucket_of_its_own(google: Google, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, calls_per_minute=2)
    assert [google.clicks(google.click()).status_code for _ in range(3)] == [200, 200, 429]
    code, details = quota(google.search(QUERY))
    assert (code, details["rateScope"]) == ("RESOURCE_TEMPORARILY_EXHAUSTED", "ACCOUNT")
    assert 0 < int(details["retryDelay"].rstrip("s")) <= 60
    assert google.search(QUERY, customer="9876543210").status_code == 200
    control.set_clock(seconds=61)
    assert google.search(QUERY).status_code == 200


def test_google_45_a_projects_bucket_holds_for_all_its_customers(google: Google, control: Control) -> None:
    project(control, calls_per_minute=2)
    for customer in (CUSTOMER, "9876543210"):
        assert google.search(QUERY, customer=customer).status_code == 200
    code, details = quota(google.search(QUERY))
    assert (code, details["rateScope"]) == ("RESOURCE_TEMPORARILY_EXHAUSTED", "DEVELOPER")
    control.change("google", "tokens", GOOGLE_TOKEN, project="another")
    assert google.search(QUERY).status_code == 200


def test_google_45_a_day_that_is_used_up_is_used_up_until_midnight(google: Google, control: Control) -> None:
    project(control, operations_per_day=1)
    assert google.search(QUERY).status_code == 200
    code, details = quota(google.search(QUERY))
    assert (code, details["rateScope"]) == ("RESOURCE_EXHAUSTED", "DEVELOPER")
    assert "retryDelay" not in details
    control.set_clock(days=1)
    assert google.search(QUERY).status_code == 200


def test_google_45_a_refusal_for_the_quota_costs_no_quota(google: Google, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, calls_per_minute=1)
    assert [google.search(QUERY).status_code for _ in range(4)] == [200, 429, 429, 429]
    control.change("google", "customers", CUSTOMER, calls_per_minute=2)
    assert google.search(QUERY).status_code == 200


@pytest.mark.parametrize("limit", ["ingests_per_minute", "ingests_per_day"])
def test_google_45_ingestion_has_its_own_quota_and_says_when_to_come_back(
    google: Google, control: Control, limit: str
) -> None:
    project(control, **{limit: 1})
    assert google.search(QUERY).status_code == 200
    assert ingest(google, event()).status_code == 200
    answer = ingest(google, event())
    assert (answer.status_code, answer.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    info, retry = answer.json()["error"]["details"]
    assert info["reason"] == "RATE_LIMIT_EXCEEDED"
    assert retry["@type"] == "type.googleapis.com/google.rpc.RetryInfo"
    seconds = int(retry["retryDelay"].rstrip("s"))
    assert 0 < seconds <= (60 if limit.endswith("minute") else 86_400)
    assert control.counts("google") == (1, 1, 0)
    control.set_clock(seconds=seconds + 1)
    assert ingest(google, event(eventTimestamp="2026-01-01T00:00:00Z")).status_code != 429


def test_google_45_a_scripted_429_speaks_as_the_api_that_was_asked(google: Google, control: Control) -> None:
    control.fault("google", status=429, retry_after=7)
    assert ingest(google, event()).json()["error"]["details"][1]["retryDelay"] == "7s"
    control.fault("google", status=429, retry_after=9)
    assert quota(google.search(QUERY))[1]["retryDelay"] == "9s"


@pytest.mark.parametrize(
    ("version", "name"),
    [("v24", "DEVELOPER_TOKEN_NOT_APPROVED"), ("v26", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION")],
)
def test_google_43_a_project_of_the_test_level_reaches_test_accounts_only(
    google: Google, control: Control, version: str, name: str
) -> None:
    project(control, access_level="TEST")
    answer = google.search(QUERY, version=version)
    assert answer.status_code == 403
    assert name in answer.text
    control.change("google", "customers", CUSTOMER, test_account=True)
    assert google.search(QUERY, version=version).status_code == 200


def test_google_43_a_newcomers_project_is_closed_out_of_click_uploads_even_in_rehearsal(
    google: Google, control: Control
) -> None:
    project(control, allow_listed=False)
    for rehearsal in (True, False):
        answer = google.clicks(google.click(), validateOnly=rehearsal)
        assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
        assert "CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE" in answer.text
    assert google.adjustments(google.enhancement()).status_code == 200
    assert ingest(google, event()).status_code == 200
    project(control)
    assert google.clicks(google.click(), validateOnly=True).json() == {}
    assert control.counts("google")[0] == 2


@pytest.mark.parametrize(
    ("fault", "again"),
    [({"status": 503}, "accepted"), ({"reset": True}, "accepted"), ({"drop_after_commit": True}, "")],
)
def test_google_45_an_upload_can_be_lost_before_and_after_it_was_taken(
    google: Google, control: Control, fault: dict[str, Any], again: str
) -> None:
    row, first = google.click(gclid=None, userIdentifiers=[{"hashedEmail": EMAIL}]), event()
    for send, twin in (
        (lambda: google.clicks(row), "ORDER_ID_ALREADY_IN_USE"),
        (lambda: ingest(google, first), "the same transaction again"),
    ):
        control.fault("google", **fault)
        try:
            assert send().status_code == 503
        except requests.ConnectionError:
            assert "status" not in fault
        assert send().status_code == 200
        newest = control.ledger(limit=1)["items"][0]
        assert newest["state"] == (again or "duplicate")
        assert again or twin in newest["reason"]


def test_google_45_a_call_can_take_longer_than_one_waits_and_still_be_taken(google: Google, control: Control) -> None:
    row = google.click()
    control.fault("google", delay_ms=1200)
    with pytest.raises(requests.ReadTimeout):
        google.session.post(
            f"{control.url}/google/v26/customers/{CUSTOMER}:uploadClickConversions",
            json={"conversions": [row], "partialFailure": True},
            headers={"Authorization": f"Bearer {GOOGLE_TOKEN}"},
            timeout=0.3,
        )
    time.sleep(1.5)
    assert control.counts("google") == (1, 0, 0)
    assert google.clicks(row).json()["results"] == [{}]
