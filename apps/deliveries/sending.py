"""Sending: claim, save the request, let it leave, settle by the answer. A refused request is narrowed to its guilty."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from apps.ads.network import Network
from apps.conversions import claiming, owing
from apps.conversions.claiming import Claimed, Unclaimable
from apps.conversions.owing import Key
from apps.conversions.queues import Turn, next_turn
from apps.core import http
from apps.core.clock import shared_now
from apps.core.ids import new_id
from apps.core.poison import MOST_TRIES, POISON, poison_told
from apps.core.stopping import stopping
from apps.core.tenancy import workspace_scope
from apps.core.whole import whole
from apps.deliveries.circuits import Passage
from apps.deliveries.holding import explained, shared_hold
from apps.deliveries.models import Request
from apps.deliveries.sender import Sender
from apps.deliveries.settling import settle, settled_log
from apps.domain import breaker
from apps.domain.outcome import Outcome, Reach, Reading, Reply, Verdict, for_all, halves, no_answer
from apps.domain.reasons import Who
from apps.domain.retry import HOLD_WAIT, is_last_try
from apps.domain.states import RequestState

NARROWED, NARROW_FOR = 20, timedelta(days=2)
FIRST_ASKED = timedelta(minutes=30)  # what is processed later is so no sooner
AT_RISK = timedelta(days=1)
BROKEN = Outcome(Verdict.BROKEN, "poisoned", Who.OPERATOR)
UNREADABLE = Outcome(Verdict.UNKNOWN, "unreadable_answer", Who.OPERATOR)
_NARROWED_DOWN = (Verdict.SUSPECT, Verdict.BROKEN)
Keep = Callable[[], bool]  # keeps the lane's lease, in a scope; False when it was lost


@dataclass(frozen=True, slots=True)
class Sent:
    """What one turn did: how many conversions left, and how a hold, if any, ended it."""

    count: int
    hold: Outcome | None = None


def send_next(sender: Sender, *, keep: Keep, now: datetime) -> Sent | None:
    """Send one full request's worth for the account; None when nothing is due. Call outside a scope."""
    with workspace_scope(sender.workspace_id):
        turn = next_turn(account_id=sender.account_id, now=now)
    if turn is None:
        return None
    at_risk = turn.expires_at is not None and turn.expires_at < now + AT_RISK
    passage = sender.circuit.passage(now, at_risk=at_risk)
    if passage.wait:
        return Sent(0, Outcome(Verdict.HOLD, passage.why, wait=passage.wait))
    wait = sender.pacing.turn(turn.route, now)
    if wait and not is_last_try(wait=wait, ends_at=turn.expires_at, now=now):
        sender.circuit.not_asked(passage)
        return Sent(0, Outcome(Verdict.HOLD, "paced", wait=wait))
    first = _claimed(sender, turn, passage, now)
    if first is None:
        sender.circuit.not_asked(passage)
        return Sent(0)
    return _Delivery(sender, turn.route, keep).run(first)


def _claimed(sender: Sender, turn: Turn, passage: Passage, now: datetime) -> "_Part | None":
    """What leaves in the next request, which is saved; None when none of it may leave any more.

    What our own code fails on is claimed again in halves; alone it is tried MOST_TRIES times, then set aside.
    """
    limit, failures = breaker.PROBE if passage.probe else 0, Counter[Key]()
    while True:
        try:
            return _taken(sender, turn, limit, now)
        except Unclaimable as failed:
            limit, first = max(1, len(failed.keys) // 2), failed.keys[0]
            failures[first] += len(failed.keys) == 1
            if failures[first] < MOST_TRIES:
                continue
            with workspace_scope(sender.workspace_id):
                owing.set_aside(key=first, now=now)
            ids = {"workspace": sender.workspace_id, "signal": first[0], "event_id": first[1]}
            poison_told(failed.__cause__ or failed, "claiming", **ids)
            return None


def _taken(sender: Sender, turn: Turn, limit: int, now: datetime) -> "_Part | None":
    """Up to `limit` of what is due (0: as many as may be) in a request of its own. Raises Unclaimable: none taken."""
    request_id = new_id()
    with workspace_scope(sender.workspace_id):
        claimed = claiming.claim(
            workspace_id=sender.workspace_id,
            account_id=sender.account_id,
            turn=turn,
            request_id=request_id,
            limit=limit or _limit(sender, turn.route, now),
            terms_accepted=sender.terms_accepted,
            recognised_for=sender.network.manifest.recognises_repeats,
            now=now,
        )
        if not claimed:
            return None
        _save_request(sender, turn.route, claimed, request_id, now)
    return _Part(claimed, request_id)


def _limit(sender: Sender, route: str, now: datetime) -> int:
    """The network's limit; few where it lately dropped some of a request and cannot say which: fewer stay unknown."""
    whole = sender.network.manifest.batch_limit
    if not sender.network.awaits(route):
        return whole
    lately = Request.objects.filter(account_id=sender.account_id, sent_at__gte=now - NARROW_FOR)
    return min(NARROWED, whole) if lately.filter(state=RequestState.PARTIAL).exists() else whole


@dataclass(frozen=True, slots=True)
class _Part:
    """Conversions that leave in one request, and the latest that they were in; `amended`: without what was refused."""

    claimed: Sequence[Claimed]
    request_id: UUID
    amended: bool = False


@dataclass(slots=True)
class _Delivery:
    """One claim on its way: request after request, until each of its conversions has an answer of its own.

    Suspects are halved until the guilty one stands alone (invariant 6). What is not asked any more, because the lane is
    held, the worker stops or the lane was lost, is given back: it was in no request that may have been taken.
    """

    sender: Sender
    route: str
    keep: Keep
    left: deque[_Part] = field(default_factory=deque)
    hold: Outcome | None = None

    def run(self, first: _Part) -> Sent:
        """Let the first leave, and what its answer leaves to be asked."""
        self._ask(first)
        while self.left:
            now, part = shared_now(), self.left.popleft()
            try:
                again = self._again(part, now)
            except Unclaimable:  # claimed anew, the one that our own code fails on is found
                self._give_back(part, now)
                continue
            if again is not None:
                self.sender.pacing.turn(self.route, now)  # counted, not stopped: these are few, and on their way
                self._ask(again)
        return Sent(len(first.claimed), self._held())

    def _again(self, part: _Part, now: datetime) -> _Part | None:
        """The part in a request of its own, saved, with all leases kept; None: it is given back, or nobody is left."""
        request_id = new_id()
        with workspace_scope(self.sender.workspace_id):
            if self.hold is not None or stopping() or not self.keep():
                self._give_back(part, now)
                return None
            waiting = [each.key for other in self.left for each in other.claimed]
            owing.leases_keep(keys=waiting)
            claimed = claiming.still_claimed(
                claimed=part.claimed,
                request_id=part.request_id,
                terms_accepted=self.sender.terms_accepted,
                now=now,
            )
            if not claimed:
                return None
            owing.put_in_request(keys=[each.key for each in claimed], request_id=request_id)
            _save_request(self.sender, self.route, claimed, request_id, now)
        return _Part(claimed, request_id, part.amended)

    def _give_back(self, part: _Part, now: datetime) -> None:
        with workspace_scope(self.sender.workspace_id):
            owing.give_back(request_id=part.request_id, keys=[each.key for each in part.claimed], now=now)

    def _ask(self, part: _Part) -> None:
        """One request and its answer."""
        sender, network = self.sender, self.sender.network
        answer, said = self._answered(part)
        now = shared_now()
        reading = explained(network, sender.target, sender.pacing, self.route, said, now)
        parts = _parts(network, part, reading)
        # What the answer says is known here alone: a clash with another transaction must not cost it.
        whole(partial(self._settle, part, reading, answer, parts, now))
        settled_log(sender, part.request_id, part.claimed, reading, answer)
        self.left.extendleft(reversed(parts))
        self.hold = self.hold or shared_hold(reading) or _rest(reading)

    def _answered(self, part: _Part) -> tuple[http.Answer, Reading]:
        """What came back, and how it reads. Where our own code fails before it leaves, nothing left; after that it may
        have been taken.
        """
        network, count = self.sender.network, len(part.claimed)
        told = {"workspace": self.sender.workspace_id, "request": part.request_id, "conversions": count}
        try:
            address = network.address(self.sender.target, self.route, count)
            body = network.body(self.route, [each.payload for each in part.claimed])
        except POISON as error:
            poison_told(error, "assembling", **told)
            return http.Answer(0), for_all(BROKEN, count)
        answer = http.call(
            method="POST",
            url=address.url,
            headers=address.headers,
            body=body,
            allowed_hosts=network.manifest.hosts,
        )
        try:
            return answer, _read(network, answer, count)
        except POISON as error:
            poison_told(error, "reading", **told)
            return answer, for_all(UNREADABLE, count)

    def _settle(
        self, part: _Part, reading: Reading, answer: http.Answer, parts: Sequence[_Part], now: datetime
    ) -> None:
        """Write down what the answer of `now` says, but of those who leave again in `parts`."""
        sender = self.sender
        kept = frozenset(each.key for other in parts for each in other.claimed)
        with workspace_scope(sender.workspace_id):
            settle(sender, part.request_id, part.claimed, reading, answer, now, kept=kept)
            if sender.network.awaits(self.route):
                taken = Request.objects.filter(id=part.request_id, state=RequestState.ACCEPTED)
                taken.update(confirm_at=now + FIRST_ASKED)
            if answer.status or answer.fault:
                self._note(answer, now)

    def _note(self, answer: http.Answer, now: datetime) -> None:
        """Tell the circuit breaker; once it is open, the rest of the claim is not asked."""
        circuit = self.sender.circuit
        if not breaker.is_fault(status=answer.status, fault=answer.fault):
            circuit.answered()
            return
        circuit.failed(now)
        passage = circuit.passage(now, at_risk=False)
        if passage.wait:
            self.hold = Outcome(Verdict.HOLD, passage.why, wait=passage.wait)

    def _held(self) -> Outcome | None:
        """What holds the lane; a hold of the route alone is noted there, and the lane goes on."""
        held = self.hold
        if held is None or held.reach is not Reach.ROUTE:
            return held
        with workspace_scope(self.sender.workspace_id):
            owing.route_put_off(
                account_id=self.sender.account_id,
                route=self.route,
                reason=held.code,
                wait=held.wait or HOLD_WAIT,
                now=shared_now(),
            )
        return None


def _rest(reading: Reading) -> Outcome | None:
    """The rest that a network asks for although it took the request."""
    asked = [said.wait for said in reading.outcomes if said.verdict is Verdict.ACCEPTED and said.wait]
    return Outcome(Verdict.HOLD, "paced", wait=max(asked)) if asked else None


def _parts(network: Network, part: _Part, reading: Reading) -> list[_Part]:
    """What goes out again at once: suspects in halves, and once, each without the part that was refused (ADR 9)."""
    said = list(zip(part.claimed, reading.outcomes, strict=True))
    suspects = [each for each, outcome in said if outcome.verdict in _NARROWED_DOWN]
    parts = [replace(part, claimed=suspects[half]) for half in halves(len(suspects))] if len(suspects) > 1 else []
    amend = network.amended
    if amend is not None and not part.amended:
        refused = [each for each, outcome in said if outcome.verdict is Verdict.AMEND]
        amended = [replace(each, payload=amend(each.payload)) for each in refused]
        parts += [_Part(amended, part.request_id, amended=True)] if amended else []
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
