"""Sign-ins that die or end soon are told of once each, and every account is looked at once a day."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from apps.ads.models import AdAccount
from apps.connections.models import Connection
from apps.connections.services import Secret, connection_again
from apps.core import vault
from apps.pipeline.watching import accounts_check, connections_warn
from apps.workspaces.models import User
from tests.sandbox.callers import FACEBOOK_TOKEN, LINKEDIN_TOKEN, Control
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
TOKENS = {"facebook": FACEBOOK_TOKEN, "google": "ya29.sandbox", "linkedin": LINKEDIN_TOKEN}


@pytest.fixture
def world(control: Control) -> World:
    """A workspace whose connections hold tokens that the sandbox knows."""
    world = make_world()
    with world.scope():
        for system, token in TOKENS.items():
            Connection.objects.filter(system=system).update(sealed=vault.seal({"access_token": token}))
    return world


def change(world: World, system: str, **values: object) -> Connection:
    with world.scope():
        Connection.objects.filter(system=system).update(**values)
        return Connection.objects.get(system=system)


def told() -> list[str]:
    """The subjects of the mails that left since the last look."""
    subjects = [str(message.subject) for message in mail.outbox]
    mail.outbox.clear()
    return subjects


def test_a_sign_in_that_was_renewed_is_warned_of_again(world: World):
    connection = change(world, "linkedin", ends_at=timezone.now() + timedelta(days=5))
    assert (connections_warn(), connections_warn()) == (1, 0)
    with world.scope():
        secret = Secret({"access_token": "x"}, ends_at=timezone.now() + timedelta(days=5))
        connection_again(connection=connection, secret=secret, by=world.by, at=timezone.now())
    assert connections_warn() == 1


def test_a_warning_is_in_the_language_of_who_reads_it(world: World):
    User.objects.filter(pk=world.admin.pk).update(language="nl")
    change(world, "linkedin", ends_at=timezone.now() + timedelta(days=5))
    connections_warn()
    (message,) = mail.outbox
    assert message.bcc == [world.admin.email]
    assert "opnieuw" in message.subject
    assert "/accounts/" in message.body


@pytest.mark.parametrize(
    ("system", "days"), [("linkedin", (30, 7, 1)), ("facebook", (14, 3, 1))], ids=["linkedin_a25", "meta_29"]
)
def test_meta_29_it_warns_at_each_of_the_networks_days_and_once_at_each(
    world: World, system: str, days: tuple[int, ...]
):
    change(world, system, ends_at=timezone.now() + timedelta(days=max(days) + 2))
    assert connections_warn() == 0
    for left in days:
        change(world, system, ends_at=timezone.now() + timedelta(days=left))
        assert (connections_warn(), connections_warn()) == (1, 0)
        assert f"within {left} day" in told()[0]


def test_google_32_every_account_is_looked_at_once_a_day_and_what_is_new_stands_on_it(world: World, control: Control):
    assert accounts_check() == 4
    assert accounts_check() == 0
    control.change("google", "customers", "1234567890", terms_accepted=False)
    with world.scope():
        AdAccount.objects.update(checked_at=timezone.now() - timedelta(days=2))
    assert accounts_check() == 4
    with world.scope():
        assert "terms_not_accepted" in AdAccount.objects.get(id=world.google.id).cautions
        assert AdAccount.objects.get(id=world.google.id).terms_accepted is False


def test_an_account_that_the_sign_in_no_longer_reaches_says_so(world: World, control: Control):
    control.change("facebook", "tokens", FACEBOOK_TOKEN, ad_accounts=[])
    accounts_check()
    with world.scope():
        assert AdAccount.objects.get(id=world.facebook.id).cautions == ["not_reached"]


def test_a_network_that_does_not_answer_is_asked_again_the_next_time(world: World, control: Control):
    control.fault("linkedin", status=503, times=10)
    accounts_check()
    with world.scope():
        assert AdAccount.objects.get(id=world.linkedin.id).checked_at is None
    control.call("DELETE", "faults").raise_for_status()
    assert accounts_check() == 1
