"""How an events call may travel, who may make it, and what the answer carries."""

import hashlib
import hmac
import json

import pytest

from tests.sandbox.callers import FACEBOOK_TOKEN, Control, Facebook

BEARER = {"Authorization": f"Bearer {FACEBOOK_TOKEN}"}


def error_of(answer) -> dict:
    return answer.json()["error"]


def test_meta_35_it_takes_json_with_a_bearer_token(facebook: Facebook) -> None:
    answer = facebook.post(facebook.path, json={"data": [facebook.event()]}, headers=BEARER)
    assert answer.status_code == 200
    assert answer.json()["events_received"] == 1
    assert answer.json()["messages"] == []
    assert answer.json()["fbtrace_id"]


def test_meta_35_it_takes_json_with_the_token_in_the_body(facebook: Facebook) -> None:
    body = {"data": [facebook.event()], "access_token": FACEBOOK_TOKEN}
    assert facebook.post(facebook.path, json=body).json()["events_received"] == 1


def test_meta_35_it_takes_a_form_with_a_list_of_json_texts_as_the_official_sdk_sends_it(facebook: Facebook) -> None:
    data = json.dumps([json.dumps(facebook.event()), json.dumps(facebook.event())])
    answer = facebook.post(f"{facebook.path}?access_token={FACEBOOK_TOKEN}", data={"data": data})
    assert answer.json()["events_received"] == 2


def test_meta_35_it_takes_a_form_with_a_list_of_objects_and_the_token_in_the_body(facebook: Facebook) -> None:
    form = {"data": json.dumps([facebook.event()]), "access_token": FACEBOOK_TOKEN}
    assert facebook.post(facebook.path, data=form).json()["events_received"] == 1


def test_meta_35_it_takes_multipart(facebook: Facebook) -> None:
    parts = {"data": (None, json.dumps([facebook.event()])), "access_token": (None, FACEBOOK_TOKEN)}
    assert facebook.post(facebook.path, files=parts).json()["events_received"] == 1


def test_meta_35_it_takes_the_token_in_the_query_with_a_json_body(facebook: Facebook) -> None:
    path = f"{facebook.path}?access_token={FACEBOOK_TOKEN}"
    assert facebook.post(path, json={"data": [facebook.event()]}).json()["events_received"] == 1


@pytest.mark.parametrize("version", ["v25.0", "v26.0"])
def test_meta_33_it_speaks_both_versions(facebook: Facebook, version: str) -> None:
    path = facebook.path.replace("v26.0", version)
    answer = facebook.post(path, json={"data": [facebook.event()]}, headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["facebook-api-version"] == version


def test_it_refuses_a_version_that_is_not_served(facebook: Facebook) -> None:
    path = facebook.path.replace("v26.0", "v19.0")
    answer = facebook.post(path, json={"data": [facebook.event()]}, headers=BEARER)
    assert (answer.status_code, error_of(answer)["code"]) == (400, 2635)


def test_it_answers_401_and_190_to_a_token_it_does_not_know(facebook: Facebook) -> None:
    answer = facebook.send(facebook.event(), token="stolen")
    error = error_of(answer)
    assert (answer.status_code, error["code"], error["type"]) == (401, 190, "OAuthException")
    assert error["fbtrace_id"]


@pytest.mark.parametrize(
    ("state", "subcode"),
    [("expired", 463), ("app_removed", 458), ("checkpoint", 459), ("password_changed", 460), ("invalid", 467)],
)
def test_it_says_by_subcode_why_a_token_died(facebook: Facebook, control: Control, state: str, subcode: int) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state=state)
    answer = facebook.send(facebook.event())
    assert answer.status_code == 401
    assert (error_of(answer)["code"], error_of(answer)["error_subcode"]) == (190, subcode)


def test_it_asks_for_a_token(facebook: Facebook) -> None:
    answer = facebook.post(facebook.path, json={"data": [facebook.event()]})
    assert (answer.status_code, error_of(answer)["code"]) == (400, 104)


def test_it_answers_100_33_for_a_pixel_that_does_not_exist(facebook: Facebook) -> None:
    path = facebook.path.replace("900100100100101", "900100100100999")
    answer = facebook.post(path, json={"data": [facebook.event()]}, headers=BEARER)
    error = error_of(answer)
    assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert "'900100100100999'" in error["message"]


def test_it_answers_100_33_for_a_pixel_that_the_token_was_not_assigned(facebook: Facebook, control: Control) -> None:
    control.change("facebook", "tokens", FACEBOOK_TOKEN, ad_accounts=["act_1001002"])
    assert error_of(facebook.send(facebook.event()))["error_subcode"] == 33


def test_it_checks_the_appsecret_proof_when_the_app_has_a_secret(facebook: Facebook, control: Control) -> None:
    control.change_world("facebook", app_secret="s3cret")
    proof = hmac.new(b"s3cret", FACEBOOK_TOKEN.encode(), hashlib.sha256).hexdigest()
    assert error_of(facebook.send(facebook.event()))["code"] == 104
    assert error_of(facebook.send(facebook.event(), appsecret_proof="0" * 64))["code"] == 104
    assert facebook.send(facebook.event(), appsecret_proof=proof).status_code == 200


def test_it_asks_for_data(facebook: Facebook) -> None:
    for body in ({}, {"data": []}, {"data": {}}, {"data": "x"}):
        answer = facebook.post(facebook.path, json=body, headers=BEARER)
        assert (answer.status_code, error_of(answer)["code"]) == (400, 100), body


def test_it_refuses_data_in_a_form_that_is_not_json(facebook: Facebook) -> None:
    for data in ("nope", '["nope"]'):
        answer = facebook.post(facebook.path, data={"data": data}, headers=BEARER)
        assert (answer.status_code, error_of(answer)["code"]) == (400, 100), data


def test_it_takes_1000_events_and_refuses_1001(facebook: Facebook, control: Control) -> None:
    assert facebook.send(*(facebook.event() for _ in range(1000))).json()["events_received"] == 1000
    assert facebook.refused(*(facebook.event() for _ in range(1001))) == (400, 100, None)
    assert control.counts("facebook") == (1000, 1001, 0)


def test_meta_35_it_reports_usage_in_percent_and_waits_in_minutes(facebook: Facebook, control: Control) -> None:
    control.change_world(
        "facebook",
        usage={"call_count": 92, "total_cputime": 3, "total_time": 4, "estimated_time_to_regain_access": 7},
    )
    headers = facebook.send(facebook.event()).headers
    assert json.loads(headers["X-App-Usage"]) == {"call_count": 92, "total_cputime": 3, "total_time": 4}
    use_case = json.loads(headers["X-Business-Use-Case-Usage"])["1001001"][0]
    assert (use_case["type"], use_case["call_count"]) == ("ads_management", 92)
    assert use_case["estimated_time_to_regain_access"] == 7
    assert json.loads(headers["X-Ad-Account-Usage"])["acc_id_util_pct"] == 92


def test_it_keeps_the_test_event_code_with_the_call_and_counts_the_event_as_real(
    facebook: Facebook, control: Control
) -> None:
    facebook.send(facebook.event(), test_event_code="TEST123", partner_agent="convsync")
    assert control.counts("facebook") == (1, 0, 0)
    item = control.ledger()["items"][0]
    page = facebook.session.get(f"{control.url}/received/{item['id']}", timeout=10).text
    assert "TEST123" in page
    assert FACEBOOK_TOKEN not in page


def test_it_keeps_no_token_wherever_it_came_from(facebook: Facebook, control: Control) -> None:
    form = {"data": json.dumps([facebook.event()]), "access_token": FACEBOOK_TOKEN, "appsecret_proof": "f" * 64}
    facebook.post(facebook.path, data=form)
    facebook.post(f"{facebook.path}?access_token={FACEBOOK_TOKEN}", json={"data": [facebook.event()]})
    for item in control.ledger()["items"]:
        page = facebook.session.get(f"{control.url}/received/{item['id']}", timeout=10).text
        assert FACEBOOK_TOKEN not in page
        assert "f" * 64 not in page
