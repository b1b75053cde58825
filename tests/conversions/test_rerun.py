"""What was kept of a decision is enough to take it once more, and it comes out the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.conversions.judging import judge_batch
from apps.conversions.models import Circumstances, Conversion
from apps.conversions.rerunning import case_again, decided_again, kept_of
from apps.domain.decide import decide
from apps.domain.decision import Verdict
from apps.domain.money import Money
from apps.domain.shaping import shape_now
from apps.domain.states import State
from tests.domain.flips import FLIPS, flipped
from tests.support.history import random_events, random_history
from tests.support.world import make_world

pytestmark = pytest.mark.django_db


def judged(world, now):
    """Judge all there is; returns the conversions."""
    with world.scope():
        while (batch := judge_batch(workspace_id=world.workspace.id, now=now)) and batch.signals:
            pass
        return list(Conversion.objects.all())


def test_h01_ten_thousand_random_signals_are_decided_again_the_same():
    world, now = make_world(), timezone.now()
    random_events(world, at=now - timedelta(days=100))
    random_history(world, signals=10_000, seed=1, now=now)
    conversions = judged(world, now)
    with world.scope():
        kept = kept_of(conversions)
        shared = Circumstances.objects.count()
    assert len(kept) == len(conversions) > 10_000
    assert shared < 60
    different = [each.conversion.trace for each in kept if told(decided_again(each)) != stored(each.conversion)]
    assert different == []
    assert {each.reason for each in conversions} - {""} == FLIPS.keys()
    stuck = [each.conversion.trace for each in kept if each.conversion.reason and not changes(each)]
    assert stuck == []


def changes(kept):
    """Whether the verdict is another one when only what the named gate looked at is changed."""
    decision = decided_again(kept)
    case = case_again(kept)
    shape, _ = shape_now(case)
    turned = decide(flipped(replace(case, shape=shape), decision), network_event_id="c1")
    return turned.reason != decision.reason


def told(decision):
    """A decision as its row stores it; of a click that is none, why it is none depends on its value."""
    value = decision.owed.value if decision.owed else None
    state = State.BLOCKED if decision.verdict is Verdict.BLOCKED else State.WAITING
    steps = [[*step[:3], {**step.looked_at, "dropped": ""}] for step in decision.trace]
    return state, decision.reason, value, decision.expires_at, steps


def stored(row):
    """What was stored of a decision, to be compared with `told`."""
    value = None if row.value is None else Money(row.value, row.currency)
    return row.state, row.reason, value, row.expires_at, [[*step[:3], {**step[3], "dropped": ""}] for step in row.trace]
