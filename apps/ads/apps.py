from django.apps import AppConfig


class AdsConfig(AppConfig):
    name = "apps.ads"
