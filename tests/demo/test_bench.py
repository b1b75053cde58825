"""The bench's own parts: a sink that the product believes, and percentiles that are values that occurred."""

import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.registry import NETWORKS
from apps.domain.outcome import Reply, Verdict
from tools.bench import render
from tools.bench.figures import percentile
from tools.bench.sink import ANSWERS

REQUESTS = {
    "facebook": {"data": [{}] * 3},
    "google": {"conversions": [{"conversionAction": "customers/1/conversionActions/2"}] * 3},
    "linkedin": {"elements": [{}] * 3},
}


@pytest.mark.parametrize("network", NETWORKS)
def test_it_answers_so_that_each_network_s_reader_sees_every_conversion_taken(network: str) -> None:
    answer = orjson.dumps(ANSWERS[network.encode()](REQUESTS[network]))
    reading = NETWORKS[network].read(Reply(200, {}, answer), 3)
    assert [said.verdict for said in reading.outcomes] == [Verdict.ACCEPTED] * 3


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_it_gives_the_smallest_value_that_the_wanted_part_does_not_exceed(values: list[float], part: float) -> None:
    found = percentile(values, part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values)
    assert sum(value < found for value in values) < part * len(values)


def test_it_gives_zero_where_nothing_was_measured() -> None:
    assert percentile([], 0.99) == 0.0


@pytest.mark.parametrize("network", NETWORKS)
def test_it_renders_everybody_of_a_batch_in_full_requests(network: str) -> None:
    limit = NETWORKS[network].manifest.batch_limit
    bodies = [orjson.loads(body) for body in render.render(network, people(limit + 200))]
    lists = {"facebook": "data", "google": "events", "linkedin": "elements"}
    assert [len(body[lists[network]]) for body in bodies] == [limit, 200]


def test_it_renders_five_identifiers_of_people_who_share_none_but_names() -> None:
    (body,) = render.render("facebook", people(200))
    events = [event["user_data"] for event in orjson.loads(body)["data"]]
    assert all({"em", "ph", "fn", "ln", "external_id"} <= event.keys() for event in events)
    for own in ("em", "ph", "external_id"):
        assert len({tuple(event[own]) for event in events}) == len(events)


def people(count: int) -> list[render.Facts]:
    """So many of the bench's people."""
    rng = random.Random(render.SEED)  # noqa: S311 - the same people at every run
    return [render.somebody(rng, number, render.shared_names) for number in range(count)]
