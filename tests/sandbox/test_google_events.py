"""The Data Manager API: all or nothing at once, counts half an hour later."""

import base64
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from google.ads.datamanager_v1 import ErrorReason, IngestEventsRequest, RetrieveRequestStatusResponse
from google.protobuf.json_format import ParseDict, ParseError

from tests.sandbox.callers import CUSTOMER, EMAIL, GOOGLE_TOKEN, MANAGER, Control, Google, action, at

Json = dict[str, Any]


def moment(**offset: float) -> str:
    return (datetime.now(UTC) + timedelta(**offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


def event(**changes: Any) -> Json:
    """A valid event; a change to None takes the key away."""
    given: Json = {
        "transactionId": f"t-{uuid.uuid4().hex}",
        "eventTimestamp": moment(minutes=-5),
        "eventSource": "OTHER",
        "adIdentifiers": {"gclid": f"Cj0K-{uuid.uuid4().hex}"},
        "userData": {"userIdentifiers": [{"emailAddress": EMAIL}]},
        "conversionValue": 12.5,
        "currency": "EUR",
    }
    return {key: value for key, value in (given | changes).items() if value is not None}


def destination(number: str = "1001", *, login: str = "", customer: str = CUSTOMER) -> Json:
    def account(of: str) -> Json:
        return {"accountType": "GOOGLE_ADS", "accountId": of}

    through = {"loginAccount": account(login)} if login else {}
    return {"operatingAccount": account(customer), "productDestinationId": number, **through}


def request(*events: Json, **others: Any) -> Json:
    return {"destinations": [destination()], "encoding": "HEX", "events": list(events)} | others


def ingest(google: Google, *events: Json, token: str = GOOGLE_TOKEN, **others: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return google.post("google/v1/events:ingest", json=request(*events, **others), headers=headers)


def status(google: Google, request_id: str) -> requests.Response:
    return google.session.get(
        f"{google.control.url}/google/v1/requestStatus:retrieve",
        params={"requestId": request_id},
        headers={"Authorization": f"Bearer {GOOGLE_TOKEN}"},
        timeout=10,
    )


def wrong(answer: requests.Response) -> list[tuple[str, str]]:
    """The fields and reasons of a refusal, all of them real ones."""
    assert answer.status_code == 400, answer.text
    details = answer.json()["error"]["details"]
    found = [(each["field"], each["reason"]) for detail in details for each in detail.get("fieldViolations", ())]
    assert {reason for _, reason in found} <= ErrorReason.__members__.keys()
    assert details[-1]["requestId"]
    return found


def test_it_takes_events_and_counts_them_in_the_ledger(google: Google, control: Control) -> None:
    first = event()
    answer = ingest(google, first, event())
    assert list(answer.json()) == ["requestId"]
    assert control.counts("google") == (2, 0, 0)
    oldest = control.ledger()["items"][-1]
    assert (oldest["key"], oldest["name"], oldest["account"]) == (first["transactionId"], "Lead", CUSTOMER)


def test_google_42_it_refuses_all_for_one_and_names_it(google: Google, control: Control) -> None:
    answer = ingest(google, event(), event(eventTimestamp=moment(minutes=5)), event(currency="XXQ"))
    assert wrong(answer) == [
        ("events.events[1].event_timestamp", "EVENT_TIME_INVALID"),
        ("events.events[2].currency", "INVALID_CURRENCY_CODE"),
    ]
    assert control.counts("google") == (0, 3, 0)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"eventTimestamp": None}, ".event_timestamp", "REQUIRED_FIELD_MISSING"),
        ({"eventTimestamp": "2026-11-20 14:05:09"}, ".event_timestamp", "INVALID_FORMAT"),
        ({"eventSource": None}, ".event_source", "REQUIRED_FIELD_MISSING"),
        ({"adIdentifiers": None, "userData": None}, "", "NO_IDENTIFIERS_PROVIDED"),
        ({"transactionId": "2"}, ".transaction_id", "INVALID_FORMAT"),
        ({"userData": {"userIdentifiers": [{"emailAddress": EMAIL}] * 11}}, "", "TOO_MANY_USER_IDENTIFIERS"),
        ({"userData": {"userIdentifiers": [{"emailAddress": "a@b.nl"}]}}, "", "INVALID_HEX_ENCODING"),
        ({"userData": {"userIdentifiers": [{"phoneNumber": "abcd"}]}}, "", "INVALID_SHA256_FORMAT"),
        ({"userData": {"userIdentifiers": [{"address": {"givenName": EMAIL}}]}}, "", "REQUIRED_FIELD_MISSING"),
    ],
)
def test_it_says_which_field_of_an_event_is_wrong(google: Google, changes: Json, field: str, reason: str) -> None:
    found = wrong(ingest(google, event(**changes)))
    assert {why for _, why in found} == {reason}
    assert found[0][0].startswith("events.events[0]" + field)


def test_google_42_it_wants_the_encoding_of_hashes_and_takes_either(google: Google) -> None:
    assert wrong(ingest(google, event(), encoding=None))[0] == ("encoding", "REQUIRED_FIELD_MISSING")
    assert ingest(google, event(userData=None), encoding=None).status_code == 200
    in_base64 = {"userIdentifiers": [{"emailAddress": base64.b64encode(bytes.fromhex(EMAIL)).decode()}]}
    assert ingest(google, event(userData=in_base64), encoding="BASE64").status_code == 200


def test_google_42_it_lets_a_number_for_a_transaction_pass_in_a_rehearsal_only(
    google: Google, control: Control
) -> None:
    answer = ingest(google, event(transactionId="2"), validateOnly=True)
    assert (answer.status_code, answer.json()) == (200, {})
    assert control.counts("google") == (0, 0, 0)


def test_google_42_it_takes_2000_events_and_ten_destinations(google: Google, control: Control) -> None:
    bare = event(userData=None)
    assert ingest(google, *[bare | {"transactionId": f"t-{number}"} for number in range(2000)]).status_code == 200
    assert control.counts("google") == (2000, 0, 0)
    assert wrong(ingest(google, *[bare] * 2001)) == [("events", "TOO_MANY_EVENTS")]
    assert ingest(google, event(), destinations=[destination()] * 10).status_code == 200
    assert wrong(ingest(google, event(), destinations=[destination()] * 11))[0][1] == "TOO_MANY_DESTINATIONS"


@pytest.mark.parametrize("number", ["4711", action(1001), ""])
def test_it_wants_the_number_of_an_action_of_the_account(google: Google, number: str) -> None:
    assert wrong(ingest(google, event(), destinations=[destination(number)])) == [
        ("destinations.destinations[0].product_destination_id", "INVALID_CONVERSION_ACTION_ID")
    ]


def test_it_wants_the_manager_named_when_only_the_manager_has_access(google: Google, control: Control) -> None:
    control.change("google", "tokens", GOOGLE_TOKEN, customers=[MANAGER])
    assert ingest(google, event()).status_code == 403
    assert ingest(google, event(), destinations=[destination(login=MANAGER)]).status_code == 200
    assert ingest(google, event(), destinations=[destination(login="1112223333")]).status_code == 403


def test_google_44_it_wants_its_own_scope(google: Google, control: Control) -> None:
    control.change("google", "tokens", GOOGLE_TOKEN, scopes=["https://www.googleapis.com/auth/adwords"])
    answer = ingest(google, event())
    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert google.clicks(google.click()).status_code == 200
    assert ingest(google, event(), token="stolen").status_code == 401


def test_google_43_it_refuses_hashes_until_the_terms_are_accepted(google: Google, control: Control) -> None:
    control.change("google", "customers", CUSTOMER, terms_accepted=False)
    reason = "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED"
    assert wrong(ingest(google, event())) == [("destinations.destinations[0]", reason)]
    assert ingest(google, event(userData=None)).status_code == 200


def test_google_42_it_takes_the_same_transaction_again_without_counting_it_twice(
    google: Google, control: Control
) -> None:
    first = event()
    assert ingest(google, first).status_code == ingest(google, first | {"conversionValue": 20}).status_code == 200
    assert control.counts("google") == (1, 0, 1)


def test_google_42_a_transaction_nobody_knows_makes_a_new_conversion(google: Google, control: Control) -> None:
    corrected = event(conversionValue=20)
    row = {
        "adjustmentType": "RESTATEMENT",
        "conversionAction": action(1001),
        "orderId": corrected["transactionId"],
        "adjustmentDateTime": at(),
        "restatementValue": {"adjustedValue": 20, "currencyCode": "EUR"},
    }
    assert "CONVERSION_NOT_FOUND" in google.adjustments(row).text
    assert ingest(google, corrected).status_code == 200
    assert control.counts("google") == (1, 1, 0)


def test_it_knows_an_event_when_the_ads_api_retracts_it(google: Google) -> None:
    first = event()
    ingest(google, first)
    row = {
        "adjustmentType": "RETRACTION",
        "conversionAction": action(1001),
        "orderId": first["transactionId"],
        "adjustmentDateTime": at(),
    }
    assert "partialFailureError" not in google.adjustments(row).json()


def test_google_42_it_says_only_after_half_an_hour_what_became_of_them_and_in_counts(
    google: Google, control: Control
) -> None:
    taken = ingest(
        google, event(), event(consent={"adUserData": "CONSENT_DENIED"}), event(adIdentifiers={"gclid": "x"})
    )
    request_id = taken.json()["requestId"]
    assert status(google, request_id).json()["requestStatusPerDestination"][0]["requestStatus"] == "PROCESSING"
    control.set_clock(minutes=31)
    body = status(google, request_id).json()
    (told,) = ParseDict(body, RetrieveRequestStatusResponse.pb()()).request_status_per_destination
    assert body["requestStatusPerDestination"][0]["requestStatus"] == "PARTIAL_SUCCESS"
    assert told.destination.product_destination_id == "1001"
    assert told.events_ingestion_status.record_count == 3
    assert {count["reason"]: count["recordCount"] for count in _counts(body)} == {
        "PROCESSING_ERROR_REASON_DENIED_CONSENT": "1",
        "PROCESSING_ERROR_REASON_INVALID_GCLID": "1",
    }


def test_google_42_it_says_success_when_all_were_processed_and_nothing_of_old_or_unknown_requests(
    google: Google, control: Control
) -> None:
    request_id = ingest(google, event()).json()["requestId"]
    control.set_clock(minutes=31)
    body = status(google, request_id).json()
    assert body["requestStatusPerDestination"][0]["requestStatus"] == "SUCCESS"
    assert not _counts(body)
    control.set_clock(days=51)
    assert status(google, request_id).json()["error"]["details"][0]["reason"] == "REQUEST_TOO_OLD"
    assert status(google, "never").json()["error"]["details"][0]["reason"] == "INVALID_REQUEST_ID"


def test_google_42_it_finds_out_later_that_a_click_is_too_recent(google: Google, control: Control) -> None:
    gclid = f"Cj0K-{uuid.uuid4().hex}"
    control.change_world("google", clicks=[{"gclid": gclid, "customer": CUSTOMER, "clicked_at": moment(hours=-1)}])
    request_id = ingest(google, event(adIdentifiers={"gclid": gclid})).json()["requestId"]
    control.set_clock(minutes=31)
    body = status(google, request_id).json()
    assert body["requestStatusPerDestination"][0]["requestStatus"] == "FAILED"
    assert [count["reason"] for count in _counts(body)] == ["PROCESSING_ERROR_REASON_TOO_RECENT_CLICK"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"orderId": "x"},
        {"eventSource": "CRM"},
        {"conversionValue": "12.5"},
        {"userData": {"userIdentifiers": [{"emailAddress": EMAIL, "phoneNumber": EMAIL}]}},
        {"adIdentifiers": {"gclid": 7}},
        {"consent": {"adUserData": "GRANTED"}},
        {"cartData": {"items": [{"quantity": "2", "unitPrice": 1}]}},
    ],
)
def test_it_refuses_exactly_the_json_that_googles_own_types_refuse(google: Google, changes: Json) -> None:
    given = event(**changes)
    try:
        ParseDict(request(given), IngestEventsRequest.pb()())
        expected = 200
    except ParseError:
        expected = 400
    assert ingest(google, given).status_code == expected


def _counts(body: Json) -> list[Json]:
    counts: list[Json] = body["requestStatusPerDestination"][0].get("errorInfo", {}).get("errorCounts", [])
    return counts
