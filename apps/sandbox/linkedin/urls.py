from django.urls import path, re_path

from apps.sandbox.linkedin import desk, oauth, views

urlpatterns = [
    # LinkedIn's own tag template posts with a trailing slash.
    re_path(r"^rest/conversionEvents/?$", views.conversion_events),
    path("rest/adAccounts", views.ad_accounts),
    path("rest/adAccountUsers", views.ad_account_users),
    path("rest/adAccounts/<str:account>/adCampaigns", views.ad_campaigns),
    path("rest/conversions", views.conversions),
    path("rest/conversions/<str:number>", views.conversion),
    path("rest/campaignConversions", views.campaign_conversions),
    path("rest/campaignConversions/<str:key>", views.campaign_conversions),
    path("rest/me", views.me),
    path("rest/leadForms", views.lead_forms),
    path("rest/leadFormResponses", views.lead_responses),
    path("rest/leadFormResponses/<str:number>", views.lead_response),
    path("rest/leadNotifications", views.lead_notifications),
    path("rest/leadNotifications/<str:number>", views.lead_notification),
    path("_sandbox/leads", desk.lead_page),
    path("_sandbox/fill-in", desk.fill_in),
    path("_sandbox/leads/<str:number>", desk.delete),
    path("_sandbox/challenge", desk.challenge),
    path("oauth/v2/authorization", oauth.authorization),
    path("oauth/v2/accessToken", oauth.access_token),
    path("oauth/v2/introspectToken", oauth.introspect),
    path("oauth/v2/revoke", oauth.revoke),
]
