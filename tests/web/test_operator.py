"""The operator's page: for operators, about the instance, and about no person."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.audit.models import Entry
from apps.conversions.models import Conversion
from apps.core import health
from apps.deliveries.models import Lane
from apps.operating.moments import SCHEDULER, moment_note
from apps.operating.watching import watch
from apps.operating.workers import sign_of_life
from apps.pipeline import flow
from apps.pipeline.models import PoisonedSignal
from apps.signals.models import Unjudged
from apps.workspaces.models import User
from apps.workspaces.roles import Role
from tests.support import factories
from tests.support.alerting import alerts_of_every_kind
from tests.support.world import World
from tests.web.conftest import SignIn


@pytest.fixture
def operator(db: None, sign_in: SignIn) -> Client:
    """Signed in, an operator, and in no workspace."""
    call_command("operator", "operator@convsync.test", verbosity=0)
    return sign_in(User.objects.get(email="operator@convsync.test"))


def waiting(world: World) -> None:
    world.make_event("linkedin", "custom_event", at=timezone.now() - timedelta(hours=1))
    contact = factories.a_contact(world.workspace, email="canary@example.com", firstname="Canarietta")
    factories.a_completion(world.behaviour, contact_id=str(contact))
    flow.judge(workspace_id=world.workspace.id)
    factories.a_completion(world.behaviour, contact_id=str(contact))


@pytest.mark.parametrize("role", Role)
def test_it_is_nowhere_for_members_whatever_their_role(sign_in: SignIn, role: Role):
    assert sign_in(role).get("/operator/").status_code == 404


def test_it_sends_strangers_to_sign_in(db: None):
    answer = Client().get("/operator/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/operator/")


def test_operators_see_no_workspace_by_being_operators(operator: Client):
    assert operator.get("/").status_code == 403
    assert operator.get("/contacts/").status_code == 403


def test_it_shows_queues_workers_and_servers_and_nothing_of_a_person(world: World, operator: Client):
    waiting(world)
    moment_note(name=SCHEDULER, at=timezone.now())
    sign_of_life(name="celery@somewhere", now=timezone.now())
    page = operator.get("/operator/").content.decode()
    assert "1 conversion waits" in page
    assert "Sandbox account" in page
    assert "Acme" in page
    assert "celery@somewhere" in page
    assert "All applied" in page
    assert "Runs" in page
    for personal in ("canary@example.com", "Canarietta", world.admin.email, "@convsync.test"):
        assert personal not in page


def test_it_shows_what_holds_a_lane_up(world: World, operator: Client):
    waiting(world)
    with world.scope():
        Lane.objects.update(
            held_until=timezone.now() + timedelta(minutes=9),
            held_reason="no_permission",
            faults=9,
            open_until=timezone.now() + timedelta(minutes=3),
        )
    page = operator.get("/operator/").content.decode()
    assert "may not send conversions to it" in page
    assert "Open" in page


def test_it_says_when_the_scheduler_is_silent_and_no_worker_lives(operator: Client):
    page = operator.get("/operator/").content.decode()
    assert "It never ran." in page
    moment_note(name=SCHEDULER, at=timezone.now() - timedelta(minutes=20))
    assert "Silent" in operator.get("/operator/").content.decode()


def test_it_names_migrations_that_are_to_be_applied(operator: Client, monkeypatch):
    monkeypatch.setattr("apps.web.operator.migrations_pending", lambda: ["signals.0009_more"])
    page = operator.get("/operator/").content.decode()
    assert "1 to be applied" in page
    assert "signals.0009_more" in page
    assert health.migrations_pending() == []


def test_it_shows_the_instance_s_alerts_and_no_workspace_s(world: World, operator: Client):
    alerts_of_every_kind(world, timezone.now())
    page = operator.get("/operator/").content.decode()
    assert "You must act" in page
    assert "The scheduler gives no sign of life." in page
    assert page.count("The scheduler gives no sign of life.") == 1


def test_it_is_kept_by_nobody_in_between(operator: Client):
    assert "no-store" in operator.get("/operator/")["Cache-Control"]


def test_operators_are_made_and_unmade_by_a_command(db: None, capsys):
    call_command("operator", "Somebody@Convsync.test")
    assert "set a password at" in capsys.readouterr().out
    assert User.objects.get(email="somebody@convsync.test").is_operator
    call_command("operator", "somebody@convsync.test", "--revoke")
    assert not User.objects.get(email="somebody@convsync.test").is_operator
    with pytest.raises(CommandError, match="no operator"):
        call_command("operator", "somebody@convsync.test", "--revoke")


@pytest.fixture
def aside(world: World) -> World:
    """A signal that judging failed on, and a conversion that sending failed on."""
    waiting(world)
    with world.scope():
        signal = Unjudged.objects.get()
        PoisonedSignal.objects.create(
            workspace_id=world.workspace.id,
            signal_id=signal.signal_id,
            recorded_at=signal.recorded_at,
            error="KeyError",
            at=timezone.now(),
        )
        signal.delete()
        Conversion.objects.update(state="poisoned", reason="poisoned", due_at=None)
    return world


def test_fault_40_it_shows_what_was_set_aside_and_lets_it_try_again(aside: World, operator: Client):
    page = operator.get("/operator/").content.decode()
    assert "Set aside" in page
    assert "KeyError" in page
    assert "An admin of the workspace sends them again." in page
    answer = operator.post("/operator/again/", {"workspace": str(aside.workspace.id)}, follow=True)
    assert "1 signal is judged again." in answer.content.decode()
    with aside.scope():
        assert Unjudged.objects.count() == 1
        assert not PoisonedSignal.objects.exists()
        assert Entry.objects.get(action="signals.again").actor_kind == "operator"


def test_fault_40_the_operators_are_mailed_of_it_once(aside: World, operator: Client):
    for minutes in (0, 1, 30):
        watch(now=timezone.now() + timedelta(minutes=minutes))
    told = [message for message in mail.outbox if "set aside" in message.subject]
    assert [message.bcc for message in told] == [["operator@convsync.test"]]


def test_only_operators_let_it_try_again(aside: World, sign_in: SignIn):
    where = {"workspace": str(aside.workspace.id)}
    assert sign_in(Role.ADMIN).post("/operator/again/", where).status_code == 404
    assert Client().post("/operator/again/", where).status_code == 302
    with aside.scope():
        assert PoisonedSignal.objects.exists()


@pytest.mark.parametrize("workspace", ["", "nothing"])
def test_there_is_no_workspace_of_that_name(operator: Client, workspace: str):
    assert operator.post("/operator/again/", {"workspace": workspace}).status_code == 404


def test_it_changes_nothing_by_a_link(operator: Client):
    assert operator.get("/operator/again/").status_code == 405


def test_it_names_partitions_that_are_missing(operator: Client, monkeypatch):
    assert "All there" in operator.get("/operator/").content.decode()
    monkeypatch.setattr("apps.operating.state.partitions_missing", lambda now: ("signals_signal_2027_q3",))
    assert "signals_signal_2027_q3" in operator.get("/operator/").content.decode()
