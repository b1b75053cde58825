"""LinkedIn's leads: the webhook's challenge and signature, its notices, and leads in the words of contacts."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.leads import Lead, LeadSource, Notice
from apps.ads.networks.linkedin.leads import LEADS
from apps.ads.wire import Refused, Target
from tests.contracts.answers import linkedin_error, reply
from tests.support.inquiries import fed

TARGET = Target("https://api.linkedin.com", "507001001", {"access_token": "AQsecret"})
SOURCE = LeadSource("507001001", "Acme")
SECRET = "the-secret"
CODE = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
NOTICE = {
    "type": "LEAD_ACTION",
    "leadGenFormResponse": "urn:li:leadGenFormResponse:abc-1",
    "leadGenForm": "urn:li:leadGenForm:700001",
    "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:507001001"},
    "leadType": "SPONSORED",
    "leadAction": "CREATED",
    "occurredAt": 1_795_348_800_000,
}
QUESTIONS = [
    {"questionId": 1, "name": "Voornaam", "predefinedField": "FIRST_NAME"},
    {"questionId": 2, "name": "E-mail", "predefinedField": "WORK_EMAIL"},
    {"questionId": 3, "name": "How many vans?"},
    {
        "questionId": 4,
        "name": "Colour",
        "questionDetails": {"multipleChoiceQuestionDetails": {"options": [{"id": 7, "text": "Red"}]}},
    },
]
FORM = {"id": 700001, "name": "Ask for a quote", "content": {"questions": QUESTIONS}}
RESPONSE: dict[str, Any] = {
    "id": "abc-1",
    "submittedAt": 1_795_348_800_000,
    "testLead": False,
    "versionedLeadGenFormUrn": "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:700001,3)",
    "formResponse": {
        "answers": [
            {"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": " Jo "}}},
            {"questionId": 2, "answerDetails": {"textQuestionAnswer": {"answer": "jo@example.com"}}},
            {"questionId": 3, "answerDetails": {"textQuestionAnswer": {"answer": "12"}}},
            {"questionId": 4, "answerDetails": {"multipleChoiceAnswer": {"options": [7]}}},
        ],
        "consentResponses": [{"consentId": 31, "accepted": True}, {"consentId": 32, "accepted": False}],
    },
    "leadMetadata": {"sponsoredLeadMetadata": {"campaign": "urn:li:sponsoredCampaign:600001"}},
}


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def fetched(response: dict[str, Any], *more: Any) -> Lead:
    lead, _ = fed(LEADS.fetch(TARGET, SOURCE, "abc-1"), [reply(200, response), *more])
    return lead


def test_linkedin_a27_it_answers_the_challenge_with_the_code_and_its_hmac() -> None:
    body = LEADS.challenge({"challengeCode": CODE}, SECRET, "")
    assert body is not None
    assert orjson.loads(body) == {"challengeCode": CODE, "challengeResponse": signature(CODE.encode())}


@pytest.mark.parametrize("query", [{}, {"challengeCode": ""}, {"challengeCode": 'hmacsha256={"type":"LEAD_ACTION"}'}])
def test_linkedin_a27_it_signs_nothing_but_a_uuid(query: dict[str, str]) -> None:
    assert LEADS.challenge(query, SECRET, "") is None


def test_linkedin_a27_it_knows_linkedins_signature_over_the_raw_body() -> None:
    body = b'{"type":  "LEAD_ACTION"}'
    good = signature(b"hmacsha256=" + body)
    assert LEADS.verified({"x-li-signature": good}, body, SECRET)
    assert LEADS.verified({"x-li-signature": good.upper()}, body, SECRET)
    assert not LEADS.verified({"x-li-signature": good}, b'{"type": "LEAD_ACTION"}', SECRET)
    assert not LEADS.verified({"x-li-signature": signature(body)}, body, SECRET)
    assert not LEADS.verified({"x-li-signature": signature(b"hmacsha256=" + body, "another")}, body, SECRET)
    assert not LEADS.verified({"x-li-signature": "ünïcode"}, body, SECRET)
    assert not LEADS.verified({}, body, SECRET)


@pytest.mark.parametrize(("action", "deleted"), [("CREATED", False), ("DELETED", True)])
@pytest.mark.parametrize("occurred", [1_795_348_800_000, 1_795_348_800])
def test_linkedin_a27_it_reads_a_notice_whether_it_counts_seconds_or_milliseconds(
    action: str, deleted: bool, occurred: int
) -> None:
    body = orjson.dumps(NOTICE | {"leadAction": action, "occurredAt": occurred})
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert list(LEADS.notices(body)) == [Notice("abc-1", "507001001", "700001", deleted, at)]


@pytest.mark.parametrize(
    "changes", [{"type": "OTHER"}, {"leadAction": "SEEN"}, {"owner": {}}, {"leadGenFormResponse": None}]
)
def test_linkedin_a27_it_takes_nothing_else_for_a_notice(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must name lead, owner and a known action"):
        LEADS.notices(orjson.dumps(NOTICE | changes))


@given(
    st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(sorted(NOTICE)), st.integers(0, 2**60) | st.text()).map(orjson.dumps)
)
def test_linkedin_a27_it_falls_over_no_body(body: bytes) -> None:
    with pytest.raises(ValueError, match="LEAD_ACTION"):
        LEADS.notices(body)


def test_it_reads_a_lead_by_what_its_form_says_of_the_questions() -> None:
    lead = fetched(RESPONSE | {"form": FORM})
    assert lead.lead_id == "abc-1"
    assert lead.created_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert (lead.form_id, lead.form_name, lead.campaign_id) == ("700001", "Ask for a quote", "600001")
    assert lead.answers == {"firstname": "Jo", "email": "jo@example.com"}
    assert lead.others == {"How many vans?": "12", "Colour": "Red"}
    assert lead.consents == {"31": True, "32": False}
    assert "jo@" not in repr(lead)


def test_it_asks_for_the_forms_where_a_response_brings_none_along() -> None:
    assert fetched(RESPONSE, reply(200, {"elements": [FORM]})).answers["email"] == "jo@example.com"


def test_it_keeps_the_first_of_two_answers_for_one_property_and_shows_the_other() -> None:
    answers = [
        {"name": "emailAddress", "answerDetails": {"textQuestionAnswer": {"answer": "a@example.com"}}},
        {"name": "workEmail", "answerDetails": {"textQuestionAnswer": {"answer": "b@example.com"}}},
    ]
    lead = fetched(RESPONSE | {"form": {"id": 700001}, "formResponse": {"answers": answers}})
    assert (lead.answers, lead.others) == ({"email": "a@example.com"}, {"workEmail": "b@example.com"})


@pytest.mark.parametrize("is_test", [True, False])
def test_linkedin_a12_it_marks_a_test_lead(is_test: bool) -> None:
    assert fetched(RESPONSE | {"testLead": is_test, "form": FORM}).is_test is is_test


def test_it_catches_up_page_by_page_from_a_moment_on() -> None:
    responses = [RESPONSE | {"id": f"abc-{number}", "form": FORM} for number in range(101)]
    first = reply(200, {"elements": responses[:100], "paging": {"start": 0}})
    second = reply(200, {"elements": responses[100:], "paging": {"start": 100}})
    start = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    leads, calls = fed(LEADS.since(TARGET, SOURCE, start), [first, second])
    assert [lead.lead_id for lead in leads] == [f"abc-{number}" for number in range(101)]
    assert "owner=(sponsoredAccount:urn%3Ali%3AsponsoredAccount%3A507001001)" in calls[0].url
    assert "submittedAtTimeRange=(start:1795348800000)" in calls[0].url


@pytest.mark.parametrize("changes", [{"submittedAt": 10**18}, {"id": None}])
def test_it_takes_no_broken_lead(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="unreadable_answer"):
        fetched(RESPONSE | {"form": FORM} | changes)


def test_it_passes_on_that_a_lead_is_gone() -> None:
    with pytest.raises(Refused, match="NOT_FOUND"):
        fed(LEADS.fetch(TARGET, SOURCE, "abc-1"), [linkedin_error(404, code="NOT_FOUND")])


def test_it_asks_for_an_accounts_leads_at_our_address() -> None:
    _, (call,) = fed(LEADS.subscribe(TARGET, SOURCE, "https://convsync.example/leads"), [linkedin_error(201)])
    assert call.url == "https://api.linkedin.com/rest/leadNotifications"
    assert orjson.loads(call.body) == {
        "webhook": "https://convsync.example/leads",
        "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:507001001"},
        "leadType": "SPONSORED",
    }
