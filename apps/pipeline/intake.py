"""The way in: records, submissions and completions are written, and what events may want of them is noticed, at once.

The edges (screens, APIs) write through here and nowhere else, in one transaction, so that no change can go unnoticed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.core.errors import Fault, InvalidInput, NotFound
from apps.core.ids import new_id
from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.pipeline.noticing import contacts_noticed
from apps.pipeline.suppressing import ERASED, erased_before
from apps.pipeline.visits import Visit
from apps.records.columns import Write
from apps.records.selectors import contact_ids_now, contacts_named
from apps.records.services import LARGEST_BATCH, Link, Refused, Written, associations_write, records_write
from apps.signals.services import Noticed
from apps.tracking.behaviours import Done, behaviours_named, completions_keep, completions_told
from apps.tracking.models import Behaviour, Form, Submission
from apps.tracking.services import act_key, clicks_remember, submissions_keep

OLDEST_TOLD = timedelta(days=365)
OTHER_CLOCKS = timedelta(hours=1)
MOST_COMPLETIONS = 500


def records_receive(
    *, workspace_id: UUID, object_type: str, writes: Sequence[Write], at: datetime
) -> list[Written | Refused]:
    """Write up to 100 records of a type and notice the lifecycle-stage changes among them. See records_write."""
    with transaction.atomic():
        results = records_write(workspace_id=workspace_id, object_type=object_type, writes=writes, at=at)
        if object_type == "contacts":
            written = [result for result in results if isinstance(result, Written)]
            contacts_noticed(workspace_id=workspace_id, written=written, at=at)
    return results


def associations_receive(*, workspace_id: UUID, links: Sequence[Link], at: datetime) -> None:
    """Tie records together. Raises NotFound when one is not in this workspace."""
    associations_write(workspace_id=workspace_id, links=links, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(Visit):
    """A form as it was sent in: the answers by property name, and the visit it came from."""

    answers: Mapping[str, str]
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """A submission that was kept."""

    submission_id: UUID
    contact_id: int


def submissions_receive(
    *, workspace_id: UUID, form: Form, posted: Sequence[Posted], at: datetime
) -> list[Received | Refused]:
    """Keep up to 100 submissions of one form: each makes or updates its contact, and becomes a signal.

    A submission without an e-mail address makes a contact of its own. The results stand in the order of `posted`.
    """
    if form.archived_at is not None:
        raise NotFound(f"Form {form.id} is archived.")
    refused = {
        index: refusal
        for index, each in enumerate(posted)
        if (refusal := _visit_refused(each) or out_of_range(each.submitted_at, "submittedAt", at))
    }
    told = [(index, each.submitted_at) for index, each in enumerate(posted) if index not in refused]
    people = {index: each.answers for index, each in enumerate(posted)}
    gone = erased_before(workspace_id=workspace_id, told=told, people=people, at=at)
    refused |= {index: ERASED for index, _ in gone}
    usable = [each for index, each in enumerate(posted) if index not in refused]
    with transaction.atomic():
        writes = [_said(form, each, at) for each in usable]
        written = records_write(workspace_id=workspace_id, object_type="contacts", writes=writes, at=at)
        kept: list[tuple[Submission, Posted]] = []
        outcomes: list[Received | Refused] = []
        for each, result in zip(usable, written, strict=True):
            if isinstance(result, Refused):
                outcomes.append(result)
                continue
            submission = _submission(workspace_id, form, each, result, at)
            kept.append((submission, each))
            outcomes.append(Received(submission.id, submission.contact_id))
        submissions_keep([submission for submission, _ in kept])
        _notice_submissions(workspace_id, written, kept, at)
    following = iter(outcomes)
    return [refused.get(index) or next(following) for index in range(len(posted))]


def _notice_submissions(
    workspace_id: UUID, written: Sequence[Written | Refused], kept: Sequence[tuple[Submission, Posted]], at: datetime
) -> None:
    contacts = [result for result in written if isinstance(result, Written)]
    seen = [click for row, each in kept for click in each.clicks(row.contact_id, row.submitted_at)]
    did = [_submitted(submission, each) for submission, each in kept]
    contacts_noticed(workspace_id=workspace_id, written=contacts, at=at, seen=seen, did=did)


def _said(form: Form, posted: Posted, at: datetime) -> Write:
    # A page's clock is the visitor's, and may be off: what arrives within the hour was stated as it arrived.
    stated = at if at - posted.submitted_at < OTHER_CLOCKS else posted.submitted_at
    email = posted.answers.get("email", "")
    return Write(properties=posted.answers, email=email, source=f"form:{form.id}", held_from=stated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(Visit):
    """A custom event that someone completed: `behaviour` is its id or name, the contact's its id or e-mail address.

    `told_id` is the client's own id of it: the same again is the same completion. `value` is in major units.
    """

    behaviour: str
    completed_at: datetime
    contact_id: str = ""
    email: str = ""
    told_id: str = ""
    value: Decimal | None = None
    currency: str = ""
    action_source: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A completion that was kept; `again` when it had been told before, so that nothing was added."""

    completion_id: UUID
    contact_id: int
    again: bool = False


def completions_receive(*, workspace_id: UUID, completed: Sequence[Completed], at: datetime) -> list[Counted | Refused]:
    """Keep up to 500 completions (E03, E04): each becomes a signal; an unknown e-mail address makes a contact.

    The results stand in the order of `completed`. Raises InvalidInput when there are more.
    """
    if len(completed) > MOST_COMPLETIONS:
        raise InvalidInput(Fault("completions", "BATCH_SIZE", f"Send at most {MOST_COMPLETIONS} at a time."))
    with transaction.atomic():
        behaviours = behaviours_named({each.behaviour for each in completed})
        told = completions_told({each.told_id for each in completed})
        marks = [each.told_id or index for index, each in enumerate(completed)]
        firsts = dict(zip(reversed(marks), reversed(completed), strict=True))
        outcomes: dict[str | int, Counted | Refused] = {
            mark: Counted(row.id, row.contact_id, again=True) for mark, row in told.items()
        }
        fresh = {mark: each for mark, each in firsts.items() if mark not in told}
        outcomes |= {mark: no for mark, each in fresh.items() if (no := _unusable(each, behaviours, at))}
        fresh = {mark: each for mark, each in fresh.items() if mark not in outcomes}
        erased = _erased(workspace_id, fresh, at)
        outcomes |= dict.fromkeys(erased, ERASED)
        fresh = {mark: each for mark, each in fresh.items() if mark not in erased}
        people = _people(workspace_id, [*fresh.values()], at)
        ids = {named: str(behaviour.id) for named, behaviour in behaviours.items()}
        kept: list[tuple[Done, Completed]] = []
        for mark, each in fresh.items():
            who = people[_person(each)]
            if isinstance(who, Refused):
                outcomes[mark] = who
                continue
            number = new_id()
            kept.append((_done(str(number), ids[each.behaviour], each, who), each))
            outcomes[mark] = Counted(number, who)
        _notice_completions(workspace_id, kept, at)
    return [
        outcomes[mark] if completed[index] is firsts[mark] else _repeated(outcomes[mark])
        for index, mark in enumerate(marks)
    ]


def _repeated(outcome: Counted | Refused) -> Counted | Refused:
    return replace(outcome, again=True) if isinstance(outcome, Counted) else outcome


def _notice_completions(workspace_id: UUID, kept: Sequence[tuple[Done, Completed]], at: datetime) -> None:
    completions_keep(workspace_id=workspace_id, done=[done for done, _ in kept], at=at)
    clicks = [click for row, each in kept for click in each.clicks(row.contact_id, row.completed_at)]
    clicks_remember(workspace_id=workspace_id, seen=clicks)
    flow.notice(workspace_id=workspace_id, noticed=[_completed(row, each) for row, each in kept], at=at)


def _unusable(each: Completed, behaviours: Mapping[str, Behaviour], at: datetime) -> Refused | None:
    if each.behaviour not in behaviours:
        message = "There is no such custom event here. Create it first, or use its id or name."
        return Refused((Fault("behaviour", "UNKNOWN_EVENT", message),), missing=True)
    if not _person(each):
        return Refused((Fault("email", "REQUIRED_FIELD", "Say who did it: send email, or the contact's id."),))
    return _visit_refused(each) or out_of_range(each.completed_at, "occurred_at", at)


def _visit_refused(visit: Visit) -> Refused | None:
    fault = visit.fault()
    return Refused((fault,)) if fault else None


def _person(each: Completed) -> str:
    """What names the contact: an id, or an address in small letters."""
    return each.contact_id or each.email.strip().lower()


def _erased(workspace_id: UUID, rows: Mapping[str | int, Completed], at: datetime) -> set[str | int]:
    """Marks of what erased people completed before they were erased, told only now."""
    people = {mark: {"email": each.email} for mark, each in rows.items() if each.email and not each.contact_id}
    told = [(mark, rows[mark].completed_at) for mark in people]
    return {mark for mark, _ in erased_before(workspace_id=workspace_id, told=told, people=people, at=at)}


def _people(workspace_id: UUID, rows: Sequence[Completed], at: datetime) -> dict[str, int | Refused]:
    """Each row's contact, by what names it; unknown addresses become contacts, LARGEST_BATCH at a time."""
    emails = {_person(each): each.email for each in rows if not each.contact_id}
    ids = {int(text) for each in rows if (text := each.contact_id).isascii() and text.isdigit()}
    nobody = Refused((Fault("contact_id", "OBJECT_NOT_FOUND", "There is no such contact here."),), missing=True)
    held = contacts_named(ids=ids, emails=emails)
    known: dict[str, int | Refused] = {each.contact_id: nobody for each in rows if each.contact_id}
    known |= {str(number): number for number in held}
    known |= {str(former): now for former, now in contact_ids_now(ids - held.keys()).items()}
    known |= {email: number for number, email in held.items() if email}
    new = [email for email in emails if email not in known]
    for start in range(0, len(new), LARGEST_BATCH):
        part = new[start : start + LARGEST_BATCH]
        writes = [Write(properties={"email": emails[email]}, email=email) for email in part]
        written = records_write(workspace_id=workspace_id, object_type="contacts", writes=writes, at=at)
        for email, result in zip(part, written, strict=True):
            known[email] = result if isinstance(result, Refused) else result.record.pk
    return known


def _done(number: str, behaviour_id: str, each: Completed, contact_id: int) -> Done:
    return Done(number, behaviour_id, contact_id, each.told_id, each.value, each.currency, each.completed_at)


def _completed(done: Done, each: Completed) -> Noticed:
    worth = {} if each.value is None else {"value": f"{each.value:f}", "currency": each.currency}
    told = {"completion": done.id, "action_source": each.action_source, **worth}
    return Noticed(
        kind=Trigger.CUSTOM_EVENT,
        name=done.behaviour_id,
        contact_id=done.contact_id,
        cause=f"completion:{done.id}",
        occurred_at=done.completed_at,
        facts={name: value for name, value in told.items() if value} | each.facts,
    )


def out_of_range(moment: datetime, field: str, at: datetime) -> Refused | None:
    """The refusal of a moment that is more than a year ago, or a day ahead; None for any other."""
    if at - OLDEST_TOLD <= moment <= at + timedelta(days=1):
        return None
    return Refused((Fault(field, "OUT_OF_RANGE", "Send a moment within the past year."),))


def _submission(workspace_id: UUID, form: Form, posted: Posted, written: Written, at: datetime) -> Submission:
    return Submission(
        id=new_id(),
        workspace_id=workspace_id,
        form=form,
        contact_id=written.record.pk,
        values=dict(posted.answers),
        context={"pageUri": posted.page_url, "referrer": posted.referrer_url},
        submitted_at=posted.submitted_at,
        received_at=at,
    )


def _submitted(submission: Submission, posted: Posted) -> Noticed:
    return Noticed(
        kind=Trigger.FORM_SUBMISSION,
        name=str(submission.form_id),
        contact_id=submission.contact_id,
        cause=f"submission:{submission.id}",
        occurred_at=submission.submitted_at,
        facts={"submission": str(submission.id), **posted.facts},
        repeat_key=act_key(submission.form_id, submission.contact_id, posted.answers),
    )
