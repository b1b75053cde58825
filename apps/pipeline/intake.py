"""The way in: records and submissions are written, and what events may want of them is noticed, in one transaction.

The edges (screens, APIs) write through here and nowhere else, so that no change can go unnoticed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.db import transaction

from apps.core.errors import Fault, NotFound
from apps.core.ids import new_id
from apps.domain.facts import Trigger
from apps.pipeline import flow
from apps.records.columns import Write
from apps.records.moments import parse_moment
from apps.records.services import Link, Refused, Written, associations_write, records_write
from apps.records.standard import CLICK_PROPERTIES
from apps.signals.services import Noticed
from apps.tracking.models import Form, Submission
from apps.tracking.services import SeenClick, clicks_remember, submissions_keep

OLDEST_SUBMISSION = timedelta(days=365)


def records_receive(
    *, workspace_id: UUID, object_type: str, writes: Sequence[Write], at: datetime
) -> list[Written | Refused]:
    """Write up to 100 records of a type and notice the lifecycle-stage changes among them. See records_write."""
    with transaction.atomic():
        results = records_write(workspace_id=workspace_id, object_type=object_type, writes=writes, at=at)
        if object_type == "contacts":
            written = [result for result in results if isinstance(result, Written)]
            clicks_remember(workspace_id=workspace_id, seen=[c for each in written for c in _clicks(each, at)])
            flow.notice(workspace_id=workspace_id, noticed=[n for each in written for n in _stage(each, at)], at=at)
    return results


def associations_receive(*, workspace_id: UUID, links: Sequence[Link], at: datetime) -> None:
    """Tie records together. Raises NotFound when one is not in this workspace."""
    associations_write(workspace_id=workspace_id, links=links, at=at)


@dataclass(frozen=True, slots=True)
class Posted:
    """A form as it was sent in: the answers by property name, and the visit it came from."""

    answers: Mapping[str, str]
    submitted_at: datetime
    page_url: str = ""
    referrer_url: str = ""
    ip_address: str = ""
    user_agent: str = ""
    order_id: str = ""
    cookies: Mapping[str, str] | None = None  # fbc, fbp, li_fat_id as the page read them


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
    refused = {index: refusal for index, each in enumerate(posted) if (refusal := _out_of_range(each, at))}
    usable = [each for index, each in enumerate(posted) if index not in refused]
    with transaction.atomic():
        writes = [Write(properties=each.answers, email=each.answers.get("email", "")) for each in usable]
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
    clicks = [click for each in contacts for click in _clicks(each, at)]
    clicks += [click for submission, each in kept for click in _page_clicks(submission, each)]
    clicks_remember(workspace_id=workspace_id, seen=clicks)
    noticed = [change for each in contacts for change in _stage(each, at)]
    noticed += [_submitted(submission, each) for submission, each in kept]
    flow.notice(workspace_id=workspace_id, noticed=noticed, at=at)


def _out_of_range(posted: Posted, at: datetime) -> Refused | None:
    if at - OLDEST_SUBMISSION <= posted.submitted_at <= at + timedelta(days=1):
        return None
    return Refused((Fault("submittedAt", "OUT_OF_RANGE", "Send a moment within the past year, in milliseconds."),))


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
    answers = "\x1f".join(f"{name}={value.strip().lower()}" for name, value in sorted(posted.answers.items()))
    repeated = hashlib.sha256(f"{submission.form_id}\x1f{submission.contact_id}\x1f{answers}".encode()).hexdigest()
    facts = {
        "submission": str(submission.id),
        "event_source_url": posted.page_url,
        "referrer_url": posted.referrer_url,
        "client_ip_address": posted.ip_address,
        "client_user_agent": posted.user_agent,
        "order_id": posted.order_id,
    }
    return Noticed(
        kind=Trigger.FORM_SUBMISSION,
        name=str(submission.form_id),
        contact_id=submission.contact_id,
        cause=f"submission:{submission.id}",
        occurred_at=submission.submitted_at,
        facts={name: value for name, value in facts.items() if value},
        repeat_key=repeated[:40],
    )


def _stage(written: Written, at: datetime) -> list[Noticed]:
    if "lifecyclestage" not in written.before:
        return []
    properties = written.after
    stage = properties.get("lifecyclestage", "")
    if not stage:
        return []
    # A system that syncs late says when it happened; what it does not say happened now.
    told = parse_moment(properties.get(f"hs_lifecyclestage_{stage}_date", ""))
    changed_now = f"hs_lifecyclestage_{stage}_date" in written.before
    occurred_at = told if told is not None and changed_now else at
    former = written.before["lifecyclestage"]
    return [
        Noticed(
            kind=Trigger.STAGE_CHANGE,
            name=stage,
            contact_id=written.record.pk,
            cause=f"stage:{written.record.pk}:{former}>{stage}:{occurred_at.isoformat()}",
            occurred_at=occurred_at,
            facts={"from": former} if former else {},
        )
    ]


def _clicks(written: Written, at: datetime) -> list[SeenClick]:
    properties = written.after
    seen = []
    for name, kind in CLICK_PROPERTIES.items():
        value = properties.get(name, "").strip()
        if value and name in written.before:
            told = parse_moment(properties.get(f"{kind}_first_seen", ""))
            seen.append(SeenClick(written.record.pk, kind, value, min(told, at) if told else at))
    return seen


def _page_clicks(submission: Submission, posted: Posted) -> list[SeenClick]:
    try:
        query = parse_qs(urlsplit(posted.page_url).query)
    except ValueError:
        query = {}
    found = {kind: values[-1] for kind, values in query.items() if kind in CLICK_PROPERTIES.values()}
    found |= {kind: value for kind, value in (posted.cookies or {}).items() if kind in CLICK_PROPERTIES.values()}
    return [
        SeenClick(submission.contact_id, kind, value, submission.submitted_at) for kind, value in found.items() if value
    ]
