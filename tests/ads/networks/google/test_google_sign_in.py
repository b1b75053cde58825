"""Signing in at Google: the consent page's address, codes and refresh tokens, and how a grant dies."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests

from apps.ads.asking import SANDBOX_APPS
from apps.ads.networks.google import NETWORK
from apps.ads.networks.google.sign_in import ADWORDS, DATA_MANAGER, SIGN_IN
from apps.ads.sign_in import App, Asked, Grant, Returned
from apps.ads.wire import Refused
from apps.domain.outcome import Reply, Verdict
from apps.domain.reasons import Who
from tests.support.inquiries import fed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
APP = App("app-id", "app-secret")
BACK = "http://127.0.0.1:8000/connect/google/back/"
HELD = {"access_token": "ya29.old", "refresh_token": "1//refresh", "granted_at": NOW.isoformat()}
TOLD = {"access_token": "ya29.new", "expires_in": 3599, "scope": f"{ADWORDS} {DATA_MANAGER}", "token_type": "Bearer"}


def answer(body, status=200):
    return Reply(status, {}, orjson.dumps(body))


def renewed(reply, at=NOW):
    return fed(SIGN_IN.renew(NETWORK.base, APP, HELD, at), [reply])[0]


def test_google_27_it_asks_for_lasting_access_with_a_challenge():
    asked = Asked(BACK, "the-state", (DATA_MANAGER, ADWORDS), challenge="the-challenge")
    page = urlsplit(SIGN_IN.consent_url(NETWORK.base, APP, asked))
    query = {name: values[0] for name, values in parse_qs(page.query).items()}
    assert (page.scheme, page.hostname, page.path) == ("https", "accounts.google.com", "/o/oauth2/v2/auth")
    assert query == {
        "response_type": "code",
        "client_id": "app-id",
        "redirect_uri": BACK,
        "scope": f"{DATA_MANAGER} {ADWORDS}",
        "state": "the-state",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": "the-challenge",
        "code_challenge_method": "S256",
    }


def test_it_swaps_a_code_in_the_body_and_keeps_the_day_of_the_grant():
    reply = answer(TOLD | {"refresh_token": "1//refresh"})
    inquiry = SIGN_IN.swap(NETWORK.base, APP, Returned("4/code", BACK, "the-verifier"), NOW)
    grant, (call,) = fed(inquiry, [reply])
    assert (call.method, call.url) == ("POST", "https://oauth2.googleapis.com/token")
    form = parse_qs(call.body.decode())
    assert form["code_verifier"] == ["the-verifier"]
    assert form["client_secret"] == ["app-secret"]
    assert grant.credentials == HELD | {"access_token": "ya29.new"}
    assert grant.expires_at == NOW + timedelta(seconds=3599)
    assert grant.ends_at is None


def test_it_says_when_google_says_that_the_refresh_token_ends():
    reply = answer(TOLD | {"refresh_token": "1//refresh", "refresh_token_expires_in": 604799})
    grant, _ = fed(SIGN_IN.swap(NETWORK.base, APP, Returned("4/code", BACK, "v"), NOW), [reply])
    assert grant.ends_at == NOW + timedelta(seconds=604799)


def test_it_takes_no_sign_in_that_would_end_within_the_hour():
    with pytest.raises(Refused) as refused:
        fed(SIGN_IN.swap(NETWORK.base, APP, Returned("4/code", BACK, "v"), NOW), [answer(TOLD)])
    assert refused.value.outcome.code == "no_refresh_token"


def test_google_28_it_tells_by_name_which_scope_was_not_ticked():
    grant = renewed(answer(TOLD | {"scope": ADWORDS}))
    assert SIGN_IN.missing(grant, "send") == (DATA_MANAGER,)
    assert SIGN_IN.missing(grant, "discover") == ()
    assert SIGN_IN.missing(Grant({}, frozenset({DATA_MANAGER})), "discover") == (ADWORDS,)


def test_it_renews_and_keeps_the_refresh_token_and_the_day_of_the_grant():
    grant = renewed(answer(TOLD), NOW + timedelta(days=40))
    assert grant.credentials == HELD | {"access_token": "ya29.new"}
    assert grant.expires_at == NOW + timedelta(days=40, seconds=3599)


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (timedelta(days=3), "invalid_grant"),
        (timedelta(days=7, hours=1), "testing_grant_ended"),
        (timedelta(days=9), "invalid_grant"),
    ],
)
def test_google_27_it_tells_a_grant_that_died_of_the_testing_mode_from_one_that_was_taken_back(age, code):
    with pytest.raises(Refused) as refused:
        renewed(
            answer({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400),
            NOW + age,
        )
    outcome = refused.value.outcome
    assert (outcome.code, outcome.verdict, outcome.who, outcome.signed_out) == (code, Verdict.HOLD, Who.ADMIN, True)


@pytest.mark.parametrize(
    ("status", "body", "verdict", "who", "code"),
    [
        (401, {"error": "invalid_client"}, Verdict.HOLD, Who.OPERATOR, "invalid_client"),
        (400, {"error": "redirect_uri_mismatch"}, Verdict.HOLD, Who.OPERATOR, "redirect_uri_mismatch"),
        (400, {"error": "admin_policy_enforced"}, Verdict.HOLD, Who.ADMIN, "admin_policy_enforced"),
        (503, {"error": {"code": 503}}, Verdict.RETRY, Who.NOBODY, "http_503"),
        (400, [], Verdict.RETRY, Who.NOBODY, "http_400"),
    ],
)
def test_it_says_who_can_help_when_a_token_is_refused(status, body, verdict, who, code):
    with pytest.raises(Refused) as refused:
        renewed(answer(body, status))
    outcome = refused.value.outcome
    assert (outcome.verdict, outcome.who, outcome.code, outcome.signed_out) == (verdict, who, code, False)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"access_token": 1}', b'{"access_token": "x"}'])
def test_it_takes_nothing_unreadable_for_a_token(body):
    with pytest.raises(Refused) as refused:
        renewed(Reply(200, {}, body))
    assert refused.value.outcome.code == "unreadable_answer"


def test_it_cannot_renew_without_the_operators_app():
    with pytest.raises(Refused) as refused:
        fed(SIGN_IN.renew(NETWORK.base, None, HELD, NOW), [])
    assert (refused.value.outcome.code, refused.value.outcome.who) == ("no_app", Who.OPERATOR)


def test_google_30_it_puts_no_secret_into_an_address():
    inquiries = (
        (SIGN_IN.swap(NETWORK.base, APP, Returned("4/code", BACK, "v"), NOW), TOLD | {"refresh_token": "1//new"}),
        (SIGN_IN.renew(NETWORK.base, APP, HELD, NOW), TOLD),
        (SIGN_IN.inspect(NETWORK.base, APP, HELD, NOW), {"expires_in": "3000", "scope": ADWORDS}),
        (SIGN_IN.revoke(NETWORK.base, APP, HELD), {}),
    )
    for inquiry, told in inquiries:
        _, (call,) = fed(inquiry, [answer(told)])
        assert "?" not in call.url
        assert urlsplit(call.url).hostname in SIGN_IN.hosts
        assert "1//" not in repr(call)
        assert "ya29" not in repr(call)


# At the sandbox.

SANDBOX_APP = SANDBOX_APPS["google"]
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def signed_in(side, now, *, ticked=(ADWORDS, DATA_MANAGER)):
    """The whole way: the consent page's address, a person who allows it, the code swapped."""
    base = f"{side.control.url}/google"
    side.control.touched = True
    asked = Asked(BACK, "s", (DATA_MANAGER, ADWORDS), challenge=CHALLENGE)
    allowed = requests.post(
        SIGN_IN.consent_url(base, SANDBOX_APP, asked),
        data={"decision": "allow", "scope": ticked},
        timeout=10,
        allow_redirects=False,
    )
    back = parse_qs(urlsplit(allowed.headers["Location"]).query)
    return side.ask(SIGN_IN.swap(base, SANDBOX_APP, Returned(back["code"][0], BACK, VERIFIER), now))


def test_it_signs_in_at_the_sandbox_renews_and_gives_it_back(side):
    now, base = datetime.now(UTC), f"{side.control.url}/google"
    grant = signed_in(side, now)
    assert grant.scopes == {ADWORDS, DATA_MANAGER}
    assert now + timedelta(minutes=59) < grant.expires_at < now + timedelta(minutes=61)
    again = side.ask(SIGN_IN.renew(base, SANDBOX_APP, grant.credentials, now))
    assert again.credentials["access_token"] != grant.credentials["access_token"]
    assert side.ask(SIGN_IN.inspect(base, SANDBOX_APP, again.credentials, now)).scopes == grant.scopes
    side.ask(SIGN_IN.revoke(base, SANDBOX_APP, again.credentials))
    assert side.refused(SIGN_IN.renew(base, SANDBOX_APP, again.credentials, now)).signed_out
    assert side.refused(SIGN_IN.revoke(base, SANDBOX_APP, again.credentials)).signed_out


def test_google_28_it_learns_from_the_sandbox_that_a_box_was_not_ticked(side):
    grant = signed_in(side, datetime.now(UTC), ticked=(ADWORDS,))
    assert SIGN_IN.missing(grant, "send") == (DATA_MANAGER,)


def test_google_27_it_recognises_at_the_sandbox_a_grant_that_died_of_the_testing_mode(side):
    apps = [app | {"testing": True} for app in side.world()["apps"]]
    side.change_world(apps=apps)
    now = datetime.now(UTC)
    grant = signed_in(side, now)
    side.control.set_clock(days=7, hours=2)
    base, later = f"{side.control.url}/google", now + timedelta(days=7, hours=2)
    outcome = side.refused(SIGN_IN.renew(base, SANDBOX_APP, grant.credentials, later))
    assert (outcome.code, outcome.signed_out) == ("testing_grant_ended", True)
