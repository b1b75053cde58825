"""LinkedIn's lead sync in the sandbox: the challenge, the signed delivery, test leads, deletions (S11)."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.sandbox.callers import LINKEDIN_TOKEN, Control, LinkedIn
from tests.sandbox.listener import Listener

SECRET = b"sandbox-secret"
OWNER = "(sponsoredAccount:urn:li:sponsoredAccount:507001001)"
ACCOUNT = {"sponsoredAccount": "urn:li:sponsoredAccount:507001001"}


def signed(text: bytes) -> str:
    return hmac.new(SECRET, text, hashlib.sha256).hexdigest()


class Subscriber(Listener):
    """An app's webhook. `honest` False: it answers the challenge wrongly."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.honest = True

    @property
    def notices(self) -> list[Any]:
        """What it was told."""
        return [json.loads(each.body) for each in self.heard]

    def _answer(self, query: Mapping[str, str]) -> bytes:
        code = query["challengeCode"]
        response = signed(code.encode()) if self.honest else "x"
        return json.dumps({"challengeCode": code, "challengeResponse": response}).encode()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    """A webhook on this machine."""
    subscriber = Subscriber()
    yield subscriber
    subscriber.close()


@pytest.fixture
def desk(control: Control) -> "Desk":
    """The sandbox's buttons."""
    control.touched = True
    return Desk(control)


class Desk:
    """Calls to the lead resources and to the sandbox's buttons."""

    def __init__(self, control: Control) -> None:
        self.base, self.linkedin = f"{control.url}/linkedin", LinkedIn(control)

    def rest(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Call a resource."""
        url, headers = f"{self.base}/rest/{path}", self.linkedin.headers()
        return requests.request(method, url, json=body, headers=headers, timeout=10)

    def subscribe(self, url: str, **changes: Any) -> requests.Response:
        """Subscribe an address."""
        return self.rest(
            "POST", "leadNotifications", {"webhook": url, "owner": ACCOUNT, "leadType": "SPONSORED"} | changes
        )

    def fill_in(self, **filled: Any) -> Any:
        """Fill a form in."""
        return requests.post(f"{self.base}/_sandbox/fill-in", json=filled, timeout=20).json()

    def challenge(self) -> Any:
        """Challenge the subscribers."""
        return requests.post(f"{self.base}/_sandbox/challenge", timeout=20).json()

    def responses(self, **more: str) -> list[Any]:
        """The leads of the account."""
        query = {"q": "owner", "owner": OWNER, "leadType": "(leadType:SPONSORED)"} | more
        url, headers = f"{self.base}/rest/leadFormResponses", self.linkedin.headers()
        answer = requests.get(url, params=query, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["elements"]


def test_linkedin_s11_it_subscribes_only_who_answers_the_challenge(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.honest = False
    assert desk.subscribe(subscriber.url).status_code == 400
    subscriber.honest = True
    answer = desk.subscribe(subscriber.url)
    assert answer.status_code == 201
    assert answer.headers["x-restli-id"]
    assert subscriber.challenges == 2


@pytest.mark.parametrize(
    "changes", [{"webhook": "https://example.com/leads"}, {"leadType": "ANY"}, {"owner": {}}, {"webhook": None}]
)
def test_linkedin_s11_it_subscribes_nothing_else(desk: Desk, subscriber: Subscriber, changes: dict[str, Any]) -> None:
    assert desk.subscribe(subscriber.url, **changes).status_code == 422
    assert subscriber.challenges == 0


def test_linkedin_s11_it_delivers_a_lead_signed_over_the_raw_body(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    told = desk.fill_in(form="700001", campaign="600001", test=False)
    assert told["deliveries"][0]["status"] == 200
    (heard,) = subscriber.heard
    assert heard.headers["X-LI-Signature"] == signed(b"hmacsha256=" + heard.body)
    (notice,) = subscriber.notices
    assert notice["type"] == "LEAD_ACTION"
    assert notice["leadAction"] == "CREATED"
    assert notice["leadGenFormResponse"] == f"urn:li:leadGenFormResponse:{told['lead']}"
    assert notice["owner"] == ACCOUNT


def test_linkedin_s11_it_can_leave_the_prefix_out_since_that_is_unproven(
    desk: Desk, subscriber: Subscriber, control: Control
) -> None:
    desk.subscribe(subscriber.url)
    control.change_world("linkedin", signature_prefix="")
    desk.fill_in()
    (heard,) = subscriber.heard
    assert heard.headers["X-LI-Signature"] == signed(heard.body)


def test_linkedin_s11_it_delivers_more_than_once(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    desk.fill_in(deliveries=3)
    assert len(subscriber.notices) == 3
    assert len({notice["leadGenFormResponse"] for notice in subscriber.notices}) == 1


def test_linkedin_s11_it_says_when_a_lead_was_deleted(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    lead = desk.fill_in()["lead"]
    requests.delete(f"{desk.base}/_sandbox/leads/{lead}", timeout=10).raise_for_status()
    assert [notice["leadAction"] for notice in subscriber.notices] == ["CREATED", "DELETED"]
    assert desk.rest("GET", f"leadFormResponses/{lead}").status_code == 404


def test_linkedin_s11_three_failed_challenges_block_a_subscriber(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    subscriber.honest = False
    assert [desk.challenge()["webhooks"][0]["failures"] for _ in range(3)] == [1, 2, 3]
    assert desk.fill_in()["deliveries"] == []
    assert subscriber.notices == []


def test_linkedin_s11_it_challenges_again_after_two_hours(desk: Desk, subscriber: Subscriber, control: Control) -> None:
    desk.subscribe(subscriber.url)
    desk.fill_in()
    assert subscriber.challenges == 1
    control.set_clock(hours=3)
    desk.fill_in()
    assert subscriber.challenges == 2


def test_linkedin_s11_the_two_hours_can_be_shortened(desk: Desk, subscriber: Subscriber, control: Control) -> None:
    control.change_world("linkedin", challenge_every=0)
    desk.subscribe(subscriber.url)
    for _ in range(2):
        desk.fill_in()
    assert subscriber.challenges == 3


def test_linkedin_s11_a_deletion_is_delivered_more_than_once(desk: Desk, subscriber: Subscriber) -> None:
    desk.subscribe(subscriber.url)
    url = f"{desk.base}/_sandbox/leads/{desk.fill_in()['lead']}"
    assert requests.delete(f"{url}?deliveries=99", timeout=10).json()["error"]["field"] == "deliveries"
    assert len(requests.delete(f"{url}?deliveries=2", timeout=10).json()["deliveries"]) == 2
    assert [notice["leadAction"] for notice in subscriber.notices] == ["CREATED", "DELETED", "DELETED"]


def test_linkedin_s11_a_subscription_can_be_ended(desk: Desk, subscriber: Subscriber) -> None:
    number = desk.subscribe(subscriber.url).headers["x-restli-id"]
    assert desk.rest("DELETE", f"leadNotifications/{number}").status_code == 204
    assert desk.rest("DELETE", f"leadNotifications/{number}").status_code == 404
    assert desk.fill_in()["deliveries"] == []


def test_linkedin_s11_it_lists_leads_by_owner_time_and_test(desk: Desk) -> None:
    answers = [{"question": "emailAddress", "value": "jo@example.com"}]
    real = desk.fill_in(answers=answers, campaign="600001", test=False)["lead"]
    test = desk.fill_in()["lead"]
    assert [lead["id"] for lead in desk.responses()] == [test, real]
    assert [lead["id"] for lead in desk.responses(limitedToTestLeads="true")] == [test]
    assert desk.responses(submittedAtTimeRange="(start:1,end:2)") == []
    lead = desk.rest("GET", f"leadFormResponses/{real}").json()
    assert lead["testLead"] is False
    assert lead["leadMetadata"]["sponsoredLeadMetadata"]["campaign"] == "urn:li:sponsoredCampaign:600001"
    answer = lead["formResponse"]["answers"][0]
    assert (answer["name"], answer["answerDetails"]["textQuestionAnswer"]["answer"]) == (
        "emailAddress",
        "jo@example.com",
    )


def test_linkedin_s1_it_lists_the_forms_of_an_account(desk: Desk) -> None:
    assert desk.rest("GET", f"leadForms?q=owner&owner={OWNER}").json()["elements"][0]["name"] == "Ask for a quote"
    assert desk.rest("GET", "leadForms?q=owner&owner=me").status_code == 400


def test_linkedin_s7_it_wants_the_scope_for_leads(desk: Desk, control: Control) -> None:
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, scopes=["r_ads", "rw_conversions"])
    assert desk.rest("GET", f"leadForms?q=owner&owner={OWNER}").status_code == 403


def test_linkedin_s11_the_page_has_a_button_for_a_test_lead(desk: Desk) -> None:
    url = f"{desk.base}/_sandbox/leads"
    assert "Send a test lead" in requests.get(url, timeout=10).text
    requests.post(url, data={"form": "700001"}, timeout=10).raise_for_status()
    assert [lead["testLead"] for lead in desk.responses()] == [True]
