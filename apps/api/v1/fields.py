"""Serializer fields that take a JSON value for what it is: no number as text, no unknown field, no guess."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.fields import empty

from apps.api.parsing import NOT_TEXT, NumberText
from apps.api.reading import MOST_PROPERTIES, a_moment, a_page, an_address
from apps.core.errors import InvalidInput
from apps.records.services import LARGEST_BATCH
from apps.records.values import as_text

T = TypeVar("T")


class Text(serializers.CharField):
    """Text in quotes; spaces stay, so that what is stored is what was sent."""

    default_error_messages = {"invalid": "Send text in quotes."}

    def __init__(self, *, max_length: int, allow_blank: bool = False, **options: Any) -> None:
        super().__init__(max_length=max_length, allow_blank=allow_blank, trim_whitespace=False, **options)
        self._usual = not options.keys() & {"min_length", "validators"}

    def run_validation(self, data: Any = empty) -> Any:
        """The text. What nothing can be said against, which is nearly all, is told without asking every validator."""
        assert self.max_length is not None
        if self._usual and type(data) is str and 0 < len(data) <= self.max_length and not NOT_TEXT.search(data):
            return data
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises ValidationError for anything else."""
        if type(data) is not str:
            self.fail("invalid")
        return super().to_internal_value(data)


class Amount(serializers.CharField):
    """A number, in quotes or not; kept as the text that was sent, so that no cent is lost to a float."""

    default_error_messages = {"invalid": "Send a number, such as 25.00."}

    def to_internal_value(self, data: Any) -> str:
        """The number's text. Raises ValidationError for anything else."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("invalid")
        return super().to_internal_value(str(data))


class PropertyValues(serializers.DictField):
    """Property values by name: text, numbers, true, false, or null to clear."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.JSONField(allow_null=True), **options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The values, numbers as the text that was sent; each is checked where it is written."""
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        if len(data) > MOST_PROPERTIES:
            raise serializers.ValidationError(f"Send at most {MOST_PROPERTIES} properties.", code="max_length")
        return {name: str(value) if isinstance(value, NumberText) else value for name, value in data.items()}


class Answers(PropertyValues):
    """A form's answers by property name, each as text."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The answers as text. Raises ValidationError naming those that cannot be."""
        answers = {name: as_text(value) for name, value in super().to_internal_value(data).items()}
        wrong = [name[:100] for name, text in answers.items() if text is None]
        if wrong:
            message = serializers.ErrorDetail("Send text, a number, true, false or null.", code="invalid")
            raise serializers.ValidationError({name: [message] for name in wrong})
        return answers


class Rows(serializers.ListField):
    """Rows that are read one by one, so that one which cannot be read costs its neighbours nothing."""

    def __init__(self, row: type["Strict"], most: int = LARGEST_BATCH) -> None:
        super().__init__(child=row(), min_length=1, max_length=most)

    def run_child_validation(self, data: Any) -> list[Any]:
        """The rows as they came."""
        return list(data)


def _as_read(reader: Callable[[Any, str], T], field: serializers.Field[Any, Any, Any, Any], data: Any) -> T:
    try:
        return reader(data, field.field_name or "")
    except InvalidInput as error:
        raise serializers.ValidationError(error.faults[0].message, code=error.faults[0].code) from error


class Page(serializers.CharField):
    """A page's whole address."""

    def to_internal_value(self, data: Any) -> str:
        """The address. Raises ValidationError for anything else."""
        return _as_read(a_page, self, data)


class Address(serializers.CharField):
    """An IP address."""

    def to_internal_value(self, data: Any) -> str:
        """The address. Raises ValidationError for anything else."""
        return _as_read(an_address, self, data)


class Moment(serializers.DateTimeField):
    """A time with its offset, or in Unix milliseconds."""

    def to_internal_value(self, value: Any) -> datetime:
        """The moment. Raises ValidationError for anything else."""
        return _as_read(a_moment, self, value)


class Strict(serializers.Serializer[Any]):
    """A body or a query that holds its own fields only."""

    _told: Collection[str] = ()

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.fields)

    @cached_property
    def _expected(self) -> frozenset[str]:
        """The fields that have something to say when they are left out."""
        return frozenset(name for name, field in self.fields.items() if field.required or field.default is not empty)

    def run_validators(self, value: Any) -> None:
        """Ask the validators of the whole, where there are any."""
        if self.validators:
            super().run_validators(value)

    def to_internal_value(self, data: Any) -> Any:
        """The values. Raises ValidationError naming each field that is not one of its own."""
        if isinstance(data, Mapping):
            unknown = sorted(data.keys() - self._names)
            if unknown:
                listed = ", ".join(sorted(self.fields))
                message = serializers.ErrorDetail(f"There is no such field. It is one of: {listed}.", code="unknown")
                raise serializers.ValidationError({str(name)[:100]: [message] for name in unknown[:20]})
        self._told = data.keys() if isinstance(data, Mapping) else ()
        return super().to_internal_value(data)

    @property
    def _writable_fields(self) -> list[serializers.Field[Any, Any, Any, Any]]:
        """Those that are told, or have something to say when they are not: most rows leave most fields out."""
        expected, told = self._expected, self._told
        return [field for name, field in self.fields.items() if name in told or name in expected]
