"""Answers that are none: too busy, out of order, nonsense, or a different one for each row."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest

from apps.ads.models import ConversionAction, Destination
from apps.domain.breaker import OPENS_AFTER
from tests.faults.proxy import Fault
from tests.faults.servers import until
from tests.faults.world import World
from tests.support import factories
from tests.support.world import World as Space

pytestmark = pytest.mark.thorough
ROWS = 20
NONSENSE: dict[str, dict[str, Any]] = {
    "an error with status 200": {"body": {"error": {"message": "An unknown error occurred", "code": 1}}},
    "HTML": {"html": True},
    "an empty object": {"body": {}},
    "a list": {"body": []},
    "a text": {"body": "ok"},
    "a number": {"body": 1},
    "the wrong count": {"body": {"events_received": 1, "results": [{}], "elements": [{"status": 201}]}},
}


def waits(place: World, rows: int = ROWS) -> None:
    """Return once everything was tried and waits again."""
    until(lambda: place.to_sandbox.seen, why="Nothing was sent.")
    until(lambda: place.states() == {"waiting": rows}, why=lambda: f"They do not wait: {place.states()}")


def too_many(retry_after: str) -> Fault:
    """An answer of status 429, from something that stands before the network."""
    now = format_datetime(datetime.now(UTC), usegmt=True)
    lines = ("HTTP/1.1 429 Too Many Requests", f"Date: {now}", "Content-Length: 0", "Connection: close")
    asked = (f"Retry-After: {retry_after}",) if retry_after else ()
    return Fault(says="\r\n".join((*lines, *asked, "", "")).encode())


def asked(place: World, times: int) -> None:
    """Return once the network was asked so often."""
    until(lambda: len(place.to_sandbox.seen) == times, why=f"It is not asked {times} times.")


def held_for(place: World) -> float:
    """For how many more seconds nothing leaves."""
    told = "SELECT extract(epoch FROM max(held_until) - now()) FROM deliveries_lane WHERE held_until > now()"
    ((seconds,),) = place.sql(told)
    return float(seconds or 0)


@pytest.mark.fault(26)
@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
@pytest.mark.parametrize("asked", ["120", "date", "864000"])
def test_f26_it_waits_as_long_as_a_network_asks_and_never_past_the_deadline(place: World, network: str, asked: str):
    space = place.space(networks=(network,))
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
    place.to_sandbox.script.append(too_many(later if asked == "date" else asked))
    place.signals(space, ROWS)
    waits(place)
    until(lambda: held_for(place) > 0, why="Nothing holds it.")
    least, most = (3600, 86_400) if asked == "864000" else (100, 121)
    assert least < held_for(place) <= most
    late = "SELECT count(*) FROM conversions_conversion WHERE due_at > expires_at OR tries > 0"
    assert place.sql(late) == [(0,)], "none is due after its window, and none has used up a try"
    for _ in range(3):
        place.sweep()
    assert len(place.to_sandbox.seen) == 1
    place.drain()
    assert place.control.counts(network) == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(26)
def test_f26_it_holds_every_worker_and_account_that_shares_the_quota(place: World):
    place.worker_start("second")
    space = place.space(networks=("linkedin",))
    neighbour = second_account(place, space)
    place.to_sandbox.script.append(too_many("120"))
    place.signals(space, ROWS)
    waits(place)
    space.make_event("linkedin", account_id=str(neighbour.account_id), destination=neighbour.external_id)
    place.signals(space, ROWS)
    both = "SELECT count(*) FROM deliveries_lane WHERE held_until > now() + interval '80 seconds'"
    until(lambda: place.sql(both) == [(2,)], why="The other account of the same sign-in is not held.")
    place.processes.kill("second")
    assert len(place.to_sandbox.seen) == 1
    place.drain()
    assert place.control.counts("linkedin") == (3 * ROWS, 0, 0)
    place.conserved()


def second_account(place: World, space: Space) -> ConversionAction:
    """A rule of another ad account that the workspace's sign-in at LinkedIn reaches."""
    there = place.control.call("GET", "world").json()["linkedin"]
    there["accounts"].append({**there["accounts"][0], "id": "507001002"})
    there["tokens"][0]["accounts"].append("507001002")
    there["rules"].append({**there["rules"][2], "id": "104103", "account": "507001002"})
    place.control.change_world("linkedin", **there)
    account = factories.an_account(space.linkedin.connection, "507001002")
    return factories.an_action(account, Destination.RULE, "104103", "Contact form")


@pytest.mark.fault(27)
@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_f27_it_asks_less_and_less_often_when_a_network_does_not_say_how_long(place: World, network: str):
    space = place.space(networks=(network,))
    place.to_sandbox.script.extend([too_many("")] * 3)
    place.signals(space, ROWS)
    pauses: list[float] = []
    for times in (1, 2, 3):
        asked(place, times)
        until(lambda: held_for(place) > 0 and place.states() == {"waiting": ROWS})
        pauses.append(held_for(place))
        place.later(pauses[-1] + 1)
        place.sweep()
    place.drain(hurry=False)
    assert pauses == sorted(pauses)
    assert pauses[2] > 1.5 * pauses[0]
    assert place.control.counts(network) == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(28)
@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_f28_it_outlives_a_burst_of_errors(place: World, network: str, status: int):
    space = place.space(networks=(network,))
    place.control.fault(network, status=status, times=4)
    place.signals(space, ROWS)
    waits(place)
    assert len(place.to_sandbox.seen) == 1, "it backs off"
    place.drain()
    assert place.states() == {"sent": ROWS}
    assert place.control.counts(network) == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(29)
@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_f29_it_counts_nothing_as_sent_that_was_not_said_to_be(place: World, network: str, answer: dict[str, Any]):
    space = place.space(networks=(network,))
    place.control.fault(network, status=200, **answer)
    place.signals(space, ROWS)
    waits(place)
    said_no = network == "facebook" and "error" in str(answer)
    assert place.doubted() == (0 if said_no else ROWS), "whether they were taken is not known"
    place.drain()
    assert place.control.counts(network) == (ROWS, 0, 0)
    place.conserved()


@pytest.mark.fault(29)
@pytest.mark.parametrize("network", ["facebook", "google", "linkedin"])
def test_f29_it_counts_nothing_as_sent_of_an_answer_that_was_cut_off(place: World, network: str):
    place.control.change_world("linkedin", fold_twins=True)
    space = place.space(networks=(network,))
    place.to_sandbox.script.append(Fault(answer_reset_after=300))
    place.signals(space, ROWS)
    waits(place)
    assert place.doubted() == ROWS
    place.drain()
    assert place.states().get("sent") == ROWS
    place.conserved()


@pytest.mark.fault(30)
def test_f30_it_gives_each_row_its_own_error_and_its_own_fate(place: World):
    space = place.space(networks=("google",))
    errors = {
        "order-0": "conversionAdjustmentUploadError.CONVERSION_EXPIRED",
        "order-1": "conversionAdjustmentUploadError.TOO_MANY_ADJUSTMENTS",
        "order-2": "conversionAdjustmentUploadError.TOO_RECENT_CONVERSION",
        "order-3": "internalError.TRANSIENT_ERROR",
        "order-4": "conversionAdjustmentUploadError.MISSING_ORDER_ID_FOR_WEBPAGE",
    }
    forced = [{"error": error, "match": order} for order, error in errors.items()]
    place.control.change_world("google", forced=forced)
    place.signals(space, ROWS)
    until(lambda: place.states().get("sent") == ROWS - len(errors), why=lambda: str(place.states()))
    told = "SELECT payload::json->>'orderId', state, reason FROM conversions_conversion WHERE reason <> ''"
    fates = {order: (state, reason) for order, state, reason in place.sql(told)}
    assert fates == {
        "order-0": ("failed", "CONVERSION_EXPIRED"),
        "order-1": ("failed", "TOO_MANY_ADJUSTMENTS"),
        "order-2": ("waiting", "TOO_RECENT_CONVERSION"),
        "order-3": ("waiting", "TRANSIENT_ERROR"),
        "order-4": ("failed", "MISSING_ORDER_ID_FOR_WEBPAGE"),
    }
    place.control.change_world("google", forced=[])
    place.drain()
    assert place.states() == {"sent": ROWS - 3, "failed": 3}
    place.conserved()


@pytest.mark.fault(28)
def test_f28_one_small_request_asks_whether_it_is_over(place: World):
    space = place.space()
    place.control.fault("facebook", status=503, times=OPENS_AFTER)
    place.signals(space, ROWS)
    for times in range(1, OPENS_AFTER + 1):
        asked(place, times)
        until(lambda: place.states() == {"waiting": ROWS})
        if times < OPENS_AFTER:
            place.later(60)
            place.sweep()
    until(lambda: place.sql("SELECT 1 FROM deliveries_lane WHERE open_until > now()"), why="Its breaker is not open.")
    for _ in range(3):
        place.sweep()
    place.task("pipeline.send", space.workspace.id, space.facebook.id)
    place.later(60)
    place.drain(hurry=False)
    sizes = [len(orjson.loads(each.body)["data"]) for each in place.to_sandbox.seen]
    assert sizes == [*[ROWS] * OPENS_AFTER, 1, ROWS - 1], "one asks for all, and its answer lets the others through"
    assert place.control.counts("facebook") == (ROWS, 0, 0)
    place.conserved()
