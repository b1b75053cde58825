"""/api/v1/alerts."""

from datetime import timedelta

from django.utils import timezone

from apps.core.tenancy import every_workspace
from apps.domain.alerts import KINDS
from apps.domain.reasons import Who
from apps.operating.models import Alert
from tests.api.conftest import Api, make_key
from tests.support.alerting import alerts_of_every_kind
from tests.support.world import World

ALERTS = "/api/v1/alerts"
OURS = {kind.code for kind in KINDS.values() if kind.who is not Who.OPERATOR}


def test_it_lists_what_is_the_matter_and_what_was(api: Api, world: World) -> None:
    alerts_of_every_kind(world, timezone.now())
    rows = api.get(f"{ALERTS}?state=open").body["results"]
    assert {row["kind"] for row in rows} == OURS
    assert all(row["sentence"] and row["advice"] and row["ended_at"] is None for row in rows)
    (over,) = api.get(f"{ALERTS}?state=past").body["results"]
    assert (over["kind"], over["advice"], bool(over["ended_at"])) == ("reconnect", "", True)
    assert over["sentence"].startswith("Facebook no longer accepts the sign-in")
    assert len(api.get(ALERTS).body["results"]) == len(rows) + 1


def test_it_tells_nothing_that_has_not_lasted_long_enough(api: Api, world: World) -> None:
    with every_workspace():
        Alert.objects.create(workspace_id=world.workspace.id, kind="reconnect", subject="one", since=timezone.now())
    assert api.get(ALERTS).body == {"results": [], "next": ""}


def test_it_pages_by_cursor_through_alerts_of_the_same_moment(api: Api, world: World) -> None:
    alerts_of_every_kind(world, timezone.now())
    whole = [row["id"] for row in api.get(ALERTS).body["results"]]
    page = api.get(f"{ALERTS}?limit=2").body
    seen = [row["id"] for row in page["results"]]
    while page["next"]:
        page = api.get(f"{ALERTS}?limit=2&after={page['next']}").body
        seen += [row["id"] for row in page["results"]]
    assert seen == whole
    assert len(set(seen)) == len(OURS) + 1


def test_it_names_what_it_cannot_read(api: Api) -> None:
    for query, field in (("after=x", "after"), ("limit=0", "limit"), ("limit=101", "limit"), ("state=old", "state")):
        answer = api.get(f"{ALERTS}?{query}")
        assert answer.status == 400
        assert field in str(answer.body["errors"])


def test_a14_it_wants_its_scope(world: World) -> None:
    assert Api(make_key(world.workspace, ["events.read", "records.read"])).get(ALERTS).status == 403
    assert Api("").get(ALERTS).status == 401


def test_it_shows_no_other_tenants_and_not_the_operators(api: Api, other: World) -> None:
    alerts_of_every_kind(other, timezone.now() - timedelta(hours=1))
    assert api.get(ALERTS).body["results"] == []
