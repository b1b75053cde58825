"""When an alert opens, lingers and ends: it is told once, however often it comes and goes in between."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.alerts import HOOK_OFF_AFTER, HOOK_WAITS, KINDS, QUIET_CAUSES, Move, hook_is_off, hook_next, move

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def told(code: str, looks: list[bool], every: timedelta = timedelta(minutes=1)) -> list[str]:
    """What is told over these looks, from the first time it is there."""
    kind, said = KINDS[code], []
    since = opened = gone = None
    for number, there in enumerate(looks):
        now = START + number * every
        if since is None:
            if not there:
                continue
            since = now
        step = move(kind, there=there, since=since, opened_at=opened, gone_since=gone, now=now)
        if step is Move.OPEN:
            opened, gone = now, None
            said.append("open")
        elif step is Move.LINGER:
            gone = now
        elif step is Move.BACK:
            gone = None
        elif step in (Move.END, Move.FORGET):
            said += ["end"] if step is Move.END else []
            since = opened = gone = None
    return said


def test_it_opens_at_once_where_nobody_has_to_be_patient():
    assert told("reconnect", [True]) == ["open"]
    assert told("reconnect", [True, True, True, False]) == ["open", "end"]


def test_it_waits_an_hour_before_it_tells_of_a_held_lane():
    assert told("lane_held", [True] * 60) == []
    assert told("lane_held", [True] * 61) == ["open"]


def test_it_says_nothing_of_what_was_over_before_anybody_was_told():
    assert told("breaker_open", [True] * 14 + [False] * 30) == []


def test_it_tells_once_of_what_comes_and_goes():
    assert told("lane_held", [True, True, False] * 40) == ["open"]
    assert told("lane_held", [True, True, False] * 40 + [False] * 12) == ["open", "end"]


@given(st.sampled_from(sorted(KINDS)), st.lists(st.booleans(), max_size=200))
def test_it_never_repeats_itself_and_never_ends_what_it_did_not_open(code: str, looks: list[bool]):
    said = told(code, looks)
    assert all(one != other for one, other in pairwise(said))
    assert said[:1] != ["end"]


@given(st.sampled_from(sorted(KINDS)), st.lists(st.booleans(), max_size=100))
def test_it_always_opens_what_stays_and_always_ends_what_stays_away(code: str, looks: list[bool]):
    assert told(code, looks + [True] * 62)[-1] == "open"
    calm = KINDS[code].calm // timedelta(minutes=1)
    assert told(code, looks + [True] * 62 + [False] * (calm + 2))[-1] == "end"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_it_knows_each_name_that_a_sentence_asks_for(kind):
    known = {"network", "name", "why", "version", "day", "now", "before"}
    for text in (kind.sentence, kind.over, kind.advice):
        assert {name for _, name, _, _ in Formatter().parse(text) if name is not None} <= known


def test_it_knows_each_name_that_a_cause_asks_for():
    for text in QUIET_CAUSES.values():
        assert {name for _, name, _, _ in Formatter().parse(text) if name is not None} <= {"reason", "property"}


def test_fault_60_a_webhook_is_tried_again_for_five_days_at_growing_distances():
    assert list(HOOK_WAITS) == sorted(HOOK_WAITS)
    assert timedelta(days=4) < sum(HOOK_WAITS, timedelta(0)) <= timedelta(days=6)
    assert hook_next(tries=1, now=START) == START + timedelta(minutes=1)
    assert hook_next(tries=len(HOOK_WAITS) + 1, now=START) is None


def test_fault_60_it_is_switched_off_after_five_days_and_not_before():
    assert not hook_is_off(failing_since=START, now=START + HOOK_OFF_AFTER - timedelta(seconds=1))
    assert hook_is_off(failing_since=START, now=START + HOOK_OFF_AFTER)
