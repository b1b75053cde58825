"""An alert in the reader's words: the sentence of its kind, with its detail in it."""

from collections.abc import Mapping

from django.utils.translation import gettext

from apps.ads.registry import NETWORKS
from apps.domain.alerts import KINDS, QUIET_CAUSES
from apps.domain.reasons import REASONS
from apps.operating.models import Alert


def sentence_of(alert: Alert) -> str:
    """What is the matter, or when it is over, that it works again."""
    kind = KINDS[alert.kind]
    return _filled(kind.over if alert.ended_at else kind.sentence, alert.detail)


def opening_of(alert: Alert) -> str:
    """What is, or was, the matter."""
    return _filled(KINDS[alert.kind].sentence, alert.detail)


def advice_of(alert: Alert) -> str:
    """What to do; "" once it is over."""
    return "" if alert.ended_at else gettext(KINDS[alert.kind].advice)


def reason_of(code: str) -> str:
    """A reason's sentence; a network's own code stands as it is."""
    return gettext(REASONS[code].sentence) if code in REASONS else code


def _filled(sentence: str, detail: Mapping[str, str]) -> str:
    return gettext(sentence).format_map(_Detail(detail))


class _Detail(dict[str, str]):
    """An alert's detail in words: codes as sentences, networks by their label; what is not there stands empty."""

    def __init__(self, detail: Mapping[str, str]) -> None:
        words = dict(detail)
        if "network" in words:
            words["network"] = _label(words["network"])
        if "why" in words:
            words["why"] = reason_of(words["why"])
        if "cause" in words:
            cause = gettext(QUIET_CAUSES[words["cause"]])
            words["why"] = cause.format_map(_Plain(words | {"reason": reason_of(words.get("reason", ""))}))
        super().__init__(words)

    def __missing__(self, name: str) -> str:
        return ""


class _Plain(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""


def _label(network: str) -> str:
    return NETWORKS[network].manifest.label if network in NETWORKS else network
