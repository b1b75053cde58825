"""Who may do what (A14): one table. What a role may not do is refused, and not offered either."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from apps.conversions.models import Event
from apps.workspaces.models import ApiKey
from apps.workspaces.roles import Role
from tests.support.world import World
from tests.web.conftest import SignIn
from tests.web.filled import filled

ADMIN, MARKETER, VIEWER = Role.ADMIN, Role.MARKETER, Role.VIEWER


@dataclass(frozen=True)
class Act:
    """Something a member can try; `offer` is the text of the page `at` that offers it."""

    name: str
    roles: frozenset[Role]
    do: Callable[[Client, World, Event], int]
    at: str = "/events/"
    offer: str = ""


def _post(address: str, **data: str) -> Callable[[Client, World, Event], int]:
    return lambda client, world, event: client.post(address.format(event=event.id), data).status_code


def _get(address: str) -> Callable[[Client, World, Event], int]:
    return lambda client, world, event: client.get(address.format(event=event.id)).status_code


def _create(client: Client, world: World, event: Event) -> int:
    return client.post("/events/new/", filled(world, "linkedin", "form_submission")).status_code


def _revoke(client: Client, world: World, event: Event) -> int:
    with world.scope():
        key = ApiKey.objects.create(workspace_id=world.workspace.id, name="k", prefix="csk_1", digest="0" * 64)
    return client.post(f"/settings/keys/{key.id}/revoke/").status_code


EVERYONE = frozenset(Role)
ACTS = (
    Act("overview", EVERYONE, _get("/")),
    Act("alerts", EVERYONE, _get("/alerts/")),
    Act("who is told", frozenset({ADMIN}), _get("/alerts/settings/"), "/alerts/", "/alerts/settings/"),
    Act("choose who is told", frozenset({ADMIN}), _post("/alerts/settings/", everybody="admins")),
    Act("set a webhook", frozenset({ADMIN}), _post("/alerts/hook/set/", hook_url="https://hooks.example.com/")),
    Act("remove a webhook", frozenset({ADMIN}), _post("/alerts/hook/remove/")),
    Act("events", EVERYONE, _get("/events/")),
    Act("panel", EVERYONE, _get("/events/{event}/")),
    Act("line", EVERYONE, _get("/events/{event}/line/")),
    Act("signals", EVERYONE, _get("/signals/")),
    Act("contacts", EVERYONE, _get("/contacts/")),
    Act("certificates", EVERYONE, _get("/erasures/")),
    Act("custom events", EVERYONE, _get("/custom-events/")),
    Act(
        "make a custom event",
        frozenset({ADMIN, MARKETER}),
        _post("/custom-events/", name="Demo booked"),
        "/custom-events/",
        "New custom event",
    ),
    Act("members", EVERYONE, _get("/settings/members/")),
    Act("open the dialog", frozenset({ADMIN, MARKETER}), _get("/events/new/")),
    Act("preview", frozenset({ADMIN, MARKETER}), _post("/events/new/preview/")),
    Act("search forms", frozenset({ADMIN, MARKETER}), _get("/events/new/triggers/")),
    Act("create", frozenset({ADMIN, MARKETER}), _create, offer="/events/new/"),
    Act("edit", frozenset({ADMIN, MARKETER}), _get("/events/{event}/edit/"), "/events/{event}/", "/edit/"),
    Act("roll back", frozenset({ADMIN, MARKETER}), _get("/events/{event}/roll-back/1/")),
    Act("switch", frozenset({ADMIN}), _post("/events/{event}/switch/", on="0"), offer='role="switch"'),
    Act("delete", frozenset({ADMIN}), _post("/events/{event}/delete/"), "/events/{event}/", "Delete this event"),
    Act("replays and backfills", EVERYONE, _get("/resend/")),
    Act("choose what to send again", frozenset({ADMIN}), _get("/resend/new/"), "/resend/", "/resend/new/?kind=replay"),
    Act("forecast a replay", frozenset({ADMIN}), _post("/resend/new/", kind="replay")),
    Act(
        "forecast a backfill",
        frozenset({ADMIN}),
        lambda client, world, event: (
            client.post("/resend/new/", {"kind": "backfill", "event_id": str(event.id)}).status_code
        ),
        "/events/{event}/",
        "Count what happened before",
    ),
    Act("keys", frozenset({ADMIN}), _get("/settings/keys/"), "/", "/settings/keys/"),
    Act("make a key", frozenset({ADMIN}), _post("/settings/keys/", name="Site", scopes="records.write")),
    Act("revoke a key", frozenset({ADMIN}), _revoke),
)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_it_lets_each_role_do_what_it_may_and_refuses_the_rest(world: World, sign_in: SignIn, act: Act, role: Role):
    event = world.make_event("facebook")
    status = act.do(sign_in(role), world, event)
    assert status in ((200, 302) if role in act.roles else (403,))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", [act for act in ACTS if act.offer], ids=lambda act: act.name)
def test_it_offers_only_what_the_role_may_do(world: World, sign_in: SignIn, act: Act, role: Role):
    event = world.make_event("facebook")
    page = sign_in(role).get(act.at.format(event=event.id)).content.decode()
    assert (act.offer in page) is (role in act.roles)


def test_it_keeps_nothing_of_a_refused_act(world: World, sign_in: SignIn):
    event = world.make_event("facebook")
    sign_in(VIEWER).post(f"/events/{event.id}/delete/")
    with world.scope():
        assert Event.objects.get(id=event.id).deleted_at is None


@pytest.mark.parametrize(
    "address", ["/events/{event}/switch/", "/events/{event}/delete/", "/workspace/", "/settings/keys/{event}/revoke/"]
)
def test_it_changes_nothing_by_a_link(world: World, sign_in: SignIn, address: str):
    event = world.make_event("facebook")
    assert sign_in(ADMIN).get(address.format(event=event.id)).status_code == 405


def test_it_wants_the_csrf_token(world: World):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.admin)
    event = world.make_event("facebook")
    assert client.post(f"/events/{event.id}/switch/", {"on": "0"}).status_code == 403
