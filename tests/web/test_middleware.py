"""One transaction a request: what does not end well leaves nothing behind."""

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.workspaces.models import ApiKey
from apps.workspaces.roles import Role
from tests.support.world import World
from tests.web.conftest import SignIn

NEW_KEY = {"name": "Site", "scopes": ["events.read"]}


def _keys(world: World) -> int:
    with world.scope():
        return ApiKey.objects.count()


def test_it_keeps_what_ended_well(world: World, admin: Client):
    admin.post("/settings/keys/", NEW_KEY)
    assert _keys(world) == 1


def test_it_takes_everything_back_when_the_screen_fails(world: World, admin: Client, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: object, **kwargs: object) -> HttpResponse:
        raise ZeroDivisionError

    monkeypatch.setattr("apps.web.keys.render", broken)
    admin.raise_request_exception = False
    assert admin.post("/settings/keys/", NEW_KEY).status_code == 500
    assert _keys(world) == 0


def test_it_takes_everything_back_when_the_answer_says_so(world: World, admin: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.web.keys.render", lambda *args, **kwargs: HttpResponse(status=503))
    assert admin.post("/settings/keys/", NEW_KEY).status_code == 503
    assert _keys(world) == 0


def test_it_says_a_refusal_in_a_message_where_htmx_asked(world: World, sign_in: SignIn):
    event = world.make_event("facebook")
    answer = sign_in(Role.VIEWER).post(f"/events/{event.id}/switch/", {"on": "0"}, headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer["HX-Retarget"] == "#toasts"
    assert "Your role does not allow this" in answer.content.decode()


def test_it_lets_no_browser_mix_up_the_page_and_its_part(world: World, admin: Client):
    answer = admin.get("/events/new/")
    assert "HX-Request" in answer["Vary"]
    assert "private" in answer["Cache-Control"]


def test_it_answers_head_requests(admin: Client):
    assert admin.head("/events/").status_code == 200
