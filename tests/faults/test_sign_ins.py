"""Sign-ins that die, are renewed by many at once, or lose a permission: nothing is burned, nobody else waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
import pytest
from django.core import mail
from django.db import connection as database
from django.utils import timezone

from apps.ads.models import AdAccount, Destination
from apps.ads.registry import NETWORKS
from apps.ads.tokens import Renewal, token_renew
from apps.connections.models import Connection
from apps.connections.services import Secret, connection_again
from apps.conversions.models import Conversion
from apps.core import http
from apps.deliveries.models import Lane, Request
from apps.operating.watching import watch
from apps.pipeline import flow
from tests.faults.conserving import conserved
from tests.pipeline.test_linkedin_holds import signed_in, tokens
from tests.sandbox.callers import FACEBOOK_TOKEN, LINKEDIN_TOKEN, Control
from tests.support import factories
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
BATCH, WORKERS = 4, 8


def owed(world: World, network: str, count: int) -> None:
    """So many conversions that wait for the network."""
    for _ in range(count):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)


def send(world: World, network: str) -> int:
    return flow.send(workspace_id=world.workspace.id, account_id=world.account(network).id)


def rows(world: World) -> list[tuple[str, int]]:
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "tries"))


@pytest.mark.fault(34)
def test_f34_it_holds_the_queue_when_a_token_is_revoked_in_the_middle_of_a_run_and_tells_once(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = NETWORKS["facebook"]
    few = replace(network, manifest=replace(network.manifest, batch_limit=BATCH))
    monkeypatch.setitem(NETWORKS, "facebook", few)
    world.make_event("facebook")
    owed(world, "facebook", 3 * BATCH)
    true_call, calls = http.call, []

    def call(**given: Any) -> http.Answer:
        calls.append(given["url"])
        if len(calls) == 2:
            control.change("facebook", "tokens", FACEBOOK_TOKEN, state="invalid")
        return true_call(**given)

    monkeypatch.setattr(http, "call", call)
    for _ in range(3):
        send(world, "facebook")
    assert rows(world) == [("sent", 1)] * BATCH + [("waiting", 0)] * 2 * BATCH, calls
    with world.scope():
        connection = Connection.objects.get(system="facebook")
        assert (connection.state, Lane.objects.get().held_reason) == ("reconnect", "reconnect")
        assert Request.objects.count() == 2
    now = timezone.now()
    for minutes in (0, 20, 40):
        watch(now=now + timedelta(minutes=minutes))
    assert len(mail.outbox) == 1
    control.change("facebook", "tokens", FACEBOOK_TOKEN, state="valid")
    with world.scope():
        connection_again(connection=connection, secret=Secret({"access_token": FACEBOOK_TOKEN}), by=world.by, at=now)
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.facebook.id], at=now)
    send(world, "facebook")
    assert rows(world) == [("sent", 1)] * 3 * BATCH
    conserved(world.workspace, sandbox_url=control.url)


class Rotating:
    """A network that ends a renewal token at its first use, which LinkedIn may: it hands out a new one each time."""

    def __init__(self, true_call: Callable[..., http.Answer], given: str) -> None:
        self.true_call, self.real = true_call, given
        self.good, self.renewed, self.refused = given, 0, 0

    def __call__(self, **given: Any) -> http.Answer:
        if not given["url"].endswith("/accessToken"):
            return self.true_call(**given)
        form = {name: values[0] for name, values in parse_qs(given["body"].decode()).items()}
        if form["refresh_token"] != self.good:
            self.refused += 1
            return http.Answer(400, {}, b'{"error":"invalid_grant","error_description":"used before"}')
        self.renewed += 1
        self.good = f"{self.real}-{self.renewed}"
        answer = self.true_call(**{**given, "body": urlencode({**form, "refresh_token": self.real}).encode()})
        return replace(answer, body=orjson.dumps({**orjson.loads(answer.body), "refresh_token": self.good}))


@pytest.mark.fault(35)
def test_f35_of_eight_workers_one_renews_and_the_rotated_token_is_kept(
    world: World, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = signed_in(world)
    there = control.call("GET", "world").json()["linkedin"]
    more = [{"id": f"50700200{number}", "name": "More"} for number in range(WORKERS)]
    rules = [{"id": f"10420{number}", "name": "Lead", "account": each["id"]} for number, each in enumerate(more)]
    old = tokens(control)[0] | {"state": "expired", "accounts": [each["id"] for each in more]}
    control.change_world("linkedin", accounts=there["accounts"] + more, rules=there["rules"] + rules, tokens=[old])
    accounts: list[AdAccount] = []
    for account, rule in zip(more, rules, strict=True):
        accounts.append(factories.an_account(connection, account["id"], account["name"]))
        factories.an_action(accounts[-1], Destination.RULE, rule["id"], rule["name"])
        world.make_event("linkedin", account_id=str(accounts[-1].id), destination=rule["id"])
    owed(world, "linkedin", 1)
    rotating = Rotating(http.call, connection.credentials()["refresh_token"])
    monkeypatch.setattr(http, "call", rotating)

    def serve(account: AdAccount) -> None:
        flow.send(workspace_id=world.workspace.id, account_id=account.id)
        database.close()

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(serve, accounts))
    assert (rotating.renewed, rotating.refused) == (1, 0)
    assert {state for state, _ in rows(world)} == {"sent"}
    with world.scope():
        kept = Connection.objects.get(id=connection.id)
    assert (kept.state, kept.credentials()["refresh_token"]) == ("working", rotating.good)
    renewal = token_renew(
        workspace_id=world.workspace.id, connection_id=kept.id, used=kept.secret_since, now=timezone.now()
    )
    assert (renewal, rotating.refused) == (Renewal.NEWER, 0)
    conserved(world.workspace, sandbox_url=control.url)


# What takes a permission away from one workspace's account, by network: (part of its world, whose, what changes).
LOST: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "facebook, not assigned to the pixel": ("facebook", "tokens", "EAAanother", {"ad_accounts": []}),
    "linkedin, a lower role": ("linkedin", "tokens", "AQanother", {"role": "VIEWER"}),
    "linkedin, no account left": ("linkedin", "tokens", "AQanother", {"accounts": []}),
    "google, no direct role": ("google", "tokens", "ya29.another", {"customers": []}),
}
MINE = {"facebook": FACEBOOK_TOKEN, "linkedin": LINKEDIN_TOKEN, "google": "ya29.sandbox"}


@pytest.mark.fault(36)
@pytest.mark.parametrize("case", LOST)
def test_f36_a_lost_permission_stops_its_own_connection_and_nobody_else(
    world: World, control: Control, case: str
) -> None:
    network, part, token, changes = LOST[case]
    other = make_world("Other")
    twins = control.call("GET", "world").json()[network][part]
    mine = next(each for each in twins if each["token"] == MINE[network])
    control.change_world(network, **{part: [*twins, mine | {"token": token}]})
    with other.scope():
        theirs = Connection.objects.get(system=network)
        secret = Secret({**theirs.credentials(), "access_token": token})
        connection_again(connection=theirs, secret=secret, by=other.by, at=timezone.now())
    control.change(network, part, token, **changes)
    for each in (world, other):
        each.make_event(network)
        owed(each, network, 2)
        send(each, network)
    assert rows(world) == [("sent", 1)] * 2
    assert rows(other) == [("waiting", 0)] * 2
    with other.scope():
        assert Conversion.objects.exclude(reason="").count() == 2
    control.change(network, part, token, **{name: mine[name] for name in changes})
    flow.resume(workspace_id=other.workspace.id, account_ids=[other.account(network).id], at=timezone.now())
    send(other, network)
    assert rows(other) == [("sent", 1)] * 2
    conserved(world.workspace, other.workspace, sandbox_url=control.url)


@pytest.mark.fault(36)
def test_f36_a_suspended_account_is_held_and_leaves_when_it_is_back(world: World, control: Control) -> None:
    world.make_event("google")
    world.make_event("facebook")
    control.change("google", "customers", world.google.external_id, suspended=True)
    owed(world, "google", 2)
    for network in ("google", "facebook"):
        send(world, network)
    with world.scope():
        assert set(Conversion.objects.values_list("network", "state", "tries")) == {
            ("facebook", "sent", 1),
            ("google", "waiting", 0),
        }
    control.change("google", "customers", world.google.external_id, suspended=False)
    flow.resume(workspace_id=world.workspace.id, account_ids=[world.google.id], at=timezone.now())
    send(world, "google")
    assert rows(world) == [("sent", 1)] * 4
    conserved(world.workspace, sandbox_url=control.url)
