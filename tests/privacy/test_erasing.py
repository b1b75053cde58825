"""Erasure (fault 54, checklist 44): nothing of a person is left, what counts adds up, nothing leaves any more."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, InternalError
from django.utils import timezone

from apps.audit import services as audit
from apps.audit.models import Entry
from apps.conversions import claiming, owing
from apps.conversions.models import Conversion
from apps.conversions.queues import next_turn
from apps.conversions.selectors import ledger
from apps.core.errors import NotFound
from apps.core.ids import new_id
from apps.domain.retry import Next
from apps.domain.states import State
from apps.pipeline import flow
from apps.pipeline.intake import Posted, records_receive, submissions_receive
from apps.records.columns import Write
from apps.records.models import Contact, Suppression
from apps.records.services import Refused
from apps.signals.models import Signal
from tests.privacy.scan import forms_of, found_in_redis, found_in_tables
from tests.sandbox.callers import Control
from tests.support import factories

GCLID = "Cj0KCQiA_erasedpersonclick_000000000"
PERSON = {
    "email": "Erika.Gewist@Example.com",
    "firstname": "Erikaname",
    "lastname": "Gewistname",
    "phone": "+31687654321",
    "address": "Uitwisstraat 12",
    "external_id": "crm-person-4711",
}
AGENT, ADDRESS, PAGE = "Mozilla/5.0 (ErasedPhone 9)", "198.51.100.77", "https://acme.example/?ref=erika-gewist"


def lived(world):
    """A person with all that can be kept: stages, clicks, a form, a custom event, a deal's tie. Returns the contact."""
    seen = str(int((timezone.now() - timedelta(days=2)).timestamp() * 1000))
    contact = factories.a_contact(
        world.workspace,
        **PERSON,
        lead_id="998877665544332",
        lead_id_first_seen=seen,
        gclid=GCLID,
        gclid_first_seen=seen,
        lifecyclestage="customer",
    )
    posted = Posted(
        answers={**PERSON, world.consent_property: "yes"},
        submitted_at=timezone.now(),
        page_url=PAGE,
        ip_address=ADDRESS,
        user_agent=AGENT,
        order_id="order-of-erika",
        cookies={"fbp": "fb.1.1700000000000.4455667788"},
    )
    with world.scope():
        submissions_receive(workspace_id=world.workspace.id, form=world.form, posted=[posted], at=timezone.now())
    factories.a_completion(world.behaviour, contact_id=str(contact), ip_address=ADDRESS, user_agent=AGENT)
    return contact


def every_event(world):
    at = timezone.now() - timedelta(hours=1)
    for network in ("facebook", "google", "linkedin"):
        for trigger in ("form_submission", "stage_change", "custom_event"):
            world.make_event(network, trigger, at=at)


IDENTIFIERS = forms_of(
    *PERSON.values(), GCLID, "998877665544332", AGENT, ADDRESS, PAGE, "order-of-erika", "fb.1.1700000000000.4455667788"
)


def test_h09_nothing_of_the_person_is_left_in_any_table_or_in_redis(world, erase, run):
    every_event(world)
    contact = lived(world)
    run()
    factories.a_submission(world.form, **{**PERSON, "firstname": "Erikaname 2"})  # still to be judged
    assert found_in_tables(IDENTIFIERS)
    with world.scope():
        before = ledger()
        mail = PERSON["email"]
        audit.record(workspace_id=world.workspace.id, by=world.by, action="x.y", subject=mail, at=timezone.now())
    erase(contact)
    assert found_in_tables(IDENTIFIERS) == []
    assert found_in_redis(IDENTIFIERS) == []
    with world.scope():
        after = ledger()
        assert not Contact.objects.filter(archived_at=None).exists()
        assert Suppression.objects.count() == 3  # address, number, lead
        assert Entry.objects.filter(action="x.y", subject="").count() == 1
    assert after.judged == before.judged + 3, "what was never judged is blocked, for each event that wanted it"
    assert after.blocked_by_reason["erased"] == 3
    assert {state: count for state, count in after.by_state.items() if state != "blocked"} == {
        state: count for state, count in before.by_state.items() if state != "blocked"
    }


def test_h09_a_neighbour_loses_nothing(world, erase, run):
    every_event(world)
    contact, neighbour = lived(world), factories.a_contact(world.workspace, lifecyclestage="customer")
    run()
    with world.scope():
        before = list(Conversion.objects.filter(contact_id=neighbour).values_list("payload", "state").order_by("pk"))
    erase(contact)
    with world.scope():
        after = list(Conversion.objects.filter(contact_id=neighbour).values_list("payload", "state").order_by("pk"))
        assert Contact.objects.get(erased_at=None).pk == neighbour
    assert after == before


def test_h09_what_waits_is_called_off_and_nothing_of_it_leaves(world, sandbox, erase, run):
    every_event(world)
    contact = lived(world)
    flow.judge(workspace_id=world.workspace.id)
    with world.scope():
        waited = Conversion.objects.filter(state="waiting").count()
    erase(contact)
    run()
    with world.scope():
        assert Conversion.objects.filter(state="cancelled", reason="erased").count() == waited > 0
        assert not Conversion.objects.filter(state="waiting").exists()
    assert sum(count["requests"] for count in sandbox.ledger()["counts"].values()) == 0


def test_h09_retries_pending_are_called_off(world, sandbox, erase, run):
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    contact = lived(world)
    Control(sandbox.url).fault("facebook", status=503)
    run()
    with world.scope():
        assert Conversion.objects.get().tries == 1
    erase(contact)
    with world.scope():
        Conversion.objects.filter(state="waiting").update(due_at=timezone.now())
    run()
    with world.scope():
        assert Conversion.objects.values_list("state", "reason").get() == ("cancelled", "erased")
    assert sandbox.ledger("facebook")["items"] == []


def claimed(world):
    """One conversion of the person that a worker is about to send."""
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    contact = lived(world)
    flow.judge(workspace_id=world.workspace.id)
    now, request_id = timezone.now(), new_id()
    with world.scope():
        turn = next_turn(account_id=world.facebook.id, now=now)
        assert turn is not None
        (one,) = claiming.claim(
            workspace_id=world.workspace.id,
            account_id=world.facebook.id,
            turn=turn,
            request_id=request_id,
            limit=10,
            terms_accepted=True,
            now=now,
        )
    return contact, one, request_id


@pytest.mark.parametrize(
    ("step", "end"),
    [
        (Next(State.SENT), ("sent", "")),
        (Next(State.FAILED, reason="bad"), ("failed", "bad")),
        (Next(State.WAITING, due_at=timezone.now(), reason="503"), ("cancelled", "erased")),
    ],
)
def test_h09_what_is_in_a_request_ends_with_its_answer_and_is_never_tried_again(world, erase, step, end):
    contact, one, request_id = claimed(world)
    erase(contact)
    with world.scope():
        assert Conversion.objects.values_list("state", "payload").get() == ("sending", "")
        owing.settle(request_id=request_id, steps={one.key: step}, now=timezone.now())
        assert Conversion.objects.values_list("state", "reason").get() == end


def test_h09_what_a_crashed_worker_held_is_not_given_back(world, erase):
    contact, _, _ = claimed(world)
    erase(contact)
    with world.scope():
        Conversion.objects.update(leased_until=timezone.now() - timedelta(minutes=1))
        owing.leases_return(now=timezone.now())
        assert Conversion.objects.values_list("state", "reason").get() == ("cancelled", "erased")


def test_h09_halves_of_a_refused_request_leave_without_the_erased(world, erase):
    contact, one, request_id = claimed(world)
    erase(contact)
    with world.scope():
        left = claiming.still_claimed(claimed=[one], request_id=request_id, terms_accepted=True, now=timezone.now())
        assert left == []
        assert Conversion.objects.values_list("state", "reason").get() == ("cancelled", "erased")


def test_h09_a_claim_at_the_same_moment_is_waited_for(world, erase, sandbox):
    world.make_event("facebook", at=timezone.now() - timedelta(hours=1))
    contact = lived(world)
    flow.judge(workspace_id=world.workspace.id)
    sending = Thread(target=flow.send, kwargs={"workspace_id": world.workspace.id, "account_id": world.facebook.id})
    sending.start()
    erase(contact)
    sending.join()
    with world.scope():
        conversion = Conversion.objects.get()
        assert conversion.payload == ""
        assert (conversion.state, conversion.reason) in {("sent", ""), ("cancelled", "erased")}
    assert len(sandbox.ledger("facebook")["items"]) == (conversion.state == "sent")


def test_h09_what_happened_before_the_erasure_and_is_told_later_is_not_kept(world, erase):
    long_ago = timezone.now() - timedelta(days=3)
    erase(lived(world))
    late = [
        Posted(answers={"email": "erika.gewist@example.com"}, submitted_at=long_ago),
        Posted(answers={"phone": "06 8765 4321"}, submitted_at=long_ago),
        Posted(answers={"email": "somebody.else@example.com"}, submitted_at=long_ago),
    ]
    with world.scope():
        signals = Signal.objects.count()
        first, second, third = submissions_receive(
            workspace_id=world.workspace.id, form=world.form, posted=late, at=timezone.now()
        )
        assert isinstance(first, Refused)
        assert first.faults[0].code == "ERASED"
        assert isinstance(second, Refused)
        assert not isinstance(third, Refused)
        assert (Contact.objects.count(), Signal.objects.count()) == (2, signals + 1)


def test_h09_what_they_do_anew_counts_and_what_is_dated_before_does_not(world, erase, run):
    world.make_event("linkedin", "stage_change", at=timezone.now() - timedelta(days=9))
    gone = lived(world)
    erase(gone)
    before = str(int((timezone.now() - timedelta(days=4)).timestamp() * 1000))
    factories.a_contact(
        world.workspace,
        email=PERSON["email"],
        lifecyclestage="customer",
        hs_lifecyclestage_customer_date=before,
        gclid=GCLID,
        gclid_first_seen=before,
    )
    with world.scope():
        assert not Signal.objects.exclude(contact_id=gone).exists()
    factories.a_submission(world.form, email=PERSON["email"])
    write = Write(properties={"lifecyclestage": "evangelist"}, email=PERSON["email"])
    with world.scope():
        records_receive(workspace_id=world.workspace.id, object_type="contacts", writes=[write], at=timezone.now())
        assert set(Signal.objects.exclude(contact_id=gone).values_list("name", flat=True)) == {
            str(world.form.id),
            "evangelist",
        }


def test_h09_the_certificate_counts_what_went_and_what_had_left_and_names_nobody(world, erase, run):
    every_event(world)
    contact = lived(world)
    run()
    certificate = erase(contact)
    assert certificate.removed["contacts"] == 1
    assert certificate.removed["submissions"] == 1
    assert certificate.removed["conversions"] == 9
    got = {each["network"]: each["taken"] for each in certificate.left}
    assert got == {"facebook": 3, "google": 3, "linkedin": 3}
    assert all(each["first"] <= each["last"] for each in certificate.left)
    assert certificate.by_label == world.admin.email


def test_h09_a_person_is_erased_once_and_only_in_the_own_workspace(world, erase):
    contact = lived(world)
    erase(contact)
    for number in (contact, 999_999_999):
        with pytest.raises(NotFound):
            erase(number)


def test_h09_an_audit_entry_can_be_blanked_and_in_no_other_way_changed(world):
    with world.scope():
        audit.record(workspace_id=world.workspace.id, by=world.by, action="a.b", subject="s", at=timezone.now())
    for change in ({"subject": ""}, {"action": "x"}):
        with pytest.raises((IntegrityError, InternalError)), world.scope():
            Entry.objects.filter(action="a.b").update(**change)
