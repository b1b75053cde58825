"""When a conversion is tried again, and how it ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who
from apps.domain.retry import (
    HOLD_WAIT,
    KNOCK_AGAIN,
    LAST_TRY,
    LONGEST_ASKED,
    LONGEST_WAIT,
    MOST_PARKED,
    MOST_TRIES,
    RULES,
    Deadline,
    Next,
    ceiling,
    held_at_most,
    is_last_try,
    next_step,
)
from apps.domain.states import ENDED, State
from tests.domain.cases import NOW

HOURS_48 = timedelta(hours=48)  # for so long Facebook recognises a repeat
AGES = timedelta(days=10)
waits = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=3650))


def after(
    verdict: Verdict,
    *,
    tries: int = 1,
    wait: timedelta | None = None,
    jitter: float = 0.5,
    who: Who = Who.NOBODY,
    expires: timedelta | None = None,
    doubted: timedelta | None = None,
    recognised: timedelta | None = None,
) -> Next:
    """`expires` is so far ahead of now, `doubted` so long ago."""
    deadline = Deadline(
        NOW + expires if expires is not None else None, NOW - doubted if doubted is not None else None, recognised
    )
    outcome = Outcome(verdict, code="x", wait=wait, who=who)
    return next_step(outcome=outcome, tries=tries, now=NOW, deadline=deadline, jitter=jitter)


def test_it_has_a_rule_for_every_verdict() -> None:
    assert set(RULES) == set(Verdict)


@pytest.mark.parametrize(
    ("verdict", "first", "later"),
    [
        (Verdict.ACCEPTED, State.SENT, State.SENT),
        (Verdict.TWIN, State.FAILED, State.SENT),
        (Verdict.REFUSED, State.FAILED, State.FAILED),
        (Verdict.SUSPECT, State.FAILED, State.FAILED),
        (Verdict.AMEND, State.FAILED, State.FAILED),
        (Verdict.INNOCENT, State.WAITING, State.WAITING),
        (Verdict.HOLD, State.WAITING, State.WAITING),
        (Verdict.RETRY, State.WAITING, State.WAITING),
        (Verdict.BROKEN, State.WAITING, State.WAITING),
        (Verdict.UNKNOWN, State.WAITING, State.WAITING),
    ],
)
def test_it_ends_or_waits_as_the_table_says(verdict: Verdict, first: State, later: State) -> None:
    assert (after(verdict).state, after(verdict, tries=2).state) == (first, later)


def test_an_innocent_neighbour_goes_again_at_once_and_for_free() -> None:
    assert after(Verdict.INNOCENT) == Next(State.WAITING, due_at=NOW, used_try=False)


@given(tries=st.integers(1, 1000), wait=waits)
def test_a_hold_burns_no_try_however_many_there_were(tries: int, wait: timedelta | None) -> None:
    step = after(Verdict.HOLD, tries=tries, wait=wait)
    assert (step.state, step.used_try) == (State.WAITING, False)
    assert step.due_at == NOW + min(wait or HOLD_WAIT, LONGEST_ASKED)


def test_it_honours_the_wait_a_network_asks_for_but_not_past_the_deadline() -> None:
    assert after(Verdict.RETRY, wait=timedelta(minutes=3)).due_at == NOW + timedelta(minutes=3)
    assert after(Verdict.RETRY, wait=AGES, expires=timedelta(hours=1)).due_at == NOW + timedelta(minutes=59)
    assert after(Verdict.RETRY, wait=AGES, expires=timedelta(0)).state is State.EXPIRED
    assert after(Verdict.HOLD, wait=AGES, expires=timedelta(hours=1)).due_at == NOW + timedelta(minutes=59)


def test_fault_40_what_our_own_code_fails_on_is_set_aside_after_three_tries() -> None:
    assert after(Verdict.BROKEN, tries=2).state is State.WAITING
    assert after(Verdict.BROKEN, tries=3) == Next(State.POISONED, reason="x")


def test_it_gives_up_after_so_many_tries_and_sooner_where_an_operator_has_to_look() -> None:
    assert after(Verdict.RETRY, tries=MOST_TRIES - 1).state is State.WAITING
    assert after(Verdict.RETRY, tries=MOST_TRIES) == Next(State.FAILED, reason="x")
    assert after(Verdict.RETRY, tries=MOST_PARKED, who=Who.OPERATOR).state is State.FAILED


def test_meta_07_what_may_have_been_taken_leaves_again_only_while_the_network_recognises_it() -> None:
    doubt = {"doubted": timedelta(hours=47), "recognised": HOURS_48, "tries": 2}
    assert after(Verdict.UNKNOWN, wait=timedelta(hours=6), **doubt).due_at == NOW + timedelta(minutes=59)
    late = after(Verdict.UNKNOWN, doubted=HOURS_48, recognised=HOURS_48, tries=2)
    assert late == Next(State.UNKNOWN, reason="outcome_unknown")
    assert after(Verdict.RETRY, doubted=HOURS_48, recognised=HOURS_48, tries=2).state is State.UNKNOWN


def test_meta_07_what_may_have_been_taken_never_ends_as_failed_or_expired() -> None:
    assert after(Verdict.UNKNOWN, tries=MOST_TRIES).state is State.UNKNOWN
    assert after(Verdict.RETRY, tries=MOST_TRIES, doubted=timedelta(hours=1)).state is State.UNKNOWN
    assert after(Verdict.RETRY, doubted=timedelta(hours=1), expires=timedelta(0)).state is State.UNKNOWN


@given(
    verdict=st.sampled_from(Verdict),
    tries=st.integers(1, 100),
    jitter=st.floats(0, 1),
    wait=waits,
    expires=st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=90)),
    doubted=st.none() | st.timedeltas(timedelta(0), timedelta(days=90)),
    recognised=st.none() | st.just(HOURS_48),
)
def test_every_outcome_leads_to_an_end_or_to_a_moment_between_now_and_the_deadline(
    verdict: Verdict,
    tries: int,
    jitter: float,
    wait: timedelta | None,
    expires: timedelta | None,
    doubted: timedelta | None,
    recognised: timedelta | None,
) -> None:
    step = after(
        verdict, tries=tries, jitter=jitter, wait=wait, expires=expires, doubted=doubted, recognised=recognised
    )
    assert (step.state in ENDED) == (step.due_at is None)
    if step.due_at is None or verdict is Verdict.INNOCENT:
        return
    assert step.due_at >= NOW
    if expires is not None:
        assert step.due_at <= NOW + expires
    if doubted is not None and recognised is not None:
        assert step.due_at <= NOW - doubted + recognised
    if step.used_try:
        assert tries < MOST_TRIES


@given(st.integers(1, 200))
def test_its_ceiling_never_falls_and_never_passes_six_hours(tries: int) -> None:
    assert ceiling(tries) <= ceiling(tries + 1) <= LONGEST_WAIT


@given(tries=st.integers(1, MOST_TRIES - 1), one=st.floats(0, 1), other=st.floats(0, 1))
def test_its_jitter_is_full(tries: int, one: float, other: float) -> None:
    few, many = sorted((one, other))
    sooner, later = after(Verdict.RETRY, tries=tries, jitter=few), after(Verdict.RETRY, tries=tries, jitter=many)
    assert sooner.due_at is not None
    assert later.due_at is not None
    assert NOW < sooner.due_at <= later.due_at <= NOW + ceiling(tries)


@given(
    st.timedeltas(timedelta(seconds=1), timedelta(days=7)),
    st.none() | st.timedeltas(-timedelta(hours=1), timedelta(days=9)),
)
def test_fault_26_a_hold_is_never_longer_than_asked_and_never_shorter_than_a_knock(
    wait: timedelta, left: timedelta | None
) -> None:
    ends_at = NOW + left if left is not None else None
    until = held_at_most(until=NOW + wait, ends_at=ends_at, now=NOW)
    assert min(NOW + wait, NOW + KNOCK_AGAIN) <= until <= NOW + wait
    if ends_at is None or ends_at > NOW + wait:
        assert until == NOW + wait
    else:
        assert until <= max(NOW + KNOCK_AGAIN, ends_at - LAST_TRY)


@given(waits.filter(bool), st.none() | st.timedeltas(-timedelta(hours=1), timedelta(days=9)))
def test_fault_26_only_what_would_end_before_the_next_knock_leaves_before_its_turn(
    wait: timedelta, left: timedelta | None
) -> None:
    leaves = is_last_try(wait=wait, ends_at=NOW + left if left is not None else None, now=NOW)
    assert leaves == (left is not None and left <= KNOCK_AGAIN < wait)
