"""How replays and backfills read on screen."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.deliveries.spare import Wait
from apps.domain.resend import Fate
from apps.pipeline.models import ResendKind, ResendState
from apps.web.wording import Look, Text

KINDS: Mapping[str, Look] = {
    ResendKind.REPLAY: Look(
        _("Replay"), "info", "repeat", _("What failed, expired or was called off is sent again, with the id it had.")
    ),
    ResendKind.BACKFILL: Look(
        _("Backfill"), "info", "clock", _("What happened before the event was on, or while it was off, is sent late.")
    ),
}

JOBS: Mapping[str, Look] = {
    ResendState.COUNTING: Look(_("Counting"), "info", "search", _("The forecast is being made; nothing is sent.")),
    ResendState.DRAFT: Look(_("Forecast ready"), "warn", "eye", _("Nothing is sent before you start it.")),
    ResendState.RUNNING: Look(_("Running"), "info", "send", _("A slice at a time, below live traffic.")),
    ResendState.PAUSED: Look(_("Paused"), "off", "pause", _("Nothing more is let in until you go on.")),
    ResendState.DONE: Look(_("Done"), "ok", "check", _("It is through with everything.")),
    ResendState.CANCELLED: Look(_("Cancelled"), "off", "cross", _("What was not let in stays as it was.")),
}

WAITS: Mapping[str, Text] = {
    Wait.LIVE: _("It lets what happens now go first."),
    Wait.HELD: _("It waits until the ad account or its connection is mended."),
    Wait.SLICE: _("Its last slice is still on its way."),
    Wait.PACE: _("Half of what the network takes is in use; it waits for room."),
}

FATES: Mapping[str, Look] = {
    Fate.ELIGIBLE: Look(_("Leaves"), "ok", "send", _("It may leave, and is still in time.")),
    Fate.BLOCKED: Look(_("Blocked"), "off", "ban", _("Judged with what is known now, it does not leave.")),
    Fate.WINDOW: Look(_("Window passed"), "off", "hourglass", _("The network no longer takes it: it is too long ago.")),
    Fate.CONSENT: Look(_("No consent"), "off", "ban", _("Consent was withdrawn, or is not known now.")),
    Fate.ALREADY: Look(_("Already sent"), "off", "check", _("The network took it already.")),
    Fate.ON_ITS_WAY: Look(_("On its way"), "off", "clock", _("It waits or is being sent already.")),
    Fate.DOUBTFUL: Look(
        _("May have been taken"), "warn", "alert", _("No answer came then, and a repeat could count twice.")
    ),
    Fate.EVENT: Look(_("Event off or deleted"), "off", "pause", _("Nothing is sent for the event.")),
    Fate.ERASED: Look(_("Contact gone"), "off", "trash", _("The contact was deleted or erased.")),
    Fate.OUTLIER: Look(_("Unusual value"), "warn", "coins", _("Somebody has to look at its value first.")),
}

PERIODS: Mapping[str, tuple[Text, timedelta | None]] = {
    "": (_("As far back as there is something"), None),
    "1": (_("The last 24 hours"), timedelta(days=1)),
    "7": (_("The last 7 days"), timedelta(days=7)),
    "30": (_("The last 30 days"), timedelta(days=30)),
    "90": (_("The last 90 days"), timedelta(days=90)),
}

HOW: Mapping[str, Look] = {
    "": Look(
        _("As it was"), "off", "repeat", _("The same data as then. For what failed because something was down or off.")
    ),
    "anew": Look(
        _("Judge again with what is known now"),
        "off",
        "search",
        _("For what failed because of data that you mended since. Only what the network certainly never took."),
    ),
}
