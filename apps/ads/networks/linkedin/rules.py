"""Making and mending a conversion rule: found by its name first, then made, switched on, linked to campaigns.

Sources: learn.microsoft.com/linkedin/marketing/conversions/conversions-schema (fields, windows, linking) and
learn.microsoft.com/linkedin/shared/api-guide/concepts/methods (PARTIAL_UPDATE). Nothing at LinkedIn makes a repeated
creation harmless; linking and switching can be repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from apps.ads.answers import parsed, text
from apps.ads.found import FoundDestination, Makes, NewDestination, Setting
from apps.ads.networks.linkedin.assets import METHOD, Rule, rule_of
from apps.ads.networks.linkedin.client import (
    CAMPAIGN_URN,
    RULE_URN,
    account_urn,
    encoded,
    get,
    number,
    write,
)
from apps.ads.networks.linkedin.discover import linkable, rules
from apps.ads.networks.linkedin.outcome import FORBIDDEN
from apps.ads.networks.linkedin.rest import answered, raise_refusal
from apps.ads.networks.linkedin.versions import PINNED
from apps.ads.wire import Call, Inquiry, Target, unreadable
from apps.core.errors import Fault, InvalidInput
from apps.domain.outcome import Outcome, Reach, Reply, Verdict
from apps.domain.reasons import Who

ASSOCIATIONS = ("ALL_CAMPAIGNS", "OBJECTIVE_BASED", "NONE")
ATTRIBUTIONS = ("LAST_TOUCH_BY_CAMPAIGN", "LAST_TOUCH_BY_CONVERSION")
VALUE_TYPES = ("DYNAMIC", "FIXED", "NO_VALUE")
_LONGEST_NAME = 255
_TYPES = tuple(sorted(PINNED.rule_types))
_DAYS = tuple(map(str, sorted(PINNED.windows | PINNED.long_windows)))

MAKES = Makes(
    "rule",
    "Conversion rule",
    (
        Setting("type", "Type", "What LinkedIn takes the conversion for.", _TYPES, "LEAD"),
        Setting(
            "post_click_days",
            "Days after a click",
            "180 and 365 are for purchases, leads, applications and carts only.",
            _DAYS,
            "30",
        ),
        Setting("view_through_days", "Days after a view", "As above.", _DAYS, "7"),
        Setting(
            "attribution",
            "Attribution",
            "By campaign: every campaign that was seen counts. By conversion: one campaign counts.",
            ATTRIBUTIONS,
            "LAST_TOUCH_BY_CAMPAIGN",
        ),
        Setting("value_type", "Value", "Dynamic takes the value that we send.", VALUE_TYPES, "DYNAMIC"),
        Setting(
            "associate",
            "Link campaigns",
            "Once, when the rule is made: campaigns that come later have to be linked.",
            ASSOCIATIONS,
            "ALL_CAMPAIGNS",
        ),
        Setting("campaigns", "Further campaigns", "Ids of active or draft campaigns, with commas between them."),
    ),
)


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to make. The defaults are LinkedIn's own, but for the value, which follows the event."""

    name: str
    type: str = "LEAD"
    post_click_days: str = "30"
    view_through_days: str = "7"
    attribution: str = "LAST_TOUCH_BY_CAMPAIGN"
    value_type: str = "DYNAMIC"
    associate: str = "ALL_CAMPAIGNS"  # runs once: campaigns that come later are not linked

    def fault(self) -> tuple[str, str]:
        """The field at fault and the fix; a pair of "" when LinkedIn will take it."""
        windows = tuple(map(str, sorted(PINNED.windows_of(self.type))))
        if not 0 < len(self.name) <= _LONGEST_NAME:
            return "name", f"Give one of 1 to {_LONGEST_NAME} characters."
        for field, known in (
            ("type", tuple(sorted(PINNED.rule_types))),
            ("post_click_days", windows),
            ("view_through_days", windows),
            ("attribution", ATTRIBUTIONS),
            ("value_type", VALUE_TYPES),
            ("associate", ASSOCIATIONS),
        ):
            if getattr(self, field) not in known:
                return field, f"Use one of {', '.join(known)}."
        return "", ""


_SETTINGS = frozenset(field.name for field in fields(NewRule)) - {"name"}


def make(target: Target, new: NewDestination) -> Inquiry[FoundDestination]:
    """The rule of that name, made if there is none, switched on and linked to the campaigns that `settings` name.

    Settings: those of NewRule by name, of which none changes a rule that exists already, and `campaigns`, ids with
    commas between them. Raises InvalidInput for a setting that LinkedIn would refuse, and Refused.
    """
    wanted = _wanted(new)
    campaigns = yield from _chosen(target, new.settings.get("campaigns", ""))
    there = yield from rules(target)
    # Our own record first: a rule that was just made, or renamed at LinkedIn since, may not be listed by this name.
    rule = next((each for each in there if each.id == new.known), None) or named(there, wanted.name)
    if rule is None and new.known:
        rule = yield from _recorded(target, new.known)
    if rule is None:
        rule = yield from _made(target, wanted)
    if not rule.enabled:
        yield from answered(switch(target, rule.id, enabled=True))
    for each in campaigns:
        if each not in (rule.campaigns or ()):
            yield from answered(link(target, rule.id, each))
    names = yield from linkable(target)
    return (yield from _read(target, rule.id)).found(names)


def named(found: Sequence[Rule], name: str) -> Rule | None:
    """The rule of the Conversions API that bears this name already; case and blanks around it do not count."""
    ours = (each for each in found if each.method == METHOD)
    return next((each for each in ours if each.name.strip().casefold() == name.strip().casefold()), None)


def switch(target: Target, rule_id: str, *, enabled: bool) -> Call:
    """Switch a rule on or off. Repeated, it changes nothing."""
    patch = {"patch": {"$set": {"enabled": enabled}}}
    return write(target, "POST", _path(target, rule_id), patch, restli_method="PARTIAL_UPDATE")


def link(target: Target, rule_id: str, campaign_id: str) -> Call:
    """Link a campaign to a rule, so that LinkedIn counts its conversions. Repeated, it changes nothing."""
    campaign, conversion = f"{CAMPAIGN_URN}{number(campaign_id)}", f"{RULE_URN}{number(rule_id)}"
    key = f"(campaign:{encoded(campaign)},conversion:{encoded(conversion)})"
    return write(target, "PUT", f"campaignConversions/{key}", {"campaign": campaign, "conversion": conversion})


def diagnose(target: Target, route: str, why: Outcome) -> Inquiry[Outcome]:
    """What a hold is about when LinkedIn's "No ad accounts found" (403) hides it: the rule itself is asked for.

    `rule_missing`: it was deleted, or is another account's. `no_permission`: it is there, and the member may not send
    to it. `no_access`: the member no longer sees the account. Any other hold stays what it is.
    """
    if why.code != FORBIDDEN:
        return why
    reply = yield get(target, _path(target, route.partition("@")[0]))
    return _CAUSES.get(reply.status, why)


_CAUSES: Mapping[int, Outcome] = {
    200: Outcome(Verdict.HOLD, "no_permission", Who.ADMIN),
    403: Outcome(Verdict.HOLD, "no_access", Who.ADMIN),
    404: Outcome(Verdict.HOLD, "rule_missing", Who.MARKETER, reach=Reach.ROUTE),
}


def _wanted(new: NewDestination) -> NewRule:
    given = {name: text for name, text in new.settings.items() if name in _SETTINGS and text}
    wanted = NewRule(name=new.name.strip(), **given)
    field, fix = wanted.fault()
    if field:
        raise InvalidInput(Fault(field, "choice", fix))
    return wanted


def _chosen(target: Target, ids: str) -> Inquiry[Sequence[str]]:
    """The campaigns named, each known to be one that can be linked. Raises InvalidInput, Refused."""
    wanted = [number(each.strip()) for each in ids.split(",") if each.strip()]
    known = (yield from linkable(target)) if wanted else {}
    if not set(wanted) <= known.keys():
        raise InvalidInput(Fault("campaigns", "choice", "Choose active or draft campaigns of this ad account."))
    return wanted


def _made(target: Target, wanted: NewRule) -> Inquiry[Rule]:
    body = {
        "name": wanted.name,
        "account": account_urn(target.account_id),
        "conversionMethod": METHOD,
        "type": wanted.type,
        "enabled": True,
        "postClickAttributionWindowSize": int(wanted.post_click_days),
        "viewThroughAttributionWindowSize": int(wanted.view_through_days),
        "attributionType": wanted.attribution,
        "valueType": wanted.value_type,
    }
    reply = yield from answered(write(target, "POST", f"conversions?autoAssociationType={wanted.associate}", body))
    return (yield from _read(target, _made_id(reply)))


def _made_id(reply: Reply) -> str:
    """Raises Refused when the answer names no rule: it is then found by its name the next time."""
    header = next((value for name, value in reply.headers.items() if name.lower() == "x-restli-id"), "")
    made = number(header or text(parsed(reply.body).get("id")))
    if reply.status != 201 or not made:
        raise unreadable()
    return made


def _recorded(target: Target, rule_id: str) -> Inquiry[Rule | None]:
    """The rule of our own record; None when it was deleted at LinkedIn since."""
    reply = yield get(target, _path(target, rule_id))
    return None if reply.status == 404 else _rule_in(reply)


def _read(target: Target, rule_id: str) -> Inquiry[Rule]:
    return _rule_in((yield get(target, _path(target, rule_id))))


def _rule_in(reply: Reply) -> Rule:
    raise_refusal(reply)
    try:
        return rule_of(parsed(reply.body))
    except KeyError as missing:
        raise unreadable() from missing


def _path(target: Target, rule_id: str) -> str:
    return f"conversions/{encoded(number(rule_id))}?account={encoded(account_urn(target.account_id))}"
