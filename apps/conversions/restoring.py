"""After a backup was restored: what waited then may have left since, and nothing here knows of it."""

from datetime import datetime

from django.db.models import Case, F, Q, Value, When

from apps.conversions.models import Conversion
from apps.domain.states import State


def doubt_since(*, taken_at: datetime, now: datetime) -> int:
    """What waits, or was being sent, may have been taken since `taken_at`; returns how many. Call inside the scope.

    A doubt that is older stays. Claiming then repeats what its network still recognises, under the same id and with the
    same bytes, and ends the rest as unknown.
    """
    open_ones = Conversion.objects.filter(state__in=[State.WAITING, State.SENDING])
    newer = Q(doubtful_since=None) | Q(doubtful_since__gt=taken_at)
    Conversion.objects.filter(state=State.SENDING).update(state=State.WAITING, due_at=now, leased_until=None)
    return open_ones.update(doubtful_since=Case(When(newer, then=Value(taken_at)), default=F("doubtful_since")))
