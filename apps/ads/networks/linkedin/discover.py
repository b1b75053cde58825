"""What an access token reaches at LinkedIn: ad accounts with the member's role, conversion rules, campaigns.

Rules are also made, switched and linked. Requests are built and answers read here; calling is for others.

Sources, under learn.microsoft.com/linkedin/marketing: `conversions/conversions-overview` and `conversions/
conversions-schema` (rules), `integrations/ads/account-structure` (accounts, users, campaigns), and
learn.microsoft.com/linkedin/shared/api-guide/concepts (`pagination`, `methods`). A collection ends with a short page:
its `total` may be -1. Nothing at LinkedIn makes a repeated creation harmless: look the rule's name up first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import orjson

from apps.ads.networks.linkedin import outcome
from apps.ads.networks.linkedin.assets import Account, Campaign, NewRule, Rule, Seat
from apps.ads.networks.linkedin.versions import PINNED
from apps.ads.wire import Target
from apps.domain.outcome import Outcome, Reply

T = TypeVar("T")
PAGE = 100
ACCOUNT_URN, CAMPAIGN_URN = "urn:li:sponsoredAccount:", "urn:li:sponsoredCampaign:"
RULE_URN = "urn:lla:llaPartnerConversion:"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. The headers hold the token: never logged, never stored."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a collection; `following` is what to ask for next, "" after the last one."""

    items: tuple[T, ...]
    following: str = ""


# Requests


def accounts(target: Target, following: str = "") -> Call:
    """The active ad accounts that are no test accounts."""
    search = "(status:(values:List(ACTIVE)),test:false)"
    return _get(target, f"adAccounts?q=search&search={search}&pageSize={PAGE}{_token(following)}")


def seats(target: Target, following: str = "") -> Call:
    """The member's role at every ad account; `accounts` does not tell it."""
    return _get(target, f"adAccountUsers?q=authenticatedUser&start={following or 0}&count={PAGE}")


def rules(target: Target, following: str = "") -> Call:
    """The rules of the target's ad account, of every method."""
    account = _encoded(_account(target.account_id))
    return _get(target, f"conversions?q=account&account={account}&start={following or 0}&count={PAGE}")


def rule(target: Target, rule_id: str) -> Call:
    """One rule: asked for when LinkedIn says "No ad accounts found", which hides what is wrong."""
    number = _encoded(rule_id.removeprefix(RULE_URN))
    return _get(target, f"conversions/{number}?account={_encoded(_account(target.account_id))}")


def campaigns(target: Target, following: str = "") -> Call:
    """The active and draft campaigns of the target's ad account."""
    number = _encoded(target.account_id.removeprefix(ACCOUNT_URN))
    search = "(status:(values:List(ACTIVE,DRAFT)))"
    return _get(target, f"adAccounts/{number}/adCampaigns?q=search&search={search}&pageSize={PAGE}{_token(following)}")


def make_rule(target: Target, new: NewRule) -> Call:
    """Make a rule. Raises ValueError naming the field at fault. Repeated, it makes a second one."""
    if fault := new.fault():
        raise ValueError(fault)
    body = {
        "name": new.name.strip(),
        "account": _account(new.account),
        "conversionMethod": "CONVERSIONS_API",
        "type": new.type,
        "enabled": True,
        "postClickAttributionWindowSize": new.post_click_days,
        "viewThroughAttributionWindowSize": new.view_through_days,
        "attributionType": new.attribution,
        "valueType": new.value_type,
    }
    return _write(target, "POST", f"conversions?autoAssociationType={new.associate}", body)


def switch_rule(target: Target, rule_id: str, *, enabled: bool) -> Call:
    """Switch a rule on or off."""
    path = f"conversions/{_encoded(rule_id.removeprefix(RULE_URN))}?account={_encoded(_account(target.account_id))}"
    return _write(target, "POST", path, {"patch": {"$set": {"enabled": enabled}}}, method_header="PARTIAL_UPDATE")


def link_campaign(target: Target, rule_id: str, campaign_id: str) -> Call:
    """Link a campaign to a rule, so that LinkedIn counts its conversions. Repeated, it changes nothing."""
    campaign = f"{CAMPAIGN_URN}{campaign_id.removeprefix(CAMPAIGN_URN)}"
    conversion = f"{RULE_URN}{rule_id.removeprefix(RULE_URN)}"
    key = f"(campaign:{_encoded(campaign)},conversion:{_encoded(conversion)})"
    return _write(target, "PUT", f"campaignConversions/{key}", {"campaign": campaign, "conversion": conversion})


# Answers


def refusal(reply: Reply) -> Outcome | None:
    """Why a call came to nothing, with who must act; None when it worked."""
    return None if 200 <= reply.status < 300 else outcome.read(reply, 1).outcomes[0]


def read_accounts(reply: Reply) -> Page[Account]:
    """A page of `accounts`."""
    return _page(reply, _account_of, _token_of)


def read_seats(reply: Reply) -> Page[Seat]:
    """A page of `seats`."""
    return _page(reply, lambda each: Seat(_tail(each["account"]), str(each["role"])), _start_of)


def read_rules(reply: Reply) -> Page[Rule]:
    """A page of `rules`."""
    return _page(reply, _rule_of, _start_of)


def read_campaigns(reply: Reply) -> Page[Campaign]:
    """A page of `campaigns`."""
    return _page(reply, _campaign_of, _token_of)


def read_made_rule(reply: Reply) -> str:
    """The id of the rule that `make_rule` made. Raises ValueError when the answer names none."""
    made = next((value for name, value in reply.headers.items() if name.lower() == "x-restli-id"), "")
    number = _tail(made or str(_object(reply).get("id") or ""))
    if reply.status != 201 or not number:
        raise ValueError("LinkedIn's answer names no rule: look it up by its name before making it again.")
    return number


def read_forbidden(reply: Reply) -> str:
    """What "No ad accounts found" was about, by the answer to `rule`: rule_missing, no_permission or no_access."""
    if reply.status == 404:
        return "rule_missing"
    return "no_permission" if reply.status == 200 else "no_access"


def named(found: Iterable[Rule], name: str) -> Rule | None:
    """The rule that already bears this name, so that none is made twice; case and blanks around it do not count."""
    return next((each for each in found if each.name.strip().casefold() == name.strip().casefold()), None)


def _account_of(each: Mapping[str, Any]) -> Account:
    return Account(
        id=_tail(str(each["id"])),
        name=str(each.get("name") or ""),
        currency=str(each.get("currency") or ""),
        status=str(each.get("status") or ""),
        test=each.get("test") is True,
    )


def _campaign_of(each: Mapping[str, Any]) -> Campaign:
    return Campaign(_tail(str(each["id"])), str(each.get("name") or ""), str(each.get("status") or ""))


def _rule_of(each: Mapping[str, Any]) -> Rule:
    linked = each.get("associatedCampaigns")
    return Rule(
        id=_tail(str(each["id"])),
        name=str(each.get("name") or ""),
        account=_tail(str(each.get("account") or "")),
        type=str(each.get("type") or ""),
        method=str(each.get("conversionMethod") or ""),
        enabled=each.get("enabled") is not False,
        post_click_days=_days(each.get("postClickAttributionWindowSize")),
        view_through_days=_days(each.get("viewThroughAttributionWindowSize")),
        value_type=str(each.get("valueType") or ""),
        attribution=str(each.get("attributionType") or ""),
        campaigns=tuple(_tail(str(link["campaign"])) for link in linked) if isinstance(linked, list) else None,
    )


def _days(value: object) -> int | None:
    return value if type(value) is int else None


def _page(reply: Reply, item: Callable[[Mapping[str, Any]], T], next_of: Callable[[Mapping[str, Any]], str]) -> Page[T]:
    """Raises ValueError when the answer is no page: an empty one would read as "there is nothing"."""
    answer = _object(reply)
    elements = answer.get("elements")
    if reply.status != 200 or not isinstance(elements, list):
        raise ValueError(f"LinkedIn's answer (HTTP {reply.status}) is no list.")
    try:
        return Page(tuple(item(each) for each in elements), next_of(answer))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("LinkedIn's list holds something that cannot be read.") from error


def _token_of(answer: Mapping[str, Any]) -> str:
    metadata = answer.get("metadata")
    return str(metadata.get("nextPageToken") or "") if isinstance(metadata, dict) else ""


def _start_of(answer: Mapping[str, Any]) -> str:
    elements: Sequence[object] = answer["elements"]
    paging = answer.get("paging")
    start, count = (paging.get("start"), paging.get("count")) if isinstance(paging, dict) else (0, PAGE)
    if type(start) is not int or type(count) is not int or not elements or len(elements) < count:
        return ""
    return str(start + len(elements))


def _object(reply: Reply) -> dict[str, Any]:
    try:
        parsed = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _get(target: Target, path: str) -> Call:
    return Call("GET", f"{target.base}/rest/{path}", _headers(target))


def _write(target: Target, method: str, path: str, body: object, *, method_header: str = "") -> Call:
    headers = {**_headers(target), "Content-Type": "application/json"}
    if method_header:
        headers["X-RestLi-Method"] = method_header
    return Call(method, f"{target.base}/rest/{path}", headers, orjson.dumps(body))


def _headers(target: Target) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {target.credentials['access_token']}",
        "LinkedIn-Version": PINNED.name,
        "X-Restli-Protocol-Version": "2.0.0",
    }


def _token(following: str) -> str:
    return f"&pageToken={_encoded(following)}" if following else ""


def _account(account_id: str) -> str:
    return f"{ACCOUNT_URN}{account_id.removeprefix(ACCOUNT_URN)}"


def _tail(urn: str) -> str:
    return urn.rpartition(":")[2]


def _encoded(text: str) -> str:
    return quote(text, safe="")
