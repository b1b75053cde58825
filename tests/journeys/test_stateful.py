"""Everything that can happen to conversions, in any order, on the real database: what must always hold, holds.

A simple model says what every signal must come to and what may leave; after each step invariants 1 to 4 of
docs/architecture.md are checked. The networks are a stand-in that loses answers, refuses, is busy and dies.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from unittest.mock import patch

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.conversions.editing import draft_then, event_edit
from apps.conversions.models import Conversion, Event
from apps.conversions.selectors import ledger
from apps.conversions.services import event_switch
from apps.core import http, shared
from apps.deliveries.models import Lane, Request
from apps.domain.states import State
from apps.pipeline import flow
from apps.pipeline.intake import Posted, Received, records_receive, submissions_receive
from apps.pipeline.merging import contacts_merge
from apps.pipeline.models import ResendKind
from apps.pipeline.resend import Wanted, resend_prepare
from apps.pipeline.slices import resend_go_on
from apps.privacy.erasing import person_erase
from apps.records.columns import Write
from apps.records.services import Written
from apps.signals.models import Signal, Unjudged
from tests.journeys.model import Heard, Key, Model, Person
from tests.support.door import Call, Door, Fate, Killed
from tests.support.world import make_world

_numbers = count(1)
MOST_PEOPLE = 4  # few, so that much happens to each


class Stream(RuleBasedStateMachine):
    """Signals, consent, switches, edits, merges, erasures, faults, deaths and retries."""

    contacts = Bundle("contacts")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.door = Door(look=self.model.may_leave)
        self.checked = 0
        self.patched = patch.object(http, "call", self.door)
        self.patched.start()
        self.world = make_world(f"Stateful {next(_numbers)}")
        for network, trigger in (("facebook", "form_submission"), ("google", "form_submission")):
            self._listen(network, trigger)
        self._listen("linkedin", "form_submission")
        self._listen("linkedin", "stage_change")
        with self.world.scope():
            self.model.signals = Signal.objects.count()

    def teardown(self) -> None:
        """Whatever happened, nothing stays behind: what is owed leaves, ends or waits for somebody."""
        self.door.fates.clear()
        self._in_a_while()
        self.judge()
        for _ in range(3):
            self._in_a_while()
            self._serve()
        with self.world.scope():
            left = Conversion.objects.filter(state__in=[State.WAITING, State.SENDING])
            assert list(left.values("network", "state", "reason", "tries", "due_at")) == []
            assert not Unjudged.objects.exists()
        self.patched.stop()

    # What happens

    @precondition(lambda self: len(self.model.people) < MOST_PEOPLE)
    @rule(target=contacts, consent=st.sampled_from(["yes", "yes", "no", ""]))
    def arrives(self, consent: str) -> int:
        email = f"stateful{next(_numbers)}@example.com"
        properties = {"email": email, "lifecyclestage": "lead"}
        if consent:
            properties[self.world.consent_property] = consent
        number = self._write(properties, email)
        self.model.signals += 1  # the stage that it begins with
        self.model.people[number] = Person(email, number, consent, stated=next(_numbers) if consent else 0)
        return number

    @rule(contact=contacts, again=st.booleans())
    def submits(self, contact: int, again: bool) -> None:
        person = self.model.people[contact]
        if not again or not person.answers:
            person.answers = f"Answer {next(_numbers)}"
        now = timezone.now()
        posted = Posted(
            answers={"email": person.email, "firstname": person.answers},
            submitted_at=now,
            page_url="https://acme.example/contact",
            ip_address="192.0.2.10",
            user_agent="Mozilla/5.0",
        )
        with self.world.scope():
            (result,) = submissions_receive(
                workspace_id=self.world.workspace.id, form=self.world.form, posted=[posted], at=now
            )
        assert isinstance(result, Received), result
        assert result.contact_id == person.contact_id
        self.model.signals += 1

    @rule(contact=contacts)
    def moves_on(self, contact: int) -> None:
        person = self.model.people[contact]
        person.stage = "customer" if person.stage == "lead" else "lead"
        self._write({"lifecyclestage": person.stage}, person.email)
        self.model.signals += 1

    @rule(contact=contacts)
    def is_told_twice(self, contact: int) -> None:
        person = self.model.people[contact]
        self._write({"lifecyclestage": person.stage}, person.email)

    @rule(contact=contacts, consent=st.sampled_from(["yes", "no"]))
    def says(self, contact: int, consent: str) -> None:
        person = self.model.people[contact]
        person.consent, person.stated = consent, next(_numbers)
        self._write({self.world.consent_property: consent}, person.email)

    @rule(place=st.integers(0, 3), on=st.sampled_from([True, True, False]))
    def switches(self, place: int, on: bool) -> None:
        event, at = list(self.model.events.values())[place], timezone.now()
        with self.world.scope():
            event_switch(workspace_id=self.world.workspace.id, event_id=event.id, on=on, by=self.world.by, at=at)
        event.on_since = (event.on_since or at) if on else None

    @rule(place=st.integers(0, 3), value=st.integers(1, 99))
    def edits(self, place: int, value: int) -> None:
        event, at = list(self.model.events.values())[place], timezone.now()
        with self.world.scope():
            draft = replace(draft_then(event=Event.objects.get(id=event.id)), value=f"{value}.00")
            event_edit(workspace_id=self.world.workspace.id, event_id=event.id, draft=draft, by=self.world.by, at=at)
        event.values.append((at, f"{value}.00"))

    @rule(primary=contacts, secondary=consumes(contacts))
    def merges(self, primary: int, secondary: int) -> None:
        one, other = self.model.people[primary], self.model.people[secondary]
        if one.contact_id == other.contact_id:
            return
        with self.world.scope():
            contacts_merge(
                workspace_id=self.world.workspace.id,
                primary_id=one.contact_id,
                secondary_id=other.contact_id,
                by=self.world.by,
                at=timezone.now(),
            )
        if other.stated > one.stated:
            one.consent, one.stated = other.consent, other.stated
        for number, person in self.model.people.items():
            if person is other:
                self.model.people[number] = one

    @rule(contact=consumes(contacts))
    def is_erased(self, contact: int) -> None:
        person = self.model.people[contact]
        with self.world.scope():
            theirs = Signal.objects.filter(contact_id=person.contact_id)
            unjudged = list(theirs.filter(id__in=Unjudged.objects.values("signal_id")))
            self.model.erased |= set(theirs.values_list("id", flat=True))
            at = timezone.now()
            person_erase(workspace_id=self.world.workspace.id, contact_id=person.contact_id, by=self.world.by, at=at)
        for signal in unjudged:
            self.model.rows[signal.id] = {event.id for event in self.model.listening(signal.kind, signal.name)}
        self.model.people = {number: each for number, each in self.model.people.items() if each is not person}

    @rule()
    def judge(self) -> None:
        with self.world.scope():
            unjudged = list(Signal.objects.filter(id__in=Unjudged.objects.values("signal_id")).order_by("id"))
            expected = self._expected(unjudged)
        flow.judge(workspace_id=self.world.workspace.id)
        with self.world.scope():
            rows = Conversion.objects.filter(signal_id__in=[signal.id for signal in unjudged])
            found = {
                (row.signal_id, row.event_id): (row.reason, "" if row.value is None else f"{row.value:.2f}")
                for row in rows
            }
        assert found == expected
        for signal in unjudged:
            self.model.rows[signal.id] = {event_id for signal_id, event_id in expected if signal_id == signal.id}

    @rule(fates=st.lists(st.sampled_from(Fate), max_size=6))
    def sends(self, fates: list[Fate]) -> None:
        self.door.fates.extend(fates)
        self._serve()
        self.door.fates.clear()

    @rule(contact=contacts, fates=st.lists(st.sampled_from(Fate), max_size=4))
    def goes_all_the_way(self, contact: int, fates: list[Fate]) -> None:
        self.submits(contact, again=False)
        self.judge()
        self.sends(fates)

    @rule(contact=contacts, fates=st.lists(st.sampled_from(Fate), max_size=3))
    def withdraws_on_the_way(self, contact: int, fates: list[Fate]) -> None:
        self.says(contact, "yes")
        self.goes_all_the_way(contact, fates)
        self.says(contact, "no")
        self._in_a_while()
        self._serve()

    @rule(contact=contacts, judged_between=st.booleans())
    def repeats_itself(self, contact: int, judged_between: bool) -> None:
        self.says(contact, "yes")
        self.submits(contact, again=False)
        if judged_between:
            self.judge()
        self.submits(contact, again=True)
        self.judge()

    @rule()
    def sends_again(self) -> None:
        """Everything that ended without reaching its network, as it was (a replay)."""
        wanted, at = Wanted(kind=ResendKind.REPLAY), timezone.now()
        workspace_id = self.world.workspace.id
        with self.world.scope():
            job = resend_prepare(workspace_id=workspace_id, wanted=wanted, start=True, by=self.world.by, at=at)
        for _ in range(3):
            resend_go_on(workspace_id=workspace_id, resend_id=job.id)

    @rule()
    def time_passes(self) -> None:
        self._in_a_while()

    # What always holds

    @invariant()
    def invariants_1_to_4(self) -> None:
        with self.world.scope():
            signals = set(Signal.objects.values_list("id", flat=True))
            waiting = set(Unjudged.objects.values_list("signal_id", flat=True))
            rows = {(row.signal_id, row.event_id): row for row in Conversion.objects.all()}
            requests = set(Request.objects.values_list("id", flat=True))
            whole = ledger()
        judged = signals - waiting
        # 1: every fact is a signal, whatever became of its bell.
        assert len(signals) == self.model.signals
        # 2: every judged signal is in exactly one state for each event that heard it.
        assert judged == self.model.rows.keys()
        assert rows.keys() == {(number, event) for number, events in self.model.rows.items() for event in events}
        assert all(row.state in set(State) and (row.state != State.BLOCKED or row.reason) for row in rows.values())
        assert whole.judged == sum(whole.by_state.values()) == len(rows)
        # 3: what was judged is frozen, leaves as it is, and only with consent and while its event is on.
        for key, row in rows.items():
            self.model.sees_frozen(key, row)
            assert row.request_id is None or row.request_id in requests
        known = {row.network_event_id: row for row in rows.values() if row.network_event_id}
        for call in self.door.calls[self.checked :]:
            self._may_have_left(call, known)
        self.checked = len(self.door.calls)
        # 4: one row for each signal and event, and nothing is told to a network that has said that it has it.
        assert self.door.twice == []
        reached = {row.network_event_id for row in rows.values() if row.state == State.SENT}
        assert reached == self.door.told

    def _may_have_left(self, call: Call, known: dict[str, Conversion]) -> None:
        consenting, switched_on = call.seen
        for number in call.ids:
            row = known[number]
            assert str(self.model.frozen[row.signal_id, row.event_id][0]) in call.body
            assert row.contact_id in consenting
            assert row.event_id in switched_on

    # How

    def _listen(self, network: str, trigger: str) -> None:
        at = timezone.now()
        event = self.world.make_event(network, trigger, at=at)
        self.model.events[event.id] = Heard(event.id, trigger, event.trigger_name, at, [(at, "25.00")])

    def _write(self, properties: dict[str, str], email: str) -> int:
        with self.world.scope():
            (written,) = records_receive(
                workspace_id=self.world.workspace.id,
                object_type="contacts",
                writes=[Write(properties=properties, email=email)],
                at=timezone.now(),
            )
        assert isinstance(written, Written)
        return int(written.record.pk)

    def _expected(self, unjudged: list[Signal]) -> dict[Key, tuple[str, str]]:
        """By signal and event, why it is kept back, or "" and what it is worth."""
        keys = {signal.repeat_key for signal in unjudged} - {""}
        earlier = dict(Signal.objects.filter(repeat_key__in=keys).values_list("id", "repeat_key"))
        alive = Conversion.objects.filter(signal_id__in=earlier).exclude(state__in=[State.BLOCKED, State.CANCELLED])
        made = {(earlier[signal_id], event_id) for signal_id, event_id in alive.values_list("signal_id", "event_id")}
        expected = {}
        for signal in unjudged:
            for event in self.model.listening(signal.kind, signal.name):
                act = (signal.repeat_key, event.id)
                reason = self.model.reason(signal, event, repeated=act in made)
                worth = [value for since, value in event.values if since <= signal.occurred_at][-1]
                expected[signal.id, event.id] = (reason, "" if reason else worth)
                if signal.repeat_key and not reason:
                    made.add(act)
        return expected

    def _serve(self) -> None:
        for network in ("facebook", "google", "linkedin"):
            try:
                flow.send(workspace_id=self.world.workspace.id, account_id=self.world.account(network).id)
            except Killed:
                continue

    def _in_a_while(self) -> None:
        """What waits for its time is due, every lease has run out, and the networks have forgotten our haste."""
        past = timezone.now() - timedelta(seconds=1)
        with self.world.scope():
            Conversion.objects.filter(state=State.WAITING).update(due_at=past)
            Conversion.objects.filter(state=State.SENDING).update(leased_until=past)
            Lane.objects.update(next_due_at=past, held_until=None, leased_until=None)
        shared.client().delete(f"pace:linkedin:token:{self.world.linkedin.connection_id}:")
        flow.sweep()


@pytest.mark.django_db(transaction=True)
def test_invariants_1_to_4_hold_whatever_happens_in_whatever_order():
    run_state_machine_as_test(
        Stream,
        settings=settings(
            max_examples=25,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
