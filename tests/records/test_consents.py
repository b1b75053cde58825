"""Consent as dated facts: written with the change that they are about, and read as of any moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.records.columns import Write
from apps.records.consents import consents_watch
from apps.records.models import ConsentFact, Contact
from apps.records.selectors import consent_held, consent_history
from apps.records.services import Written, records_write
from tests.support import factories
from tests.support.factories import CONSENT_PROPERTY

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOON = timedelta(hours=1)


@pytest.fixture
def workspace():
    return factories.a_workspace()


@pytest.fixture(autouse=True)
def _in_scope(workspace):
    with factories.workspace_scope(workspace.id):
        yield


def watch(workspace, at=START):
    return consents_watch(workspace_id=workspace.id, names=[CONSENT_PROPERTY], at=at)


def write(workspace, value, at, *, email="jo@example.com", held_from=None, source="api"):
    wanted = Write(
        properties={"email": email, CONSENT_PROPERTY: value}, email=email, held_from=held_from, source=source
    )
    (written,) = records_write(workspace_id=workspace.id, object_type="contacts", writes=[wanted], at=at)
    assert isinstance(written, Written)
    return written


def present(contact_id):
    return Contact.objects.get(id=contact_id).properties.get(CONSENT_PROPERTY, "")


def held(contact_id, as_of, known_at=None):
    fact = (
        consent_held(contact_ids=[contact_id], as_of=as_of, known_at=known_at).get(contact_id, {}).get(CONSENT_PROPERTY)
    )
    return fact.value if fact else ""


def test_h08_it_keeps_nothing_of_a_property_that_no_event_asks_for(workspace):
    write(workspace, "yes", START)
    assert not ConsentFact.objects.exists()


def test_h08_it_begins_with_what_contacts_hold(workspace):
    contact_id = write(workspace, "yes", START).record.pk
    write(workspace, "", START, email="silent@example.com")
    assert watch(workspace, START + SOON) == {CONSENT_PROPERTY}
    assert watch(workspace, START + 2 * SOON) == frozenset()
    (fact,) = ConsentFact.objects.all()
    assert (fact.contact_id, fact.value, fact.source) == (contact_id, "yes", "as_found")
    assert (fact.held_from, fact.recorded_at) == (START + SOON, START + SOON)


def test_h08_each_change_is_a_fact_with_who_told_and_when(workspace):
    watch(workspace)
    contact_id = write(workspace, "yes", START, source="hubspot").record.pk
    write(workspace, "yes", START + SOON)
    changed = write(workspace, "no", START + 2 * SOON)
    cleared = write(workspace, None, START + 3 * SOON)
    told = [(fact.value, fact.held_from, fact.source) for fact in consent_history(contact_id)]
    assert told == [
        ("", START + 3 * SOON, "api"),
        ("no", START + 2 * SOON, "api"),
        ("yes", START, "hubspot"),
    ]
    assert changed.consent_changed
    assert cleared.consent_changed


def test_h08_a_statement_is_a_fact_though_it_changes_nothing(workspace):
    watch(workspace)
    contact_id = write(workspace, "no", START).record.pk
    again = write(workspace, "no", START + SOON, held_from=START + SOON, source="form:1")
    assert not again.consent_changed
    assert [fact.source for fact in consent_history(contact_id)] == ["form:1", "api"]


def test_a11_what_is_told_late_does_not_undo_what_was_stated_later(workspace):
    watch(workspace)
    contact_id = write(workspace, "no", START).record.pk
    late = write(workspace, "yes", START + SOON, held_from=START - SOON, source="form:1")
    assert present(contact_id) == "no"
    assert not late.consent_changed
    assert held(contact_id, START - timedelta(minutes=1)) == "yes"
    assert held(contact_id, START + SOON) == "no"


def test_a11_a_late_statement_that_is_still_the_latest_counts(workspace):
    watch(workspace)
    contact_id = write(workspace, "yes", START).record.pk
    written = write(workspace, "no", START + 2 * SOON, held_from=START + SOON)
    assert written.consent_changed
    assert present(contact_id) == "no"


def test_h08_a_fact_that_is_told_again_is_one(workspace):
    watch(workspace)
    contact_id = write(workspace, "no", START, held_from=START - 2 * SOON).record.pk
    for _ in range(2):
        write(workspace, "yes", START + SOON, held_from=START - SOON)
        write(workspace, "no", START + SOON, held_from=START - 2 * SOON)
    assert [fact.value for fact in consent_history(contact_id)] == ["yes", "no"]
    assert present(contact_id) == "yes"


def test_h08_it_tells_what_was_believed_at_a_moment_from_what_is_known_now(workspace):
    watch(workspace)
    contact_id = write(workspace, "yes", START).record.pk
    write(workspace, "no", START + 3 * SOON, held_from=START + SOON)
    then = START + 2 * SOON
    assert held(contact_id, then) == "no"
    assert held(contact_id, then, known_at=then) == "yes"
    assert held(contact_id, START - SOON) == ""


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["yes", "no", "", None]),
        st.one_of(st.none(), st.integers(0, 40)),  # how long before the write it was stated, in hours
        st.integers(0, 3),  # hours until the write
    ),
    min_size=1,
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_h08_as_of_any_moment_is_the_log_replayed(workspace, steps):
    watch(workspace)
    now, email = START, f"person{next(factories._numbers)}@example.com"
    contact_id = 0
    moments = [START]
    for value, before, pause in steps:
        now += timedelta(hours=pause)
        stated = None if before is None else now - timedelta(hours=before)
        contact_id = write(workspace, value, now, email=email, held_from=stated).record.pk
        moments += [now, stated or now]
    log = list(ConsentFact.objects.filter(contact_id=contact_id).order_by("id"))
    for moment in moments:
        replayed = ""
        for fact in sorted(log, key=lambda fact: (fact.held_from, fact.id)):
            replayed = fact.value if fact.held_from <= moment else replayed
        assert held(contact_id, moment) == replayed
    assert held(contact_id, now) == present(contact_id)
