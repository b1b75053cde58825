"""What an access token reaches at LinkedIn: ad accounts with the member's role, conversion rules, campaigns.

Sources, under learn.microsoft.com/linkedin/marketing: `conversions/conversions-overview` and `conversions/
conversions-schema` (rules), `integrations/ads/account-structure` (accounts, users, campaigns).
"""

from collections.abc import Mapping, Sequence

from apps.ads.found import FoundAccount, FoundDestination
from apps.ads.networks.linkedin.assets import Campaign, Rule, account_of, campaign_of, rule_of, seat_of
from apps.ads.networks.linkedin.client import ACCOUNT_URN, account_urn, encoded
from apps.ads.networks.linkedin.rest import by_start, by_token
from apps.ads.wire import Inquiry, Target

ROLES = "adAccountUsers?q=authenticatedUser"


def accounts(target: Target) -> Inquiry[Sequence[FoundAccount]]:
    """Every ad account that the member sees, with the role there, which another collection tells. Raises Refused."""
    listed = yield from by_token(target, "adAccounts?q=search", account_of)
    roles = dict((yield from by_start(target, ROLES, seat_of)))
    return [account.found(roles.get(account.id, "")) for account in listed]


def destinations(target: Target) -> Inquiry[Sequence[FoundDestination]]:
    """The conversion rules of the target's account, of every method, those that the Conversions API feeds first."""
    found = yield from rules(target)
    names = yield from linkable(target)
    return sorted((rule.found(names) for rule in found), key=lambda each: "wrong_method" in each.cautions)


def rules(target: Target) -> Inquiry[tuple[Rule, ...]]:
    """The rules themselves. Raises Refused."""
    path = f"conversions?q=account&account={encoded(account_urn(target.account_id))}"
    return (yield from by_start(target, path, rule_of))


def linkable(target: Target) -> Inquiry[Mapping[str, str]]:
    """The names, by id, of the campaigns that a rule of the target's account can be linked to. Raises Refused."""
    found: tuple[Campaign, ...] = yield from by_token(target, _campaigns(target), campaign_of)
    return {campaign.id: campaign.name for campaign in found}


def _campaigns(target: Target) -> str:
    account = encoded(target.account_id.removeprefix(ACCOUNT_URN))
    return f"adAccounts/{account}/adCampaigns?q=search&search=(status:(values:List(ACTIVE,DRAFT)))"
