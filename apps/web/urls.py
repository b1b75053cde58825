"""The screens' addresses. MemberMiddleware lets members in to every one of them, and nobody else."""

from django.urls import path

from apps.web import (
    accounts,
    behaviours,
    connect,
    event_create,
    event_panel,
    event_preview,
    events,
    home,
    keys,
    leads,
    members,
    places,
    signal,
    signals,
)

app_name = "web"
urlpatterns = [
    path("", home.show, name="overview"),
    path("events/", events.show, name="events"),
    path("events/new/", event_create.show, name="event_create"),
    path("events/new/preview/", event_preview.show, name="event_preview"),
    path("events/new/triggers/", event_create.triggers, name="event_triggers"),
    path("events/<uuid:event_id>/", event_panel.show, name="event"),
    path("events/<uuid:event_id>/line/", events.line, name="event_line"),
    path("events/<uuid:event_id>/switch/", events.switch, name="event_switch"),
    path("events/<uuid:event_id>/delete/", event_panel.delete, name="event_delete"),
    path("custom-events/", behaviours.show, name="behaviours"),
    path("signals/", signals.show, name="signals"),
    path("signals/<uuid:signal_id>/", signal.show, name="signal"),
    path("signals/<uuid:signal_id>/correct/<uuid:event_id>/", signal.correct, name="correct"),
    path("signals/<uuid:signal_id>/<uuid:event_id>/request/", signal.request_of, name="signal_request"),
    path("accounts/", accounts.show, name="accounts"),
    path("accounts/<uuid:account_id>/", accounts.one, name="account"),
    path("accounts/<uuid:account_id>/check/", accounts.check, name="account_check"),
    path("accounts/<uuid:account_id>/make/", accounts.make, name="account_make"),
    path("connections/<uuid:connection_id>/disconnect/", accounts.leave, name="disconnect"),
    path("connections/<uuid:connection_id>/leads/", leads.show, name="lead_sources"),
    path("connect/choose/<uuid:attempt_id>/", connect.choose, name="connect_choose"),
    path("connect/<slug:system>/", connect.show, name="connect"),
    path("connect/<slug:system>/leave/", connect.leave, name="connect_leave"),
    path("connect/<slug:system>/back/", connect.back, name="connect_back"),
    path("connect/<slug:system>/paste/", connect.paste, name="connect_paste"),
    path("settings/keys/", keys.show, name="keys"),
    path("settings/keys/<uuid:key_id>/revoke/", keys.revoke, name="key_revoke"),
    path("settings/members/", members.show, name="members"),
    path("workspace/", places.choose, name="workspace_choose"),
]
