"""Every screen at every width and in both languages: nothing overflows, everything has a name and can be hit."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from apps.conversions.models import Conversion
from apps.domain.states import State
from apps.pipeline import flow
from apps.pipeline.resend import Wanted, resend_prepare
from apps.privacy.erasing import person_erase
from apps.records.models import Contact
from apps.workspaces.models import User
from tests.browser.conftest import Console
from tests.support import factories
from tests.support.alerting import alerts_of_every_kind
from tests.support.world import World

SCREENS = (
    "/",
    "/alerts/",
    "/alerts/settings/",
    "/operator/",
    "/events/",
    "/events/new/?network=facebook&trigger=form_submission",
    "/events/new/?network=google&trigger=stage_change&account_id={account}",
    "/events/{event}/",
    "/custom-events/",
    "/signals/",
    "/ledger/",
    "/deadlines/",
    "/resend/",
    "/resend/new/?kind=replay&state=failed&reason=consent_denied",
    "/resend/{resend}/",
    "/signals/{signal}/",
    "/signals/{corrected}/",
    "/simulations/",
    "/accounts/",
    "/accounts/{account}/",
    "/connect/google/",
    "/contacts/",
    "/contacts/{contact}/",
    "/erasures/",
    "/erasures/{certificate}/",
    "/settings/keys/",
    "/settings/members/",
    "/account/password/change/",
    "/events/00000000-0000-7000-8000-000000000000/",
)
NAMED = set(
    "button link textbox searchbox combobox radio checkbox switch dialog image img table columnheader heading "
    "navigation".split()
)


@pytest.fixture
def full(world: World) -> dict[str, object]:
    """Every state, long names, and every kind of row; the ids that the screens' addresses need."""
    start = timezone.now() - timedelta(hours=1)
    long_name = "Brochure download for the international spring campaign of 2027, second edition"
    event = world.make_event("facebook", name=long_name, at=start)
    for network in ("facebook", "google", "linkedin"):
        world.make_event(network, "stage_change", at=start)
    for number in range(len(State) + 1):
        factories.a_submission(world.form, email=f"somebody.with.a.long.name.{number}@subdomain.example.com")
    factories.a_contact(world.workspace, lifecyclestage="customer")
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        rows = list(Conversion.objects.filter(event_id=event.id))
        for conversion, state in zip(rows, State, strict=False):
            reason = "consent_denied" if state == State.BLOCKED else ""
            Conversion.objects.filter(signal_id=conversion.signal_id).update(state=state, reason=reason)
        google = Conversion.objects.filter(network="google").earliest("signal_id")
        Conversion.objects.filter(signal_id=google.signal_id, network="google").update(state=State.SENT, reason="")
    factories.a_behaviour(
        world.workspace, f"{long_name}, watched to the end", tags=["marketing", "international", "2027"]
    )
    alerts_of_every_kind(world, timezone.now())
    User.objects.filter(pk=world.admin.pk).update(is_operator=True)
    ids = {"event": event.id, "signal": rows[0].signal_id, "account": world.google.id}
    with world.scope():
        job = resend_prepare(
            workspace_id=world.workspace.id, wanted=Wanted(kind="replay"), by=world.by, at=timezone.now()
        )
        gone, kept = Contact.objects.order_by("id")[:2]
        erased = person_erase(workspace_id=world.workspace.id, contact_id=gone.pk, by=world.by, at=timezone.now())
    ids |= {"corrected": google.signal_id, "resend": job.id}
    return {**ids, "contact": kept.pk, "certificate": erased.id}


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1280, 1440])
def test_it_never_scrolls_sideways(
    full: dict[str, object], admin: Page, console: Console, live_server: LiveServer, width: int, language: str
):
    console.expected = ("404",)
    admin.set_viewport_size({"width": width, "height": 900})
    admin.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    wide = []
    for screen in SCREENS:
        admin.goto(screen.format(**full))
        too_wide = admin.evaluate(
            """() => [...document.querySelectorAll("html, .dialog, .card, .event-form-parts, .dialog-body")]
                .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)"""
        )
        if too_wide:
            wide.append((screen, too_wide))
    assert wide == []


@pytest.mark.parametrize("width", [390, 1440])
def test_it_lets_no_word_of_a_status_run_into_what_stands_beside_it(
    full: dict[str, object], admin: Page, console: Console, live_server: LiveServer, width: int
):
    console.expected = ("404",)
    admin.set_viewport_size({"width": width, "height": 900})
    admin.context.add_cookies([{"name": "django_language", "value": "nl", "url": live_server.url}])
    narrow = []
    for screen in SCREENS:
        admin.goto(screen.format(**full))
        found = admin.evaluate(
            """() => [...document.querySelectorAll(".badge")]
                .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim())"""
        )
        narrow += [(screen, word) for word in found]
    assert narrow == []


@pytest.mark.parametrize("width", [390, 1440])
def test_it_gives_everything_a_name_that_a_screen_reader_can_say(
    full: dict[str, object], admin: Page, console: Console, width: int
):
    console.expected = ("404",)
    admin.set_viewport_size({"width": width, "height": 900})
    nameless = []
    tree = admin.context.new_cdp_session(admin)
    for screen in SCREENS:
        admin.goto(screen.format(**full))
        for node in tree.send("Accessibility.getFullAXTree")["nodes"]:
            role, name = node.get("role", {}).get("value"), node.get("name", {}).get("value", "")
            if not node["ignored"] and role in NAMED and not name.strip():
                nameless.append((screen, role, node.get("properties", [])))
    assert nameless == []


def test_it_has_one_heading_of_the_first_rank_and_no_id_twice(full: dict[str, object], admin: Page, console: Console):
    console.expected = ("404",)
    for screen in SCREENS:
        admin.goto(screen.format(**full))
        assert admin.locator("h1").count() == 1, screen
        ids = admin.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
        assert sorted(ids) == sorted(set(ids)), screen
        assert admin.title().endswith(" · convsync")


@pytest.mark.parametrize("width", [390, 1440])
def test_it_can_be_hit_with_a_finger(full: dict[str, object], admin: Page, console: Console, width: int):
    console.expected = ("404",)
    admin.set_viewport_size({"width": width, "height": 900})
    small = []
    for screen in SCREENS:
        admin.goto(screen.format(**full))
        found = admin.evaluate(TOO_SMALL)
        small += [(screen, *each) for each in found]
    assert small == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_in_both_themes(full: dict[str, object], admin: Page, console: Console, theme: str):
    console.expected = ("404",)
    admin.emulate_media(color_scheme=theme)
    weak = []
    for screen in SCREENS:
        admin.goto(screen.format(**full))
        weak += [(screen, *each) for each in admin.evaluate(CONTRAST)]
    assert weak == []


# Links in running text are excused (WCAG 2.5.8), and a row's link is as large as its row.
TOO_SMALL = """() => {
  const box = e => (e.matches("[type=radio], [type=checkbox]") ? e.closest("label") : e).getBoundingClientRect();
  return [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")]
    .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.closest("p, dd, .row-link, .skip"))
    .map(e => [e.outerHTML.slice(0, 90), Math.round(box(e).width), Math.round(box(e).height)])
    .filter(([, width, height]) => width && (width < 24 || height < 24));
}"""
# Text against what is painted behind it, as the browser computed both; disabled controls may be weaker.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, below) => {
    const alpha = top[3] / 255;
    return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha)).concat(255);
  };
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    layers.push(rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "#131317" : "#fff"));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 255]);
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const found = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest(".visually-hidden, :disabled, option, script, title")) continue;
    const back = behind(element);
    const [one, two] = [light(over(rgba(getComputedStyle(element).color), back)), light(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const text = node.textContent.trim().slice(0, 30);
    if (ratio < 4.5) found.set(element.className || element.tagName, [text, ratio.toFixed(2)]);
  }
  return [...found].map(([where, [text, ratio]]) => [where, text, ratio]);
}"""
