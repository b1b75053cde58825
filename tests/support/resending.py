"""Sending again, as tests ask for it: what failed, a job made and run, and what the network then has."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from apps.conversions.models import Conversion
from apps.pipeline import flow, slices
from apps.pipeline.intake import records_receive
from apps.pipeline.models import Resend
from apps.pipeline.resend import Wanted, resend_prepare, resend_start
from apps.records.columns import Write
from apps.records.models import Contact
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World


def judge_and_send(world: World) -> None:
    """What was noticed, judged, and what is owed to Facebook, sent."""
    flow.judge(workspace_id=world.workspace.id)
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)


def failed(world: World, count: int, **event: object) -> list[Conversion]:
    """So many form conversions that Facebook refused for good, each with its own contact, first to last."""
    at = timezone.now() - timedelta(hours=2)
    world.make_event("facebook", at=at - timedelta(hours=1), **event)
    for number in range(count):
        factories.a_submission(world.form, at=at + timedelta(minutes=number), email=f"failed{number}@example.com")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        now = timezone.now()
        Conversion.objects.update(state="failed", reason="2804050", due_at=None, settled_at=now, tries=1)
        return list(Conversion.objects.order_by("signal_id"))


def prepared(world: World, **wanted: object) -> Resend:
    """A forecast, asked for now."""
    told = {"kind": "replay", **wanted}
    with world.scope():
        return resend_prepare(workspace_id=world.workspace.id, wanted=Wanted(**told), by=world.by, at=timezone.now())


def started(world: World, **wanted: object) -> Resend:
    """A job that runs from now on."""
    job = prepared(world, **wanted)
    with world.scope():
        return resend_start(workspace_id=world.workspace.id, resend_id=job.id, by=world.by, at=timezone.now())


def go_on(world: World, job: Resend) -> Resend:
    """The job after its next slice."""
    slices.resend_go_on(workspace_id=world.workspace.id, resend_id=job.id)
    with world.scope():
        return Resend.objects.get(id=job.id)


def run_through(world: World, job: Resend) -> Resend:
    """Slices and sending in turns, as workers do it, without waiting in between."""
    for _ in range(50):
        job = go_on(world, job)
        flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
        if job.due_at is None:
            return job
    raise AssertionError(f"It does not end: {job.state}, {job.waits_for}")


def counts(job: Resend) -> dict[str, int]:
    """What a forecast says, by fate."""
    return dict(job.forecast["counts"])


def value(job: Resend) -> dict[str, Decimal]:
    """What a forecast says would leave, by currency."""
    return {currency: Decimal(told) for currency, told in job.forecast["value"].items()}


def taken(sandbox: Sandbox) -> list[str]:
    """The ids of what Facebook took, in its order."""
    latest_first = sandbox.ledger("facebook")["items"]
    return [item["body"]["event_id"] for item in reversed(latest_first)]


def says_no(world: World, contact_id: int) -> None:
    """The contact takes consent back."""
    with world.scope():
        email = Contact.objects.get(id=contact_id).email
        write = Write(properties={world.consent_property: "no"}, email=email)
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())
