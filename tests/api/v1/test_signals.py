"""/api/v1/signals, /ledger and /reasons."""

from uuid import uuid4

from django.utils import timezone

from apps.conversions.judging import judge_batch
from apps.domain.reasons import REASONS
from apps.domain.states import State
from apps.signals.models import Signal
from tests.api.conftest import Api
from tests.support import factories
from tests.support.world import World

SIGNALS = "/api/v1/signals"


def judge(world: World) -> None:
    with world.scope():
        judge_batch(workspace_id=world.workspace.id, now=timezone.now())


def test_it_explains_a_signal_step_by_step(api: Api, world: World) -> None:
    event = world.make_event("facebook")
    factories.a_submission(world.form, email="anna@example.com")
    judge(world)
    (row,) = api.get(SIGNALS).body["results"]
    assert row["email"] == "anna@example.com"
    explained = api.get(f"{SIGNALS}/{row['signal']['id']}").body
    (story,) = explained["stories"]
    assert story["conversion"]["event_id"] == str(event.id)
    assert story["conversion"]["state"] == "waiting"
    assert story["conversion"]["value"] == "25.0000"
    assert {step["result"] for step in story["steps"]} <= {"pass", "note"}
    assert "em" in story["payload"]


def test_it_filters_signals(api: Api, world: World) -> None:
    event = world.make_event("facebook")
    factories.a_submission(world.form, email="anna@example.com")
    factories.a_submission(world.form, email="bob@example.com", marketing_consent="no")
    judge(world)

    def emails(query: str) -> set[str]:
        answer = api.get(f"{SIGNALS}?{query}")
        assert answer.status == 200, answer.body
        return {row["email"] for row in answer.body["results"]}

    assert emails("state=blocked") == {"bob@example.com"}
    assert emails("reason=consent_denied") == {"bob@example.com"}
    assert emails("contact=anna@example.com") == {"anna@example.com"}
    assert emails(f"event_id={event.id}&network=facebook&state=waiting") == {"anna@example.com"}
    assert emails("network=linkedin") == set()
    assert emails(f"event_id={uuid4()}") == set()


def test_it_pages_by_cursor(api: Api, world: World) -> None:
    for _ in range(3):
        factories.a_submission(world.form)
    seen: set[str] = set()
    page = api.get(f"{SIGNALS}?limit=1").body
    for _ in range(2):
        seen.add(page["results"][0]["signal"]["id"])
        page = api.get(f"{SIGNALS}?limit=1&after={page['next']}").body
    assert len(seen | {page["results"][0]["signal"]["id"]}) == 3
    assert page["next"] == ""


def test_it_counts_in_a_ledger_that_adds_up(api: Api, world: World) -> None:
    world.make_event("facebook")
    factories.a_submission(world.form)
    factories.a_submission(world.form, marketing_consent="no")
    factories.a_contact(world.workspace, lifecyclestage="lead")
    before = api.get("/api/v1/ledger").body
    assert (before["signals"], before["unjudged"], before["judged"]) == (3, 3, 0)
    judge(world)
    after = api.get("/api/v1/ledger").body
    assert after["signals"] == 3
    assert after["unjudged"] == 0
    assert after["judged"] == sum(after["by_state"].values()) == 2
    assert after["blocked_by_reason"] == {"consent_denied": 1}
    assert after["by_network"]["facebook"] == {"waiting": 1, "blocked": 1}
    assert set(after["by_state"]) == set(State)


def test_it_shows_another_tenant_nothing(api: Api, world: World, other: World) -> None:
    factories.a_submission(other.form)
    other.make_event("facebook")
    judge(other)
    with other.scope():
        signal = Signal.objects.get()
    assert api.get(SIGNALS).body["results"] == []
    assert api.get(f"{SIGNALS}/{signal.id}").status == 404
    assert api.get("/api/v1/ledger").body["signals"] == 0


def test_it_lists_every_reason(api: Api) -> None:
    listed = api.get("/api/v1/reasons").body["results"]
    assert {each["code"] for each in listed} == set(REASONS)
    assert all(each["sentence"] and each["advice"] and each["who"] for each in listed)


def test_h01_it_shows_the_very_request_and_takes_the_decision_once_more(api: Api, world: World) -> None:
    event = world.make_event("facebook")
    factories.a_submission(world.form, email="anna@example.com")
    judge(world)
    (row,) = api.get(SIGNALS).body["results"]
    one = f"{SIGNALS}/{row['signal']['id']}/events/{event.id}"
    seen = api.get(one).body
    assert seen["verdict"] == "waiting"
    assert seen["request"]["headers"]["Authorization"] == "Bearer ***"
    assert "email" in {origin["field"] for origin in seen["origins"]}
    told = api.get(f"{one}/again").body
    assert (told["then"], told["verdict"], told["reason"]) == ("same", "send", "")
    assert api.get(f"{SIGNALS}/{row['signal']['id']}/events/{uuid4()}/again").status == 404
