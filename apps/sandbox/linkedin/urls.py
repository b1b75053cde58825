from django.urls import path, re_path

from apps.sandbox.linkedin import accounts, desk, inspection, leads, oauth, rules, simulation, views
from apps.sandbox.linkedin.door import served

urlpatterns = [
    # LinkedIn's own tag template posts with a trailing slash.
    re_path(r"^rest/conversionEvents/?$", views.conversion_events),
    path("rest/adAccounts", served(accounts.Accounts, "GET")),
    path("rest/adAccountUsers", served(accounts.AccountUsers, "GET")),
    path("rest/adAccounts/<str:account>/adCampaigns", served(accounts.Campaigns, "GET")),
    path("rest/conversions", served(rules.Rules, "GET", "POST")),
    path("rest/conversions/<str:number>", served(rules.OneRule, "GET", "POST")),
    path("rest/campaignConversions", served(rules.Links, "PUT")),
    path("rest/campaignConversions/<str:key>", served(rules.Links, "PUT")),
    path("rest/me", served(accounts.Me, "GET")),
    path("rest/leadForms", served(leads.Forms, "GET")),
    path("rest/leadFormResponses", served(leads.Responses, "GET")),
    path("rest/leadFormResponses/<str:number>", served(leads.OneResponse, "GET")),
    path("rest/leadNotifications", served(leads.Notifications, "POST")),
    path("rest/leadNotifications/<str:number>", served(leads.Notifications, "DELETE")),
    path("_sandbox/leads", desk.lead_page),
    path("_sandbox/fill-in", desk.fill_in),
    path("_sandbox/leads/<str:number>", desk.delete),
    path("_sandbox/challenge", desk.challenge),
    path("_sandbox/tokens", desk.token_page),
    path("_sandbox/matching", simulation.page),
    path("_sandbox/matches", simulation.report),
    path("_sandbox/requests", inspection.requests),
    path("oauth/v2/authorization", oauth.authorization),
    path("oauth/v2/accessToken", oauth.access_token),
    path("oauth/v2/introspectToken", oauth.introspect),
    path("oauth/v2/revoke", oauth.revoke),
]
