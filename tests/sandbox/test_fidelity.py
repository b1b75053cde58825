"""The official packages against the sandbox: they send, they read, and their types agree with it."""

import warnings
from typing import Any

import pytest

from tests.sandbox.callers import EMAIL, FACEBOOK_TOKEN, PIXEL, Control, Facebook, Google, at, sdk_says

SDK = f"""
import json, sys, time
from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.event_request import EventRequest
from facebook_business.adobjects.serverside.user_data import UserData
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

FacebookSession.GRAPH = sys.argv[1] + "/facebook"
secret = sys.argv[3] or None
FacebookAdsApi.init(app_secret=secret, access_token="{FACEBOOK_TOKEN}", crash_log=False)
user = UserData(email="Mike@Example.com", phone="31612345678", client_user_agent="Mozilla/5.0")
event = Event(event_name="Purchase", event_time=int(time.time()) - int(sys.argv[2]), event_id=str(time.time_ns()),
              user_data=user, event_source_url="https://example.com/thanks", action_source=ActionSource.WEBSITE,
              custom_data=CustomData(currency="EUR", value=12.5))
try:
    answer = EventRequest(pixel_id="{PIXEL}", events=[event], partner_agent="convsync").execute()
    print(json.dumps({{"received": answer.events_received, "trace": answer.fbtrace_id}}))
except FacebookRequestError as error:
    print(json.dumps({{"status": error.http_status(), "code": error.api_error_code(),
                       "subcode": error.api_error_subcode(), "transient": error.api_transient_error()}}))
"""


def sdk(control: Control, *, age: int = 60, secret: str = "") -> Any:
    """Send one purchase with the official SDK, in a process of its own because its settings are global."""
    return sdk_says(SDK, control.url, str(age), secret)


def test_the_official_facebook_sdk_sends_an_event(control: Control) -> None:
    answer = sdk(control)
    assert answer["received"] == 1
    assert answer["trace"]
    item = control.ledger()["items"][0]
    assert item["accepted"]
    assert item["body"]["user_data"]["em"] == [EMAIL]


def test_the_official_facebook_sdk_proves_its_app_secret(control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    assert sdk(control, secret="s3cret")["received"] == 1
    assert sdk(control, secret="wrong")["code"] == 104


def test_the_official_facebook_sdk_reads_a_refusal(control: Control) -> None:
    assert sdk(control, age=8 * 86_400) == {"status": 400, "code": 100, "subcode": 2804003, "transient": False}


@pytest.fixture(scope="module")
def official() -> Any:
    """Google's own message types and JSON reader."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
        from google.ads.googleads.v26.services.types import conversion_adjustment_upload_service as adjustments
        from google.ads.googleads.v26.services.types import conversion_upload_service as clicks
        from google.protobuf import json_format
    return {
        "failure": GoogleAdsFailure,
        "uploadClickConversions": (clicks.UploadClickConversionsRequest, clicks.UploadClickConversionsResponse),
        "uploadConversionAdjustments": (
            adjustments.UploadConversionAdjustmentsRequest,
            adjustments.UploadConversionAdjustmentsResponse,
        ),
        "json": json_format,
    }


BODIES: list[tuple[str, dict[str, Any]]] = [
    ("conversions", {}),
    ("conversions", {"conversionValue": "12.5"}),
    ("conversions", {"conversionValue": "a lot"}),
    ("conversions", {"conversion_value": 3}),
    ("conversions", {"orderId": 4711}),
    ("conversions", {"orderId": None}),
    ("conversions", {"clickId": "x"}),
    ("conversions", {"consent": {"adUserData": "GRANTED", "adPersonalization": "DENIED"}}),
    ("conversions", {"consent": {"adUserData": "YES"}}),
    ("conversions", {"consent": {"adUserData": 2}}),
    ("conversions", {"userIdentifiers": [{"hashedEmail": EMAIL, "hashedPhoneNumber": EMAIL}]}),
    ("conversions", {"userIdentifiers": [{"hashedEmail": EMAIL, "userIdentifierSource": "FIRST_PARTY"}]}),
    ("conversions", {"userIdentifiers": {"hashedEmail": EMAIL}}),
    ("conversions", {"cartData": {"merchantId": "5", "items": [{"productId": "p", "quantity": 2, "unitPrice": 1.5}]}}),
    ("conversions", {"cartData": {"items": [{"quantity": 2**31}]}}),
    ("conversions", {"customerType": "NEW"}),
    ("conversions", {"customerType": "OLD"}),
    ("conversions", {"customVariables": [{"conversionCustomVariable": "x", "value": "y"}]}),
    ("conversionAdjustments", {}),
    ("conversionAdjustments", {"adjustmentType": "ENHANCE"}),
    ("conversionAdjustments", {"restatementValue": {"adjustedValue": 1, "currencyCode": "EUR"}}),
    ("conversionAdjustments", {"restatementValue": {"value": 1}}),
    ("conversionAdjustments", {"consent": {"adUserData": "GRANTED"}}),
    ("conversionAdjustments", {"userIdentifiers": [{"addressInfo": {"hashedFirstName": EMAIL, "zip": "x"}}]}),
]


@pytest.mark.parametrize(("field", "changes"), BODIES)
def test_it_refuses_exactly_the_json_that_googles_own_types_refuse(
    google: Google, official: Any, field: str, changes: dict[str, Any]
) -> None:
    clicks = field == "conversions"
    method = "uploadClickConversions" if clicks else "uploadConversionAdjustments"
    row = (google.click() if clicks else google.enhancement()) | changes
    body = {field: [row], "partialFailure": True}
    request = official[method][0]
    try:
        official["json"].ParseDict(body, request.pb(request()))
        expected = 200
    except official["json"].ParseError:
        expected = 400
    assert google.upload(method, body).status_code == expected


def test_googles_own_types_read_its_partial_failure(google: Google, official: Any) -> None:
    _, kind = official["uploadClickConversions"]
    body = google.clicks(google.click(), google.click(gclid="x"), google.click(conversionDateTime=at(days=-95))).json()
    answer = kind(official["json"].ParseDict(body, kind.pb(kind())))
    assert answer.partial_failure_error.code == 3
    assert [result.gclid != "" for result in answer.results] == [True, False, False]
    (packed,) = answer.partial_failure_error.details
    failure = official["failure"].deserialize(packed.value)
    assert failure.request_id
    found = [
        (e.error_code.conversion_upload_error.name, e.location.field_path_elements[0].index) for e in failure.errors
    ]
    assert found == [("UNPARSEABLE_GCLID", 1), ("EXPIRED_EVENT", 2)]


def test_googles_own_types_read_the_answer_to_an_adjustment(google: Google, official: Any) -> None:
    _, kind = official["uploadConversionAdjustments"]
    row = google.enhancement()
    answer = kind(official["json"].ParseDict(google.adjustments(row).json(), kind.pb(kind())))
    assert answer.results[0].order_id == row["orderId"]
    assert answer.results[0].adjustment_type.name == "ENHANCEMENT"
    assert answer.job_id > 0


def test_googles_own_types_know_every_code_the_sandbox_says(
    google: Google, facebook: Facebook, control: Control, official: Any
) -> None:
    refusals = [
        google.upload("uploadClickConversions", {"conversions": []}),
        google.upload("uploadClickConversions", {"partialFailure": True}),
        google.upload("uploadClickConversions", {}, customer="1"),
        google.upload("uploadClickConversions", {}, customer="5556667777"),
        google.upload("uploadClickConversions", {}, customer="9876543210"),
        google.upload("uploadClickConversions", {}, version="v20"),
    ]
    control.fault("google", status=429)
    refusals.append(google.clicks(google.click()))
    for refusal in refusals:
        (detail,) = refusal.json()["error"]["details"]
        given = {key: value for key, value in detail.items() if key != "@type"}
        failure = official["json"].ParseDict(given, official["failure"].pb(official["failure"]()))
        assert failure.errors[0].error_code.WhichOneof("error_code"), given
