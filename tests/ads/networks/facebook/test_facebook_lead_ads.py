"""Leads of Facebook's instant forms: what is believed, what is asked, and what a lead becomes."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.leads import LeadSource
from apps.ads.networks.facebook.client import BASE
from apps.ads.networks.facebook.lead_ads import LEADS
from apps.ads.sign_in import App
from apps.ads.wire import Call, Refused, Target
from apps.domain.outcome import Reply
from tests.contracts.answers import facebook_error, reply
from tests.support.inquiries import fed, held

TARGET = Target(BASE, "", {"access_token": "EAAsecret", "app_secret": "shhh"})
PAGE = LeadSource("104", "Our page")
AT = "2026-11-22T11:00:00+0000"
LARGE = "12345678901234567"  # more digits than a double can hold
ADDRESS = "https://convsync.example/hooks/leads/facebook/"
NOTHING = reply(200, {"data": []})


def asked(call: Call) -> tuple[str, dict[str, str]]:
    url = urlsplit(call.url)
    return url.path, {name: values[0] for name, values in parse_qs(url.query).items()}


def lead_row(lead_id: str = LARGE, at: str = AT, /, **answers: Any) -> dict[str, Any]:
    return {
        "id": lead_id,
        "created_time": at,
        "form_id": "205",
        "campaign_id": "120",
        "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
    }


def fetched(row: dict[str, Any], *test_leads: str) -> Any:
    replies = [
        reply(200, row),
        reply(200, {"id": "205", "name": "Ask for a quote"}),
        reply(200, {"data": [{"id": each} for each in test_leads]}),
    ]
    return fed(LEADS.fetch(TARGET, PAGE, LARGE), replies)[0]


# The webhook


def test_meta_30_it_repeats_the_challenge_to_who_knows_the_verify_token() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "t0ken", "hub.challenge": "1158201444"}
    assert LEADS.challenge(query, "shhh", "t0ken") == b"1158201444"
    for wrong in ({"hub.verify_token": "é"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        assert LEADS.challenge(query | wrong, "shhh", "t0ken") is None
    assert LEADS.challenge({}, "shhh", "t0ken") is None


@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_meta_30_it_believes_a_signature_over_these_very_bytes_only(body: bytes, other: bytes) -> None:
    signed = {"x-hub-signature-256": "sha256=" + hmac.new(b"shhh", body, hashlib.sha256).hexdigest()}
    assert LEADS.verified(signed, body, "shhh")
    assert LEADS.verified(signed, other, "shhh") is (other == body)
    assert not LEADS.verified(signed, body, "other")
    assert not LEADS.verified({}, body, "shhh")
    assert not LEADS.verified({"x-hub-signature-256": "sha256=é"}, body, "shhh")


def delivery(*changes: Any) -> bytes:
    return json.dumps({"object": "page", "entry": [{"id": "104", "time": 1, "changes": list(changes)}]}).encode()


def test_meta_30_it_reads_every_change_of_every_entry_and_keeps_lead_ids_as_text() -> None:
    told = {"leadgen_id": int(LARGE), "page_id": "104", "form_id": 205, "created_time": 1795345200}
    entries = [
        {"id": "104", "changes": [{"field": "leadgen", "value": told}, {"field": "leadgen", "value": told}]},
        {"id": "105", "changes": [{"field": "feed", "value": {}}, {"field": "leadgen", "value": {"leadgen_id": "7"}}]},
    ]
    first, again, third = LEADS.notices(json.dumps({"object": "page", "entry": entries}).encode())
    assert first == again
    assert (first.lead_id, first.source_id, first.form_id, first.deleted) == (LARGE, "104", "205", False)
    assert first.at == datetime.fromtimestamp(1795345200, UTC)
    assert (third.lead_id, third.source_id, third.at) == ("7", "105", None)


@pytest.mark.parametrize("lead_id", [None, "", "me", "../me", 1.5, True, ["7"], {}])
def test_meta_30_it_leaves_out_a_change_without_a_lead_id_and_keeps_its_neighbours(lead_id: Any) -> None:
    changes = [{"field": "leadgen", "value": {"leadgen_id": each}} for each in (lead_id, "7")]
    assert [each.lead_id for each in LEADS.notices(delivery(*changes))] == ["7"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"object": "user", "entry": []}', b'{"object": "page"}', b"\xff"]
)
def test_meta_30_it_refuses_a_body_that_is_no_delivery(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a delivery"):
        LEADS.notices(body)


# Pages


def test_b09_it_lists_the_pages_and_keeps_none_of_their_tokens() -> None:
    pages = reply(200, {"data": [{"id": "104", "name": "Our page", "access_token": "EAApage"}]})
    found, (call,) = fed(LEADS.sources(TARGET), [pages])
    assert found == (PAGE,)
    assert asked(call)[0] == "/v26.0/me/accounts"
    assert "access_token" not in asked(call)[1]["fields"]


def test_b09_it_subscribes_to_a_pages_leads_with_the_pages_own_token() -> None:
    replies = [reply(200, {"id": "104", "access_token": "EAApage"}), reply(200, {"success": True})]
    _, (_, call) = fed(LEADS.subscribe(TARGET, PAGE, ADDRESS), replies)
    assert (call.method, asked(call)[0], call.body) == (
        "POST",
        "/v26.0/104/subscribed_apps",
        b"subscribed_fields=leadgen",
    )
    assert call.headers["Authorization"] == "Bearer EAApage"
    assert asked(call)[1]["appsecret_proof"] == hmac.new(b"shhh", b"EAApage", hashlib.sha256).hexdigest()


def test_meta_30_it_has_facebook_send_to_our_address_and_keeps_the_secrets_out_of_the_url() -> None:
    assert LEADS.register is not None
    _, (call,) = fed(LEADS.register(BASE, App("77", "s3cret"), ADDRESS, "t0ken"), [reply(200, {"success": True})])
    assert (asked(call), call.headers["Authorization"]) == (("/v26.0/77/subscriptions", {}), "Bearer 77|s3cret")
    assert {name: values[0] for name, values in parse_qs(call.body.decode()).items()} == {
        "object": "page",
        "fields": "leadgen",
        "callback_url": ADDRESS,
        "verify_token": "t0ken",
    }


def test_b09_it_says_when_the_sign_in_has_no_say_over_the_page() -> None:
    with pytest.raises(Refused, match="no_page_token"):
        fed(LEADS.subscribe(TARGET, PAGE, ""), [reply(200, {"id": "104"})])


# A lead


def test_b09_it_brings_answers_to_contact_properties_and_keeps_the_rest() -> None:
    lead = fetched(
        lead_row(
            email="Anneke@example.nl",
            first_name="Anneke",
            last_name="de Vries",
            phone_number="+31612345678",
            company_name="Bakkerij",
            job_title="Bakker",
            zip_code="5211 AB",
            country="NL",
            which_colour="blue",
        )
    )
    assert lead.answers == {
        "email": "Anneke@example.nl",
        "firstname": "Anneke",
        "lastname": "de Vries",
        "phone": "+31612345678",
        "company": "Bakkerij",
        "jobtitle": "Bakker",
        "zip": "5211 AB",
        "country": "NL",
    }
    assert lead.others == {"which_colour": "blue"}
    assert (lead.lead_id, lead.form_id, lead.form_name, lead.campaign_id) == (LARGE, "205", "Ask for a quote", "120")
    assert lead.created_at == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "answers", "others"),
    [
        ({"full_name": "Anneke de Vries"}, {"firstname": "Anneke", "lastname": "de Vries"}, {}),
        ({"full_name": "Anneke"}, {"firstname": "Anneke"}, {}),
        ({"full_name": "A B", "first_name": "Anneke"}, {"firstname": "Anneke"}, {"full_name": "A B"}),
        ({"email": "a@b.nl", "work_email": "c@d.nl"}, {"email": "a@b.nl"}, {"work_email": "c@d.nl"}),
        ({"work_email": "c@d.nl"}, {"email": "c@d.nl"}, {}),
        ({"email": "  "}, {}, {}),
    ],
)
def test_b09_it_loses_no_answer(said: dict[str, str], answers: dict[str, str], others: dict[str, str]) -> None:
    lead = fetched(lead_row(**said))
    assert (lead.answers, lead.others) == (answers, others)


def test_meta_30_it_keeps_the_answers_to_questions_of_consent() -> None:
    ticked = [
        {"checkbox_key": "newsletter", "is_checked": "1"},
        {"checkbox_key": "partners", "is_checked": ""},
        {"checkbox_key": "calls"},
    ]
    lead = fetched(lead_row(email="a@b.nl") | {"custom_disclaimer_responses": ticked})
    assert lead.consents == {"newsletter": True, "partners": False, "calls": False}


def test_meta_30_it_marks_a_test_lead() -> None:
    assert fetched(lead_row(email="test@fb.com"), LARGE).is_test
    assert not fetched(lead_row(email="a@b.nl"), "1").is_test


def test_b09_it_prints_no_answers() -> None:
    assert "anneke" not in repr(fetched(lead_row(email="anneke@example.nl", odd="anneke"))).lower()


@pytest.mark.parametrize("row", [{"id": LARGE}, {"created_time": AT}, {"id": LARGE, "created_time": "now"}])
def test_b09_it_takes_nothing_else_for_a_lead(row: dict[str, str]) -> None:
    with pytest.raises(Refused, match="unreadable_answer"):
        fed(LEADS.fetch(TARGET, PAGE, LARGE), [reply(200, row)])


# Catching up


def graph(call: Call) -> Reply:
    path, params = asked(call)
    leads = {
        "": {"data": [lead_row("3", "2026-11-22T12:00:00+0000", email="c@d.nl")], "paging": {"next": "?after=1"}},
        "1": {"data": [lead_row("2", AT, email="old@d.nl"), lead_row("2", AT, email="new@d.nl")]},
    }
    answers: dict[str, Any] = {
        "/v26.0/104": {"id": "104", "access_token": "EAApage"},
        "/v26.0/104/leadgen_forms": {"data": [{"id": "205", "name": "Quote"}, {"id": "206", "name": "Empty"}]},
        "/v26.0/205/leads": leads[params.get("after", "")],
        "/v26.0/206/leads": {"data": []},
        "/v26.0/205/test_leads": {"data": [{"id": "3"}]},
    }
    return reply(200, answers[path])


def test_meta_30_it_catches_up_with_every_form_and_page_each_lead_once_as_it_stands_now() -> None:
    start = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    found, calls = held(LEADS.since(TARGET, PAGE, start), graph)
    assert [(each.lead_id, each.answers["email"], each.form_name, each.is_test) for each in found] == [
        ("2", "new@d.nl", "Quote", False),
        ("3", "c@d.nl", "Quote", True),
    ]
    filters = [json.loads(asked(call)[1]["filtering"]) for call in calls if "filtering" in asked(call)[1]]
    assert filters[0] == [
        {"field": "time_created", "operator": "GREATER_THAN_OR_EQUAL", "value": int(start.timestamp())}
    ]
    assert len(filters) == 3
    assert "/v26.0/206/test_leads" not in {asked(call)[0] for call in calls}


@pytest.mark.parametrize("error", [facebook_error(190, 463), facebook_error(200), facebook_error(4)])
def test_meta_30_it_takes_no_refusal_for_no_leads(error: Reply) -> None:
    with pytest.raises(Refused):
        held(LEADS.since(TARGET, PAGE, datetime.now(UTC)), lambda call: error if "/leads" in call.url else graph(call))
