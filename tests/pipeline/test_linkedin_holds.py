"""What holds LinkedIn's conversions up, and how they leave afterwards: through the whole stream, at the sandbox."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.cache import cache
from django.db import connection as database
from django.utils import timezone

from apps.ads.choosing import choose, offer
from apps.ads.connecting import Visitor, come_back, leave
from apps.ads.models import AdAccount, Destination
from apps.audit.models import Entry
from apps.connections.models import Connection
from apps.conversions import owing
from apps.conversions.models import Conversion
from apps.core import http
from apps.deliveries.models import Lane, Request
from apps.pipeline import flow
from tests.sandbox.callers import LINKEDIN_TOKEN, Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(control: Control) -> World:
    """A workspace whose LinkedIn account holds a Direct API token."""
    return make_world()


def owed(world: World, count: int = 1, **event: Any) -> None:
    """Conversions that wait for LinkedIn."""
    world.make_event("linkedin", **event)
    for _ in range(count):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.linkedin.id)


def resume(world: World) -> None:
    """Somebody mended it; the lane is served."""
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.linkedin.id], at=timezone.now())
    send(world)


def rows(world: World) -> list[tuple[str, str, int]]:
    with world.scope():
        return list(Conversion.objects.order_by("signal_id").values_list("state", "reason", "tries"))


def lane(world: World) -> Lane:
    with world.scope():
        return Lane.objects.get(account_id=world.linkedin.id)


def accepted(control: Control) -> int:
    return control.counts("linkedin")[0]


def signed_in(world: World) -> Connection:
    """Let an admin sign in by OAuth, so that the token can be renewed; the account moves to that sign-in."""
    now = timezone.now()
    visitor = Visitor(world.workspace.id, world.admin.pk, "session-1", world.by)
    with world.scope():
        page = leave(visitor=visitor, system="linkedin", environment="sandbox", at=now)
    back = requests.post(page, data={"decision": "allow"}, timeout=10, allow_redirects=False)
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    attempt = come_back(visitor=visitor, system="linkedin", state=query["state"][0], code=query["code"][0], at=now)
    offered = offer(visitor=visitor, attempt_id=attempt, at=now)
    choose(visitor=visitor, offered=offered, external_ids=["507001001"], at=now)
    return connection_of(world)


def connection_of(world: World) -> Connection:
    with world.scope():
        return AdAccount.objects.select_related("connection").get(id=world.linkedin.id).connection


def tokens(control: Control) -> list[dict[str, Any]]:
    return [each for each in control.call("GET", "world").json()["linkedin"]["tokens"] if each["client_id"]]


def test_linkedin_a17_it_renews_an_ended_token_and_sends_again_in_the_same_turn(world: World, control: Control) -> None:
    signed_in(world)
    owed(world, 3)
    control.change("linkedin", "tokens", tokens(control)[0]["token"], state="expired")
    send(world)
    assert rows(world) == [("sent", "", 1)] * 3
    assert connection_of(world).state == "working"
    assert len(tokens(control)) == 2
    assert accepted(control) == 3


def test_linkedin_a17_it_renews_once_for_two_accounts_of_one_sign_in(world: World, control: Control) -> None:
    connection = signed_in(world)
    more = {"id": "507001002", "name": "Second"}
    rule = {"id": "104101", "name": "Second lead", "account": "507001002"}
    there = control.call("GET", "world").json()["linkedin"]
    old = tokens(control)[0] | {"state": "expired", "accounts": ["507001001", "507001002"]}
    control.change_world("linkedin", accounts=[*there["accounts"], more], rules=[*there["rules"], rule], tokens=[old])
    second = factories.an_account(connection, "507001002", "Second")
    factories.an_action(second, Destination.RULE, "104101", "Second lead")
    owed(world)
    owed(world, 0, account_id=str(second.id), destination="104101")
    factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)

    def serve(account: AdAccount) -> None:
        flow.send(workspace_id=world.workspace.id, account_id=account.id)
        database.close()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(serve, [world.linkedin, second]))
    assert {state for state, _, _ in rows(world)} == {"sent"}
    assert len(tokens(control)) == 2


def test_linkedin_a17_it_waits_for_somebody_to_sign_in_when_the_token_was_taken_back(
    world: World, control: Control
) -> None:
    connection = signed_in(world)
    owed(world, 2)
    token = connection.credentials()["access_token"]
    app = {"client_id": "78sandbox", "client_secret": "sandbox-secret"}
    requests.post(f"{control.url}/linkedin/oauth/v2/revoke", data={**app, "token": token}, timeout=10)
    send(world)
    assert connection_of(world).state == "reconnect"
    assert rows(world) == [("waiting", "65601", 0)] * 2
    assert lane(world).held_reason == "reconnect"
    send(world)
    with world.scope():
        assert Request.objects.count() == 1
        assert Entry.objects.filter(action="connection.dead").count() == 1
    signed_in(world)
    resume(world)
    assert rows(world) == [("sent", "", 1)] * 2


def test_linkedin_a17_it_does_not_call_a_sign_in_dead_while_only_the_renewing_fails(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(world)
    owed(world)
    control.change("linkedin", "tokens", tokens(control)[0]["token"], state="expired")
    true_call = http.call

    def away(**call: Any) -> http.Answer:
        return http.Answer(503) if call["url"].endswith("/accessToken") else true_call(**call)

    with monkeypatch.context() as fault:
        fault.setattr(http, "call", away)
        send(world)
    assert connection_of(world).state == "working"
    assert rows(world) == [("waiting", "65600", 0)]
    resume(world)
    assert rows(world) == [("sent", "", 1)]


def test_linkedin_a17_it_asks_for_a_person_when_a_renewed_token_is_refused_as_well(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(world)
    owed(world)
    true_call = http.call
    renewed: list[str] = []

    def refusing(**call: Any) -> http.Answer:
        renewed.extend([call["url"]] if call["url"].endswith("/accessToken") else [])
        if call["url"].endswith("/conversionEvents"):
            return http.Answer(401, {}, b'{"status":401,"serviceErrorCode":65600,"message":"Invalid access token"}')
        return true_call(**call)

    with monkeypatch.context() as fault:
        fault.setattr(http, "call", refusing)
        send(world)
    assert connection_of(world).state == "reconnect"
    assert len(renewed) == 1


def test_linkedin_a17_it_asks_for_a_new_direct_token_at_once(world: World, control: Control) -> None:
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, state="revoked")
    owed(world)
    send(world)
    assert connection_of(world).state == "reconnect"
    assert rows(world) == [("waiting", "65601", 0)]


def test_linkedin_a18_it_names_a_missing_rule_and_lets_other_rules_leave(world: World, control: Control) -> None:
    world.make_event("linkedin", destination="104001")
    world.make_event("linkedin", destination="104003")
    rules = control.call("GET", "world").json()["linkedin"]["rules"]
    control.change_world("linkedin", rules=[rule for rule in rules if rule["id"] != "104001"])
    for _ in range(2):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    send(world)
    assert sorted(rows(world)) == [("sent", "", 1)] * 2 + [("waiting", "rule_missing", 0)] * 2
    assert lane(world).held_reason == ""
    control.change_world("linkedin", rules=rules)
    resume(world)
    assert rows(world) == [("sent", "", 1)] * 4


@pytest.mark.parametrize(("changes", "cause"), [({"role": "VIEWER"}, "no_permission"), ({"accounts": []}, "no_access")])
def test_linkedin_a18_it_names_a_lost_role_and_a_lost_account(
    world: World, control: Control, changes: dict[str, Any], cause: str
) -> None:
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, **changes)
    owed(world)
    send(world)
    assert rows(world) == [("waiting", cause, 0)]
    assert lane(world).held_reason == cause


def test_it_tries_what_would_expire_while_its_route_is_put_off_once_more(world: World) -> None:
    owed(world, 3)
    now = timezone.now()
    with world.scope():
        ids = list(Conversion.objects.order_by("signal_id").values_list("signal_id", flat=True))
        for signal_id, left in zip(ids, (timedelta(seconds=30), timedelta(minutes=20), None), strict=True):
            expires_at = now + left if left else None
            Conversion.objects.filter(signal_id=signal_id).update(expires_at=expires_at, due_at=now)
        route = Conversion.objects.values_list("route", flat=True).first() or ""
        owing.route_put_off(
            account_id=world.linkedin.id, route=route, reason="rule_missing", wait=timedelta(hours=1), now=now
        )
        due = dict(Conversion.objects.values_list("signal_id", "due_at"))
    waits = [moment - now for signal_id in ids if (moment := due[signal_id])]
    assert waits == [timedelta(minutes=1), timedelta(minutes=19), timedelta(hours=1)]


def test_linkedin_a19_it_holds_everybodys_work_when_the_version_has_ended_and_delivers_it_afterwards(
    world: World, control: Control
) -> None:
    other = make_world("Other")
    owed(world)
    owed(other)
    control.fault("linkedin", status=426, body={"status": 426, "code": "NONEXISTENT_VERSION", "message": "gone"})
    send(world)
    send(other)
    assert rows(world) == [("waiting", "NONEXISTENT_VERSION", 0)]
    assert rows(other) == [("waiting", "", 0)]
    assert lane(other).held_reason == "NONEXISTENT_VERSION"
    with other.scope():
        assert not Request.objects.exists()
    cache.clear()  # its quarter of an hour is over
    for each in (world, other):
        resume(each)
        assert rows(each) == [("sent", "", 1)]


def test_linkedin_a20_it_burns_no_try_on_a_throttle_and_makes_the_whole_sign_in_wait(
    world: World, control: Control
) -> None:
    owed(world, 2)
    control.fault("linkedin", status=429)
    send(world)
    assert rows(world) == [("waiting", "http_429", 0)] * 2
    due = lane(world).next_due_at
    assert due is not None
    assert timedelta(seconds=3) < due - timezone.now() < timedelta(minutes=1)
    resume(world)
    assert rows(world) == [("waiting", "http_429", 0)] * 2
    assert lane(world).held_reason == "paced"
    with world.scope():
        assert Request.objects.count() == 1


def test_linkedin_a21_it_sends_again_under_the_same_id_when_no_answer_came(world: World, control: Control) -> None:
    owed(world)
    control.fault("linkedin", drop_after_commit=True)
    send(world)
    assert rows(world) == [("waiting", "maybe_sent", 1)]
    resume(world)
    assert rows(world) == [("sent", "", 2)]
    first, second = control.ledger(network="linkedin")["items"]
    assert first["body"]["eventId"] == second["body"]["eventId"]
