"""Forgetting a person in places that the eraser cannot see: layers above it say here how they forget."""

from collections.abc import Callable, Collection, Mapping

Forget = Callable[[Collection[str]], int]
_FORGETTING: dict[str, Forget] = {}


def forgets(kind: str, forget: Forget) -> None:
    """Let `forget` be called for each person who is erased, in that transaction.

    It is given the texts that name them (an address, a number, a click id) and returns how many rows it changed.
    """
    _FORGETTING[kind] = forget


def forget_elsewhere(texts: Collection[str]) -> Mapping[str, int]:
    """Have everyone forget the person: how many rows were changed, by kind."""
    return {kind: forget(texts) for kind, forget in _FORGETTING.items()}
