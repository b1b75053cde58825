"""What a simulation found, as rows and columns of charts: lengths are SVG attributes, so no style is inline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from django.utils.translation import gettext, ngettext

from apps.domain.identity.reasons import DropReason
from apps.domain.reasons import REASONS
from apps.domain.states import State
from apps.pipeline.simulated import Fix, Simulated
from apps.web import wording
from apps.web.formats import locale, number

# Of a column's place; of the chart, both ways.
_GAP, _WIDEST, _HEIGHT = 0.25, 10.0, 100.0
# In the colours that the ledger has for what becomes of conversions.
_FILLS = (("send", State.SENT), ("held", State.WAITING), ("blocked", State.BLOCKED))


@dataclass(frozen=True, slots=True)
class Row:
    """A bar with its number: `width` 0 to 100, `share` of the whole."""

    label: str
    count: int
    share: float
    width: str
    fill: str = State.SENT
    code: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of a column."""

    fill: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """A week."""

    monday: date
    send: int
    held: int
    blocked: int
    x: str
    width: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Worth:
    """What is worth what, in one currency."""

    currency: str
    total: Decimal
    held: Decimal | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FixShown:
    """A fix in words."""

    fix: Fix
    sentence: str
    caution: str
    gains: tuple[str, ...]

    @property
    def country(self) -> str:
        """The default country that it sets, where that is what it does."""
        return self.fix.told.get("country", "")


def funnel_of(found: Simulated) -> list[Row]:
    """From all signals to the matches that we expect."""
    steps = (
        (gettext("Signals of this trigger"), found.signals, State.SENDING),
        (gettext("Would be sent or wait"), found.owed, State.WAITING),
        (gettext("Would be sent"), found.send, State.SENT),
        (gettext("Expected to be matched (our estimate)"), round(found.forecast), State.CONFIRMED),
    )
    return [_row(label, count, found.signals, found.signals, fill=fill) for label, count, fill in steps]


def columns_of(found: Simulated) -> list[Column]:
    """The weeks as stacked columns."""
    tallest = max((week.send + week.held + week.blocked for week in found.weeks), default=0) or 1
    place = 100 / len(found.weeks) if found.weeks else 100
    columns = []
    for at, week in enumerate(found.weeks):
        parts, base = [], _HEIGHT
        for name, fill in _FILLS:
            height = getattr(week, name) / tallest * _HEIGHT
            base -= height
            if height:
                parts.append(Part(fill, f"{base:.2f}", f"{height:.2f}"))
        width = min(place * (1 - _GAP), _WIDEST)
        left = (at + 0.5) * place - width / 2
        columns.append(
            Column(week.monday, week.send, week.held, week.blocked, f"{left:.2f}", f"{width:.2f}", tuple(parts))
        )
    return columns


def pareto_of(found: Simulated) -> list[Row]:
    """Why some would not be sent, most frequent first."""
    kept_back = found.held + found.blocked
    largest = max(found.reasons.values(), default=0)
    return [
        _row(
            wording.reason_text(code),
            count,
            kept_back,
            largest,
            fill=State.BLOCKED,
            code=code,
            notes=(wording.say(REASONS[code].advice), str(wording.WHO[REASONS[code].who].word)),
        )
        for code, count in sorted(found.reasons.items(), key=lambda each: -each[1])
    ]


def coverage_of(found: Simulated) -> list[Row]:
    """Each identifier's share of what would be sent or wait, with what was left out."""
    return [
        _row(
            wording.field_label(each.name),
            each.kept,
            found.owed,
            found.owed,
            notes=tuple(
                gettext("Left out %(count)s×: %(why)s") % {"count": number(count), "why": _why(code)}
                for code, count in each.dropped.items()
            ),
        )
        for each in found.coverage
    ]


def _why(code: str) -> str:
    return wording.drop_text(code) if code in set(DropReason) else wording.drop_text("incomplete_group")


def values_of(found: Simulated) -> list[Worth]:
    """The value of what would be sent, by currency, and how it is spread."""
    worth = []
    for currency in sorted({*found.value, *found.held_value}):
        classes = found.classes.get(currency, ())
        total, largest = sum(each.count for each in classes), max((each.count for each in classes), default=0)
        rows = tuple(_row(_span(each.least, each.under), each.count, total, largest) for each in classes)
        held = found.held_value.get(currency)
        worth.append(Worth(currency, found.value.get(currency, Decimal(0)), held, rows))
    return worth


def _span(least: int, under: int | None) -> str:
    if under is None:
        return gettext("%(least)s or more") % {"least": number(least)}
    return gettext("%(least)s to %(under)s") % {"least": number(least), "under": number(under)}


def fixes_of(found: Simulated) -> list[FixShown]:
    """The ranked fixes in the reader's language."""
    return [_fix_shown(fix) for fix in found.fixes]


def _fix_shown(fix: Fix) -> FixShown:
    told = {name: _TOLD.get(name, str)(value) for name, value in fix.told.items()}
    gains = [
        (fix.contacts, ngettext("+%(count)s contact reached", "+%(count)s contacts reached", fix.contacts)),
        (
            fix.identified,
            ngettext("+%(count)s contact better known", "+%(count)s contacts better known", fix.identified),
        ),
        (fix.sends, ngettext("+%(count)s conversion sent", "+%(count)s conversions sent", fix.sends)),
    ]
    return FixShown(
        fix,
        wording.say(fix.kind.sentence).format(**told),
        wording.say(fix.kind.caution),
        tuple(text % {"count": number(count)} for count, text in gains if count > 0),
    )


def _country_name(code: str) -> str:
    return f"{Locale.parse(locale()).territories.get(code, code)} ({code})"


# How what a fix is told reads.
_TOLD = {"country": _country_name, "field": wording.field_label, "source": wording.option_label}


def _row(
    label: str,
    count: int,
    whole: int,
    largest: int,
    *,
    fill: str = State.SENT,
    code: str = "",
    notes: Sequence[str] = (),
) -> Row:
    share = count / whole if whole else 0.0
    width = f"{count / largest * 100:.2f}" if largest else "0"
    return Row(label, count, share, width, fill, code, tuple(notes))
