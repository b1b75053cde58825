"""Meters shared in Redis by all workers, and kept by each process while Redis is away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis import Redis

from apps.core import pace, shared
from apps.domain.manifest import Pace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMITS = Pace(per_minute=600, per_day=500_000, source="https://example.com")


@pytest.fixture
def name() -> str:
    """A meter of its own."""
    return f"test:{uuid4()}"


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where Redis should."""
    nobody = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.1)
    monkeypatch.setattr(shared, "client", lambda: nobody)


def given_of(name: str, asked: int) -> int:
    return sum(1 for _ in range(asked) if not pace.take(name, LIMITS, NOW))


def test_linkedin_a20_it_counts_what_all_workers_take_together(name: str) -> None:
    with ThreadPoolExecutor(8) as workers:
        given = list(workers.map(lambda _: given_of(name, 15), range(8)))
    assert sum(given) == 60


def test_linkedin_a20_it_makes_all_wait_when_one_was_refused(name: str) -> None:
    wait = pace.refused(name, LIMITS, NOW, asked=timedelta(seconds=40), jitter=0.5)
    assert wait == timedelta(seconds=40)
    assert pace.take(name, LIMITS, NOW + timedelta(seconds=10)) == timedelta(seconds=30)
    assert pace.take(f"{name}:other", LIMITS, NOW) == timedelta(0)


def test_linkedin_a20_it_forgets_refusals_once_a_call_was_taken(name: str) -> None:
    first = pace.refused(name, LIMITS, NOW, asked=None, jitter=1.0)
    later = NOW + first
    pace.accepted(name, LIMITS, later)
    assert pace.refused(name, LIMITS, later, asked=None, jitter=1.0) == first


@pytest.mark.usefixtures("no_redis")
def test_linkedin_a20_it_takes_a_tenth_while_redis_is_away(name: str) -> None:
    assert given_of(name, 40) == 6
    pace.refused(name, LIMITS, NOW, asked=timedelta(seconds=40), jitter=0.5)
    assert pace.take(name, LIMITS, NOW) == timedelta(seconds=40)


def test_it_steps_a_meter_in_one_round_trip_when_nobody_else_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pace.take(name, LIMITS, NOW)
    calls: list[str] = []
    whole = Redis.execute_command

    def counted(self: Redis, *words: object, **options: object) -> object:
        calls.append(str(words[0]))
        return whole(self, *words, **options)

    monkeypatch.setattr(Redis, "execute_command", counted)
    pace.take(name, LIMITS, NOW)
    assert calls == ["EVALSHA"]


def test_it_goes_on_from_what_is_held_when_another_stepped_it_or_redis_was_flushed(name: str) -> None:
    assert given_of(name, 50) == 50
    shared._remembered.clear()
    assert given_of(name, 20) == 10
    shared.client().flushdb()
    assert given_of(name, 100) == 60
