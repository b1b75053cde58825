"""What is the matter is found, opens once, is told once, and is over once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.connections.models import Connection, ConnectionState
from apps.conversions.models import Conversion
from apps.core.tenancy import every_workspace
from apps.deliveries.models import Lane
from apps.domain.breaker import OPENS_AFTER
from apps.operating import watching
from apps.operating.alerts import Finding, alerts_update
from apps.operating.channels import hook_set, recipients_set
from apps.operating.models import Alert, HookMessage
from apps.operating.moments import SCHEDULER, moment_note
from apps.operating.quieting import quiet_watch
from apps.pipeline import flow
from apps.workspaces.models import Member, User
from tests.support import factories
from tests.support.told import alerts, subjects
from tests.support.world import World, make_world


def signed_out(world: World, state: str = ConnectionState.RECONNECT, system: str = "linkedin") -> None:
    with world.scope():
        Connection.objects.filter(system=system).update(state=state)


def test_linkedin_a17_a_dead_sign_in_is_told_once_and_once_more_when_it_works_again(world, look):
    signed_out(world)
    look(0)
    (message,) = mail.outbox
    assert message.bcc == [world.admin.email]
    assert world.admin.email not in message.to
    assert message.subject.startswith("Acme: LinkedIn no longer accepts the sign-in “Sandbox linkedin”")
    assert "/accounts/" in message.body
    assert "Connect it again" in message.body
    subjects()
    for minutes in range(1, 40, 3):
        look(minutes)
    assert subjects() == []
    signed_out(world, ConnectionState.WORKING)
    look(41)
    assert subjects() == ["Acme: The sign-in “Sandbox linkedin” at LinkedIn works again."]
    look(42)
    assert subjects() == []
    (alert,) = alerts(kind="reconnect")
    assert (alert.told_open, alert.told_end) == (True, True)


def test_what_happens_again_is_told_again(world, look):
    for minutes, state in ((0, "reconnect"), (20, "working"), (40, "reconnect")):
        signed_out(world, state)
        look(minutes)
    assert len(subjects()) == 3
    assert [alert.ended_at is None for alert in alerts(kind="reconnect")] == [False, True]


def test_a_storm_comes_in_one_mail_and_the_next_waits_for_a_quarter_of_an_hour(world, look):
    for system in ("facebook", "google"):
        signed_out(world, system=system)
    look(0)
    (message,) = mail.outbox
    assert "(and 1 more)" in message.subject
    assert "Sandbox facebook" in message.body
    assert "Sandbox google" in message.body
    subjects()
    signed_out(world)
    look(5)
    assert subjects() == []
    look(16)
    (message,) = mail.outbox
    assert "Sandbox linkedin" in message.body
    assert "Sandbox facebook" not in message.body


def test_what_began_and_ended_between_two_mails_is_told_as_over(world, look):
    signed_out(world, system="facebook")
    look(0)
    subjects()
    signed_out(world)
    look(1)
    signed_out(world, "working")
    look(2)
    look(20)
    (message,) = mail.outbox
    assert "It is over." in message.body
    assert [alert.told_end for alert in alerts(ended_at__isnull=False)] == [True]


def test_each_is_written_to_in_the_language_that_they_last_used(world, look):
    User.objects.filter(pk=world.admin.pk).update(language="nl")
    factories.a_member(world.workspace)
    signed_out(world)
    look(0)
    said = {message.bcc[0]: str(message.subject) for message in mail.outbox}
    assert said[world.admin.email].startswith("Acme: LinkedIn accepteert de koppeling")
    assert len(said) == 2


def test_a_mail_server_that_is_away_is_asked_again(world, look, monkeypatch):
    signed_out(world)

    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", away)
        look(0)
    assert not alerts(kind="reconnect")[0].told_open
    look(1)
    assert len(subjects()) == 1


def test_it_mails_whom_the_workspace_chose_and_nothing_that_it_muted(world, look):
    known = {"workspace_id": world.workspace.id, "by": world.by, "at": timezone.now()}
    with world.scope():
        viewer = Member.objects.get(user=world.viewer)
        recipients_set(recipients=[viewer.id], muted=["outlier"], **known)
    signed_out(world)
    look(0)
    (message,) = mail.outbox
    assert message.bcc == [world.viewer.email]
    subjects()
    with world.scope():
        recipients_set(recipients=None, muted=["reconnect"], **known)
    signed_out(world, "working")
    look(30)
    assert subjects() == []


def waiting(world: World, **values: object) -> None:
    """A conversion that waits at LinkedIn, and its lane."""
    world.make_event("linkedin", "custom_event", at=timezone.now() - timedelta(hours=1))
    factories.a_completion(world.behaviour, contact_id=str(factories.a_contact(world.workspace)))
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(**values)


def test_a_held_lane_is_told_of_after_an_hour(world, look, start):
    waiting(world)
    with world.scope():
        Lane.objects.update(held_until=start + timedelta(hours=9), held_reason="no_permission")
    for minutes in range(0, 60, 5):
        look(minutes)
    assert subjects() == []
    look(61)
    (subject,) = subjects()
    assert subject.startswith("Acme: Nothing leaves for the ad account “Sandbox account” at LinkedIn: The conversion")


def test_a_network_that_does_not_answer_is_told_of_after_a_quarter_of_an_hour(world, look, start):
    waiting(world)
    with world.scope():
        Lane.objects.update(faults=OPENS_AFTER + 2, open_until=start + timedelta(minutes=4))
    for minutes in range(0, 15, 2):
        look(minutes)
    assert subjects() == []
    look(16)
    assert "does not answer for the ad account" in subjects()[0]


def test_what_is_about_to_expire_is_told_of(world, look, start):
    waiting(world, expires_at=start + timedelta(minutes=100))
    look(0)
    look(6)
    assert "expire within two hours" in subjects()[0]
    (alert,) = alerts(kind="at_risk")
    assert alert.subject == str(world.linkedin.id)


def test_an_outlier_that_is_held_is_told_of(world, look):
    waiting(world, reason="outlier", due_at=None)
    look(0)
    assert "waits for you" in subjects()[0]


def test_one_workspace_hears_nothing_of_another(world, look):
    rival = make_world("Rival")
    signed_out(rival)
    look(0)
    (message,) = mail.outbox
    assert message.bcc == [rival.admin.email]
    with world.scope():
        assert not Alert.objects.exists()


@pytest.fixture
def operator(world: World) -> User:
    user = User.objects.create_user("operator@convsync.test")
    User.objects.filter(pk=user.pk).update(is_operator=True)
    return user


def test_fault_18_a_scheduler_that_was_silent_is_told_to_the_operators(operator, start):
    moment_note(name=SCHEDULER, at=start - timedelta(hours=3))
    assert watching.scheduler_looked_for(now=start) is True
    (message,) = mail.outbox
    assert message.bcc == [operator.email]
    assert "The scheduler gives no sign of life" in message.subject
    subjects()
    watching.scheduler_ticked(now=start + timedelta(minutes=1))
    watching.watch(now=start + timedelta(minutes=2))
    moment_note(name=SCHEDULER, at=start + timedelta(minutes=20))
    watching.watch(now=start + timedelta(minutes=20))
    assert subjects() == ["The scheduler is back."]


def test_fault_18_it_is_told_also_where_no_worker_lived_to_see_it(operator, start):
    moment_note(name=SCHEDULER, at=start - timedelta(hours=3))
    watching.scheduler_ticked(now=start)
    watching.watch(now=start)
    (message,) = mail.outbox
    assert "It is over." in message.body
    assert watching.scheduler_looked_for(now=start) is False


def test_judging_that_is_behind_is_told_to_the_operators(world, operator, start):
    factories.a_completion(world.behaviour, contact_id=str(factories.a_contact(world.workspace)))
    watching.watch(now=start + timedelta(minutes=11))
    assert "waiting to be judged" in subjects()[0]
    flow.judge(workspace_id=world.workspace.id)
    watching.watch(now=start + timedelta(minutes=30))
    watching.watch(now=start + timedelta(minutes=40))
    assert subjects() == ["Judging has caught up."]


def test_two_who_look_at_the_same_time_open_an_alert_once(world, start):
    finding = Finding("reconnect", "one", world.workspace.id, {"network": "google", "name": "x"})
    with every_workspace():
        first = alerts_update(found=[finding], kinds=["reconnect"], now=start)
        second = alerts_update(found=[finding], kinds=["reconnect"], now=start)
    assert (first.opened, second.opened) == (1, 0)
    assert len(alerts(kind="reconnect")) == 1


def test_what_was_over_long_ago_is_forgotten_with_its_messages_and_the_rest_stays(world, look, start):
    with world.scope():
        hook_set(workspace_id=world.workspace.id, url="https://hooks.example.com/", by=world.by, at=start)
    signed_out(world)
    look(0)
    signed_out(world, "working")
    look(1)
    signed_out(world, system="google")
    look(2)
    quiet_watch(now=start + timedelta(days=89))
    assert len(alerts(kind="reconnect")) == 2
    quiet_watch(now=start + timedelta(days=91))
    (alert,) = alerts(kind="reconnect")
    assert alert.ended_at is None
    with world.scope():
        assert set(HookMessage.objects.values_list("alert_id", flat=True)) == {alert.id}


def test_looking_again_writes_nothing_while_nothing_changed(world, look, start):
    signed_out(world)
    look(0)
    with CaptureQueriesContext(connection) as asked:
        look(1)
    assert [each["sql"] for each in asked if each["sql"].startswith(("UPDATE", "INSERT", "DELETE"))] == []
