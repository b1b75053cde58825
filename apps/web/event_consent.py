"""The two questions of consent in the create-event dialog: to be sent at all, and for personalised ads."""

from dataclasses import dataclass

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the two as far as it is filled in: the contact property, and the values that mean yes, one on each line.

    `kind` is how its fields' names begin; `wrong` are those of them that are.
    """

    kind: str
    held_in: str
    values: str
    wrong: frozenset[str]

    @classmethod
    def of(cls, given: QueryDict, kind: str, errors: frozenset[str]) -> "Asked":
        """What the form says about it."""
        held_in, values = f"{kind}_property", f"{kind}_values"
        return cls(kind, given.get(held_in, ""), given.get(values, ""), errors & {held_in, values})

    @property
    def property_field(self) -> str:
        """The name of the property's field."""
        return f"{self.kind}_property"

    @property
    def values_field(self) -> str:
        """The name of the values' field."""
        return f"{self.kind}_values"

    @property
    def lines(self) -> tuple[str, ...]:
        """The values, those that are none left out."""
        return tuple(line.strip() for line in self.values.splitlines() if line.strip())
