"""What a hold of a whole request means: its true cause, how long all who share the quota wait, who else must wait."""

from dataclasses import replace
from datetime import datetime

import structlog

from apps.ads.asking import NotThere, ask
from apps.ads.network import Network
from apps.ads.wire import Target
from apps.deliveries.pacing import Pacing
from apps.deliveries.standstill import standstill_begin
from apps.domain.outcome import Outcome, Reach, Reading, Verdict, for_all

log = structlog.get_logger()


def shared_hold(reading: Reading) -> Outcome | None:
    """The hold that all of the request shares, if it does."""
    first = reading.outcomes[0] if reading.outcomes else None
    shared = first is not None and first.verdict is Verdict.HOLD and all(said == first for said in reading.outcomes)
    return first if shared else None


def explained(network: Network, target: Target, pacing: Pacing, route: str, reading: Reading, now: datetime) -> Reading:
    """The reading with a hold's true cause and wait in it; a hold that is everybody's is made known to everybody.

    Call outside a scope: the network may be asked.
    """
    held = shared_hold(reading)
    if held is None:
        if any(said.verdict is Verdict.ACCEPTED for said in reading.outcomes):
            pacing.accepted(route, now)
        return reading
    if network.diagnose is not None:
        try:
            held = ask(network, network.diagnose(target, route, held))
        except NotThere as refused:
            log.info("hold.undiagnosed", network=network.manifest.key, code=refused.outcome.code)
    if held.throttled:
        held = replace(held, wait=pacing.throttled(route, held, now))
    if held.reach is Reach.NETWORK:
        standstill_begin(manifest=network.manifest, environment=pacing.environment, code=held.code)
    return for_all(held, len(reading.outcomes), reading.trace_id)
