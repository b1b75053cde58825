"""Errors of Google on request, each value of its enums, and the ones that a state of the world brings about."""

import uuid
from typing import Any

import pytest
from google.ads.datamanager_v1 import ErrorReason, ProcessingErrorReason
from google.ads.googleads.v26.errors import ConversionAdjustmentUploadErrorEnum, ConversionUploadErrorEnum
from google.ads.googleads.v26.services.types.conversion_upload_service import UploadClickConversionsResponse
from google.protobuf.json_format import ParseDict

from tests.sandbox.callers import CUSTOMER, EMAIL, Control, Google, action, at
from tests.sandbox.test_google_events import destination, event, ingest, status, wrong

Json = dict[str, Any]


def force(control: Control, *forced: Json) -> None:
    control.change_world("google", forced=list(forced))


def failures(answer: Any) -> list[Json]:
    """The errors of a partial failure: one detail of one type holds them all."""
    (detail,) = answer.json()["partialFailureError"]["details"]
    assert detail["@type"] == "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
    assert detail["requestId"] == answer.headers["request-id"]
    return detail["errors"]


def path(error: Json) -> list[tuple[str, int | None]]:
    elements = error["location"]["fieldPathElements"]
    return [(each["fieldName"], each.get("index")) for each in elements]


def names(enum: Any) -> list[str]:
    return [item.name for item in enum if item.name not in ("UNSPECIFIED", "UNKNOWN")]


def test_google_39_every_error_of_a_click_can_be_forced_among_good_rows(google: Google, control: Control) -> None:
    wanted = names(ConversionUploadErrorEnum.ConversionUploadError)
    assert len(wanted) == 44
    force(control, *({"error": f"conversionUploadError.{name}", "match": f"order {name}"} for name in wanted))
    rows = [row for name in wanted for row in (google.click(orderId=f"order {name}"), google.click())]
    answer = google.clicks(*rows)
    ParseDict(answer.json(), UploadClickConversionsResponse.pb()())
    found = failures(answer)
    assert [error["errorCode"]["conversionUploadError"] for error in found] == wanted
    assert [path(error) for error in found] == [[("conversions", 2 * n)] for n in range(len(wanted))]
    assert [bool(result) for result in answer.json()["results"]] == [False, True] * len(wanted)
    assert control.counts("google") == (len(wanted), len(wanted), 0)


def test_google_39_every_error_of_an_adjustment_can_be_forced_among_good_rows(google: Google, control: Control) -> None:
    wanted = names(ConversionAdjustmentUploadErrorEnum.ConversionAdjustmentUploadError)
    kind = "conversionAdjustmentUploadError"
    force(control, *({"error": f"{kind}.{name}", "match": f"order {name}"} for name in wanted))
    rows = [row for name in wanted for row in (google.enhancement(orderId=f"order {name}"), google.enhancement())]
    answer = google.adjustments(*rows)
    assert [error["errorCode"][kind] for error in failures(answer)] == wanted
    assert [bool(result) for result in answer.json()["results"]] == [False, True] * len(wanted)


def test_google_39_a_forced_error_keeps_to_its_own_service_and_time(google: Google, control: Control) -> None:
    force(control, {"error": "conversionUploadError.TOO_RECENT_EVENT", "until": "2026-01-01T00:00:00Z"})
    assert google.clicks(google.click()).json()["results"][0]
    force(control, {"error": "conversionUploadError.TOO_RECENT_EVENT"})
    assert google.clicks(google.click()).json()["results"] == [{}]
    assert google.adjustments(google.enhancement()).json()["results"][0]
    assert ingest(google, event()).status_code == 200


@pytest.mark.parametrize("name", ["INTERNAL_ERROR", "TRANSIENT_ERROR", "DEADLINE_EXCEEDED"])
def test_google_39_a_passing_error_can_strike_one_row_of_either_service(
    google: Google, control: Control, name: str
) -> None:
    force(control, {"error": f"internalError.{name}", "match": EMAIL})
    hit = google.click(userIdentifiers=[{"hashedEmail": EMAIL}])
    for answer in (google.clicks(google.click(), hit), google.adjustments(google.enhancement())):
        assert failures(answer)[0]["errorCode"] == {"internalError": name}


def test_google_39_an_error_can_stand_deep_in_a_row_or_nowhere(google: Google, control: Control) -> None:
    nested = {"error": "notAllowlistedError.CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE", "match": "nested"}
    loose = {"error": "internalError.INTERNAL_ERROR", "match": "loose", "unindexed": True}
    force(control, nested | {"path": "user_identifiers[1].hashed_email"}, loose)
    rows = [google.click(orderId=name) for name in ("nested", "fine", "loose")]
    deep, nowhere = failures(google.clicks(*rows))
    assert path(deep) == [("conversions", 0), ("user_identifiers", 1), ("hashed_email", None)]
    assert "location" not in nowhere


def test_google_39_an_error_can_be_younger_than_its_reader(google: Google, control: Control) -> None:
    hidden = {"error": "internalError.ERROR_CODE_NOT_PUBLISHED", "match": "hidden", "unpublished": "NEW_THING"}
    force(control, {"error": "conversionUploadError.999", "match": "young"}, hidden)
    young, secret = failures(google.clicks(google.click(orderId="young"), google.click(orderId="hidden")))
    assert young["errorCode"] == {"conversionUploadError": 999}
    assert secret["details"] == {"unpublishedErrorCode": "NEW_THING"}


def test_google_39_every_reason_to_refuse_events_can_be_forced(google: Google, control: Control) -> None:
    wanted = list(ErrorReason.__members__)[1:]
    force(control, *({"error": f"ErrorReason.{name}", "match": f"t-{name}", "path": "currency"} for name in wanted))
    found = wrong(ingest(google, event(), *(event(transactionId=f"t-{name}") for name in wanted)))
    assert found == [(f"events.events[{n}].currency", name) for n, name in enumerate(wanted, 1)]
    assert control.counts("google") == (0, len(wanted) + 1, 0)
    force(control, {"error": "ErrorReason.INTERNAL_ERROR", "match": "t-loose", "unindexed": True})
    assert wrong(ingest(google, event(), event(transactionId="t-loose"))) == [("events", "INTERNAL_ERROR")]


def test_google_39_every_reason_not_to_count_an_event_can_be_forced(google: Google, control: Control) -> None:
    wanted = list(ProcessingErrorReason.__members__)[1:]
    force(control, *({"error": f"ProcessingErrorReason.{name}", "match": f"t-{name}"} for name in wanted))
    answer = ingest(google, event(), *(event(transactionId=f"t-{name}") for name in wanted))
    control.set_clock(minutes=31)
    (found,) = status(google, answer.json()["requestId"]).json()["requestStatusPerDestination"]
    assert found["requestStatus"] == "PARTIAL_SUCCESS"
    counts = {each["reason"]: each["recordCount"] for each in found["errorInfo"]["errorCounts"]}
    assert counts == dict.fromkeys(wanted, "1")


def test_google_38_a_new_action_can_take_hours_to_be_known(google: Google, control: Control) -> None:
    control.change_world("google", action_lag_hours=6)
    operation = {"create": {"name": "Demo booked", "type": "UPLOAD_CLICKS"}}
    made = google.call("/conversionActions:mutate", {"operations": [operation]}).json()["results"][0]["resourceName"]
    (error,) = failures(google.clicks(google.click(conversionAction=made)))
    assert error["errorCode"] == {"conversionUploadError": "TOO_RECENT_CONVERSION_ACTION"}
    where = [destination(made.rpartition("/")[2])]
    assert wrong(ingest(google, event(), destinations=where)) == [
        ("destinations.destinations[0].product_destination_id", "CONVERSION_ACTION_TOO_RECENTLY_CREATED")
    ]
    control.set_clock(hours=6)
    assert google.clicks(google.click(conversionAction=made)).json()["results"][0]


def test_google_43_an_action_that_always_uses_its_default_cannot_be_restated(google: Google, control: Control) -> None:
    row = google.click()
    google.clicks(row)
    control.change("google", "actions", "1001", always_use_default_value=True)
    restated = {
        "adjustmentType": "RESTATEMENT",
        "conversionAction": action(1001),
        "orderId": row["orderId"],
        "adjustmentDateTime": at(minutes=-1),
        "restatementValue": {"adjustedValue": 5, "currencyCode": "EUR"},
    }
    (error,) = failures(google.adjustments(restated))
    assert error["errorCode"]["conversionAdjustmentUploadError"].startswith("CANNOT_RESTATE_CONVERSION_ACTION")


EXTERNAL = {"externalAttributionCredit": 0.3, "externalAttributionModel": "linear"}


@pytest.mark.parametrize(
    ("model", "changes", "name"),
    [
        (
            "GOOGLE_ADS_LAST_CLICK",
            {"externalAttributionData": EXTERNAL},
            "EXTERNAL_ATTRIBUTION_DATA_SET_FOR_NON_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
        ),
        ("EXTERNAL", {}, "EXTERNAL_ATTRIBUTION_DATA_NOT_SET_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION"),
        (
            "EXTERNAL",
            {"externalAttributionData": EXTERNAL},
            "ORDER_ID_NOT_PERMITTED_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION",
        ),
        (
            "EXTERNAL",
            {"externalAttributionData": EXTERNAL, "orderId": None, "userIdentifiers": [{"hashedEmail": EMAIL}]},
            "EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION_NOT_PERMITTED_WITH_USER_IDENTIFIER",
        ),
        ("EXTERNAL", {"externalAttributionData": EXTERNAL, "orderId": None}, ""),
    ],
)
def test_google_43_external_attribution_belongs_to_actions_that_are_attributed_so(
    google: Google, control: Control, model: str, changes: Json, name: str
) -> None:
    control.change("google", "actions", "1001", attribution_model=model)
    answer = google.clicks(google.click(**changes))
    found = [error["errorCode"] for error in failures(answer)] if name else []
    assert found == ([{"conversionUploadError": name}] if name else [])
    assert bool(answer.json()["results"][0]) is not bool(name)


@pytest.mark.parametrize(
    ("state", "value", "name"),
    [
        ("ENABLED", "gold", ""),
        ("PAUSED", "gold", "CUSTOM_VARIABLE_NOT_ENABLED"),
        ("ENABLED", "mike@example.com", "CUSTOM_VARIABLE_VALUE_CONTAINS_PII"),
    ],
)
def test_google_43_a_custom_variable_must_be_switched_on_and_name_nobody(
    google: Google, control: Control, state: str, value: str, name: str
) -> None:
    control.change_world("google", variables=[{"id": "7", "customer": CUSTOMER, "name": "tier", "status": state}])
    given = {"conversionCustomVariable": f"customers/{CUSTOMER}/conversionCustomVariables/7", "value": value}
    answer = google.clicks(google.click(customVariables=[given]))
    found = [error["errorCode"]["conversionUploadError"] for error in failures(answer)] if name else []
    assert found == ([name] if name else [])
    assert bool(answer.json()["results"][0]) is not bool(name)


@pytest.mark.parametrize(
    ("toggle", "consent", "reason"),
    [
        ({"consented": False}, {"adUserData": "CONSENT_GRANTED"}, "NO_CONSENT"),
        ({"wants_consent": True}, None, "UNKNOWN_CONSENT"),
        ({"wants_consent": True}, {"adUserData": "CONSENT_GRANTED"}, ""),
        ({}, {"adUserData": "CONSENT_DENIED"}, "DENIED_CONSENT"),
        ({}, None, ""),
    ],
)
def test_google_43_an_event_is_not_counted_without_the_consent_its_account_wants(
    google: Google, control: Control, toggle: Json, consent: Json | None, reason: str
) -> None:
    control.change("google", "customers", CUSTOMER, **toggle)
    answer = ingest(google, event(transactionId=f"t-{uuid.uuid4().hex}", consent=consent))
    control.set_clock(minutes=31)
    (found,) = status(google, answer.json()["requestId"]).json()["requestStatusPerDestination"]
    counts = [each["reason"] for each in found.get("errorInfo", {}).get("errorCounts", [])]
    assert counts == ([f"PROCESSING_ERROR_REASON_{reason}"] if reason else [])
