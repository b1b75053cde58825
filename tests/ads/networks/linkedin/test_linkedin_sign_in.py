"""Signing in at LinkedIn: the consent page, tokens and their ends, pasted tokens; each step as the calls it makes."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from apps.ads.networks.linkedin.sign_in import SIGN_IN
from apps.ads.sign_in import App, Asked, Grant, Returned
from apps.ads.wire import Call, Refused
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.contracts.answers import linkedin_error, reply
from tests.support.inquiries import fed

BASE = "https://api.linkedin.com"
APP = App("78app", "the-secret")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BACK = "https://convsync.example/connect/linkedin/back/"
DAY = 86_400
TOKENS = {
    "access_token": "AQaccess",
    "expires_in": 60 * DAY,
    "refresh_token": "AQrefresh",
    "refresh_token_expires_in": 365 * DAY,
    "scope": "r_ads,rw_conversions",
}
OAUTH = {"access_token": "AQold", "refresh_token": "AQrefresh"}
DIRECT = {"access_token": "AQdirect"}
FOREIGN = reply(400, {"error": "invalid_request", "error_description": "not issued to this application"})
SEATS = reply(200, {"elements": [{"account": "urn:li:sponsoredAccount:507", "role": "ACCOUNT_MANAGER"}]})


def form_of(call: Call) -> dict[str, str]:
    assert call.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    return dict(parse_qsl(call.body.decode()))


def swapped(answer: dict[str, object], *more: Reply) -> Grant:
    grant, _ = fed(SIGN_IN.swap(BASE, APP, Returned("the-code", BACK), NOW), [reply(200, answer), *more])
    return grant


def test_l01_it_asks_for_consent_to_all_at_once() -> None:
    scopes = ("rw_conversions", "r_ads")
    asked = urlsplit(SIGN_IN.consent_url(BASE, APP, Asked(BACK, "s 1", scopes)))
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == "https://www.linkedin.com/oauth/v2/authorization"
    assert parse_qs(asked.query) == {
        "response_type": ["code"],
        "client_id": ["78app"],
        "redirect_uri": [BACK],
        "state": ["s 1"],
        "scope": ["rw_conversions r_ads"],
    }
    assert "the-secret" not in asked.query
    assert urlsplit(SIGN_IN.consent_url("http://127.0.0.1:8010/linkedin", APP, Asked(BACK, "s", scopes))).port == 8010


def test_l01_it_swaps_the_code_by_a_form_and_keeps_both_tokens() -> None:
    inquiry = SIGN_IN.swap(BASE, APP, Returned("the-code", BACK), NOW)
    grant, (call,) = fed(inquiry, [reply(200, TOKENS)])
    assert (call.method, call.url) == ("POST", "https://www.linkedin.com/oauth/v2/accessToken")
    assert form_of(call) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": BACK,
        "client_id": "78app",
        "client_secret": "the-secret",
    }
    assert grant.credentials == {"access_token": "AQaccess", "refresh_token": "AQrefresh"}
    assert grant.scopes == frozenset({"r_ads", "rw_conversions"})
    assert "AQ" not in repr(grant)
    assert "the-secret" not in repr(call)


def test_linkedin_a25_it_knows_when_the_access_and_when_the_sign_in_ends() -> None:
    grant = swapped(TOKENS)
    assert (grant.expires_at, grant.ends_at) == (NOW + timedelta(days=60), NOW + timedelta(days=365))
    bare = swapped({key: TOKENS[key] for key in ("access_token", "expires_in")})
    assert (bare.expires_at, bare.ends_at) == (NOW + timedelta(days=60), NOW + timedelta(days=60))
    assert SIGN_IN.warn_days == (30, 7, 1)


def test_linkedin_a25_it_says_who_signed_in_when_it_may_know() -> None:
    scope = {"scope": "r_ads r_basicprofile"}
    me = reply(200, {"id": "x", "localizedFirstName": "Jo", "localizedLastName": "Bos"})
    assert swapped(TOKENS | scope, me).who == "Jo Bos"
    assert swapped(TOKENS).who == ""


def test_linkedin_a17_it_renews_with_the_refresh_token_whose_end_stays() -> None:
    answer = {"access_token": "AQnew", "expires_in": 5 * DAY, "refresh_token_expires_in": 5 * DAY}
    grant, (call,) = fed(SIGN_IN.renew(BASE, APP, OAUTH, NOW), [reply(200, answer)])
    form = form_of(call)
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "AQrefresh")
    assert grant.credentials == {"access_token": "AQnew", "refresh_token": "AQrefresh"}
    assert grant.expires_at == grant.ends_at == NOW + timedelta(days=5)


@pytest.mark.parametrize(
    ("answer", "verdict", "code", "who", "signed_out"),
    [
        (reply(400, {"error": "invalid_grant"}), Verdict.HOLD, "invalid_grant", Who.ADMIN, True),
        (reply(401, {"error": "invalid_client"}), Verdict.HOLD, "invalid_client", Who.OPERATOR, False),
        (reply(400, {"error": "Jo@example.com"}), Verdict.HOLD, "http_400", Who.OPERATOR, False),
        (reply(429, {}), Verdict.RETRY, "http_429", Who.NOBODY, False),
        (Reply(502, {}, b"<html>"), Verdict.RETRY, "http_502", Who.NOBODY, False),
    ],
)
def test_linkedin_a17_it_tells_a_dead_sign_in_from_a_bad_day(
    answer: Reply, verdict: Verdict, code: str, who: Who, signed_out: bool
) -> None:
    with pytest.raises(Refused) as refused:
        fed(SIGN_IN.renew(BASE, APP, OAUTH, NOW), [answer])
    why = refused.value.outcome
    assert (why.verdict, why.code, why.who, why.signed_out) == (verdict, code, who, signed_out)


def test_l01_it_takes_a_direct_token_that_the_introspection_calls_foreign() -> None:
    grant, (asked, tried) = fed(SIGN_IN.inspect(BASE, APP, DIRECT, NOW), [FOREIGN, SEATS])
    assert form_of(asked)["token"] == "AQdirect"
    assert asked.url == "https://www.linkedin.com/oauth/v2/introspectToken"
    assert tried.url.startswith("https://api.linkedin.com/rest/adAccountUsers?")
    assert (grant.credentials, grant.scopes, grant.expires_at, grant.ends_at) == (DIRECT, None, None, None)


def test_l01_it_takes_a_direct_token_where_the_operator_has_no_app() -> None:
    grant, calls = fed(SIGN_IN.inspect(BASE, None, DIRECT, NOW), [SEATS])
    assert len(calls) == 1
    assert grant.scopes is None


def test_linkedin_a25_it_tells_a_pasted_oauth_token_by_its_scopes_and_end() -> None:
    ends = int((NOW + timedelta(days=9)).timestamp())
    told = reply(200, {"active": True, "scope": "r_ads,rw_conversions", "expires_at": ends})
    grant, _ = fed(SIGN_IN.inspect(BASE, APP, DIRECT, NOW), [told])
    assert grant.scopes == frozenset({"r_ads", "rw_conversions"})
    assert grant.expires_at == grant.ends_at == NOW + timedelta(days=9)
    assert SIGN_IN.missing(grant, "send") == ()
    assert SIGN_IN.missing(grant, "leads") == ("r_marketing_leadgen_automation",)


@pytest.mark.parametrize(
    "answers",
    [
        [reply(200, {"active": False, "status": "revoked"})],
        [FOREIGN, linkedin_error(401, code="REVOKED_ACCESS_TOKEN", serviceErrorCode=65601)],
    ],
)
def test_l01_it_takes_no_dead_token(answers: list[Reply]) -> None:
    with pytest.raises(Refused) as refused:
        fed(SIGN_IN.inspect(BASE, APP, DIRECT, NOW), answers)
    assert refused.value.outcome.signed_out


def test_it_gives_an_oauth_token_back_and_says_that_a_direct_one_cannot_be() -> None:
    _, (call,) = fed(SIGN_IN.revoke(BASE, APP, OAUTH), [reply(200, {})])
    assert (call.url, form_of(call)["token"]) == ("https://www.linkedin.com/oauth/v2/revoke", "AQold")
    with pytest.raises(Refused, match="invalid_request"):
        fed(SIGN_IN.revoke(BASE, APP, DIRECT), [FOREIGN])
