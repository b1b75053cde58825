"""Signing in at Facebook: what the dialog is asked for, and what is made of codes and tokens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.ads.networks.facebook.client import BASE
from apps.ads.networks.facebook.sign_in import SIGN_IN
from apps.ads.sign_in import App, Asked, Grant, Returned
from apps.ads.wire import Call, Inquiry, Refused
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import facebook_error, reply
from tests.support.inquiries import fed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
APP = App("77", "s3cret")
BACK = "https://convsync.example/connect/facebook/back/"
PASTED = {"access_token": "EAApasted"}
OURS = {"access_token": "EAAours", "app_id": "77", "app_secret": "s3cret"}
ME = reply(200, {"id": "1", "name": "Robin"})
LONG = reply(200, {"access_token": "EAAlong", "token_type": "bearer", "expires_in": 5184000})


def debugged(**told: Any) -> Reply:
    told = {"is_valid": True, "type": "USER", "app_id": "77", "expires_at": 0, "scopes": ["ads_management"]} | told
    return reply(200, {"data": told})


def said(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(call.body.decode()).items()}


def test_b01_it_sends_people_to_the_dialog_with_all_that_is_asked_of_them() -> None:
    asked = Asked(BACK, "st4te", ("ads_management", "leads_retrieval"))
    url = urlsplit(SIGN_IN.consent_url(BASE, APP, asked))
    assert (url.hostname, url.path) == ("www.facebook.com", "/v26.0/dialog/oauth")
    assert {name: values[0] for name, values in parse_qs(url.query).items()} == {
        "client_id": "77",
        "redirect_uri": BACK,
        "state": "st4te",
        "scope": "ads_management,leads_retrieval",
        "response_type": "code",
    }
    assert SIGN_IN.consent_url("http://127.0.0.1:8010/facebook", APP, asked).startswith(
        "http://127.0.0.1:8010/facebook/v26.0/dialog/oauth?"
    )


def test_b01_it_swaps_the_code_for_a_token_of_60_days() -> None:
    short = reply(200, {"access_token": "EAAshort", "expires_in": 3600})
    ends = int((NOW + timedelta(days=60)).timestamp())
    inquiry = SIGN_IN.swap(BASE, APP, Returned("c0de", BACK), NOW)
    grant, calls = fed(inquiry, [short, LONG, debugged(expires_at=ends), ME])
    assert grant.credentials == {"access_token": "EAAlong", "app_id": "77", "app_secret": "s3cret", "kind": "USER"}
    assert (grant.who, grant.expires_at, grant.ends_at) == ("Robin", NOW + timedelta(days=60), None)
    assert said(calls[0])["code"] == "c0de"
    assert said(calls[1])["fb_exchange_token"] == "EAAshort"


def test_meta_29_it_keeps_codes_secrets_and_tokens_out_of_urls_when_it_swaps() -> None:
    short = reply(200, {"access_token": "EAAshort"})
    _, calls = fed(SIGN_IN.swap(BASE, APP, Returned("c0de", BACK), NOW), [short, LONG, debugged(), ME])
    for call in calls:
        assert not [secret for secret in ("c0de", "s3cret", "EAAshort") if secret in call.url]
        assert not [secret for secret in ("c0de", "s3cret", "EAAshort", "EAAlong") if secret in repr(call)]


def test_meta_29_it_renews_a_token_of_60_days_at_half_life() -> None:
    assert SIGN_IN.renew_before == timedelta(days=30)
    grant, calls = fed(SIGN_IN.renew(BASE, None, OURS, NOW), [LONG, debugged(), ME])
    assert grant.expires_at == NOW + timedelta(days=60)
    assert grant.credentials["access_token"] == "EAAlong"
    assert said(calls[0]) == {
        "client_id": "77",
        "client_secret": "s3cret",
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": "EAAours",
    }


def test_meta_29_it_asks_for_60_days_again_for_a_system_user() -> None:
    _, calls = fed(SIGN_IN.renew(BASE, None, {**OURS, "kind": "SYSTEM_USER"}, NOW), [LONG, debugged(), ME])
    assert said(calls[0])["set_token_expires_in_60_days"] == "true"


def test_meta_29_it_warns_14_3_and_1_days_before_a_person_must_sign_in_again() -> None:
    assert SIGN_IN.warn_days == (14, 3, 1)
    ends, data_ends = NOW + timedelta(days=40), NOW + timedelta(days=90)
    told = debugged(expires_at=int(ends.timestamp()), data_access_expires_at=int(data_ends.timestamp()))
    pasted, _ = fed(SIGN_IN.inspect(BASE, None, PASTED, NOW), [told, ME])
    assert (pasted.expires_at, pasted.ends_at) == (ends, ends)  # without a secret nobody but a person can renew it
    renewable, _ = fed(SIGN_IN.inspect(BASE, None, PASTED | {"app_secret": "s3cret"}, NOW), [told, ME])
    assert (renewable.expires_at, renewable.ends_at) == (ends, data_ends)


def test_meta_28_it_looks_into_a_pasted_token_and_names_the_permissions_that_it_lacks() -> None:
    told = debugged(type="SYSTEM_USER", scopes=["ads_management", "ads_read"])
    grant, calls = fed(SIGN_IN.inspect(BASE, APP, PASTED, NOW), [told, ME])
    assert (grant.expires_at, grant.ends_at, grant.who) == (None, None, "Robin")
    assert SIGN_IN.missing(grant, "send") == ()
    assert SIGN_IN.missing(grant, "discover") == ("business_management",)
    assert "leads_retrieval" in SIGN_IN.missing(grant, "leads")
    # It may be another app's: the token speaks for itself.
    assert {call.headers["Authorization"] for call in calls} == {"Bearer EAApasted"}


def test_b01_it_takes_the_app_from_a_pasted_token_so_that_it_can_be_renewed() -> None:
    credentials = PASTED | {"app_secret": "s3cret"}
    grant, _ = fed(SIGN_IN.inspect(BASE, None, credentials, NOW), [debugged(app_id="88"), ME])
    assert grant.credentials == {**credentials, "app_id": "88", "kind": "USER"}
    assert SIGN_IN.renews_with in grant.credentials
    assert SIGN_IN.renews_with not in PASTED


def test_meta_28_it_asks_the_token_itself_where_facebook_tells_of_it_only_to_the_apps_own_people() -> None:
    rows = [{"permission": "ads_management", "status": "granted"}, {"permission": "ads_read", "status": "declined"}]
    replies = [facebook_error(100), reply(200, {"data": rows}), ME]
    grant, _ = fed(SIGN_IN.inspect(BASE, None, PASTED | {"app_secret": "s3cret"}, NOW), replies)
    assert grant.scopes == frozenset({"ads_management"})
    assert (grant.expires_at, grant.who) == (None, "Robin")
    with pytest.raises(Refused, match="unknown_app"):
        fed(SIGN_IN.renew(BASE, None, grant.credentials, NOW), [])


STEPS: dict[str, Any] = {
    "inspect": lambda: SIGN_IN.inspect(BASE, None, PASTED, NOW),
    "renew": lambda: SIGN_IN.renew(BASE, None, OURS, NOW),
    "revoke": lambda: SIGN_IN.revoke(BASE, None, OURS),
    "swap": lambda: SIGN_IN.swap(BASE, APP, Returned("c0de", BACK), NOW),
}
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)


@each_step
@pytest.mark.parametrize(
    ("code", "subcode"), [(190, 458), (190, 459), (190, 460), (190, 463), (190, None), (102, None)]
)
def test_meta_11_it_says_that_the_sign_in_is_dead(step: Any, code: int, subcode: int | None) -> None:
    with pytest.raises(Refused) as caught:
        fed(step(), [facebook_error(code, subcode, status=401)])
    why = caught.value.outcome
    assert (why.verdict, why.who, why.signed_out) == (Verdict.HOLD, Who.ADMIN, True)


@each_step
@pytest.mark.parametrize("answer", [facebook_error(4), facebook_error(2, status=503), Reply(502, {}, b"<html>")])
def test_meta_11_it_does_not_take_a_passing_fault_for_a_dead_sign_in(step: Any, answer: Reply) -> None:
    with pytest.raises(Refused) as caught:
        fed(step(), [answer])
    assert not caught.value.outcome.signed_out


def test_meta_11_it_believes_debug_token_that_a_token_is_dead() -> None:
    dead = debugged(is_valid=False, error={"code": 190, "subcode": 463, "message": "over"})
    with pytest.raises(Refused) as caught:
        fed(SIGN_IN.inspect(BASE, None, PASTED, NOW), [dead])
    assert (caught.value.outcome.code, caught.value.outcome.signed_out) == ("190/463", True)


def test_it_takes_no_answer_without_a_token_for_one() -> None:
    with pytest.raises(Refused, match="unreadable_answer"):
        fed(SIGN_IN.swap(BASE, APP, Returned("c0de", BACK), NOW), [reply(200, {"token_type": "bearer"})])


def test_it_gives_the_sign_in_back() -> None:
    inquiry: Inquiry[None] = SIGN_IN.revoke(BASE, APP, OURS)
    _, (call,) = fed(inquiry, [reply(200, {"success": True})])
    assert (call.method, urlsplit(call.url).path) == ("DELETE", "/v26.0/me/permissions")


def test_it_prints_no_secret() -> None:
    shown = repr([APP, Grant(credentials=OURS), replace(Returned("c0de", BACK))])
    assert not [secret for secret in ("s3cret", "EAAours", "c0de") if secret in shown]
