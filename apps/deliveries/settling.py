"""Settling: what an answer makes of each conversion of a request, of the request itself, and what is logged of it."""

import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from apps.conversions import owing
from apps.conversions.claiming import Claimed
from apps.conversions.owing import Key
from apps.core import http, meters
from apps.core.tenancy import current_workspace_id
from apps.deliveries.models import Attempt, Request
from apps.deliveries.sender import Sender
from apps.domain.outcome import Outcome, Reading, Verdict
from apps.domain.retry import Deadline, next_step
from apps.domain.states import RequestState

log = structlog.get_logger()
KEPT_OF_ANSWER = 2000
# Networks echo what they dislike: addresses, hashes and long digit runs are masked before an answer is kept.
_PERSONAL = re.compile(r"[\w.+-]+@[\w.-]+|\b[0-9a-fA-F]{32,}\b|\+?\d{9,}")
_RANDOM = random.SystemRandom()


def settle(
    sender: Sender,
    request_id: UUID,
    claimed: Sequence[Claimed],
    reading: Reading,
    answer: http.Answer,
    now: datetime,
    *,
    kept: Collection[Key],
) -> None:
    """Write what became of each but the `kept`, which go out again at once, and of the request. In a scope."""
    pairs = list(zip(claimed, reading.outcomes, strict=True))
    recognised_for = sender.network.manifest.recognises_repeats
    jitter = _RANDOM.random()  # one for all: they left together, and together they leave again
    steps = {
        each.key: next_step(
            outcome=said,
            tries=each.tries,
            now=now,
            deadline=Deadline(each.expires_at, each.doubtful_since, recognised_for),
            jitter=jitter,
        )
        for each, said in pairs
        if each.key not in kept
    }
    owing.settle(request_id=request_id, steps=steps, now=now, is_all=not kept)
    _attempts_keep(request_id, pairs, now)
    Request.objects.filter(id=request_id).update(
        state=_state(reading),
        answered_at=now,
        milliseconds=answer.milliseconds,
        status=answer.status or None,
        trace_id=reading.trace_id[:120],
        answer=_masked(answer.body),
    )


def _attempts_keep(request_id: UUID, pairs: Iterable[tuple[Claimed, Outcome]], now: datetime) -> None:
    Attempt.objects.bulk_create(
        Attempt(
            workspace_id=current_workspace_id(),
            request_id=request_id,
            signal_id=each.signal_id,
            event_id=each.event_id,
            verdict=said.verdict,
            code=said.code[:100],
            at=now,
        )
        for each, said in pairs
        if said.verdict is not Verdict.ACCEPTED
    )


def _state(reading: Reading) -> RequestState:
    verdicts = {said.verdict for said in reading.outcomes}
    if verdicts == {Verdict.ACCEPTED}:
        return RequestState.ACCEPTED
    if Verdict.ACCEPTED in verdicts:
        return RequestState.PARTIAL
    return RequestState.UNKNOWN if Verdict.UNKNOWN in verdicts else RequestState.REFUSED


def _masked(body: bytes) -> str:
    text = body[:KEPT_OF_ANSWER].decode("utf-8", "replace").replace("\x00", "")
    return _PERSONAL.sub("***", text)


def settled_log(
    sender: Sender, request_id: UUID, claimed: Sequence[Claimed], reading: Reading, answer: http.Answer
) -> None:
    """One line for the request and its place in the meters: codes and numbers, without a person in it."""
    network, state = sender.network.manifest.key, _state(reading)
    verdicts = Counter(str(said.verdict) for said in reading.outcomes)
    outcomes = Counter(f"{said.verdict}:{said.code}" if said.code else str(said.verdict) for said in reading.outcomes)
    log.info(
        "request.settled",
        workspace=str(sender.workspace_id),
        account=str(sender.account_id),
        network=network,
        request=str(request_id),
        count=len(claimed),
        state=state,
        status=answer.status,
        milliseconds=answer.milliseconds,
        outcomes=dict(outcomes),
        trace_id=reading.trace_id,
    )
    of = ("network", network)
    meters.record(
        [
            meters.Count("requests", (of, ("state", state))),
            *(meters.Count("outcomes", (of, ("verdict", verdict)), by) for verdict, by in verdicts.items()),
            meters.Observed("request_seconds", (of,), answer.milliseconds / 1000),
        ]
    )
