"""How alerts look on screen: each kind's short name, and the states of lanes and servers that an operator sees."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from apps.core.broker import Broker
from apps.domain.breaker import Position
from apps.web.wording import Look

ALERTS: Mapping[str, Look] = {
    "reconnect": Look(_("A sign-in has to be made again"), "bad", "plug"),
    "lane_held": Look(_("An ad account is held up for an hour"), "bad", "pause"),
    "breaker_open": Look(_("A network does not answer"), "warn", "hourglass"),
    "at_risk": Look(_("Conversions are about to expire"), "bad", "clock"),
    "outlier": Look(_("A value waits for somebody to look"), "warn", "coins"),
    "quiet": Look(_("An event has gone quiet"), "warn", "moon"),
    "mostly_blocked": Look(_("Most of an event is blocked"), "warn", "ban"),
    "hook_failing": Look(_("The webhook does not answer"), "warn", "send"),
    "version_ending": Look(_("An API version ends"), "warn", "hourglass"),
    "missed_ticks": Look(_("The scheduler is silent"), "bad", "clock"),
    "judging_behind": Look(_("Judging is behind"), "bad", "stages"),
    "poisoned": Look(_("Something was set aside"), "warn", "alert"),
}

BREAKERS: Mapping[str, Look] = {
    Position.CLOSED: Look(_("Closed"), "ok", "check", _("Requests leave.")),
    Position.HALF_OPEN: Look(_("Trying"), "warn", "repeat", _("One small request finds out whether it works again.")),
    Position.OPEN: Look(_("Open"), "bad", "ban", _("The network did not answer: nothing leaves for a while.")),
}

BROKERS: Mapping[str, Look] = {
    Broker.OK: Look(_("Works"), "ok", "check"),
    Broker.UNREACHABLE: Look(_("Away"), "bad", "plug", _("The sweep looks for work instead; nothing is lost.")),
    Broker.EVICTS: Look(_("Evicts keys"), "bad", "alert", _("Set its maxmemory-policy to noeviction.")),
}
