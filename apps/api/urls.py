"""The addresses of our own API, under /api/."""

from django.urls import path, re_path

from apps.api.v1.accounts import Accounts
from apps.api.v1.alerts import Alerts
from apps.api.v1.behaviours import Behaviours, Completions, OneBehaviour
from apps.api.v1.blast import BlastRadius
from apps.api.v1.consents import Consents, ContactConsents
from apps.api.v1.conversions import Correct, Reject, Release
from apps.api.v1.deadlines import DeadlinesOfWorkspace
from apps.api.v1.docs import Description, Docs, ProblemType
from apps.api.v1.event_versions import RollBack, Versions
from apps.api.v1.events import Events, OneEvent, SwitchOff, SwitchOn
from apps.api.v1.ledger import LedgerOfWorkspace
from apps.api.v1.lens import DecidedAgain, DraftLint, SeenConversion
from apps.api.v1.people import Erasures, OneErasure, TimelineOfContact
from apps.api.v1.receipts import ReceiptOfContact
from apps.api.v1.records import ContactsBatch, Forms, Submissions
from apps.api.v1.resends import BackfillAct, Backfills, OneBackfill, OneReplay, ReplayAct, Replays
from apps.api.v1.signals import OneSignal, Reasons, Signals
from apps.api.v1.simulations import OneSimulation, Simulations
from apps.api.views import UnknownAddress

urlpatterns = [
    path("v1/openapi.json", Description.as_view(), name="openapi"),
    path("v1/docs", Docs.as_view(), name="api-docs"),
    path("v1/accounts", Accounts.as_view()),
    path("v1/alerts", Alerts.as_view()),
    path("v1/backfills", Backfills.as_view()),
    path("v1/backfills/<uuid:resend_id>", OneBackfill.as_view()),
    path("v1/backfills/<uuid:resend_id>/<slug:verb>", BackfillAct.as_view()),
    path("v1/behaviours", Behaviours.as_view()),
    path("v1/behaviours/<uuid:behaviour_id>", OneBehaviour.as_view()),
    path("v1/completions", Completions.as_view()),
    path("v1/consents", Consents.as_view()),
    path("v1/contacts/batch", ContactsBatch.as_view()),
    path("v1/contacts/<int:contact_id>/consents", ContactConsents.as_view()),
    path("v1/contacts/<int:contact_id>/receipt", ReceiptOfContact.as_view()),
    path("v1/contacts/<int:contact_id>/timeline", TimelineOfContact.as_view()),
    path("v1/conversions/correct", Correct.as_view()),
    path("v1/conversions/reject", Reject.as_view()),
    path("v1/conversions/release", Release.as_view()),
    path("v1/erasures", Erasures.as_view()),
    path("v1/erasures/<uuid:certificate_id>", OneErasure.as_view()),
    path("v1/deadlines", DeadlinesOfWorkspace.as_view()),
    path("v1/events", Events.as_view()),
    path("v1/events/lint", DraftLint.as_view()),
    path("v1/events/<uuid:event_id>", OneEvent.as_view()),
    path("v1/events/<uuid:event_id>/on", SwitchOn.as_view()),
    path("v1/events/<uuid:event_id>/off", SwitchOff.as_view()),
    path("v1/events/<uuid:event_id>/blast-radius", BlastRadius.as_view()),
    path("v1/events/<uuid:event_id>/roll-back", RollBack.as_view()),
    path("v1/events/<uuid:event_id>/versions", Versions.as_view()),
    path("v1/forms", Forms.as_view()),
    path("v1/forms/<uuid:form_id>/submissions", Submissions.as_view()),
    path("v1/ledger", LedgerOfWorkspace.as_view()),
    path("v1/problems/<slug:code>", ProblemType.as_view()),
    path("v1/reasons", Reasons.as_view()),
    path("v1/replays", Replays.as_view()),
    path("v1/replays/<uuid:resend_id>", OneReplay.as_view()),
    path("v1/replays/<uuid:resend_id>/<slug:verb>", ReplayAct.as_view()),
    path("v1/signals", Signals.as_view()),
    path("v1/signals/<uuid:signal_id>", OneSignal.as_view()),
    path("v1/simulations", Simulations.as_view()),
    path("v1/simulations/<uuid:simulation_id>", OneSimulation.as_view()),
    path("v1/signals/<uuid:signal_id>/events/<uuid:event_id>", SeenConversion.as_view()),
    path("v1/signals/<uuid:signal_id>/events/<uuid:event_id>/again", DecidedAgain.as_view()),
    re_path(r"", UnknownAddress.as_view()),
]
