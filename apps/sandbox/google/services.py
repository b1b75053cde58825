"""The two upload services, each as one value: its message, its row rules and its own words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.sandbox.google import adjustments, clicks, messages
from apps.sandbox.google.rows import Found, Row, Scene


@dataclass(frozen=True)
class Service:
    """One upload service: its message, its row rules and its own words."""

    kind: str
    field: str
    message: messages.Message
    too_many: str
    for_newcomers: bool
    check: Callable[[Scene, Row], Found]
    marks: Callable[[Scene, Row], tuple[tuple[str, str], ...]]
    requires: Callable[[Scene, Row], tuple[str, str] | None]
    same_in_call: Callable[[Sequence[Row]], dict[int, tuple[str, str]]]
    duplicate_field: Callable[[str], str]
    result: Callable[[Row], dict[str, object]]


CLICKS = Service(
    kind=clicks.KIND,
    field=clicks.FIELD,
    message=messages.UPLOAD_CLICKS,
    too_many="TOO_MANY_CONVERSIONS_IN_REQUEST",
    for_newcomers=False,
    check=clicks.check,
    marks=clicks.marks,
    requires=lambda scene, row: None,
    same_in_call=clicks.same_in_call,
    duplicate_field=clicks.duplicate_field,
    result=clicks.result,
)
ADJUSTMENTS = Service(
    kind=adjustments.KIND,
    field=adjustments.FIELD,
    message=messages.UPLOAD_ADJUSTMENTS,
    too_many="TOO_MANY_ADJUSTMENTS_IN_REQUEST",
    for_newcomers=True,
    check=adjustments.check,
    marks=adjustments.marks,
    requires=adjustments.requires,
    same_in_call=adjustments.same_in_call,
    duplicate_field=adjustments.duplicate_field,
    result=adjustments.result,
)
