"""Ads > Custom events: the list, the form for a new one, and the example that sends one."""

import json
import shlex
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.tracking import behaviours
from apps.tracking.models import Behaviour
from tests.support import factories
from tests.support.world import World, make_world

PAGE = "/custom-events/"


def test_e01_it_creates_one_and_shows_its_id_in_an_example_that_can_be_sent(world: World, admin: Client):
    page = admin.post(PAGE, {"name": "Demo booked", "tags": "sales, app"}, follow=True)
    with world.scope():
        made = Behaviour.objects.get(name="Demo booked")
    assert made.tags == ["sales", "app"]
    assert page.context["example"] == made
    words = shlex.split(page.context["command"].replace("\\\n", " "))
    (sent,) = json.loads(words[-1])["completions"]
    assert sent["behaviour"] == str(made.id)
    assert words[1].endswith("/api/v1/completions")
    assert str(made.id) in page.content.decode()


def test_it_lists_them_with_their_last_seven_days(world: World, admin: Client):
    for days in (0, 1, 9):
        factories.a_completion(world.behaviour, at=timezone.now() - timedelta(days=days))
    (line,) = admin.get(PAGE).context["lines"]
    assert (line.behaviour, line.lately) == (world.behaviour, 2)


def test_it_finds_by_name(world: World, admin: Client):
    factories.a_behaviour(world.workspace, "Demo booked")
    assert [line.behaviour.name for line in admin.get(PAGE, {"q": "DEMO"}).context["lines"]] == ["Demo booked"]
    assert "None has this in its name." in admin.get(PAGE, {"q": "zzz"}).content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "Give a name of 1 to 100 characters."),
        ({"name": "trial started"}, "There is already a custom event with this name"),
        ({"name": "x", "tags": "y" * 51}, "Give at most 20 tags"),
    ],
)
def test_it_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(
    world: World, admin: Client, given: dict[str, str], said: str
):
    answer = admin.post(PAGE, given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert f'value="{given["name"]}"' in answer.content.decode()


def test_e05_it_warns_near_the_limit_and_says_when_it_is_reached(
    world: World, admin: Client, monkeypatch: pytest.MonkeyPatch
):
    assert "are in use" not in admin.get(PAGE).content.decode()
    monkeypatch.setattr(behaviours, "LIMIT", 2)
    factories.a_behaviour(world.workspace, "The last")
    assert "All 2 custom events are in use." in admin.get(PAGE).content.decode()
    assert "as many custom events as fit" in admin.post(PAGE, {"name": "One more"}).content.decode()
    monkeypatch.setattr(behaviours, "LIMIT", 2.4)
    assert "custom events are in use. Beyond that" in admin.get(PAGE).content.decode()


def test_it_shows_nothing_of_another_workspace(admin: Client):
    factories.a_behaviour(make_world("Rival").workspace, "Secret thing")
    assert "Secret" not in admin.get(PAGE).content.decode()


def test_it_asks_in_the_dialog_for_one_of_them_and_offers_its_own_value(world: World, admin: Client):
    page = admin.get(
        "/events/new/",
        {"network": "facebook", "trigger": "custom_event"},
        headers={"HX-Request": "true", "HX-Target": "event-form"},
    ).content.decode()
    assert f'value="{world.behaviour.id}"' in page
    assert 'id="value-from-signal"' in page
    assert "Do not ask a property" in page
    assert (
        'id="value-from-signal"'
        not in admin.get(
            "/events/new/",
            {"network": "facebook", "trigger": "stage_change"},
            headers={"HX-Request": "true", "HX-Target": "event-form"},
        ).content.decode()
    )


def test_it_names_the_custom_event_on_the_signals_page(world: World, admin: Client):
    factories.a_completion(world.behaviour)
    page = admin.get("/signals/").content.decode()
    assert "Custom event" in page
    assert world.behaviour.name in page
