"""The gate that a trace names is the one that decides: its own input changed, and nothing else, the verdict changes."""

from decimal import Decimal

import pytest

from apps.domain.facts import Account
from tests.domain.cases import ENHANCEMENT, case
from tests.domain.flips import FLIPS, flipped
from tests.domain.test_decide import BLOCKED, judged

HELD = {
    "terms_not_accepted": case(shape=ENHANCEMENT, account=Account("google", "1", terms_accepted=False)),
    "outlier": case(event__usual={"EUR": Decimal(1)}),
}


def test_h01_every_reason_that_a_gate_gives_has_its_flip():
    assert FLIPS.keys() == BLOCKED.keys() | HELD.keys()


@pytest.mark.parametrize("reason", FLIPS)
def test_h01_changing_what_the_named_gate_looked_at_changes_the_verdict(reason):
    ended = {**BLOCKED, **HELD}[reason]
    before = judged(ended)
    assert before.reason == reason
    after = judged(flipped(ended, before))
    assert after.reason != reason
    # It came further than the gate that had ended it, or leaves.
    assert not after.reason or len(after.noted) >= len(before.noted)
