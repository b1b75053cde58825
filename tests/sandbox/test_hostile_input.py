"""Whatever is sent, the sandbox answers in the network's way; it never breaks."""

import json
from typing import Any

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.callers import FACEBOOK_TOKEN, Control, Facebook, Google, LinkedIn
from tests.sandbox.leadads import FORM

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
AGAIN = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutations(keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Changes of some of the known keys to anything."""
    return st.dictionaries(st.sampled_from(keys), ANY_JSON, min_size=1, max_size=3)


@AGAIN
@given(changes=mutations(["event_name", "event_time", "event_id", "action_source", "event_source_url", "user_data"]))
def test_it_answers_any_facebook_event(facebook: Facebook, changes: dict[str, Any]) -> None:
    assert facebook.send(facebook.event() | changes).status_code in (200, 400)


@AGAIN
@given(inside=mutations(["em", "ph", "lead_id", "fbc", "client_ip_address", "external_id"]), custom=ANY_JSON)
def test_it_answers_any_facebook_user_data(facebook: Facebook, inside: dict[str, Any], custom: Any) -> None:
    event = facebook.event(event_name="Purchase", user_data={"em": "x", **inside}, custom_data=custom)
    assert facebook.send(event).status_code in (200, 400)


@AGAIN
@given(data=ANY_JSON)
def test_it_answers_any_facebook_data(facebook: Facebook, data: Any) -> None:
    answer = facebook.post(facebook.path, json={"data": data, "access_token": "EAAsandboxtoken"})
    assert answer.status_code == 400


@AGAIN
@given(
    changes=mutations(
        ["gclid", "wbraid", "conversionAction", "conversionDateTime", "conversionValue", "orderId", "userIdentifiers"]
    )
)
def test_it_answers_any_google_click(google: Google, changes: dict[str, Any]) -> None:
    assert google.clicks(google.click() | changes).status_code in (200, 400)


@AGAIN
@given(
    changes=mutations(
        ["adjustmentType", "adjustmentDateTime", "gclidDateTimePair", "orderId", "restatementValue", "userIdentifiers"]
    )
)
def test_it_answers_any_google_adjustment(google: Google, changes: dict[str, Any]) -> None:
    assert google.adjustments(google.enhancement() | changes).status_code in (200, 400)


@AGAIN
@given(body=ANY_JSON)
def test_it_answers_any_google_body(google: Google, body: Any) -> None:
    assert google.upload("uploadClickConversions", body).status_code == 400


@AGAIN
@given(changes=mutations(["conversion", "conversionHappenedAt", "conversionValue", "eventId", "user"]))
def test_it_answers_any_linkedin_event(linkedin: LinkedIn, changes: dict[str, Any]) -> None:
    assert linkedin.batch(linkedin.element() | changes).status_code in (200, 400, 403, 422)


@AGAIN
@given(info=ANY_JSON, ids=ANY_JSON, lead=ANY_JSON, elements=ANY_JSON)
def test_it_answers_any_linkedin_user(linkedin: LinkedIn, info: Any, ids: Any, lead: Any, elements: Any) -> None:
    user = {"userIds": ids, "userInfo": info, "lead": lead, "externalIds": ids}
    assert linkedin.send(linkedin.element(user=user)).status_code in (201, 422)
    assert linkedin.send({"elements": elements}, X_RestLi_Method="BATCH_CREATE").status_code in (400, 422)


@AGAIN
@given(answers=ANY_JSON, ticked=ANY_JSON)
def test_it_answers_any_facebook_lead(facebook: Facebook, answers: Any, ticked: Any) -> None:
    facebook.control.touched = True
    body = {"field_data": answers, "custom_disclaimer_responses": ticked, "access_token": FACEBOOK_TOKEN}
    answer = facebook.post(f"facebook/v26.0/{FORM}/test_leads", json=body)
    assert answer.status_code in (200, 400), answer.text


@AGAIN
@given(filtering=ANY_JSON, fields=st.text(max_size=12))
def test_it_answers_any_way_to_ask_for_leads(facebook: Facebook, filtering: Any, fields: str) -> None:
    params = {"filtering": json.dumps(filtering), "fields": fields, "access_token": FACEBOOK_TOKEN}
    answer = facebook.session.get(f"{facebook.control.url}/facebook/v26.0/{FORM}/leads", params=params, timeout=10)
    assert answer.status_code in (200, 400), answer.text


@AGAIN
@given(given_name=st.text(max_size=8), rule=ANY_JSON)
def test_it_answers_any_custom_conversion(facebook: Facebook, given_name: str, rule: Any) -> None:
    facebook.control.touched = True
    body = {"name": given_name, "rule": rule, "event_source_id": "900100100100101", "access_token": FACEBOOK_TOKEN}
    answer = facebook.post("facebook/v26.0/act_1001001/customconversions", json=body)
    assert answer.status_code in (200, 400), answer.text


@AGAIN
@given(changes=mutations(["name", "type", "enabled", "postClickAttributionWindowSize", "valueType"]))
def test_it_answers_any_linkedin_rule(linkedin: LinkedIn, changes: dict[str, Any]) -> None:
    linkedin.control.touched = True
    rule = {
        "name": "Demo",
        "account": "urn:li:sponsoredAccount:507001001",
        "conversionMethod": "CONVERSIONS_API",
        "type": "LEAD",
    }
    answer = linkedin.post("linkedin/rest/conversions", json=rule | changes, headers=linkedin.headers())
    assert answer.status_code in (201, 400, 422), answer.text


@AGAIN
@given(body=ANY_JSON)
def test_the_buttons_answer_anything(control: Control, body: Any) -> None:
    for path in ("facebook/_sandbox/fill-in", "facebook/_sandbox/deliver", "facebook/_sandbox/pixel"):
        control.touched = True
        answer = requests.post(f"{control.url}/{path}", json=body, timeout=10)
        assert answer.status_code in (200, 400), answer.text


def test_a_world_holds_no_nul(control: Control, facebook: Facebook, linkedin: LinkedIn) -> None:
    control.touched = True
    token = {"access_token": FACEBOOK_TOKEN, "field_data": [{"name": "a\x00", "values": []}]}
    assert facebook.post(f"facebook/v26.0/{FORM}/test_leads", json=token).json()["error"]["code"] == 100
    rule = {"name": "\x00", "account": "urn:li:sponsoredAccount:507001001", "conversionMethod": "CONVERSIONS_API"}
    answer = linkedin.post("linkedin/rest/conversions", json=rule | {"type": "LEAD"}, headers=linkedin.headers())
    assert answer.status_code == 400
    world = {"facebook": {"pages": [{"id": "1", "name": "\x00"}]}}
    refused = control.call("PUT", "world", json=world)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "facebook.pages[0].name")


def test_it_refuses_bodies_that_are_not_json(facebook: Facebook, google: Google, linkedin: LinkedIn) -> None:
    json_type = {"Content-Type": "application/json"}
    for path, headers in (
        (facebook.path, {"Authorization": "Bearer EAAsandboxtoken"}),
        ("google/v26/customers/1234567890:uploadClickConversions", {"Authorization": "Bearer ya29.sandbox"}),
        (linkedin.path, linkedin.headers()),
    ):
        for body in (b"", b"{", b"\xff\xfe", b'{"data": NaN}'):
            assert facebook.post(path, data=body, headers=headers | json_type).status_code == 400, (path, body)
