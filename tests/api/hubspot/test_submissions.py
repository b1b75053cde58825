"""Forms sent in over HubSpot's addresses: from a page, and from a server."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.records.models import Contact
from apps.signals.models import Signal
from apps.tracking.models import AdClick, Submission
from tests.api.conftest import Api, make_key
from tests.support.world import World

EMAIL = {"objectTypeId": "0-1", "name": "email", "value": "visitor@example.com"}


def public(world: World) -> str:
    return f"/submissions/v3/integration/submit/{world.workspace.portal_id}/{world.form.id}"


def secure(world: World) -> str:
    return f"/submissions/v3/integration/secure/submit/{world.workspace.portal_id}/{world.form.id}"


def body(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"fields": [EMAIL, *fields], **more}


def test_it_keeps_a_form_sent_in_from_a_page(world: World) -> None:
    submitted = int((timezone.now() - timedelta(minutes=5)).timestamp() * 1000)
    sent = body(
        {"name": "firstname", "value": "Zoë"},
        submittedAt=submitted,
        context={
            "pageUri": "https://acme.example/demo?gclid=EAIaIQob",
            "pageName": "Demo",
            "hutk": "60c2ccdfe4892f0fa0593940b12c11aa",
            "ipAddress": "203.0.113.9",
            "referrer": "https://search.example/",
            "orderId": "T-1001",
            "fbp": "fb.1.1767225600000.123",
        },
        skipValidation=True,
    )
    answer = Api("").post(public(world), sent, **{"User-Agent": "Mozilla/5.0 Firefox"})
    assert answer.status == 200
    assert answer.body["inlineMessage"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    with world.scope():
        submission = Submission.objects.get()
        contact = Contact.objects.get()
        facts = Signal.objects.get().facts
        clicks = set(AdClick.objects.values_list("kind", "value"))
    assert contact.properties["firstname"] == "Zoë"
    assert submission.contact_id == contact.pk
    assert int(submission.submitted_at.timestamp() * 1000) == submitted
    assert facts["client_ip_address"] == "203.0.113.9"
    assert facts["client_user_agent"] == "Mozilla/5.0 Firefox"
    assert facts["order_id"] == "T-1001"
    assert facts["event_source_url"].startswith("https://acme.example/demo")
    assert clicks >= {("gclid", "EAIaIQob"), ("fbp", "fb.1.1767225600000.123")}


def facts_of(world: World) -> dict[str, str]:
    with world.scope():
        return dict(Signal.objects.get().facts)


def test_it_takes_the_browser_that_the_context_names(world: World) -> None:
    sent = body(context={"userAgent": "Visitor/1"})
    Api("").post(public(world), sent, **{"User-Agent": "proxy"})
    assert facts_of(world)["client_user_agent"] == "Visitor/1"


def test_it_takes_an_empty_user_agent_for_none(world: World) -> None:
    Api("").post(public(world), body(context={"userAgent": ""}), **{"User-Agent": "proxy"})
    assert "client_user_agent" not in facts_of(world)


def test_it_takes_no_private_address_for_a_visitors(world: World) -> None:
    Api("").post(public(world), body())
    assert "client_ip_address" not in facts_of(world)


def test_it_believes_no_forwarded_address_unless_behind_our_proxy(world: World, settings: Any) -> None:
    header = {"X-Forwarded-For": "198.51.100.1, 93.184.216.34"}
    Api("").post(public(world), body(), **header)
    assert "client_ip_address" not in facts_of(world)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    Api("").post(public(world), body({"name": "firstname", "value": "again"}), **header)
    with world.scope():
        assert Signal.objects.latest("recorded_at").facts["client_ip_address"] == "93.184.216.34"


CONSENT = [
    ({"consent": {"consentToProcess": True, "text": "I agree"}}, "Freely given consent from contact"),
    ({"consent": {"communications": [{"value": True, "subscriptionTypeId": 9, "text": "News"}]}}, "Freely given"),
    ({"legitimateInterest": {"value": True, "subscriptionTypeId": 9, "legalBasis": "CUSTOMER"}}, "Legitimate"),
    ({"consent": {"consentToProcess": False, "communications": [{"value": True}]}}, ""),
    ({"consent": {"communications": [{"value": False}]}}, ""),
    ({}, ""),
]


@pytest.mark.parametrize(("options", "expected"), CONSENT)
def test_it_turns_consent_options_into_the_legal_basis(world: World, options: Any, expected: str) -> None:
    assert Api("").post(public(world), body(legalConsentOptions=options)).status == 200
    with world.scope():
        basis = Contact.objects.get().properties.get("hs_legal_basis", "")
    assert basis.startswith(expected)
    assert bool(basis) == bool(expected)


def test_it_takes_a_later_no_back_from_the_legal_basis(world: World) -> None:
    for agreed in (True, False):
        Api("").post(public(world), body(legalConsentOptions={"consent": {"consentToProcess": agreed}}))
    with world.scope():
        assert "hs_legal_basis" not in Contact.objects.get().properties


def _field(name: str, value: object) -> dict[str, object]:
    return {"name": name, "value": value}


REFUSED: dict[str, tuple[object, str, str]] = {
    "an address that is none": ({"fields": [_field("email", "not an address")]}, "INVALID_EMAIL", "fields.email"),
    "an unknown property": (body(_field("shoe", "44")), "FIELD_NOT_IN_FORM_DEFINITION", "fields.shoe"),
    "1,001 fields": (
        {"fields": [_field(f"f{number}", "x") for number in range(1001)]},
        "MAX_NUMBER_OF_SUBMITTED_VALUES_EXCEEDED",
        "fields",
    ),
    "no fields": ({"fields": []}, "MAX_NUMBER_OF_SUBMITTED_VALUES_EXCEEDED", "fields"),
    "fields that are an object": ({"fields": {"email": "x"}}, "INVALID_TYPE", "fields"),
    "a field twice": (body(EMAIL), "REPEATED_FIELD", "fields.email"),
    "a company's field": (
        body({"objectTypeId": "0-2", "name": "name", "value": "x"}),
        "INVALID_OBJECT_TYPE",
        "fields.name",
    ),
    "a value that is an array": (body(_field("city", ["a"])), "INVALID_TYPE", "fields.city"),
    "a value of 100,000 characters": (body(_field("city", "x" * 100_000)), "INPUT_TOO_LARGE", "fields.city"),
    "an unknown field of ours": (body(tenant_id=1), "UNKNOWN_FIELD", "tenant_id"),
    "an unknown context": (body(context={"x": 1}), "UNKNOWN_FIELD", "context.x"),
    "a script for a page": (body(context={"pageUri": "javascript:alert(1)"}), "INVALID_PAGE_URI", "context.pageUri"),
    "a page that is no address": (body(context={"pageUri": "http://[::1"}), "INVALID_PAGE_URI", "context.pageUri"),
    "an IP address that is none": (
        body(context={"ipAddress": "999.1.1.1"}),
        "INVALID_IP_ADDRESS",
        "context.ipAddress",
    ),
    "seconds for milliseconds": (body(submittedAt=1_767_225_600), "INVALID_VALUE", "submittedAt"),
    "the year 1970": (body(submittedAt=0), "INVALID_VALUE", "submittedAt"),
    "two years ago": (body(submittedAt=1_600_000_000_000), "OUT_OF_RANGE", "submittedAt"),
    "next week": (
        body(submittedAt=int((timezone.now() + timedelta(days=7)).timestamp() * 1000)),
        "OUT_OF_RANGE",
        "submittedAt",
    ),
    "consent that is text": (
        body(legalConsentOptions={"consent": {"consentToProcess": "yes"}}),
        "INVALID_TYPE",
        "legalConsentOptions.consent.consentToProcess",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_in_hubspots_words_and_keeps_nothing(world: World, name: str) -> None:
    sent, error_type, field = REFUSED[name]
    answer = Api("").post(public(world), sent)
    assert answer.status == 400
    assert answer.body["message"] == "The request is not valid"
    assert answer.body["errors"][0]["errorType"] == error_type
    assert f"'{field}'" in answer.body["errors"][0]["message"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    with world.scope():
        assert not Submission.objects.exists()
        assert not Contact.objects.exists()


def test_it_answers_404_for_a_form_or_portal_that_is_not_there(world: World, other: World) -> None:
    start = "/submissions/v3/integration/submit"
    foreign = Api("").post(f"{start}/{world.workspace.portal_id}/{other.form.id}", body())
    unknown = Api("").post(f"{start}/{world.workspace.portal_id}/{uuid4()}", body())
    nowhere = Api("").post(f"{start}/99999999999999999999/{world.form.id}", body())
    assert [answer.status for answer in (foreign, unknown, nowhere)] == [404, 404, 404]
    assert foreign.body["message"] == unknown.body["message"]


def test_it_asks_a_server_for_a_key_of_the_same_portal(world: World, other: World, api: Api) -> None:
    assert Api("").post(secure(world), body()).status == 401
    assert Api(make_key(other.workspace)).post(secure(world), body()).status == 404
    assert Api(make_key(world.workspace, ["records.read"])).post(secure(world), body()).status == 403
    assert api.post(secure(world), body()).status == 200


def test_it_lets_a_browser_ask_first(world: World) -> None:
    answer = Api("").send("OPTIONS", public(world), Origin="https://acme.example")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"


def test_it_takes_fifty_in_ten_seconds_from_one_visitor(world: World) -> None:
    statuses = [Api("").post(public(world), {}).status for _ in range(51)]
    if 429 not in statuses:  # a new window began in between
        statuses += [Api("").post(public(world), {}).status for _ in range(51)]
    assert statuses[:50].count(400) >= 1
    limited = Api("").post(public(world), body())
    assert 429 in [*statuses, limited.status]


def test_it_makes_a_contact_of_its_own_without_an_address(world: World) -> None:
    for _ in range(2):
        assert Api("").post(public(world), {"fields": [_field("firstname", "Anon")]}).status == 200
    with world.scope():
        assert Contact.objects.filter(email=None).count() == 2
