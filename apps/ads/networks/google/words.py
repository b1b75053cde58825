"""How both of Google's APIs spell customers and amounts."""

import orjson

from apps.domain.facts import Account
from apps.domain.money import Money


def digits(customer: str) -> str:
    """A customer id as Google's addresses want it: 123-456-7890 is 1234567890."""
    return "".join(character for character in customer if character in "0123456789")


def customer_of(account: Account) -> str:
    """The customer that uploads are addressed to: the one that tracks the account's conversions."""
    return digits(account.conversion_customer_id or account.external_id)


def number(value: Money) -> orjson.Fragment:
    """The amount's own decimals as a JSON number, never through a float."""
    return orjson.Fragment(format(value.amount, "f").encode())
