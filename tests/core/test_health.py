"""The probes: ready means that signals are kept; what only delays sending is told and takes no traffic away."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from redis import Redis

from apps.core import broker, health
from convsync.celery import refuse_eviction
from convsync.environment import BadEnvironment

pytestmark = pytest.mark.django_db


@pytest.fixture
def redis() -> Iterator[Redis]:
    client = Redis.from_url(settings.CACHES["default"]["LOCATION"])
    yield client
    client.config_set("maxmemory-policy", "noeviction")
    client.close()


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "client", lambda: Redis(port=1, socket_connect_timeout=0.2))


def test_it_is_ready_with_everything_in_its_place():
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "degraded": [],
        "database": "ok",
        "migrations": "ok",
        "broker": "ok",
        "disk": "ok",
    }
    assert answer["Cache-Control"] == "no-store"


def test_it_says_when_to_ask_again_while_the_database_is_away(monkeypatch):
    def gone() -> None:
        raise OperationalError('connection to server at "db.internal" failed: password=hunter2')

    monkeypatch.setattr(health.connection, "cursor", gone)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["database"] == "unreachable"
    assert b"db.internal" not in answer.content
    assert b"hunter2" not in answer.content


def test_it_is_not_ready_before_the_migrations_are_applied(monkeypatch):
    monkeypatch.setattr(health._Applied, "seen", False)
    monkeypatch.setattr(health, "migrations_pending", lambda: ["signals.0004_next"])
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")
    assert b"0004_next" not in answer.content


@pytest.mark.usefixtures("away")
def test_it_is_ready_without_redis_and_says_so():
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert (answer.json()["broker"], answer.json()["degraded"]) == ("unreachable", ["broker"])


def test_fault_08_it_tells_that_redis_would_throw_work_away(redis):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    assert Client().get("/health/ready").json()["broker"] == "evicts"


def test_fault_08_workers_and_the_scheduler_do_not_start_on_a_redis_that_evicts(redis):
    refuse_eviction()
    redis.config_set("maxmemory-policy", "volatile-ttl")
    with pytest.raises(BadEnvironment, match="noeviction"):
        refuse_eviction()


@pytest.mark.usefixtures("away")
def test_workers_start_while_redis_is_away():
    refuse_eviction()


def test_it_tells_that_the_disk_is_nearly_full(monkeypatch):
    monkeypatch.setattr(health, "LEAST_FREE", 1.1)
    answer = Client().get("/health/ready").json()
    assert (answer["status"], answer["degraded"]) == ("ready", ["disk"])


def test_it_lives_whatever_else_is_wrong(monkeypatch):
    monkeypatch.setattr(health, "_database", lambda: "unreachable")
    assert Client().get("/health/live").json() == {"status": "live"}
