"""What there is to choose in the create-event dialog, with what is chosen now."""

from dataclasses import dataclass

from apps.domain.manifest import Choice


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. `mark` is a remark beside it."""

    value: str
    label: str
    chosen: bool = False
    locked: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """One of the network's own choices with its present value."""

    choice: Choice
    value: str
    options: tuple[str, ...] = ()  # those of the choice that the account can have

    @property
    def name(self) -> str:
        """The input's name in the form."""
        return f"option-{self.choice.name}"
