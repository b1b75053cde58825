"""Idempotency-Key: the same request again gets the same answer, and is done once.

The rules are Stripe's (docs.stripe.com, idempotent requests): a key is good for a day, belongs to one request, and
two at the same time do not both run. The answer is kept in the transaction of what it answers for, so one that was
rolled back was never kept; a request that failed may be sent again with its key.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.errors import Busy, KeyReused
from apps.api.models import KeptAnswer
from apps.core.errors import Fault, InvalidInput

KEPT_FOR = timedelta(days=1)
LONGEST_KEY = 255
HEADER = "Idempotency-Key"
FORGOTTEN_AT_ONCE = 100


def once(request: Request, *, workspace_id: UUID, now: datetime, do: Callable[[], Response]) -> Response:
    """Do it, or answer as before when the request's key was used for it already. Call inside the workspace's scope.

    Raises InvalidInput for a key that cannot be used, KeyReused for one of another request, and Busy while that is
    being answered.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return do()
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidInput(Fault(HEADER, "length", f"Send 1 to {LONGEST_KEY} printable characters, such as a UUID."))
    fingerprint = _fingerprint(request)
    _lock(workspace_id, key)
    kept = KeptAnswer.objects.filter(key=key).first()
    if kept is not None and kept.answered_at > now - KEPT_FOR:
        if kept.fingerprint != fingerprint:
            raise KeyReused("This Idempotency-Key was used for another request. Make a new key for each.")
        return Response(kept.body, status=kept.status, headers={"Idempotency-Replayed": "true"})
    if kept is not None:
        kept.delete()
    response = do()
    _forget_old(now)
    KeptAnswer.objects.create(
        workspace_id=workspace_id,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        body=json.loads(json.dumps(response.data, default=str)),
        answered_at=now,
    )
    return response


def answers_forget(known: Collection[str]) -> int:
    """Blank the answers that name an erased person. Their keys stay, so that what they answered is not done again."""
    told = KeptAnswer.objects.filter(body__isnull=False).annotate(told=Cast("body", TextField()))
    named = Q(id__in=())
    for text in known:
        named |= Q(told__icontains=text)
    return told.filter(named).update(body=None)


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method}\n{request.path}\n{body}".encode()).hexdigest()


def _lock(workspace_id: UUID, key: str) -> None:
    number = int.from_bytes(hashlib.sha256(f"{workspace_id}\n{key}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise Busy("A request with this Idempotency-Key is being answered. Send it again in a second.")


def _forget_old(now: datetime) -> None:
    old = KeptAnswer.objects.filter(answered_at__lte=now - KEPT_FOR).order_by("answered_at")
    KeptAnswer.objects.filter(id__in=list(old.values_list("id", flat=True)[:FORGOTTEN_AT_ONCE])).delete()
