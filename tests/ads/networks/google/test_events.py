"""What the Data Manager API is sent, and what its answers mean; its own types are the judges."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.ads.datamanager_v1 import ErrorReason, IngestEventsRequest
from google.protobuf.json_format import ParseDict, ParseError

from apps.ads.networks.google.event_codes import _TABLE, MEANINGS
from apps.ads.networks.google.outcome import read
from apps.ads.networks.google.write import body, element, route
from apps.domain.facts import Account
from apps.domain.outcome import Reply, Verdict

EMAIL = "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"
PHONE = "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"
GIVEN = "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814"
FAMILY = "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574"
ADDRESS = {"firstname": (GIVEN,), "lastname": (FAMILY,), "zip": ("8001",), "country": ("CH",)}


def test_google_02_it_writes_a_stage_change_as_an_event_where_no_route_was_chosen(event):
    assert element(event()) == (
        '{"transactionId":"cs-7f3a-customer","eventTimestamp":"2026-11-20T14:05:09Z","eventSource":"OTHER",'
        '"adIdentifiers":{"gclid":"Cj0KCQ_-Example"},'
        f'"userData":{{"userIdentifiers":[{{"emailAddress":"{EMAIL}"}},{{"phoneNumber":"{PHONE}"}}]}},'
        '"consent":{"adUserData":"CONSENT_GRANTED"},"conversionValue":1250.50,"currency":"EUR"}'
    )


def test_it_puts_one_conversion_action_into_a_request(event):
    direct, through = event(), event(account=Account("google", "123-456-7890", login_customer_id="987-654-3210"))
    assert route(direct) == "event:1234567890:1003"
    assert body(route(direct), ["{}", '{"a": 1.50}']) == (
        b'{"destinations":[{"operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},'
        b'"productDestinationId":"1003"}],"encoding":"HEX","events":[{},{"a": 1.50}]}'
    )
    assert route(through) == "event:1234567890:1003:9876543210"
    assert json.loads(body(route(through), ["{}"]))["destinations"] == [
        {
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
            "loginAccount": {"accountType": "GOOGLE_ADS", "accountId": "9876543210"},
            "productDestinationId": "1003",
        }
    ]
    assert route(event(account=Account("google", "123-456-7890", login_customer_id="1234567890"))) == route(direct)


def test_it_names_the_conversion_action_by_its_number(event):
    assert route(event(destination="customers/1/conversionActions/1003")) == "event:1234567890:1003"


def test_it_adds_an_address_only_as_a_whole(event):
    whole = json.loads(element(event(identifiers=ADDRESS)))["userData"]["userIdentifiers"]
    assert whole == [{"address": {"givenName": GIVEN, "familyName": FAMILY, "regionCode": "CH", "postalCode": "8001"}}]
    assert "userData" not in element(event(identifiers={**ADDRESS, "zip": ()}))


@pytest.mark.parametrize("kind", ["gbraid", "wbraid"])
def test_google_08_it_sends_a_braid_alone(event, kind):
    written = json.loads(element(event(click_kind=kind, click="0AAAA")))
    assert written["adIdentifiers"] == {kind: "0AAAA"}
    assert "userData" not in written


def test_google_14_it_says_consent_only_where_it_is_known(event):
    def consent(**options: str) -> Any:
        return json.loads(element(event(options=options))).get("consent")

    assert consent() is None
    assert consent(ad_user_data="granted", ad_personalization="denied") == {
        "adUserData": "CONSENT_GRANTED",
        "adPersonalization": "CONSENT_DENIED",
    }


def test_it_writes_a_form_as_an_event_of_the_tags_own_transaction_where_that_was_chosen(form):
    happened = datetime(2026, 11, 19, 2, 0, 0, 9, tzinfo=UTC)
    signal = replace(form().signal, adjustment="enhancement", original_occurred_at=happened)
    written = json.loads(element(form(options={"route": "data_manager"}, signal=signal)))
    assert (written["transactionId"], written["eventSource"]) == ("tag-556677", "WEB")
    assert written["eventTimestamp"] == "2026-11-19T02:00:00Z"
    assert [next(iter(user)) for user in written["userData"]["userIdentifiers"]] == [
        "emailAddress",
        "phoneNumber",
        "address",
    ]
    assert written["eventDeviceInfo"] == {"userAgent": 'Mozilla/5.0 (X11; "Linux")'}


def test_google_15_it_writes_the_same_event_for_a_form_whose_adjustment_is_closed(form):
    whole = form().identifiers
    identifiers = {name: whole[name] for name in ("email", "phone", "firstname", "lastname", "zip", "country")}
    instead = form(shape="form_event", identifiers=identifiers)
    assert element(instead) == element(form(options={"route": "data_manager"}))
    assert route(instead) == "event:1234567890:2001"


def test_google_06_it_sends_at_most_ten_identifiers(event):
    many = {"email": tuple(f"{number:064x}" for number in range(9)), "phone": (PHONE, EMAIL)}
    users = json.loads(element(event(identifiers=many)))["userData"]["userIdentifiers"]
    assert len(users) == 10
    assert all(len(user) == 1 for user in users)


@pytest.mark.parametrize(
    "changes",
    [{}, {"identifiers": ADDRESS}, {"click_kind": "wbraid"}, {"value": None, "identifiers": {}, "options": {}}],
)
def test_google_01_it_writes_events_that_google_reads(event, changes):
    owed = event(**changes)
    request = ParseDict(json.loads(body(route(owed), [element(owed)] * 2)), IngestEventsRequest.pb()())
    first = request.events[0]
    assert (len(request.events), request.encoding) == (2, 1)
    assert request.destinations[0].product_destination_id == "1003"
    assert request.destinations[0].operating_account.account_type == 1
    assert getattr(first.ad_identifiers, owed.click_kind) == owed.click
    assert first.event_timestamp.ToDatetime(UTC) == owed.occurred_at.replace(microsecond=0)
    assert first.HasField("conversion_value") == (owed.value is not None)


def test_it_would_notice_a_field_that_the_data_manager_does_not_have():
    with pytest.raises(ParseError):
        ParseDict({"events": [{"orderId": "x"}]}, IngestEventsRequest.pb()())


def test_it_knows_only_reasons_that_the_data_manager_has():
    assert MEANINGS.keys() <= ErrorReason.__members__.keys()
    assert len(MEANINGS) == sum(len(reasons) for _, reasons in _TABLE)


# Answers


def refused(status: int, reason: str, *fields: Mapping[str, str], more: Mapping[str, str] | None = None) -> Reply:
    """A refusal as the Data Manager API words it."""
    details: list[Any] = [{"@type": "x/google.rpc.ErrorInfo", "reason": reason, "domain": "datamanager.googleapis.com"}]
    if fields:
        details.append({"@type": "x/google.rpc.BadRequest", "fieldViolations": list(fields)})
    details += [{"@type": "x/google.rpc.RequestInfo", "requestId": "req-9"}, *([more] if more else [])]
    return Reply(status, {}, json.dumps({"error": {"code": status, "status": "X", "details": details}}).encode())


def said(reply: Reply, count: int = 3) -> list[tuple[Verdict, str]]:
    return [(outcome.verdict, outcome.code) for outcome in read(reply, count).outcomes]


def test_it_takes_a_request_id_for_a_yes_to_all_and_keeps_it():
    reading = read(Reply(200, {}, b'{"requestId":"req-1","fieldWarnings":[]}'), 3)
    assert {outcome.verdict for outcome in reading.outcomes} == {Verdict.ACCEPTED}
    assert reading.trace_id == "req-1"


@pytest.mark.parametrize("body", [b"{}", b'{"requestId":""}', b'{"requestId":7}', b'{"requestId":"a","error":{}}'])
def test_it_takes_nothing_else_for_a_yes(body):
    assert {verdict for verdict, _ in said(Reply(200, {}, body))} == {Verdict.UNKNOWN}


def test_google_21_it_sets_the_named_event_aside_and_frees_its_neighbours():
    wrong = {"field": "events.events[1].event_timestamp", "reason": "EVENT_TIME_INVALID"}
    assert said(refused(400, "INVALID_ARGUMENT", wrong)) == [
        (Verdict.INNOCENT, ""),
        (Verdict.REFUSED, "EVENT_TIME_INVALID"),
        (Verdict.INNOCENT, ""),
    ]
    assert read(refused(400, "INVALID_ARGUMENT", wrong), 3).trace_id == "req-9"


def test_it_reads_the_reason_beside_the_field_where_the_field_has_none():
    answer = refused(400, "INVALID_SHA256_FORMAT", {"field": "events.events[0].user_data"})
    assert said(answer, 1) == [(Verdict.REFUSED, "INVALID_SHA256_FORMAT")]


def test_google_21_it_suspects_all_when_no_event_is_named():
    assert {verdict for verdict, _ in said(refused(400, "INVALID_ARGUMENT"))} == {Verdict.SUSPECT}


@pytest.mark.parametrize(
    ("status", "reason", "field"),
    [
        (400, "INVALID_CONVERSION_ACTION_ID", "destinations.destinations[0].product_destination_id"),
        (400, "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED", "events.events[2].user_data"),
        (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", ""),
        (403, "PERMISSION_DENIED", ""),
        (403, "NOT_ALLOWLISTED", ""),
    ],
)
def test_it_holds_them_all_for_what_must_be_mended_outside_the_events(status, reason, field):
    fields = [{"field": field, "reason": reason}] if field else []
    assert said(refused(status, reason if not field else "INVALID_ARGUMENT", *fields)) == [(Verdict.HOLD, reason)] * 3


def test_google_25_it_waits_as_long_as_it_is_asked_to():
    answer = refused(429, "RESOURCE_EXHAUSTED", more={"@type": "x/google.rpc.RetryInfo", "retryDelay": "37s"})
    (outcome,) = read(answer, 1).outcomes
    assert (outcome.verdict, outcome.wait) == (Verdict.HOLD, timedelta(seconds=37))


def test_it_waits_six_hours_for_a_new_conversion_action():
    (outcome,) = read(refused(400, "CONVERSION_ACTION_TOO_RECENTLY_CREATED"), 1).outcomes
    assert (outcome.verdict, outcome.wait) == (Verdict.RETRY, timedelta(hours=6))


def test_it_parks_a_reason_that_it_does_not_know():
    answer = refused(400, "INVALID_ARGUMENT", {"field": "events.events[0].x", "reason": "BRAND_NEW"})
    assert said(answer, 2) == [(Verdict.REFUSED, "unrecognised:BRAND_NEW"), (Verdict.INNOCENT, "")]
