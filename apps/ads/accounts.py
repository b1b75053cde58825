"""Ad accounts as this workspace keeps them: chosen once, then looked at again every day and on request."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.ads.asking import ask, target_of
from apps.ads.found import FoundAccount, FoundDestination, NewDestination
from apps.ads.models import AdAccount, ConversionAction
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.tokens import token_ready
from apps.ads.wire import Target
from apps.audit import services as audit
from apps.connections.models import Connection
from apps.core.actor import Actor
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.core.tenancy import workspace_scope

# What is taken over from a found account, name for name.
_KEPT = (
    "name",
    "currency",
    "time_zone",
    "business_id",
    "login_customer_id",
    "conversion_customer_id",
    "is_manager",
    "terms_accepted",
)


def account_keep(*, connection: Connection, found: FoundAccount, by: Actor, at: datetime) -> AdAccount:
    """Keep a chosen account under this sign-in, or move it here. Call inside the scope."""
    account = AdAccount.objects.filter(network=connection.system, external_id=found.external_id).first()
    former = account.connection if account is not None else None
    if account is None:
        account = AdAccount(
            workspace_id=connection.workspace_id, network=connection.system, external_id=found.external_id
        )
    account.connection = connection
    _take(account, found, at)
    account.save()
    if former is not None and former.pk != connection.pk and not AdAccount.objects.filter(connection=former).exists():
        former.delete()
    audit.record(
        workspace_id=account.workspace_id,
        by=by,
        action="ad_account.connect",
        subject=account.name,
        at=at,
        detail={"network": account.network, "external_id": account.external_id},
    )
    return account


def account_refresh(*, workspace_id: UUID, account_id: UUID, at: datetime) -> AdAccount:
    """Ask the network anew for the account, its cautions and its destinations, and keep what it says.

    An account that the sign-in no longer reaches keeps what was known, with the caution `not_reached`. Raises NotFound
    here, NotThere by the network. Call outside the scope.
    """
    account, network, target = _ready(workspace_id, account_id, at)
    found = ask(network, network.accounts(target))
    mine = next((each for each in found if each.external_id == account.external_id), None)
    destinations = ask(network, network.destinations(target)) if mine is not None else None
    route = _probed(network, target, destinations, at)
    with workspace_scope(workspace_id):
        if mine is None:
            account.cautions, account.checked_at = ["not_reached"], at
        else:
            _take(account, mine, at)
        if route:
            account.route, account.route_checked_at = route, at
        account.save()
        if destinations is not None:
            _keep_destinations(account, destinations, at)
    return account


def destination_make(
    *, workspace_id: UUID, account_id: UUID, new: NewDestination, by: Actor, at: datetime
) -> ConversionAction:
    """Make a pixel, conversion action or rule at the network, or find the one of that name (C04, C08), and keep it.

    Raises NotFound, or InvalidInput naming the field, here, NotThere when the network refuses. Call outside the scope.
    """
    account, network, target = _ready(workspace_id, account_id, at)
    _refuse_unknown(network, new)
    with workspace_scope(workspace_id):
        # Locked while the network is asked: of two who want a name at once, the second finds what the first made.
        AdAccount.objects.select_for_update(no_key=True).get(id=account_id)
        made = ask(network, network.make(target, replace(new, known=_known(account, new))))
        (kept,) = _upsert(account, [made])
        audit.record(
            workspace_id=workspace_id,
            by=by,
            action="conversion_action.make",
            subject=made.name,
            at=at,
            detail={"network": account.network, "account": account.external_id, "external_id": made.external_id},
        )
    return kept


def links_offered(*, workspace_id: UUID, account_id: UUID, at: datetime) -> Mapping[str, str]:
    """What a destination of the account can be linked to (campaigns), names by id; empty where there is no such thing.

    Raises NotFound here, NotThere by the network. Call outside the scope.
    """
    _, network, target = _ready(workspace_id, account_id, at)
    return ask(network, network.links(target)) if network.links is not None else {}


def _known(account: AdAccount, new: NewDestination) -> str:
    """The id of the one of that name that is kept here already, "" when none is."""
    named = ConversionAction.objects.filter(account=account, kind=new.kind, name__iexact=new.name.strip(), gone_at=None)
    return named.values_list("external_id", flat=True).first() or ""


def _refuse_unknown(network: Network, new: NewDestination) -> None:
    makes = next((each for each in network.makes if each.kind == new.kind), None)
    if makes is None:
        known = " or ".join(each.kind for each in network.makes) or "nothing"
        raise InvalidInput(Fault("kind", "choice", f"At this network convsync can make {known}."))
    faults = []
    if not new.name or len(new.name) > 100:
        faults.append(Fault("name", "length", "Give a name of 1 to 100 characters."))
    for setting in makes.settings:
        given = new.settings.get(setting.name, setting.default)
        if setting.options and given not in setting.options:
            faults.append(Fault(setting.name, "choice", f"Choose one of: {', '.join(setting.options)}."))
    if faults:
        raise InvalidInput(*faults)


def _ready(workspace_id: UUID, account_id: UUID, at: datetime) -> tuple[AdAccount, Network, Target]:
    with workspace_scope(workspace_id):
        account = AdAccount.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound("There is no such ad account in this workspace.")
    network = NETWORKS[account.network]
    connection = token_ready(workspace_id=workspace_id, connection_id=account.connection_id, now=at)
    return account, network, target_of(network, connection, account)


def _probed(network: Network, target: Target, destinations: Iterable[FoundDestination] | None, at: datetime) -> str:
    """The route that the network opens to this account; "" where it has one only, or nothing to try it with."""
    tried = next(iter(destinations or ()), None)
    if network.probe is None or tried is None:
        return ""
    return ask(network, network.probe(target, tried.external_id, at))


def _take(account: AdAccount, found: FoundAccount, at: datetime) -> None:
    for name in _KEPT:
        setattr(account, name, getattr(found, name))
    account.cautions, account.facts, account.checked_at = list(found.cautions), dict(found.facts), at


def _keep_destinations(account: AdAccount, found: Iterable[FoundDestination], at: datetime) -> None:
    kept = {each.pk for each in _upsert(account, found)}
    gone = ConversionAction.objects.filter(account=account, gone_at=None).exclude(pk__in=kept)
    gone.update(gone_at=at)


def _upsert(account: AdAccount, found: Iterable[FoundDestination]) -> list[ConversionAction]:
    told = list(found)
    ConversionAction.objects.bulk_create(
        [
            ConversionAction(
                workspace_id=account.workspace_id,
                account=account,
                kind=each.kind,
                external_id=each.external_id,
                name=each.name,
                cautions=list(each.cautions),
                facts=dict(each.facts),
                gone_at=None,
            )
            for each in told
        ],
        update_conflicts=True,
        unique_fields=["workspace_id", "account", "kind", "external_id"],
        update_fields=["name", "cautions", "facts", "gone_at"],
    )
    ids = {each.external_id for each in told}
    return list(ConversionAction.objects.filter(account=account, external_id__in=ids, gone_at=None))
