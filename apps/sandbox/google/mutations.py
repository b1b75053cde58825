"""`conversionActions:mutate` and `customerConversionGoals:mutate`: what there is, made, changed and removed."""

import math
import re
import secrets
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.sandbox.currencies import ISO_4217
from apps.sandbox.google import errors, fields, messages, resources
from apps.sandbox.google.door import Resource, change
from apps.sandbox.google.errors import Code, Failure, Path
from apps.sandbox.google.rows import ACTION_NAME, Row, at
from apps.sandbox.google.search import shown
from apps.sandbox.worlds.google import Action, Customer, Goal, GoogleWorld, Token

CREATABLE = ("UPLOAD_CLICKS", "WEBPAGE")
# Google's field, ours.
WRITABLE = {
    "name": "name",
    "type": "type",
    "status": "status",
    "category": "category",
    "primary_for_goal": "primary_for_goal",
    "counting_type": "counting_type",
    "click_through_lookback_window_days": "click_through_lookback_window_days",
    "view_through_lookback_window_days": "view_through_lookback_window_days",
    "value_settings.default_value": "default_value",
    "value_settings.default_currency_code": "default_currency_code",
    "value_settings.always_use_default_value": "always_use_default_value",
    "attribution_model_settings.attribution_model": "attribution_model",
}
MODELS = ("GOOGLE_ADS_LAST_CLICK", "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN", "EXTERNAL")
LONGEST_NAME = 100
# What an action is made with when its maker does not say, and the most days of each window.
FIRST_WINDOW = 30
WINDOWS = {"click_through_lookback_window_days": 90, "view_through_lookback_window_days": 30}
UNSET = (None, "", "UNSPECIFIED", "UNKNOWN")
MOST_OPERATIONS = 10_000
GOAL_NAME = re.compile(r"customers/(\d+)/customerConversionGoals/([A-Z_]+)~([A-Z_]+)")
SCALARS = {"text": messages.STRING, "int64": messages.INT64, "double": messages.DOUBLE, "bool": messages.BOOL}
SNIPPET = messages.Message(dict.fromkeys(("type", "page_format", "global_site_tag", "event_snippet"), messages.STRING))


class Wrong(Exception):
    """An operation is refused: the code, the field inside the operation, and the value at fault if that helps."""

    def __init__(self, code: Code, path: Path, trigger: str | None = None) -> None:
        super().__init__(code[1])
        self.code, self.path, self.trigger = code, path, trigger


class Mutation(Resource):
    """A list of operations: done together, or with partial failure each on its own."""

    resource = ""
    operations: tuple[str, ...] = ()

    def shape(self) -> messages.Message:
        """Return the request's message in this version."""
        kinds: dict[str, messages.Kind] = dict.fromkeys(self.operations, message_of(self.resource, self.version))
        if "remove" in kinds:
            kinds["remove"] = messages.STRING
        operation = messages.Message(
            {"update_mask": messages.STRING} | kinds, oneofs={"operation": tuple(self.operations)}
        )
        content = messages.Enum("ResponseContentType", fields.CONTENT.numbers)
        flags: dict[str, messages.Kind] = {"customer_id": messages.STRING, "validate_only": messages.BOOL}
        if "create" in kinds:
            flags |= {"partial_failure": messages.BOOL, "response_content_type": content}
        return messages.Message(flags | {"operations": messages.Repeated(operation)})

    def serve(self, token: Token, call: Row) -> object:
        """Do it and return the names of what was touched."""
        customer, operations = self.customer(token), call.get("operations", [])
        for refused, code in (
            (not operations, errors.REQUIRED_LIST),
            (len(operations) > MOST_OPERATIONS, errors.TOO_MANY_OPERATIONS),
        ):
            if refused:
                raise self.refused(code, path=at("operations"))
        failures: dict[int, Failure] = {}
        names: list[str] = []

        def edit(world: GoogleWorld) -> GoogleWorld:
            edited = world
            failures.clear()
            names.clear()
            for index, operation in enumerate(operations):
                name = ""
                try:
                    edited, name = self.apply(edited, customer, operation)
                except Wrong as wrong:
                    failures[index] = Failure(wrong.code, (("operations", index), *wrong.path), wrong.trigger)
                names.append(name)
            spoiled = bool(failures) and not call.get("partial_failure")
            return world if spoiled or call.get("validate_only") else edited

        world = change(edit)
        if failures and not call.get("partial_failure"):
            raise self.refused_for(*failures.values())
        return self._body(world, call, names, list(failures.values()))

    @abstractmethod
    def apply(self, world: GoogleWorld, customer: Customer, operation: Row) -> tuple[GoogleWorld, str]:
        """Return the world after an operation and the name of what it touched. Raises `Wrong`."""

    def result(self, world: GoogleWorld, name: str) -> dict[str, Any]:
        """Return the resource that was touched, for who asks for more than its name."""
        return {}

    def _body(self, world: GoogleWorld, call: Row, names: list[str], failures: list[Failure]) -> object:
        body: dict[str, object] = {}
        if failures:
            request = errors.request_id()
            body["partialFailureError"] = errors.partial_failure(failures, version=self.version, request=request)
        if not call.get("validate_only"):
            whole = call.get("response_content_type") == "MUTABLE_RESOURCE"
            body["results"] = [
                {"resourceName": name} | (self.result(world, name) if whole else {}) if name else {} for name in names
            ]
        return body


class Actions(Mutation):
    """`POST customers/{id}/conversionActions:mutate`."""

    resource = "conversion_action"
    operations = ("create", "update", "remove")

    def apply(self, world: GoogleWorld, customer: Customer, operation: Row) -> tuple[GoogleWorld, str]:
        """Make, change or remove an action."""
        kind = next((name for name in self.operations if operation.get(name)), None)
        if kind is None:
            raise Wrong(errors.NO_OPERATION, ())
        if kind == "create":
            action = _made(world, customer, operation["create"], self.now)
            changed = replace(world, actions=(*world.actions, action))
        else:
            name = operation["remove"] if kind == "remove" else operation["update"].get("resource_name", "")
            old = _found(world, customer, name, at("remove") if kind == "remove" else at("update", "resource_name"))
            action = replace(old, status="REMOVED") if kind == "remove" else _updated(world, old, operation)
            changed = replace(world, actions=tuple(action if each == old else each for each in world.actions))
        return changed, f"customers/{customer.id}/conversionActions/{action.id}"

    def result(self, world: GoogleWorld, name: str) -> dict[str, Any]:
        """Return the action's fields that can be changed."""
        action = next(each for each in world.actions if each.id == name.rpartition("/")[2])
        row = {f"{self.resource}.{n}": value for n, value in resources.action(action, self.customer_id).items()}
        return shown([f"{self.resource}.{field}" for field in WRITABLE], row, self.version)


class Goals(Mutation):
    """`POST customers/{id}/customerConversionGoals:mutate`."""

    resource = "customer_conversion_goal"
    operations = ("update",)

    def apply(self, world: GoogleWorld, customer: Customer, operation: Row) -> tuple[GoogleWorld, str]:
        """Bid on a goal, or no more."""
        given = operation.get("update")
        if not given:
            raise Wrong(errors.NO_OPERATION, ())
        name = given.get("resource_name", "")
        match = GOAL_NAME.fullmatch(name)
        if match is None:
            raise Wrong(errors.BAD_RESOURCE, at("update", "resource_name"), name)
        asker = resources.Asker(world, customer, customer.id, self.now)
        if name not in [row["resource_name"] for row in resources.ROWS[self.resource](asker)]:
            raise Wrong(errors.NO_RESOURCE, at("update", "resource_name"), name)
        for path in _mask(operation, self.resource, self.version):
            if path != "biddable":
                raise Wrong(errors.IMMUTABLE, at("update", path))
        goal = Goal(customer.id, match[2], match[3], bool(given.get("biddable")))
        others = (each for each in world.goals if replace(each, biddable=goal.biddable) != goal)
        return replace(world, goals=(*others, goal)), name


def message_of(resource: str, version: str) -> messages.Message:
    """Return a resource as a message."""
    whole: dict[str, Any] = {"resource_name": messages.STRING}
    for path, field in fields.RESOURCES[resource].items():
        if field.choice is not None:
            name = f"type.googleapis.com/google.ads.googleads.{version}.enums.{field.choice.name}"
            kind: messages.Kind = messages.Enum(name, field.choice.at(version))
        else:
            kind = SCALARS.get(field.kind) or messages.Repeated(SNIPPET)
        outer, _, inner = path.partition(".")
        if inner:
            whole.setdefault(outer, {})[inner] = kind
        else:
            whole[outer] = kind
    return messages.Message(
        {name: messages.Message(kind) if isinstance(kind, dict) else kind for name, kind in whole.items()}
    )


def _flat(given: Row) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", each) for inner, each in _flat(value))
        else:
            yield name, value


def _path(kind: str, field: str) -> Path:
    return at(kind, *field.split("."))


def _made(world: GoogleWorld, customer: Customer, given: Row, now: datetime) -> Action:
    values = dict(_flat(given))
    for field in values:
        if field not in WRITABLE:
            raise Wrong(errors.MUST_BE_UNSET, _path("create", field))
    for field in ("name", "type"):
        if values.get(field) in UNSET:
            raise Wrong(errors.REQUIRED, at("create", field))
    if values["type"] not in CREATABLE:
        raise Wrong(errors.NOT_CREATABLE, at("create", "type"), values["type"])
    action = Action(
        id=str(600_000_000 + secrets.randbelow(300_000_000)),
        customer=customer.id,
        created_at=now,
        **{"click_through_lookback_window_days": FIRST_WINDOW}
        | {WRITABLE[field]: value for field, value in values.items() if value not in UNSET},
    )
    _check(world, action, "create", values)
    return action


def _updated(world: GoogleWorld, old: Action, operation: Row) -> Action:
    values, changes = dict(_flat(operation["update"])), {}
    if old.status == "REMOVED":
        raise Wrong(errors.NOT_UPDATABLE, at("update"))
    for field in _mask(operation, "conversion_action", fields.VERSIONS[-1]):
        if field == "type" or field not in WRITABLE:
            raise Wrong(errors.IMMUTABLE, _path("update", field))
        if values.get(field) in UNSET:
            raise Wrong(errors.NOT_CLEARABLE, _path("update", field))
        changes[WRITABLE[field]] = values[field]
    action = replace(old, **changes)
    _check(world, action, "update", values)
    return action


def _mask(operation: Row, resource: str, version: str) -> list[str]:
    paths = [re.sub("([A-Z])", r"_\1", each.strip()).lower() for each in operation.get("update_mask", "").split(",")]
    if not any(paths):
        raise Wrong(errors.NO_MASK, at("update_mask"))
    for path in paths:
        if fields.has_inside(f"{resource}.{path}", version):
            raise Wrong(errors.MASK_TOO_WIDE, at("update_mask"), path)
        if fields.field(f"{resource}.{path}", version) is None:
            raise Wrong(errors.MASK_UNKNOWN, at("update_mask"), path)
    return paths


def _found(world: GoogleWorld, customer: Customer, name: str, path: Path) -> Action:
    match = ACTION_NAME.fullmatch(name)
    if match is None:
        raise Wrong(errors.BAD_RESOURCE, path, name)
    owners = (customer.id, customer.tracked_by)
    action = next((each for each in world.actions if each.id == match[1] and each.customer in owners), None)
    if action is None:
        raise Wrong(errors.NO_RESOURCE, path, name)
    if action.customer != customer.id:
        raise Wrong(errors.NOT_OURS, path, name)
    return action


def _check(world: GoogleWorld, action: Action, kind: str, given: Mapping[str, Any]) -> None:
    twin = any(
        (each.customer, each.name) == (action.customer, action.name) and each.id != action.id for each in world.actions
    )
    currency = action.default_currency_code
    for wrong, code, field in (
        (len(action.name) > LONGEST_NAME, errors.TOO_LONG, "name"),
        ("\x00" in action.name, errors.ILLEGAL_CHARS, "name"),
        (twin, errors.DUPLICATE_NAME, "name"),
        (not math.isfinite(action.default_value), errors.INVALID_VALUE, "value_settings.default_value"),
        (currency and currency not in ISO_4217, errors.BAD_CURRENCY, "value_settings.default_currency_code"),
        (action.attribution_model not in MODELS, errors.RULE_BASED, "attribution_model_settings.attribution_model"),
    ):
        if wrong:
            raise Wrong(code, _path(kind, field), action.name if twin else None)
    for field, most in WINDOWS.items():
        days = given.get(field, 1)
        if not 1 <= days <= most:
            raise Wrong(errors.TOO_HIGH if days > most else errors.TOO_LOW, at(kind, field), str(days))
