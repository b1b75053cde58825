"""What becomes of each conversion that is sent again or late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.reasons import REASONS
from apps.domain.resend import ENDED, REPLAYABLE, Fate, fate_as_it_was, fate_of_judging
from apps.domain.states import State

REFUSALS = ("", "window_closed", "outcome_unknown", "consent_withdrawn", "event_off", "event_deleted", "contact_gone")


@given(
    state=st.sampled_from(list(State)),
    reason=st.sampled_from(["", "2804050", *REASONS]),
    has_bytes=st.booleans(),
    refusal=st.sampled_from(REFUSALS),
)
def test_h15_nothing_leaves_again_that_was_taken_or_may_not_leave(state, reason, has_bytes, refusal):
    fate = fate_as_it_was(state=state, reason=reason, has_bytes=has_bytes, refusal=refusal)
    if fate is Fate.ELIGIBLE:
        assert has_bytes
        assert not refusal
        assert state in (*REPLAYABLE, State.BLOCKED)
        assert not reason.startswith("outlier")


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        ({"state": "sent", "reason": "indeterminate"}, Fate.DOUBTFUL),
        ({"state": "sent"}, Fate.ALREADY),
        ({"state": "unknown", "reason": "outcome_unknown"}, Fate.DOUBTFUL),
        ({"state": "poisoned", "reason": "poisoned"}, Fate.ELIGIBLE),
        ({"state": "confirmed"}, Fate.ALREADY),
        ({"state": "waiting"}, Fate.ON_ITS_WAY),
        ({"state": "sending"}, Fate.ON_ITS_WAY),
        ({"state": "cancelled", "reason": "merged_twin"}, Fate.ALREADY),
        ({"state": "cancelled", "reason": "outlier_rejected"}, Fate.OUTLIER),
        ({"state": "cancelled", "reason": "erased"}, Fate.ERASED),
        ({"has_bytes": False}, Fate.ERASED),
        ({"refusal": "window_closed"}, Fate.WINDOW),
        ({"refusal": "consent_withdrawn"}, Fate.CONSENT),
        ({"refusal": "outcome_unknown"}, Fate.DOUBTFUL),
        ({"refusal": "event_deleted"}, Fate.EVENT),
        ({}, Fate.ELIGIBLE),
    ],
)
def test_h15_each_is_left_alone_for_its_reason(told, fate):
    whole = {"state": "failed", "reason": "", "has_bytes": True, "refusal": "", **told}
    assert fate_as_it_was(**whole) is fate


@pytest.mark.parametrize(
    ("leaves", "reason", "fate"),
    [
        (True, "", Fate.ELIGIBLE),
        (True, "terms_not_accepted", Fate.ELIGIBLE),
        (True, "outlier", Fate.OUTLIER),
        (False, "too_old", Fate.WINDOW),
        (False, "consent_unknown", Fate.CONSENT),
        (False, "no_identifier", Fate.BLOCKED),
    ],
)
def test_h15_judging_again_comes_to_one_of_them(leaves, reason, fate):
    assert fate_of_judging(leaves=leaves, reason=reason) is fate


def test_what_was_taken_can_be_asked_about_and_is_never_sent_again():
    assert {*ENDED} - {*REPLAYABLE} == {State.SENT, State.CONFIRMED, State.UNKNOWN}
