"""Pages and their forms, and who hears of a page's leads: the app subscribes to pages, and each page to the app."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from apps.sandbox.callback import stays_here
from apps.sandbox.facebook import errors, webhooks
from apps.sandbox.facebook.access import change
from apps.sandbox.facebook.calls import Action, Asked, Needs, Reading, Table
from apps.sandbox.facebook.listing import Node, Wrong
from apps.sandbox.worlds.facebook import FacebookWorld, Page, Subscription, page_token

PAGE_FIELDS = ("id", "name", "category", "tasks", "access_token")
APP_FIELDS = ("id", "name", "subscribed_fields")
FORM_FIELDS = ("id", "name", "status", "locale", "page", "leads_count")
# What of a page can be subscribed to.
PAGE_TOPICS = ("leadgen", "feed", "messages")
SHOWS: Needs = (("pages_show_list",),)
MANAGES: Needs = (("pages_manage_metadata",),)
READS_FORMS: Needs = (("pages_read_engagement",), ("pages_manage_ads",))
DONE = {"success": True}


def _shown(asked: Asked, page: Page) -> Node:
    # The page's own token is shown to who was assigned the page, and through a page token it is that token.
    text = asked.token.token if asked.token.kind == "PAGE" else page_token(asked.token, page.id)
    return {
        "id": page.id,
        "name": page.name,
        "category": page.category,
        "tasks": list(page.tasks),
        "access_token": text,
    }


def _pages(asked: Asked) -> list[Node]:
    return [_shown(asked, page) for page in asked.world.pages if page.id in asked.token.pages]


def _page(asked: Asked) -> list[Node]:
    return [_shown(asked, asked.world.page_by_id[asked.node])]


def _subscribed(asked: Asked) -> list[Node]:
    fields = asked.world.page_by_id[asked.node].subscribed_fields
    return [{"id": asked.world.app_id, "name": "Sandbox app", "subscribed_fields": list(fields)}] if fields else []


def _subscribe(asked: Asked) -> object:
    fields = asked.words("subscribed_fields")
    _check_topics("subscribed_fields", fields)
    if "leadgen" in fields and "leads_retrieval" not in asked.token.scopes:
        raise Wrong(errors.LACKS, permission="leads_retrieval")
    return _with_topics(asked, fields)


def _unsubscribe(asked: Asked) -> object:
    return _with_topics(asked, ())


def _with_topics(asked: Asked, fields: tuple[str, ...]) -> object:
    def edit(world: FacebookWorld) -> FacebookWorld:
        pages = (replace(page, subscribed_fields=fields) if page.id == asked.node else page for page in world.pages)
        return replace(world, pages=tuple(pages))

    change(edit)
    return DONE


def _check_topics(name: str, given: Sequence[str]) -> None:
    for index, field in enumerate(given):
        if field not in PAGE_TOPICS:
            problem = f"Param {name}[{index}] must be one of {{{', '.join(PAGE_TOPICS)}}}"
            raise Wrong(errors.BAD_PARAMETER, problem=problem)


def _forms(asked: Asked) -> list[Node]:
    return [_form_shown(asked.world, form.id) for form in asked.world.forms if form.page == asked.node]


def _form(asked: Asked) -> list[Node]:
    return [_form_shown(asked.world, asked.node)]


def _form_shown(world: FacebookWorld, number: str) -> Node:
    form = world.form_by_id[number]
    return {
        "id": form.id,
        "name": form.name,
        "status": form.status,
        "locale": form.locale,
        "page": {"id": form.page, "name": world.page_by_id[form.page].name},
        "leads_count": sum(lead.form == form.id for lead in world.leads),
    }


def _app_subscriptions(asked: Asked) -> list[Node]:
    return [
        {
            "object": each.object,
            "callback_url": each.callback_url,
            "active": True,
            "fields": [{"name": field, "version": "v26.0"} for field in each.fields],
        }
        for each in asked.world.subscriptions
    ]


def _app_subscribe(asked: Asked) -> object:
    if asked.text("object") != "page":
        raise Wrong(errors.BAD_PARAMETER, problem="Param object: the sandbox knows only page")
    fields, url = asked.words("fields"), asked.text("callback_url")
    _check_topics("fields", fields)
    if not stays_here(url):
        raise Wrong(errors.BAD_PARAMETER, problem="Param callback_url must be an address on this machine")
    verify_token = asked.text("verify_token")
    problem = webhooks.handshake(url, verify_token)
    if problem:
        raise Wrong(errors.NOT_VERIFIED, problem=problem)
    made = Subscription(url, verify_token, fields)
    # One address per kind of object: the new one takes the old one's place.
    return _with_subscriptions(lambda old: (*(each for each in old if each.object != made.object), made))


def _app_unsubscribe(asked: Asked) -> object:
    gone = str(asked.params.get("object") or "")
    return _with_subscriptions(lambda old: tuple(each for each in old if gone and each.object != gone))


def _with_subscriptions(edit: Callable[[tuple[Subscription, ...]], tuple[Subscription, ...]]) -> object:
    change(lambda world: replace(world, subscriptions=edit(world.subscriptions)))
    return DONE


_FORM = Reading(READS_FORMS, rows=_form, kind="LeadGenData", fields=FORM_FIELDS, default="id,name,locale,status")
CALLS: Table = {
    ("GET", "me", "accounts"): Reading(
        SHOWS, rows=_pages, kind="Page", fields=PAGE_FIELDS, default=",".join(PAGE_FIELDS)
    ),
    ("GET", "page", ""): Reading(SHOWS, rows=_page, kind="Page", fields=PAGE_FIELDS, default="id,name", alone=True),
    ("GET", "page", "subscribed_apps"): Reading(
        MANAGES, "PAGE", rows=_subscribed, kind="Application", fields=APP_FIELDS, default=",".join(APP_FIELDS)
    ),
    ("POST", "page", "subscribed_apps"): Action(MANAGES, "PAGE", run=_subscribe),
    ("DELETE", "page", "subscribed_apps"): Action(MANAGES, "PAGE", run=_unsubscribe),
    ("GET", "page", "leadgen_forms"): replace(_FORM, by="PAGE", rows=_forms),
    ("GET", "form", ""): replace(_FORM, alone=True),
    ("GET", "app", "subscriptions"): Reading(by="APP", rows=_app_subscriptions),
    ("POST", "app", "subscriptions"): Action(by="APP", run=_app_subscribe),
    ("DELETE", "app", "subscriptions"): Action(by="APP", run=_app_unsubscribe),
}
