"""What it is worth: the value that is told to the network, and whether it is believable."""

from typing import NamedTuple

from apps.domain.decision import Case, Noted, Result, Setting
from apps.domain.facts import ValueFrom
from apps.domain.findings import Findings, Gate, step_passed
from apps.domain.manifest import Shape
from apps.domain.money import Money, rounded
from apps.domain.outliers import is_outlier
from apps.domain.value import Valued, value_of

_SAME_FOR_ALL = frozenset({ValueFrom.FIXED, ValueFrom.NONE})


class _Worth(NamedTuple):
    """A value and the step that tells of it; `refused`: the code of the reason for which it does not leave."""

    value: Money | None
    noted: Noted
    refused: str = ""


def value_gate(setting: Setting) -> Gate | None:
    """The conversion's value, in major units of its currency (A07)."""
    event, shape, currency = setting.event, setting.shape, setting.workspace.currency
    if not shape.takes_value:
        return None
    same = None
    if event.value.source in _SAME_FOR_ALL and (event.network_event_name or not shape.needs_value):
        same = _worth(value_of(event.value, None, currency), event.network_event_name, shape)

    def gate(case: Case, found: Findings) -> None:
        worth = same
        if worth is None:
            signal = case.signal
            told = None if signal.value is None else Money(signal.value, signal.currency)
            valued = value_of(event.value, case.deal, currency, told)
            worth = _worth(valued, event.network_event_name or signal.name, shape)
        found.value = worth.value
        found.noted.append(worth.noted)
        if worth.refused:
            found.end(worth.refused)

    return gate


def _worth(valued: Valued, event_name: str, shape: Shape) -> _Worth:
    money = valued.money
    if valued.reason:
        return _Worth(None, ("value", Result.BLOCK, valued.reason, {}), valued.reason)
    if event_name in shape.needs_value and (money is None or money.amount < 0):
        return _Worth(money, ("value", Result.BLOCK, "no_value", {"event_name": event_name}), "no_value")
    if money is None:
        return _Worth(None, step_passed("value", valued.how))
    return _Worth(money, step_passed("value", valued.how, amount=valued.shown, currency=money.currency))


def new_value_gate(setting: Setting) -> Gate | None:
    """A correction of the value has one."""
    if not setting.shape.needs_new_value:
        return None

    def gate(case: Case, found: Findings) -> None:
        if found.value is None:
            found.block("value", "no_new_value")

    return gate


def outlier_gate(setting: Setting) -> Gate | None:
    """A value far above what is usual waits until somebody has looked at it."""
    usual = setting.event.usual
    if not usual:
        return None

    def gate(case: Case, found: Findings) -> None:
        value = found.value
        if value is None or value.currency not in usual:
            return
        middle = rounded(usual[value.currency], value.currency)
        told = {"amount": str(value.amount), "currency": value.currency, "usual": str(middle)}
        if is_outlier(value, usual):
            found.hold("outlier", "outlier", **told)
        else:
            found.passed("outlier", **told)

    return gate
