"""Making the calls of a network's inquiry: the only place where signing in and looking around meet the wire."""

import structlog
from django.conf import settings

from apps.ads.models import AdAccount
from apps.ads.network import Network
from apps.ads.sign_in import App
from apps.ads.wire import Inquiry, Refused, T, Target
from apps.connections.models import Connection, Environment
from apps.core import http
from apps.core.errors import ConvsyncError
from apps.domain.breaker import is_fault
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

log = structlog.get_logger()
MOST_CALLS = 2000  # an inquiry that pages for ever ends here

MASKED = {"access_token": "***"}
# The sandbox's own registrations: no secrets, they open nothing else.
SANDBOX_APPS = {
    "facebook": App("770077007700077", "sandbox-client-secret"),
    "google": App("sandbox.apps.googleusercontent.com", "sandbox-secret"),
    "linkedin": App("78sandbox", "sandbox-secret"),
}


class NotThere(ConvsyncError):
    """The network (its label) did not give what was asked for; `outcome` says why and who must act.

    `down`: nobody answered, or the network said that it is out of order.
    """

    def __init__(self, network: str, outcome: Outcome, *, down: bool = False) -> None:
        super().__init__(f"{network}: {outcome.code}")
        self.network, self.outcome, self.down = network, outcome, down


def ask(network: Network, inquiry: Inquiry[T]) -> T:
    """Hold the inquiry with the network and return what it found. Call outside a transaction: it may take a while.

    Raises NotThere when the network refuses, cannot be reached, or does not come to an end.
    """
    hosts, label = network.manifest.hosts | network.sign_in.hosts, network.manifest.label
    down = False
    try:
        call = next(inquiry)
        for _ in range(MOST_CALLS):
            answer = http.call(
                method=call.method, url=call.url, headers=call.headers, body=call.body or None, allowed_hosts=hosts
            )
            down = is_fault(status=answer.status, fault=answer.fault)
            if answer.fault:
                raise NotThere(label, Outcome(Verdict.RETRY, "unreachable", Who.NOBODY), down=down)
            call = inquiry.send(Reply(answer.status, answer.headers, answer.body))
    except StopIteration as done:
        found: T = done.value
        return found
    except Refused as refused:
        log.info("inquiry.refused", network=network.manifest.key, code=refused.outcome.code)
        raise NotThere(label, refused.outcome, down=down) from refused
    raise NotThere(label, Outcome(Verdict.RETRY, "endless_paging", Who.OPERATOR))


def base_of(network: Network, environment: str) -> str:
    """The network's address, or its stand-in's."""
    if environment == Environment.SANDBOX:
        return f"{settings.SANDBOX_URL}/{network.manifest.key}"
    return network.base


def app_of(network: Network, environment: str) -> App | None:
    """The operator's registration at the network; None when the operator has given none."""
    if environment == Environment.SANDBOX:
        return SANDBOX_APPS[network.manifest.key]
    app_id, secret = settings.NETWORK_APPS.get(network.manifest.key, ("", ""))
    return App(app_id, secret) if app_id and secret else None


def target_of(
    network: Network, connection: Connection, account: AdAccount | None = None, *, masked: bool = False
) -> Target:
    """Where the connection's calls go: about the account, or about whatever the sign-in reaches.

    `masked`: only for looking at, so the sign-in's secrets stay sealed and stars stand in their place.
    """
    return Target(
        base=base_of(network, connection.environment),
        account_id=account.external_id if account else "",
        credentials=MASKED if masked else connection.credentials(),
        login_customer_id=account.login_customer_id if account else "",
        conversion_customer_id=account.conversion_customer_id if account else "",
    )
