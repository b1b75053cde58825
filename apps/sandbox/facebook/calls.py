"""What a call to the Graph API beside the events is: whose token asks what of which node, and what that needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from apps.sandbox.facebook import errors
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import FacebookWorld, Token

# One of them is enough for what belongs to an ad account.
ADS = (("ads_management", "ads_read"),)
Needs = tuple[tuple[str, ...], ...]
TOKEN_KINDS: Mapping[str, errors.GraphError] = {"PAGE": errors.NOT_A_PAGE, "APP": errors.NOT_THE_APP}


@dataclass(frozen=True)
class Asked:
    """A call: whose token asks, about which node, when, with which parameters."""

    world: FacebookWorld
    token: Token
    node: str
    now: datetime
    params: Mapping[str, object]

    def text(self, name: str) -> str:
        """Return a parameter that must be there. Raises `Wrong`."""
        value = self.params.get(name)
        if value in (None, ""):
            raise Wrong(errors.BAD_PARAMETER, problem=f"The parameter {name} is required")
        return str(value)

    def words(self, name: str) -> tuple[str, ...]:
        """Return a parameter that is a list of words: with commas between them, or as JSON. Raises `Wrong`."""
        text = self.text(name)
        listed = self.parsed(name) if text.startswith("[") else self.params[name]
        pieces = listed if isinstance(listed, list) else text.split(",")
        return tuple(str(piece).strip() for piece in pieces)

    def parsed(self, name: str) -> object:
        """Return a parameter that is JSON, which a form holds as text; None when it is absent. Raises `Wrong`."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise Wrong(errors.BAD_PARAMETER, problem=f"param {name} must be JSON") from None


@dataclass(frozen=True)
class Call:
    """What a call needs: of each group of permissions one, and the kind of token, if only one kind will do."""

    needs: Needs = ()
    by: Literal["", "PAGE", "APP"] = ""

    def check(self, token: Token) -> None:
        """Raises `Wrong` for a token of another kind, or without the permissions."""
        if self.by and token.kind != self.by:
            raise Wrong(TOKEN_KINDS[self.by])
        for group in self.needs:
            if not set(group) & set(token.scopes):
                raise Wrong(errors.NO_PERMISSION if group in ADS else errors.LACKS, permission=group[0])


@dataclass(frozen=True)
class Reading(Call):
    """A list, or with `alone` the one thing in it: the fields that exist, and those shown when nobody asks."""

    rows: Callable[[Asked], list[Node]] = lambda _: []
    kind: str = ""
    fields: tuple[str, ...] = ()
    default: str = "id"
    alone: bool = False


@dataclass(frozen=True)
class Action(Call):
    """A change, answered with what `run` returns."""

    run: Callable[[Asked], object] = lambda _: None


# By method, kind of node and edge; the node itself has no edge.
Table = Mapping[tuple[str, str, str], Reading | Action]
