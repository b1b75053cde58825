"""Nothing is claimed of a person who withdrew before, in whatever order people and workers come."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.conversions import claiming, owing
from apps.conversions.models import Conversion
from apps.conversions.queues import next_turn
from apps.core.actor import SYSTEM
from apps.core.ids import new_id
from apps.pipeline.consents import Told, consents_receive
from apps.records.models import Contact
from apps.signals.models import Signal
from tests.support import factories
from tests.support.stream import judge
from tests.support.withdrawing import ASKED, withdraw
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)
VALUES = st.sampled_from(["yes", "no", "", "maybe"])
PEOPLE = st.integers(0, 3)


class Interleaved(RuleBasedStateMachine):
    """People change their minds while their conversions are judged, claimed, given back and claimed again.

    The model: what each person stated last. Whatever is claimed belongs to somebody who says yes at that moment.
    """

    world: World
    numbers = count()

    def __init__(self) -> None:
        super().__init__()
        self.run = next(self.numbers)
        self.said: dict[str, str] = {}
        self.stated: dict[str, Any] = {}
        self.given_back: set[Any] = set()

    def email(self, person: int) -> str:
        return f"p{person}.{self.run}@example.com"

    def state(self, email: str, value: str, at: Any) -> None:
        if at >= self.stated.get(email, at):
            self.said[email], self.stated[email] = value, at

    def teardown(self) -> None:
        with self.world.scope():
            Conversion.objects.all().delete()
            Signal.objects.all().delete()

    @initialize()
    def begins_with_something_to_lose(self) -> None:
        for person in range(4):
            self.sends_a_form_in(person, "yes")
        judge(self.world)
        self.is_claimed(4)

    @rule(person=PEOPLE, value=VALUES)
    def sends_a_form_in(self, person: int, value: str) -> None:
        email = self.email(person)
        factories.a_submission(self.world.form, email=email, firstname=f"n{next(self.numbers)}", **{ASKED: value})
        self.state(email, value, timezone.now())

    @rule(person=PEOPLE, value=VALUES)
    def is_written(self, person: int, value: str) -> None:
        email = self.email(person)
        withdraw(self.world, email, value)
        self.state(email, value, timezone.now())

    @rule(person=PEOPLE, value=VALUES, hours=st.integers(0, 2))
    def is_told_of(self, person: int, value: str, hours: int) -> None:
        email, at = self.email(person), timezone.now()
        if email not in self.said:
            return
        fact = Told(email=email, property=ASKED, value=value, given_at=at - timedelta(hours=hours))
        with self.world.scope():
            consents_receive(workspace_id=self.world.workspace.id, told=[fact], by=SYSTEM, at=at)
        self.state(email, value, fact.given_at)

    @rule()
    def is_judged(self) -> None:
        judge(self.world)

    @rule(most=st.integers(1, 5))
    def is_claimed(self, most: int) -> None:
        with self.world.scope():
            now = timezone.now()
            turn = next_turn(account_id=self.world.facebook.id, now=now)
            if turn is None:
                return
            claimed = claiming.claim(
                workspace_id=self.world.workspace.id,
                account_id=self.world.facebook.id,
                turn=turn,
                request_id=new_id(),
                limit=most,
                terms_accepted=True,
                now=now,
            )
            keys = [each.key for each in claimed]
            people = owing.named(keys).values_list("contact_id", flat=True)
            emails = set(Contact.objects.filter(id__in=people).values_list("email", flat=True))
        assert {self.said[email or ""] for email in emails} <= {"yes"}
        self.given_back -= set(keys)

    @rule()
    def is_given_back(self) -> None:
        with self.world.scope():
            held = Conversion.objects.filter(state="sending")
            self.given_back |= set(held.values_list("signal_id", "event_id"))
            held.update(leased_until=timezone.now() - timedelta(minutes=1))
            owing.leases_return(now=timezone.now())

    @rule()
    def is_taken_by_the_network(self) -> None:
        with self.world.scope():
            Conversion.objects.filter(state="sending").update(state="sent")

    @invariant()
    def what_waits_has_consent_or_was_given_back(self) -> None:
        with self.world.scope():
            waiting = list(
                Conversion.objects.filter(state="waiting").values_list("signal_id", "event_id", "contact_id")
            )
            emails = dict(Contact.objects.filter(id__in=[row[2] for row in waiting]).values_list("id", "email"))
        unwilling = {row[:2] for row in waiting if self.said.get(emails[row[2]], "yes") != "yes"}
        assert unwilling <= self.given_back


def test_h08_nothing_is_claimed_of_a_person_who_withdrew_before_however_it_interleaves(world):
    world.make_event("facebook")
    Interleaved.world = world
    run_state_machine_as_test(Interleaved, settings=settings(max_examples=15, stateful_step_count=30, deadline=None))
