"""When a share that falls is told of: soon where much comes in, never by chance, never where too little does."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.share import HALVED, LEAST_BEFORE, LEAST_HEARD, Share, has_fallen, has_risen

shares = st.integers(0, 1000).flatmap(lambda heard: st.builds(Share, st.just(heard), st.integers(0, heard)))


def of(heard: int, percent: float) -> Share:
    return Share(heard, round(heard * percent / 100))


@pytest.mark.parametrize(
    ("heard", "now", "before"), [(20, 20, 90), (20, 0, 60), (40, 20, 60), (100, 20, 45), (1000, 10, 25)]
)
def test_it_tells_of_a_share_that_fell_to_less_than_half(heard, now, before):
    assert has_fallen(now=of(heard, now), before=of(500, before))


@pytest.mark.parametrize(
    ("heard", "now", "before"), [(19, 0, 90), (1000, 60, 90), (1000, 40, 60), (20, 20, 45), (1000, 10, 10), (20, 0, 10)]
)
def test_it_says_nothing_where_little_is_known_or_little_has_changed(heard, now, before):
    assert not has_fallen(now=of(heard, now), before=of(500, before))


@given(shares, shares)
def test_it_never_tells_of_few_and_what_it_tells_of_has_not_risen_yet(now, before):
    if now.heard < LEAST_HEARD or before.heard < LEAST_BEFORE:
        assert not has_fallen(now=now, before=before)
    if has_fallen(now=now, before=before):
        assert now.passed * 2 < now.heard
        assert now.rate * HALVED <= before.rate
        assert not has_risen(now=now, before_percent=before.percent + 1)


@given(shares, st.integers(0, 100))
def test_a_share_is_well_again_only_where_enough_comes_in(now, percent):
    if has_risen(now=now, before_percent=percent):
        assert now.heard >= LEAST_HEARD


def test_chance_alone_hardly_ever_tells():
    chance = random.Random(7)  # noqa: S311 - the same draw each time
    told = 0
    for rate, heard in product((0.3, 0.5, 0.7, 0.9), (20, 50, 200)):
        for _ in range(500):
            now = Share(heard, sum(chance.random() < rate for _ in range(heard)))
            told += has_fallen(now=now, before=Share(1000, round(1000 * rate)))
    assert told == 0
