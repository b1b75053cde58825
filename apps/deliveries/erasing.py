"""Forgetting a person in what networks answered."""

from collections.abc import Collection
from uuid import UUID

from apps.deliveries.models import Request


def answers_forget(*, request_ids: Collection[UUID], texts: Collection[str]) -> int:
    """Blank the kept answers of these requests that repeat one of the texts; returns how many."""
    rows = Request.objects.filter(id__in=request_ids).exclude(answer="").values_list("id", "answer")
    named = [number for number, answer in rows if any(text in answer.lower() for text in texts)]
    return Request.objects.filter(id__in=named).update(answer="")
