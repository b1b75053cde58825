"""Asking later what became of requests that a network processes after it accepted them, until it has told.

Networks tell counts, not which conversions: what all of a request share is known of each, and nothing else is.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db.models import F

from apps.ads.asking import NotThere, ask
from apps.ads.registry import NETWORKS
from apps.conversions import owing
from apps.conversions.owing import Owing
from apps.core.tenancy import current_workspace_id, workspace_scope
from apps.deliveries.models import Attempt, Request
from apps.deliveries.sender import Sender
from apps.deliveries.sending import FIRST_ASKED
from apps.domain.outcome import Confirmation, Outcome, Verdict
from apps.domain.retry import Deadline, Next, next_step
from apps.domain.states import RequestState, State

log = structlog.get_logger()
LONGEST_PAUSE = timedelta(hours=24)
GIVEN_UP = timedelta(days=50)  # for longer than that Google keeps no statuses
LEASE = timedelta(minutes=10)
AT_ONCE = 50
_RANDOM = random.SystemRandom()
_REFUSED = (Verdict.REFUSED, Verdict.SUSPECT)


def confirm_next(sender: Sender, *, now: datetime) -> bool | None:
    """Ask about up to AT_ONCE requests of the account that are due; None when none is.

    True when something is owed again. Call outside a scope: it asks the network.
    """
    with workspace_scope(sender.workspace_id):
        requests = _lease(sender.account_id, now)
    if not requests:
        return None
    owed = False
    for place, request in enumerate(requests):
        try:
            told = _ask(sender, request, now)
        except NotThere as gone:
            with workspace_scope(sender.workspace_id):
                _put_off(requests[place:], now + (gone.outcome.wait or FIRST_ASKED))
            break
        with workspace_scope(sender.workspace_id):
            owed |= _take(request, told, now)
    log.info(
        "requests.confirmed",
        workspace=str(sender.workspace_id),
        account=str(sender.account_id),
        network=sender.network.manifest.key,
        asked=len(requests),
    )
    return owed


def accounts_to_ask(*, now: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(workspace, account) with requests to ask about. For the sweep, in every_workspace."""
    due = Request.objects.filter(confirm_at__lte=now).order_by().values_list("workspace_id", "account_id")
    return list(due.distinct()[:limit])


def _lease(account_id: UUID, now: datetime) -> list[Request]:
    """Requests that are due, not to be asked about by another worker for a while. A crash only postpones them."""
    due = Request.objects.filter(account_id=account_id, confirm_at__lte=now).order_by("confirm_at")
    requests = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
    Request.objects.filter(id__in=[request.id for request in requests]).update(
        confirm_at=now + LEASE, confirm_tries=F("confirm_tries") + 1
    )
    return requests


def _put_off(requests: Sequence[Request], until: datetime) -> None:
    """Nobody is at home who could be asked about them."""
    rows = Request.objects.filter(id__in=[request.id for request in requests])
    rows.update(confirm_at=until, confirm_tries=F("confirm_tries") - 1)


def _ask(sender: Sender, request: Request, now: datetime) -> Confirmation:
    """What the network tells; that it has not finished, where it does not say. Raises NotThere where it is down."""
    if now - request.sent_at > GIVEN_UP:
        return Confirmation(done=True, forgotten=True)
    confirm = sender.network.confirm
    if sender.held or confirm is None:
        return Confirmation(done=False)
    inquiry = confirm(sender.target, request.trace_id)
    try:
        return sender.circuit.common.asked(partial(ask, sender.network, inquiry), now=now)
    except NotThere as refused:
        if refused.down:
            raise
        log.warning("request.not_told", request=str(request.id), code=refused.outcome.code)
        return Confirmation(done=False)


def _take(request: Request, told: Confirmation, now: datetime) -> bool:
    """Keep what was told; True when conversions are owed again."""
    if not told.done:
        pause = min(FIRST_ASKED * 2 ** min(request.confirm_tries, 6), LONGEST_PAUSE)
        Request.objects.filter(id=request.id, confirmed_at=None).update(confirm_at=now + pause)
        return False
    steps = _steps(request, told, now)
    owing.settle(request_id=request.id, steps=steps, now=now, state=State.SENT)
    _note_attempts(request, told, steps, now)
    Request.objects.filter(id=request.id).update(
        state=_state(request, told),
        confirm_at=None,
        confirmed_at=now,
        confirmation={outcome.code: count for outcome, count in told.ended.items()},
    )
    return any(step.state is State.WAITING for step in steps.values())


def _steps(request: Request, told: Confirmation, now: datetime) -> dict[owing.Key, Next]:
    rows = owing.in_request(request_id=request.id, state=State.SENT)
    recognised_for = NETWORKS[request.network].manifest.recognises_repeats
    return {row.key: _step(row, told, now, recognised_for) for row in rows}


def _step(row: Owing, told: Confirmation, now: datetime, recognised_for: timedelta | None) -> Next:
    """What becomes of one conversion of the request. Where its fellows ended otherwise, its own end is not known."""
    outcomes = list(told.ended)
    if told.forgotten or not outcomes:
        return Next(State.SENT, reason="not_told")
    if all(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes):
        return Next(State.CONFIRMED, reason=outcomes[0].code if len(outcomes) == 1 else "")
    if len(outcomes) > 1:
        refused = all(outcome.verdict in _REFUSED for outcome in outcomes)
        return Next(State.FAILED, reason="several_reasons") if refused else Next(State.SENT, reason="indeterminate")
    deadline = Deadline(row.expires_at, row.doubtful_since, recognised_for)
    step = next_step(outcome=outcomes[0], tries=row.tries, now=now, deadline=deadline, jitter=_RANDOM.random())
    return Next(State.CONFIRMED) if step.state is State.SENT else step


def _note_attempts(request: Request, told: Confirmation, steps: Mapping[owing.Key, Next], now: datetime) -> None:
    """Where all ended the same way, and not well, each conversion's own story says so."""
    outcomes = _not_accepted(told)
    if len(told.ended) != 1 or not outcomes:
        return
    Attempt.objects.bulk_create(
        [
            Attempt(
                workspace_id=current_workspace_id(),
                request_id=request.id,
                signal_id=signal_id,
                event_id=event_id,
                verdict=outcomes[0].verdict,
                code=outcomes[0].code[:100],
                at=now,
            )
            for signal_id, event_id in steps
        ],
        ignore_conflicts=True,
    )


def _state(request: Request, told: Confirmation) -> RequestState:
    lost = _not_accepted(told)
    if not lost:
        return RequestState(request.state)
    return RequestState.REFUSED if len(lost) == len(told.ended) else RequestState.PARTIAL


def _not_accepted(told: Confirmation) -> Sequence[Outcome]:
    return [outcome for outcome in told.ended if outcome.verdict is not Verdict.ACCEPTED]
