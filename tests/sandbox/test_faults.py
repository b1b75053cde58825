"""Faults on request: each takes one request of its network and is gone."""

import time

import pytest
import requests

from tests.sandbox.callers import Control, Facebook, Google, LinkedIn


def test_a_fault_takes_one_request_and_is_gone(control: Control, facebook: Facebook) -> None:
    control.fault("facebook", status=500)
    assert facebook.send(facebook.event()).status_code == 500
    assert facebook.send(facebook.event()).status_code == 200
    assert control.counts("facebook") == (1, 0, 0)
    assert control.ledger()["counts"]["facebook"]["requests"] == 2


def test_a_fault_belongs_to_its_network(control: Control, facebook: Facebook, google: Google) -> None:
    control.fault("google", status=503)
    assert facebook.send(facebook.event()).status_code == 200
    assert google.clicks(google.click()).status_code == 503


def test_faults_happen_in_order_and_as_often_as_told(control: Control, linkedin: LinkedIn) -> None:
    script = [{"network": "linkedin", "status": 429, "times": 2}, {"network": "linkedin", "status": 504}]
    assert control.call("POST", "faults", json={"faults": script}).json() == {"waiting": 3}
    assert [linkedin.send(linkedin.element()).status_code for _ in range(4)] == [429, 429, 504, 201]


def test_it_answers_an_outage_in_the_networks_own_shape(
    control: Control, facebook: Facebook, google: Google, linkedin: LinkedIn
) -> None:
    for network in ("facebook", "google", "linkedin"):
        control.fault(network, status=429)
    error = facebook.send(facebook.event()).json()["error"]
    assert (error["code"], error["is_transient"]) == (4, True)
    (detail,) = google.clicks(google.click()).json()["error"]["details"]
    assert detail["errors"][0]["errorCode"] == {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"}
    assert detail["errors"][0]["details"]["quotaErrorDetails"]["retryDelay"] == "30s"
    assert "throttle limit" in linkedin.send(linkedin.element()).json()["message"]


def test_facebook_throttles_with_400_and_says_when_access_comes_back(control: Control, facebook: Facebook) -> None:
    control.fault("facebook", status=400, retry_after=90)
    answer = facebook.send(facebook.event())
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 613)
    assert '"estimated_time_to_regain_access": 2' in answer.headers["X-Business-Use-Case-Usage"]


def test_google_says_how_long_to_wait(control: Control, google: Google) -> None:
    control.fault("google", status=429, retry_after=7)
    answer = google.clicks(google.click())
    assert answer.headers["Retry-After"] == "7"
    assert '"retryDelay":"7s"' in answer.text


def test_it_sends_html_when_told(control: Control, linkedin: LinkedIn) -> None:
    control.fault("linkedin", status=502, html=True)
    answer = linkedin.send(linkedin.element())
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (502, "text/html")


def test_it_sends_any_body_when_told(control: Control, facebook: Facebook) -> None:
    control.fault("facebook", status=400, body={"error": {"code": 80004, "message": "x"}})
    assert facebook.send(facebook.event()).json()["error"]["code"] == 80004


def test_it_is_slow_when_told(control: Control, google: Google) -> None:
    control.fault("google", delay_ms=300)
    began = time.monotonic()
    assert google.clicks(google.click()).status_code == 200
    assert time.monotonic() - began > 0.3


def test_it_eats_the_answer_after_the_commit(control: Control, google: Google) -> None:
    control.fault("google", drop_after_commit=True)
    row = google.click()
    with pytest.raises(requests.ConnectionError):
        google.clicks(row)
    assert control.counts("google") == (1, 0, 0)
    assert "ORDER_ID_ALREADY_IN_USE" in google.clicks(row).text


def test_it_resets_the_connection_before_anything_is_stored(control: Control, facebook: Facebook) -> None:
    control.fault("facebook", reset=True)
    with pytest.raises(requests.ConnectionError, match=r"[Rr]eset"):
        facebook.send(facebook.event())
    assert control.counts("facebook") == (0, 0, 0)
    assert facebook.send(facebook.event()).status_code == 200


def test_it_serves_others_while_one_request_hangs(control: Control, facebook: Facebook) -> None:
    control.fault("facebook", delay_ms=1500)
    with pytest.raises(requests.Timeout):
        requests.post(f"{control.url}/{facebook.path}", json={}, timeout=0.2)
    assert facebook.send(facebook.event()).status_code == 200


def test_a_script_can_be_read_and_called_off(control: Control, linkedin: LinkedIn) -> None:
    control.fault("linkedin", status=500)
    (waiting,) = control.call("GET", "faults").json()["faults"]
    assert (waiting["network"], waiting["status"]) == ("linkedin", 500)
    assert control.call("DELETE", "faults").json() == {"faults": []}
    assert linkedin.send(linkedin.element()).status_code == 201


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"network": "tiktok"}, "faults[0].network"),
        ({"network": "google", "status": 42}, "faults[0].status"),
        ({"network": "google", "delay_ms": -1}, "faults[0].delay_ms"),
        ({"network": "google", "times": 0}, "faults[0].times"),
        ({"network": "google", "retry_after": -1}, "faults[0].retry_after"),
        ({"network": "google", "explode": True}, "faults[0].explode"),
        ({}, "faults[0].network"),
    ],
)
def test_it_names_the_field_of_a_fault_that_is_wrong(control: Control, fault: dict, field: str) -> None:
    answer = control.call("POST", "faults", json={"faults": [fault]})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert control.call("GET", "faults").json() == {"faults": []}
