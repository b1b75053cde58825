"""What can be looked at of LinkedIn's requests (S12), and the fault switches as LinkedIn shows them (S8)."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.callers import EMAIL, LINKEDIN_TOKEN, Control, LinkedIn

PERSON = {
    "userIds": [
        {"idType": "SHA256_EMAIL", "idValue": EMAIL},
        {"idType": "PLAINTEXT_IP_ADDRESS", "idValue": "203.0.113.9"},
    ],
    "userInfo": {"firstName": "Mike", "lastName": "Example", "companyName": "Acme", "countryCode": "NL"},
    "externalIds": ["crm-4711"],
    "lead": "urn:li:leadGenFormResponse:abc-1",
}
TOLD_BY = (EMAIL, "203.0.113.9", "Mike", "Example", "Acme", "crm-4711", "abc-1")


def stored(control: Control, **query: str) -> requests.Response:
    """The stored requests."""
    return requests.get(f"{control.url}/linkedin/_sandbox/requests", params=query, timeout=10)


def newest(control: Control) -> Any:
    """The newest stored request."""
    return stored(control).json()["requests"][0]


def test_linkedin_s12_a_stored_request_shows_what_was_sent_and_nobody_in_it(
    linkedin: LinkedIn, control: Control
) -> None:
    linkedin.batch(linkedin.element(eventId="order-1", user=PERSON), linkedin.element())
    seen = newest(control)
    assert (seen["status"], seen["account"], seen["test_account"]) == (200, "507001001", False)
    assert seen["extras"] == {"version": "202609", "method": "BATCH_CREATE"}
    first = seen["events"][0]
    assert (first["state"], first["body"]["eventId"]) == ("accepted", "order-1")
    assert first["body"]["conversionValue"] == {"currencyCode": "EUR", "amount": "12.50"}
    assert first["body"]["user"]["userIds"][0] == {"idType": "SHA256_EMAIL", "idValue": "•••"}
    assert set(first["body"]["user"]["userInfo"].values()) == {"•••"}
    for value in TOLD_BY:
        assert value not in stored(control).text, value


@pytest.mark.parametrize(
    "changes",
    [
        {"user": PERSON | {"ip": "203.0.113.9"}},
        {"user": PERSON | {"userIds": [{"idType": "mike@example.com", "idValue": EMAIL}]}},
        {"user": "mike@example.com"},
        {"email": "mike@example.com"},
        {"user": PERSON | {"lead": "mike@example.com"}},
        {"user": PERSON | {"externalIds": 'Mïke "Ex" O\'Neil'}},
        {"user": PERSON | {"userInfo": {"firstName": 4711, "lastName": "mike@example.com"}}},
    ],
)
def test_linkedin_s12_what_linkedin_echoes_is_masked_too(
    linkedin: LinkedIn, control: Control, changes: dict[str, Any]
) -> None:
    answer = linkedin.send(linkedin.element(**changes))
    assert answer.status_code == 422
    seen = newest(control)
    assert "ERROR :: /" in seen["answer"]["message"]
    for value in ("mike@example.com", "4711", "O'Neil", *TOLD_BY):
        assert value not in stored(control).text, value


def test_linkedin_s12_whoever_tests_sees_the_requests_of_one_account(linkedin: LinkedIn, control: Control) -> None:
    accounts = [{"id": "507001001", "test": True}, {"id": "507001002"}]
    control.change_world("linkedin", accounts=accounts)
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, accounts=["507001001", "507001002"])
    linkedin.send(linkedin.element())
    (seen,) = stored(control, account="507001001").json()["requests"]
    assert (seen["test_account"], len(seen["events"])) == (True, 1)
    assert stored(control, account="507001002").json()["requests"] == []
    refused = stored(control, account="1")
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "account")


def test_linkedin_s12_a_call_that_was_refused_before_it_was_read_is_there_and_no_token(
    linkedin: LinkedIn, control: Control
) -> None:
    linkedin.send(linkedin.element(), Authorization="Bearer AQstolen")
    seen = newest(control)
    assert (seen["status"], seen["events"]) == (401, [])
    assert "AQstolen" not in stored(control).text


def test_linkedin_s8_it_throttles_in_bursts_and_says_not_for_how_long(linkedin: LinkedIn, control: Control) -> None:
    control.fault("linkedin", status=429, times=3)
    answers = [linkedin.send(linkedin.element()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 201]
    assert "Retry-After" not in answers[0].headers
    assert "throttle limit" in answers[0].json()["message"]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_linkedin_s8_it_fails_in_json_or_in_html(linkedin: LinkedIn, control: Control, status: int) -> None:
    control.fault("linkedin", status=status)
    assert linkedin.send(linkedin.element()).json()["status"] == status
    control.fault("linkedin", status=status, html=True)
    answer = linkedin.send(linkedin.element())
    assert (answer.status_code, answer.text[:6]) == (status, "<html>")
    assert control.counts("linkedin") == (0, 0, 0)


def test_linkedin_s8_it_answers_slowly(linkedin: LinkedIn, control: Control) -> None:
    control.fault("linkedin", delay_ms=300)
    began = time.monotonic()
    assert linkedin.send(linkedin.element()).status_code == 201
    assert time.monotonic() - began > 0.3


def test_linkedin_s8_it_eats_the_answer_after_the_commit_and_counts_the_retry_again(
    linkedin: LinkedIn, control: Control
) -> None:
    control.fault("linkedin", drop_after_commit=True)
    element = linkedin.element()
    with pytest.raises(requests.ConnectionError):
        linkedin.send(element)
    assert linkedin.send(element).status_code == 201
    assert control.counts("linkedin") == (2, 0, 0)


def test_linkedin_s7_a_member_takes_a_token_back_with_a_button(linkedin: LinkedIn, control: Control) -> None:
    url = f"{control.url}/linkedin/_sandbox/tokens"
    shown = requests.get(url, timeout=10).text
    assert "Take it back" in shown
    assert LINKEDIN_TOKEN not in shown
    control.touched = True
    requests.post(url, data={"place": "0"}, timeout=10).raise_for_status()
    assert linkedin.send(linkedin.element()).json()["serviceErrorCode"] == 65601
    assert "Take it back" not in requests.get(url, timeout=10).text
    for place in ("9", "-1", "x", ""):
        assert requests.post(url, data={"place": place}, timeout=10).status_code == 400
