"""What the templates need beside Django's own: icons, moments, money, terms and bars."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from apps.ads.cautions import Caution
from apps.ads.found import FoundAccount
from apps.ads.models import LeadNotice
from apps.ads.registry import NETWORKS
from apps.ads.selectors import cautions_of
from apps.pipeline.preview.layout import laid_out
from apps.web import alert_words, formats, network_words, people_words, resend_words, sending_words, wording
from apps.web.bars import Bar, bar_of

register = template.Library()
for shown in (
    wording.say,
    people_words.since_text,
    people_words.origin_text,
    people_words.carried_label,
    wording.reason_text,
    wording.field_label,
    wording.fact_label,
    wording.fact_shown,
    wording.drop_text,
    network_words.setting_label,
    network_words.setting_value,
    wording.purpose_text,
    wording.option_label,
    formats.exact,
    formats.day,
    formats.day_of_week,
    formats.day_and_time,
    formats.length_of_time,
    formats.number,
    formats.percent,
    formats.decimal,
    formats.money,
    formats.amount_of,
):
    register.filter(shown.__name__, shown)

_LOOKS: dict[str, Mapping[str, wording.Look]] = {
    "state": sending_words.STANDINGS,
    "connection": wording.CONNECTIONS,
    "environment": wording.ENVIRONMENTS,
    "health": wording.HEALTH,
    "trigger": wording.TRIGGERS,
    "kind": wording.KINDS,
    "correction": wording.CORRECTIONS,
    "moment": people_words.MOMENTS,
    "step": wording.STEPS,
    "who": wording.WHO,
    "alert": alert_words.ALERTS,
    "breaker": alert_words.BREAKERS,
    "broker": alert_words.BROKERS,
    "request": sending_words.REQUESTS,
    "attempt": sending_words.ATTEMPTS,
    "role": wording.ROLES,
    "resend": resend_words.JOBS,
    "resend_kind": resend_words.KINDS,
    "fate": resend_words.FATES,
    "value": wording.VALUES,
    "simulation": wording.SIMULATIONS,
    "verdict": wording.VERDICTS,
}


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """An icon of the sprite; it says nothing by itself, so a word stands beside it."""
    return format_html(
        '<svg class="icon" width="{}" height="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        size,
        size,
        static("icons.svg"),
        name,
    )


@register.filter
def look(value: str, kind: str) -> wording.Look:
    """A term's word, tone and icon: `conversion.state|look:"state"`. Unknown terms stand as they are."""
    return _LOOKS[kind].get(value) or wording.Look(str(value), "off", "info")


@register.inclusion_tag("web/_badge.html")
def badge(value: str, kind: str) -> dict[str, Any]:
    """A status: dot, icon and word."""
    return {"look": look(value, kind)}


@register.filter
def at(held: Mapping[str, Any], name: str) -> Any:
    """What a mapping holds under a name that is only known when the page is made."""
    return held.get(name, "")


@register.filter
def cautions(found: FoundAccount) -> tuple[Caution, ...]:
    """What stands in the way of an account that was found, worst first."""
    return cautions_of([code for code in (found.refused, *found.cautions) if code])


@register.filter
def lead_look(notice: LeadNotice) -> wording.Look:
    """What became of a lead; a network's own code stands as it is, while it is tried again and when it was given up."""
    known = wording.LEADS.get(notice.became)
    if known:
        return known
    return wording.Look(notice.became, "bad" if notice.done_at else "warn", "alert" if notice.done_at else "repeat")


@register.simple_tag
def setting(value: str) -> SafeString | str:
    """A setting at a network: an address as a link, code as code, anything else in words."""
    if value.startswith("https://"):
        return format_html('<a href="{}" rel="noopener noreferrer">{}</a>', value, urlsplit(value).hostname or value)
    if value.startswith("<"):
        return format_html('<pre class="code" tabindex="0">{}</pre>', value)
    return network_words.setting_value(value)


@register.filter
def network_label(key: str) -> str:
    """The network's name."""
    return NETWORKS[key].manifest.label if key in NETWORKS else key


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """How long ago (or ahead) a moment is, with the exact time for pointer and focus."""
    if moment is None:
        return "–"
    told = formats.relative(moment, timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), formats.exact(moment), told)


@register.filter
def plain_url(url: str) -> str:
    """A request's address without its query, which can hold proofs of the token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


@register.inclusion_tag("web/_bar.html")
def outcome_bar(counts: Mapping[str, int]) -> dict[str, Bar]:
    """What became of signals, as a stacked bar with a sentence for those who do not see it."""
    return {"bar": bar_of(counts)}


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: str) -> str:
    """The page's query with some of it changed, beginning with `?`; an empty value leaves a part out."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


_JSON_PARTS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)'
    r'|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<bare>-?\d[\d.eE+-]*|\b(?:true|false|null)\b)"
)


register.filter(laid_out.__name__, laid_out)


@register.filter
def json_lit(text: str) -> SafeString:
    """JSON with its keys, texts and numbers told apart, and everything in it escaped."""
    pieces, end = [], 0
    for found in _JSON_PARTS.finditer(text):
        pieces.append(escape(text[end : found.start()]))
        pieces.append(format_html('<span class="json-{}">{}</span>', found.lastgroup, found.group()))
        end = found.end()
    pieces.append(escape(text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped above
