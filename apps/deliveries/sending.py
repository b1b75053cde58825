"""Sending: claim, save the request, let it leave, settle by the answer. A refused request is narrowed to its guilty."""

import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from apps.ads.asking import target_of
from apps.ads.models import AdAccount
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.tokens import Renewal, token_ready, token_renew
from apps.ads.wire import Target
from apps.connections.models import ConnectionState, Environment
from apps.connections.services import connection_found_dead
from apps.conversions import claiming, owing
from apps.conversions.claiming import Claimed
from apps.conversions.owing import Key
from apps.core import http
from apps.core.ids import new_id
from apps.core.tenancy import current_workspace_id, workspace_scope
from apps.deliveries.holding import explained, shared_hold
from apps.deliveries.models import Attempt, Request
from apps.deliveries.pacing import Pacing
from apps.deliveries.standstill import standstill_code
from apps.domain.outcome import Outcome, Reach, Reading, Reply, Verdict, halves, no_answer
from apps.domain.retry import HOLD_WAIT, Deadline, next_step
from apps.domain.states import RequestState

log = structlog.get_logger()
KEPT_OF_ANSWER = 2000
NARROWED, NARROW_FOR = 20, timedelta(days=2)
FIRST_ASKED = timedelta(minutes=30)  # what is processed later is so no sooner
# Networks echo what they dislike: addresses, hashes and long digit runs are masked before an answer is kept.
_PERSONAL = re.compile(r"[\w.+-]+@[\w.-]+|\b[0-9a-fA-F]{32,}\b|\+?\d{9,}")
_HELD = {
    ConnectionState.WORKING: "",
    ConnectionState.RECONNECT: "reconnect",
    ConnectionState.DISCONNECTED: "disconnected",
}
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Sender:
    """An ad account made ready to send for. `held` says why it cannot be, "" when it can."""

    workspace_id: UUID
    account_id: UUID
    connection_id: UUID
    secret_since: datetime | None
    network: Network
    target: Target
    pacing: Pacing
    held: str
    terms_accepted: bool

    @classmethod
    def load(cls, workspace_id: UUID, account_id: UUID, now: datetime) -> "Sender":
        """Read the account and its sign-in, renewed if it ends soon. Call outside a scope."""
        with workspace_scope(workspace_id):
            account = AdAccount.objects.get(id=account_id)
        network = NETWORKS[account.network]
        connection = token_ready(workspace_id=workspace_id, connection_id=account.connection_id, now=now)
        environment = connection.environment
        no_sandbox = "sandbox_away" if environment == Environment.SANDBOX and not settings.SANDBOX_URL else ""
        standstill = standstill_code(manifest=network.manifest, environment=environment)
        return cls(
            workspace_id=workspace_id,
            account_id=account_id,
            connection_id=connection.id,
            secret_since=connection.secret_since,
            network=network,
            target=target_of(network, connection, account),
            pacing=Pacing(network.manifest, connection.id, environment),
            held=no_sandbox or _HELD[ConnectionState(connection.state)] or standstill,
            terms_accepted=account.terms_accepted,
        )

    def renewed(self, why: Outcome, now: datetime) -> "Sender":
        """Itself with a newer token, after the network called this one dead; without one it is held."""
        renewal = token_renew(
            workspace_id=self.workspace_id, connection_id=self.connection_id, used=self.secret_since, now=now
        )
        if renewal is Renewal.IMPOSSIBLE:
            return self.ended(why, now)
        if renewal is Renewal.NOT_NOW:
            return replace(self, held=why.code)
        with workspace_scope(self.workspace_id):
            owing.held_lift(account_ids=[self.account_id], now=now)
        return Sender.load(self.workspace_id, self.account_id, now)

    def ended(self, why: Outcome, now: datetime) -> "Sender":
        """Itself held until somebody signs in again, which the connection then asks for."""
        with workspace_scope(self.workspace_id):
            connection_found_dead(connection_id=self.connection_id, reason=why.code, used=self.secret_since, at=now)
        return replace(self, held=_HELD[ConnectionState.RECONNECT])


@dataclass(frozen=True, slots=True)
class Sent:
    """What one turn did: how many conversions left, and how a hold, if any, ended it."""

    count: int
    hold: Outcome | None = None


def send_next(sender: Sender, *, now: datetime) -> Sent | None:
    """Send one full request's worth for the account; None when nothing is due."""
    with workspace_scope(sender.workspace_id):
        turn = claiming.next_turn(account_id=sender.account_id, now=now)
    if turn is None:
        return None
    route = turn.route
    if wait := sender.pacing.turn(route):
        return Sent(0, Outcome(Verdict.HOLD, "paced", wait=wait))
    with workspace_scope(sender.workspace_id):
        limit = _limit(sender, route, now)
        request_id = new_id()
        claimed = claiming.claim(
            workspace_id=sender.workspace_id,
            account_id=sender.account_id,
            turn=turn,
            request_id=request_id,
            limit=limit,
            terms_accepted=sender.terms_accepted,
            recognised_for=sender.network.manifest.recognises_repeats,
            now=now,
        )
        if not claimed:
            return Sent(0)
        _save_request(sender, route, claimed, request_id, now)
    return _deliver(sender, route, claimed, request_id)


def _limit(sender: Sender, route: str, now: datetime) -> int:
    """The network's limit; few where it lately dropped some of a request and cannot say which: fewer stay unknown."""
    whole = sender.network.manifest.batch_limit
    if not sender.network.awaits(route):
        return whole
    lately = Request.objects.filter(account_id=sender.account_id, sent_at__gte=now - NARROW_FOR)
    return min(NARROWED, whole) if lately.filter(state=RequestState.PARTIAL).exists() else whole


@dataclass(frozen=True, slots=True)
class _Part:
    """Conversions of a refused request that go out again at once; `amended`: without what they were refused for."""

    claimed: Sequence[Claimed]
    amended: bool


def _deliver(
    sender: Sender, route: str, claimed: Sequence[Claimed], request_id: UUID, *, amended: bool = False
) -> Sent:
    """One request and its answer; suspects are halved until the guilty stands alone (invariant 6)."""
    address = sender.network.address(sender.target, route, len(claimed))
    answer = http.call(
        method="POST",
        url=address.url,
        headers=address.headers,
        body=sender.network.body(route, [each.payload for each in claimed]),
        allowed_hosts=sender.network.manifest.hosts,
    )
    said = _read(sender.network, answer, len(claimed))
    reading = explained(sender.network, sender.target, sender.pacing, route, said)
    parts = _again(sender.network, claimed, reading, amended=amended)
    kept = frozenset(each.key for part in parts for each in part.claimed)
    now = timezone.now()
    with workspace_scope(sender.workspace_id):
        _settle(sender, request_id, claimed, reading, answer, now, kept=kept)
        if sender.network.awaits(route):
            Request.objects.filter(id=request_id, state=RequestState.ACCEPTED).update(confirm_at=now + FIRST_ASKED)
    _log(sender, request_id, claimed, reading, answer)
    for part in parts:
        with workspace_scope(sender.workspace_id):
            left = claiming.still_claimed(
                claimed=part.claimed, terms_accepted=sender.terms_accepted, now=timezone.now()
            )
            if not left:
                continue
            next_request = new_id()
            owing.put_in_request(keys=[each.key for each in left], request_id=next_request, now=timezone.now())
            _save_request(sender, route, left, next_request, timezone.now())
        sender.pacing.turn(route)  # counted, but not stopped: these are few, and on their way already
        _deliver(sender, route, left, next_request, amended=part.amended)
    held = shared_hold(reading) or _rest(reading)
    if held is None or held.reach is not Reach.ROUTE:
        return Sent(len(claimed), held)
    wait = held.wait or HOLD_WAIT
    with workspace_scope(sender.workspace_id):
        owing.route_put_off(account_id=sender.account_id, route=route, reason=held.code, wait=wait, now=now)
    return Sent(len(claimed))


def _rest(reading: Reading) -> Outcome | None:
    """The rest that a network asks for although it took the request."""
    asked = [said.wait for said in reading.outcomes if said.verdict is Verdict.ACCEPTED and said.wait]
    return Outcome(Verdict.HOLD, "paced", wait=max(asked)) if asked else None


def _again(network: Network, claimed: Sequence[Claimed], reading: Reading, *, amended: bool) -> list[_Part]:
    """What goes out again at once: suspects in halves, and once, each without the part that was refused (ADR 9)."""
    said = list(zip(claimed, reading.outcomes, strict=True))
    suspects = [each for each, outcome in said if outcome.verdict is Verdict.SUSPECT]
    parts = [_Part(suspects[half], amended) for half in halves(len(suspects))] if len(suspects) > 1 else []
    amend = network.amended
    if amend is not None and not amended:
        refused = [each for each, outcome in said if outcome.verdict is Verdict.AMEND]
        parts += [_Part([replace(each, payload=amend(each.payload)) for each in refused], True)] if refused else []
    return parts


def _save_request(sender: Sender, route: str, claimed: Sequence[Claimed], request_id: UUID, now: datetime) -> None:
    """The row before the wire (invariant 5)."""
    Request.objects.create(
        workspace_id=sender.workspace_id,
        id=request_id,
        account_id=sender.account_id,
        network=sender.network.manifest.key,
        url=sender.network.address(sender.target, route, len(claimed)).url.partition("?")[0],  # proofs stay out
        count=len(claimed),
        state=RequestState.SENDING,
        sent_at=now,
    )


def _read(network: Network, answer: http.Answer, count: int) -> Reading:
    if answer.fault:
        return no_answer(answer.fault, count)
    return network.read(Reply(answer.status, answer.headers, answer.body), count)


def _settle(
    sender: Sender,
    request_id: UUID,
    claimed: Sequence[Claimed],
    reading: Reading,
    answer: http.Answer,
    now: datetime,
    *,
    kept: Collection[Key],
) -> None:
    pairs = list(zip(claimed, reading.outcomes, strict=True))
    recognised_for = sender.network.manifest.recognises_repeats
    steps = {
        each.key: next_step(
            outcome=said,
            tries=each.tries,
            now=now,
            deadline=Deadline(each.expires_at, each.doubtful_since, recognised_for),
            jitter=_RANDOM.random(),
        )
        for each, said in pairs
        if each.key not in kept
    }
    owing.settle(request_id=request_id, steps=steps, now=now)
    Attempt.objects.bulk_create(
        [
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
        ]
    )
    Request.objects.filter(id=request_id).update(
        state=_state(reading),
        answered_at=now,
        milliseconds=answer.milliseconds,
        status=answer.status or None,
        trace_id=reading.trace_id[:120],
        answer=_masked(answer.body),
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


def _log(sender: Sender, request_id: UUID, claimed: Sequence[Claimed], reading: Reading, answer: http.Answer) -> None:
    counts: dict[str, int] = {}
    for said in reading.outcomes:
        name = f"{said.verdict}:{said.code}" if said.code else str(said.verdict)
        counts[name] = counts.get(name, 0) + 1
    log.info(
        "request.settled",
        workspace=str(sender.workspace_id),
        account=str(sender.account_id),
        network=sender.network.manifest.key,
        request=str(request_id),
        count=len(claimed),
        status=answer.status,
        milliseconds=answer.milliseconds,
        outcomes=counts,
        trace_id=reading.trace_id,
    )
