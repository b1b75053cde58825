"""Signing in, and getting a forgotten password back."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from tests.support import factories
from tests.support.factories import PASSWORD
from tests.support.world import World


@pytest.fixture(autouse=True)
def _no_limits_left_from_before():
    cache.clear()


def test_it_signs_in_with_email_and_password(world: World):
    answer = Client().post(
        "/account/login/", {"login": world.admin.email.upper(), "password": PASSWORD, "next": "/signals/"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/signals/"


def test_it_says_that_it_does_not_fit_and_keeps_the_address(world: World):
    answer = Client().post("/account/login/", {"login": world.admin.email, "password": "wrong"})
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert f'value="{world.admin.email}"' in page


def test_it_shows_the_demo_sign_in_only_where_the_demo_runs(db: None, settings: Settings):
    settings.EMBEDDED = True
    assert "demo@convsync.test" in Client().get("/account/login/").content.decode()
    settings.EMBEDDED = False
    assert "demo" not in Client().get("/account/login/").content.decode()


def test_it_signs_out(world: World):
    client = Client()
    client.force_login(world.admin)
    client.post("/account/logout/")
    assert client.get("/events/").status_code == 302


def test_it_has_no_open_sign_up(db: None):
    page = Client().get("/account/signup/").content.decode()
    assert "By invitation" in page
    assert Client().post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD}).status_code == 200


def test_it_gets_a_forgotten_password_back_over_the_configured_address(world: World, settings: Settings):
    settings.BASE_URL = "https://convsync.example"
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(headers={"Host": "evil.example"})
    answer = client.post("/account/password/reset/", {"email": world.viewer.email}, follow=True)
    assert "a link is on its way" in answer.content.decode()
    (letter,) = mail.outbox
    assert letter.subject == "Choose a new password for convsync"
    assert "evil.example" not in letter.body
    link = re.search(r"https://convsync\.example(/account/\S+)", letter.body)
    assert link is not None
    form = client.get(link.group(1), follow=True)
    assert "Choose a new password" in form.content.decode()
    new = {"password1": "another-battery-9", "password2": "another-battery-9"}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Your password was changed" in done.content.decode()
    assert (
        client.post("/account/login/", {"login": world.viewer.email, "password": new["password1"]}).status_code == 302
    )


def test_it_answers_the_same_for_an_address_it_does_not_know(db: None):
    answer = Client().post("/account/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert "a link is on its way" in answer.content.decode()


def test_it_says_when_a_link_no_longer_works(db: None):
    assert "no longer works" in Client().get("/account/password/reset/key/1-set-password/").content.decode()


def test_it_keeps_someone_out_whose_account_is_switched_off(world: World):
    world.viewer.is_active = False
    world.viewer.save()
    answer = Client().post("/account/login/", {"login": world.viewer.email, "password": PASSWORD}, follow=True)
    assert "switched off" in answer.content.decode()


def test_it_changes_a_password(world: World):
    client = Client()
    client.force_login(world.viewer)
    assert client.get("/account/password/change/").status_code == 200
    new = {"oldpassword": PASSWORD, "password1": "another-battery-9", "password2": "another-battery-9"}
    client.post("/account/password/change/", new)
    world.viewer.refresh_from_db()
    assert world.viewer.check_password("another-battery-9")


def test_it_has_its_own_page_for_addresses_that_lead_nowhere(db: None):
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_it_remembers_the_theme(db: None):
    client = Client()
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/account/login/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="system"' in client.get("/account/login/").content.decode()


@pytest.mark.parametrize("email", ["robin@convsync.test", "ROBIN@convsync.test"])
def test_it_knows_an_address_in_any_case(db: None, email: str):
    factories.a_user("robin@convsync.test")
    assert Client().post("/account/login/", {"login": email, "password": PASSWORD}).status_code == 302
