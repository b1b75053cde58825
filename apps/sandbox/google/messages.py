"""The request messages as tables and the strict JSON reading that Google's REST front end does.

Names may come in camelCase or snake_case, int64 as number or text, enums by name or number; the unknown is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Problems = list[tuple[str, str]]


@dataclass(frozen=True)
class Scalar:
    """A scalar type: its name in Google's complaints, and a reader that returns the value or raises `ValueError`."""

    name: str
    read: Callable[[object], object]


@dataclass(frozen=True)
class Enum:
    """An enum: its full type name and its symbols with their numbers."""

    name: str
    symbols: Mapping[str, int]


@dataclass(frozen=True)
class Repeated:
    """A list of something."""

    of: "Kind"


@dataclass(frozen=True)
class Message:
    """A message: its fields by snake_case name, and groups of fields of which only one may be set."""

    fields: Mapping[str, "Kind"]
    oneofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.fields:
            self.names[name] = self.names[camel(name)] = name


def camel(name: str) -> str:
    """Return a snake_case name as JSON has it."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


Kind = Scalar | Enum | Repeated | Message


class WrongType(ValueError):
    """A JSON value does not fit a scalar type."""


def _string(value: object) -> object:
    if not isinstance(value, str):
        raise WrongType
    return value


def _double(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongType
    return float(value)


def _integer(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or int(value) != value:
        raise WrongType
    return int(value)


def _int32(value: object) -> object:
    number = _integer(value)
    if not -(2**31) <= number < 2**31:
        raise WrongType
    return number


def _bool(value: object) -> object:
    if not isinstance(value, bool):
        raise WrongType
    return value


STRING = Scalar("TYPE_STRING", _string)
BYTES = Scalar("TYPE_BYTES", _string)
DOUBLE = Scalar("TYPE_DOUBLE", _double)
INT32 = Scalar("TYPE_INT32", _int32)
INT64 = Scalar("TYPE_INT64", _integer)
BOOL = Scalar("TYPE_BOOL", _bool)


def _enum(name: str, *symbols: str) -> Enum:
    numbers = {symbol: number for number, symbol in enumerate(("UNSPECIFIED", "UNKNOWN", *symbols))}
    return Enum(f"type.googleapis.com/google.ads.googleads.enums.{name}Enum.{name}", numbers)


CONSENT_STATUS = _enum("ConsentStatus", "GRANTED", "DENIED")
ADDRESS = Message(
    dict.fromkeys(("hashed_first_name", "hashed_last_name", "hashed_street_address"), STRING)
    | dict.fromkeys(("city", "state", "country_code", "postal_code"), STRING)
)
USER_IDENTIFIER = Message(
    {
        "user_identifier_source": _enum("UserIdentifierSource", "FIRST_PARTY", "THIRD_PARTY"),
        **dict.fromkeys(("hashed_email", "hashed_phone_number", "mobile_id", "third_party_user_id"), STRING),
        "address_info": ADDRESS,
    },
    oneofs={"identifier": ("hashed_email", "hashed_phone_number", "mobile_id", "third_party_user_id", "address_info")},
)
CART_ITEM = Message({"product_id": STRING, "quantity": INT32, "unit_price": DOUBLE})
CLICK_CONVERSION = Message(
    {
        **dict.fromkeys(["gclid", "gbraid", "wbraid", "conversion_action", "conversion_date_time"], STRING),
        "conversion_value": DOUBLE,
        **dict.fromkeys(["currency_code", "order_id", "user_ip_address"], STRING),
        "external_attribution_data": Message(
            {"external_attribution_credit": DOUBLE, "external_attribution_model": STRING}
        ),
        "custom_variables": Repeated(Message({"conversion_custom_variable": STRING, "value": STRING})),
        "cart_data": Message(
            {
                "merchant_id": INT64,
                "feed_country_code": STRING,
                "feed_language_code": STRING,
                "local_transaction_cost": DOUBLE,
                "items": Repeated(CART_ITEM),
            }
        ),
        "user_identifiers": Repeated(USER_IDENTIFIER),
        "conversion_environment": _enum("ConversionEnvironment", "APP", "WEB"),
        "consent": Message({"ad_user_data": CONSENT_STATUS, "ad_personalization": CONSENT_STATUS}),
        "customer_type": _enum("ConversionCustomerType", "NEW", "RETURNING"),
        "session_attributes_encoded": BYTES,
        "session_attributes_key_value_pairs": Message(
            {"key_value_pairs": Repeated(Message({"session_attribute_key": STRING, "session_attribute_value": STRING}))}
        ),
    },
    oneofs={"session_attributes": ("session_attributes_encoded", "session_attributes_key_value_pairs")},
)
ADJUSTMENT = Message(
    {
        "gclid_date_time_pair": Message({"gclid": STRING, "conversion_date_time": STRING}),
        **dict.fromkeys(["order_id", "conversion_action", "adjustment_date_time", "user_agent"], STRING),
        "adjustment_type": _enum("ConversionAdjustmentType", "RETRACTION", "RESTATEMENT", "ENHANCEMENT"),
        "restatement_value": Message({"adjusted_value": DOUBLE, "currency_code": STRING}),
        "user_identifiers": Repeated(USER_IDENTIFIER),
    }
)
_CALL: dict[str, Kind] = {"customer_id": STRING, "partial_failure": BOOL, "validate_only": BOOL, "job_id": INT32}
UPLOAD_CLICKS = Message(_CALL | {"conversions": Repeated(CLICK_CONVERSION)})
UPLOAD_ADJUSTMENTS = Message(_CALL | {"conversion_adjustments": Repeated(ADJUSTMENT)})
_QUERY: dict[str, Kind] = {"customer_id": STRING, "query": STRING}
_SETTINGS = ("omit_results", "return_summary_row", "return_total_results_count")
SEARCH = Message(
    _QUERY
    | {"page_token": STRING, "page_size": INT32, "validate_only": BOOL}
    | {"search_settings": Message(dict.fromkeys(_SETTINGS, BOOL))}
)
SEARCH_STREAM = Message(_QUERY | {"summary_row_setting": _enum("SummaryRowSetting", "NO_SUMMARY_ROW")})


def read(message: Message, value: object) -> tuple[dict[str, object], Problems]:
    """Return the message with snake_case names and every way in which `value` does not fit it."""
    problems: Problems = []
    result = _message(message, value, "", problems)
    return result if isinstance(result, dict) else {}, problems


def _message(message: Message, value: object, path: str, problems: Problems) -> object:
    if not isinstance(value, dict):
        problems.append((path, f"Invalid value at '{path}', expected a JSON object."))
        return {}
    result: dict[str, object] = {}
    for given, item in value.items():
        name = message.names.get(given)
        if name is None:
            at = f" at '{path}'" if path else ""
            problems.append((path, f'Invalid JSON payload received. Unknown name "{given}"{at}: Cannot find field.'))
        elif name in result:
            problems.append((path, f"Invalid value at '{path}', field '{name}' is already set."))
        elif item is not None:
            result[name] = _value(message.fields[name], item, f"{path}.{name}" if path else name, problems)
    for group, members in message.oneofs.items():
        present = [name for name in members if name in result]
        if len(present) > 1:
            where = f"{path}.{present[1]}" if path else present[1]
            problems.append((where, f"Invalid value at '{path}' (oneof), oneof field '{group}' is already set."))
    return result


def _value(kind: Kind, value: object, path: str, problems: Problems) -> object:
    if isinstance(kind, Scalar):
        try:
            return kind.read(value)
        except ValueError:
            problems.append((path, f"Invalid value at '{path}' ({kind.name}), {value!r}"))
            return None
    if isinstance(kind, Enum):
        return _symbol(kind, value, path, problems)
    if isinstance(kind, Message):
        return _message(kind, value, path, problems)
    if not isinstance(value, list):
        problems.append((path, f"Invalid value at '{path}', expected a JSON array."))
        return []
    return [_value(kind.of, item, f"{path}[{index}]", problems) for index, item in enumerate(value)]


def _symbol(kind: Enum, value: object, path: str, problems: Problems) -> object:
    if isinstance(value, str) and value in kind.symbols:
        return value
    if type(value) is int:
        return next((symbol for symbol, number in kind.symbols.items() if number == value), "UNKNOWN")
    problems.append((path, f"Invalid value at '{path}' ({kind.name}), \"{value}\""))
    return None
