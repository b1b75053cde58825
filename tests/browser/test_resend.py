"""Sending again, as an admin does it: from the list of signals to the forecast, the start and the end."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.conversions.models import Conversion
from apps.pipeline import flow, slices
from apps.pipeline.models import Resend
from tests.conftest import Sandbox
from tests.support import factories
from tests.support.world import World


def test_h15_an_admin_sends_again_what_failed_without_typing(world: World, admin: Page, sandbox: Sandbox):
    sandbox.reset()
    at = timezone.now() - timedelta(hours=1)
    world.make_event("facebook", name="Brochure", at=at)
    for _ in range(3):
        factories.a_submission(world.form)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        Conversion.objects.update(state="failed", reason="2804050", due_at=None, settled_at=timezone.now())
    admin.goto("/signals/?state=failed")
    admin.get_by_role("link", name="Send again all that match").click()
    expect(admin.get_by_role("checkbox", name="Failed")).to_be_checked()
    admin.get_by_role("button", name="Show what would leave").click()
    expect(admin.get_by_text("Forecast ready")).to_be_visible()
    admin.get_by_role("button", name="Send 3 conversions").click()
    expect(admin.get_by_role("button", name="Pause")).to_be_visible()
    with world.scope():
        job = Resend.objects.get()
    slices.resend_go_on(workspace_id=world.workspace.id, resend_id=job.id)
    expect(admin.get_by_text("It is through with everything.")).to_be_visible()
    expect(admin.get_by_text("3 of 3")).to_be_visible()
    flow.send(workspace_id=world.workspace.id, account_id=world.facebook.id)
    assert sandbox.ledger()["counts"]["facebook"]["accepted"] == 3
