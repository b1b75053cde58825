"""Conversion rules: listed, read, made, changed and linked to campaigns."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import orjson
from django.http import HttpRequest

from apps.sandbox.exchange import Answer
from apps.sandbox.linkedin import errors, schema, versions
from apps.sandbox.linkedin.door import PROTOCOL, Resource, change
from apps.sandbox.linkedin.paging import BadQuery, page
from apps.sandbox.world import World
from apps.sandbox.worlds.linkedin import Campaign, LinkedInWorld, Rule, Token

ACCOUNT_URN = "urn:li:sponsoredAccount:"
CAMPAIGN_URN = "urn:li:sponsoredCampaign:"
ATTRIBUTIONS = ("LAST_TOUCH_BY_CAMPAIGN", "LAST_TOUCH_BY_CONVERSION")
VALUE_TYPES = ("DYNAMIC", "FIXED", "NO_VALUE")
ASSOCIATIONS = ("ALL_CAMPAIGNS", "OBJECTIVE_BASED", "NONE")
METHODS = ("CONVERSIONS_API", "INSIGHT_TAG")
# LinkedIn's field, ours.
FIELDS = {
    "name": "name",
    "type": "type",
    "enabled": "enabled",
    "postClickAttributionWindowSize": "post_click",
    "viewThroughAttributionWindowSize": "view_through",
    "attributionType": "attribution",
    "valueType": "value_type",
}
_KEY = re.compile(rf"\(campaign:{CAMPAIGN_URN}([0-9]+),conversion:{schema.RULE_URN}([0-9]+)\)")


def flag(value: object) -> str | None:
    """Check a boolean."""
    return None if isinstance(value, bool) else f"{schema.shown(value)} cannot be coerced to Boolean"


def rule_schema(version: str, required: tuple[str, ...]) -> schema.Record:
    """Return the schema of a rule that is made, or of the fields of one that are changed."""
    fields: dict[str, schema.Kind] = {
        "name": schema.text,
        "type": schema.one_of(frozenset(versions.rule_types(version))),
        "enabled": flag,
        "postClickAttributionWindowSize": schema.long,
        "viewThroughAttributionWindowSize": schema.long,
        "attributionType": schema.one_of(frozenset(ATTRIBUTIONS)),
        "valueType": schema.one_of(frozenset(VALUE_TYPES)),
    }
    if required:
        method = schema.one_of(frozenset(METHODS))
        fields |= {"account": schema.urn(ACCOUNT_URN), "conversionMethod": method}
    return schema.Record(fields, required)


def shown(rule: Rule) -> dict[str, object]:
    """Return a rule as LinkedIn shows it."""
    return {
        "id": int(rule.id),
        "name": rule.name,
        "account": f"{ACCOUNT_URN}{rule.account}",
        "conversionMethod": rule.method,
        "type": rule.type,
        "enabled": rule.enabled,
        "postClickAttributionWindowSize": rule.post_click,
        "viewThroughAttributionWindowSize": rule.view_through,
        "attributionType": rule.attribution,
        "valueType": rule.value_type,
        "associatedCampaigns": [{"campaign": f"{CAMPAIGN_URN}{number}"} for number in rule.campaigns],
    }


class Rules(Resource):
    """`/rest/conversions`: GET lists an account's rules, POST makes one."""

    def serve(self, token: Token, version: str) -> Answer:
        """Serve it."""
        if self.http.method == "POST":
            return self._make(token, version)
        if self.http.GET.get("q") != "account":
            raise self.refuse(400, "Parameter q must be account")
        account = self._account()
        self.may_see(token, account)
        found = [shown(rule) for rule in self.world.linkedin.rules if rule.account == account]
        try:
            return errors.found(page(found, self.http.GET))
        except BadQuery as fault:
            raise self.refuse(400, str(fault)) from None

    def _account(self) -> str:
        urn = self.http.GET.get("account", "")
        if not urn.startswith(ACCOUNT_URN):
            raise self.refuse(400, f"Parameter account must be a URN that starts with {ACCOUNT_URN}")
        return urn.removeprefix(ACCOUNT_URN)

    def _make(self, token: Token, version: str) -> Answer:
        given = self.read()
        required = ("name", "account", "conversionMethod", "type")
        self._check(given, rule_schema(version, required))
        account = str(given["account"]).removeprefix(ACCOUNT_URN)
        self.may_change(token, account)
        association = self.http.GET.get("autoAssociationType", "NONE")
        if association not in ASSOCIATIONS:
            raise self.refuse(400, f"autoAssociationType must be one of {', '.join(ASSOCIATIONS)}")
        fields = {ours: given[theirs] for theirs, ours in FIELDS.items() if theirs in given}
        rule = Rule(
            id=str(20_000_000 + secrets.randbelow(10_000_000)),
            account=account,
            method=given["conversionMethod"],
            **fields,
        )
        self._check_windows(rule, version)
        if association != "NONE":
            rule = replace(rule, campaigns=tuple(each.id for each in self._open_campaigns(account)))
        change(lambda world: replace(world, rules=(*world.rules, rule)))
        return errors.made(f"/conversions/{rule.id}", rule.id, shown(rule))

    def _open_campaigns(self, account: str) -> list[Campaign]:
        campaigns = self.world.linkedin.campaigns
        return [each for each in campaigns if each.account == account and each.status in ("ACTIVE", "DRAFT")]

    def _check(self, given: object, kind: schema.Record) -> None:
        lines = [f"ERROR :: {fault}\n" for fault in schema.faults(kind, given)]
        if lines:
            raise self.refuse(422, "".join(lines))

    def _check_windows(self, rule: Rule, version: str) -> None:
        allowed = versions.windows(rule.type, version)
        for theirs in ("postClickAttributionWindowSize", "viewThroughAttributionWindowSize"):
            days = getattr(rule, FIELDS[theirs])
            if days not in allowed:
                raise self.refuse(422, f"ERROR :: /{theirs} :: {days} is not a window of a rule of type {rule.type}\n")

    def read(self) -> Mapping[str, Any]:
        """Return the JSON body."""
        if self.http.content_type != "application/json":
            raise self.refuse(415, "The body must be application/json.")
        try:
            body = orjson.loads(self.http.body)
        except orjson.JSONDecodeError:
            raise self.refuse(400, "Could not parse the body as JSON.") from None
        if not isinstance(body, dict):
            raise self.refuse(400, "The body must be an object.")
        return body


class OneRule(Rules):
    """`/rest/conversions/{id}`: GET reads it, POST with PARTIAL_UPDATE changes it."""

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, number: str) -> None:
        super().__init__(http, world, now)
        self.number = number

    def serve(self, token: Token, version: str) -> Answer:
        """Serve it."""
        account = self._account()
        self.may_see(token, account)
        rule = self.world.linkedin.rule_by_id.get(self.number)
        if rule is None or rule.account != account:
            raise self.refuse(404, f"Conversion {self.number} does not exist", code="NOT_FOUND")
        if self.http.method == "GET":
            return errors.found(shown(rule))
        if self.http.headers.get("X-RestLi-Method", "").upper() != "PARTIAL_UPDATE":
            raise self.refuse(400, "X-RestLi-Method must be PARTIAL_UPDATE to change a conversion.")
        self.may_change(token, account)
        patch = self.read().get("patch")
        changes = patch.get("$set") if isinstance(patch, dict) else None
        if not isinstance(changes, dict) or not changes:
            raise self.refuse(422, "ERROR :: /patch/$set :: field is required but not found and has no default value\n")
        self._check(changes, rule_schema(version, ()))
        changed = replace(rule, **{FIELDS[theirs]: value for theirs, value in changes.items()})
        self._check_windows(changed, version)
        change(lambda world: with_rule(world, changed))
        return errors.done()


class Links(Rules):
    """`PUT /rest/campaignConversions/(campaign:…,conversion:…)`, or several with `ids` and a map of entities."""

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, key: str = "") -> None:
        super().__init__(http, world, now)
        self.key = key

    def serve(self, token: Token, version: str) -> Answer:
        """Serve it."""
        if self.http.headers.get("X-Restli-Protocol-Version") != PROTOCOL:
            raise self.refuse(400, "A compound key needs X-Restli-Protocol-Version: 2.0.0")
        body = self.read()
        if self.key:
            self._link(token, self.key, body)
            return errors.done()
        keys = _KEY.findall(self.http.GET.get("ids", ""))
        entities = body.get("entities")
        if not keys or not isinstance(entities, dict) or len(entities) != len(keys):
            raise self.refuse(400, "ids must list the keys of entities")
        for key, entity in entities.items():
            self._link(token, unquote(key), entity)
        return errors.found({"results": {key: {"status": 204} for key in entities}, "errors": {}})

    def _link(self, token: Token, key: str, body: object) -> None:
        found = _KEY.fullmatch(key)
        if found is None:
            raise self.refuse(400, "The key must be (campaign:<urn>,conversion:<urn>)")
        campaign_id, rule_id = found.groups()
        expected = {"campaign": f"{CAMPAIGN_URN}{campaign_id}", "conversion": f"{schema.RULE_URN}{rule_id}"}
        if body != expected:
            raise self.refuse(400, "The body must hold the campaign and the conversion of the key")
        rule = self._known(rule_id)
        self.may_change(token, rule.account)
        owned = {each.id for each in self.world.linkedin.campaigns if each.account == rule.account}
        if campaign_id not in owned:
            raise self.refuse(404, f"Campaign {campaign_id} does not exist", code="NOT_FOUND")
        change(lambda world: with_rule(world, _linked(world.rule_by_id[rule_id], campaign_id)))

    def _known(self, rule_id: str) -> Rule:
        rule = self.world.linkedin.rule_by_id.get(rule_id)
        if rule is None:
            raise self.refuse(404, f"Conversion {rule_id} does not exist", code="NOT_FOUND")
        return rule


def with_rule(world: LinkedInWorld, rule: Rule) -> LinkedInWorld:
    """Return the world with a rule in place of the one of its id."""
    return replace(world, rules=tuple(rule if each.id == rule.id else each for each in world.rules))


def _linked(rule: Rule, campaign_id: str) -> Rule:
    return replace(rule, campaigns=tuple(dict.fromkeys((*rule.campaigns, campaign_id))))
