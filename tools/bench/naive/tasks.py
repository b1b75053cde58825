"""One conversion: its rows are loaded, it is decided, saved, posted alone, and saved again with the answer."""

from uuid import UUID

import requests
from celery import shared_task
from django.utils import timezone

from apps.ads.asking import target_of
from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.connections.models import Connection
from apps.conversions.judging import Sitting, judge_by_act
from apps.conversions.models import Conversion
from apps.core.ids import new_id
from apps.core.tenancy import workspace_scope
from apps.deliveries.models import Request
from apps.domain.facts import Act
from apps.domain.outcome import Reply, Verdict
from apps.domain.states import Priority, RequestState, State
from apps.signals.models import Signal

SECONDS = 30
_session = requests.Session()
_session.trust_env = False


@shared_task(name="naive.deliver")
def deliver(workspace_id: str, signal_id: str, event_id: str) -> None:
    """Send one conversion. Raises when the network does not take it."""
    workspace, now = UUID(workspace_id), timezone.now()
    with workspace_scope(workspace):
        signal = Signal.objects.get(id=signal_id)
        sitting = Sitting(act=Act("bench", "bench", now), now=now)
        (conversion,) = judge_by_act(workspace_id=workspace, event_id=UUID(event_id), signals=[signal], sitting=sitting)
        account = AdAccount.objects.get(id=conversion.account_id)
        connection = Connection.objects.get(id=account.connection_id)
        conversion.priority = Priority.LIVE
        conversion.state = State.SENDING
        conversion.save(force_insert=True)
    _post(conversion, account, connection)


def _post(conversion: Conversion, account: AdAccount, connection: Connection) -> None:
    network = NETWORKS[account.network]
    address = network.address(target_of(network, connection, account), conversion.route, 1)
    request = Request(
        workspace_id=conversion.workspace_id,
        id=new_id(),
        account_id=account.id,
        network=account.network,
        url=address.url,
        count=1,
        state=RequestState.SENDING,
        sent_at=timezone.now(),
    )
    body = network.body(conversion.route, [conversion.payload])
    answer = _session.post(address.url, data=body, headers=dict(address.headers), timeout=SECONDS)
    (said,) = network.read(Reply(answer.status_code, dict(answer.headers), answer.content), 1).outcomes
    assert said.verdict is Verdict.ACCEPTED, said
    with workspace_scope(conversion.workspace_id):
        request.state, request.answered_at, request.status = RequestState.ACCEPTED, timezone.now(), answer.status_code
        request.save(force_insert=True)
        conversion.state, conversion.settled_at = State.SENT, timezone.now()
        conversion.request_id, conversion.tries, conversion.due_at = request.id, 1, None
        conversion.save()
