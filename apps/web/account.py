"""Sign-in: for people who were invited. There is no open sign-up, and mails lead to the configured address."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]  # published without types
    """What convsync wants of allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: members are invited by an admin of their workspace."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail, at CONVSYNC_BASE_URL: a Host header that a stranger sent must not choose it."""
        uidb36, _, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": secret})
        return f"{settings.BASE_URL}{path}"

    def format_email_subject(self, subject: str) -> str:
        """The subject as it is: the sender already says convsync."""
        return subject
