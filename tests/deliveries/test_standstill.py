"""A standstill of a network: told once, over by itself, and not binding for a release that speaks another version."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoRedis
from structlog.testing import capture_logs

from apps.ads.registry import NETWORKS
from apps.deliveries.standstill import SECONDS, standstill_begin, standstill_code

MANIFEST = NETWORKS["linkedin"].manifest


@pytest.fixture(autouse=True)
def _nothing_stands_still() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def begin(environment: str = "live") -> None:
    standstill_begin(manifest=MANIFEST, environment=environment, code="NONEXISTENT_VERSION")


def code(environment: str = "live", **changes: str) -> str:
    return standstill_code(manifest=replace(MANIFEST, **changes), environment=environment)


def test_linkedin_a19_it_tells_the_operator_once_what_stands_still() -> None:
    with capture_logs() as logs:
        begin()
        begin()
    (told,) = logs
    assert (told["event"], told["log_level"], told["network"]) == ("network.standstill", "error", "linkedin")
    assert (told["code"], told["version"]) == ("NONEXISTENT_VERSION", MANIFEST.version)


def test_linkedin_a19_it_holds_one_network_in_one_environment_and_one_version() -> None:
    begin()
    assert code() == "NONEXISTENT_VERSION"
    assert code(environment="sandbox") == ""
    assert code(key="google") == ""
    assert code(version="202701") == ""


def test_linkedin_a19_it_ends_by_itself() -> None:
    begin()
    cache.touch(f"standstill:linkedin:live:{MANIFEST.version}", timeout=0)
    assert code() == ""
    assert SECONDS <= 15 * 60


def test_it_lets_every_account_find_out_for_itself_while_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise NoRedis("nobody there")

    monkeypatch.setattr(cache, "get", nobody)
    monkeypatch.setattr(cache, "add", nobody)
    begin()
    assert code() == ""
