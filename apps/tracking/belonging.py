"""Whose clicks, submissions and completions they are: handed to another contact, or forgotten."""

from uuid import UUID

from apps.tracking.models import AdClick, Completion, Submission


def person_moved(*, from_id: int, to_id: int) -> None:
    """All that the first contact did and clicked is the second's; of a click that both have the first sight counts."""
    _clicks_move(from_id, to_id)
    Submission.objects.filter(contact_id=from_id).update(contact_id=to_id)
    Completion.objects.filter(contact_id=from_id).update(contact_id=to_id)


def _clicks_move(from_id: int, to_id: int) -> None:
    held = {(click.kind, click.value): click for click in AdClick.objects.filter(contact_id=to_id)}
    for click in AdClick.objects.filter(contact_id=from_id):
        twin = held.get((click.kind, click.value))
        if twin is None:
            click.contact_id = to_id
            click.save(update_fields=["contact_id"])
            continue
        if click.first_seen_at < twin.first_seen_at:
            twin.first_seen_at = click.first_seen_at
            twin.save(update_fields=["first_seen_at"])
        click.delete()


def person_forget(*, contact_id: int) -> dict[str, int]:
    """Delete all that the contact did and clicked; how many rows, by kind."""
    return {
        "clicks": AdClick.objects.filter(contact_id=contact_id).delete()[0],
        "submissions": Submission.objects.filter(contact_id=contact_id).delete()[0],
        "completions": Completion.objects.filter(contact_id=contact_id).delete()[0],
    }


def answers_of(submission_ids: set[UUID]) -> dict[UUID, Submission]:
    """The submissions by id, for what follows from their answers."""
    return {row.id: row for row in Submission.objects.filter(id__in=submission_ids)}
