"""Mail to people of a workspace or of the instance: each in the language that they last used, unseen by the others."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation

from apps.workspaces.models import User


def mail_people(*, people: Iterable[User], compose: Callable[[], tuple[str, str]]) -> int:
    """Send what `compose` returns as (subject, body), asked once in each language; returns how many mails left.

    Raises OSError while the mail server is away.
    """
    by_language: dict[str, list[str]] = {}
    for person in people:
        by_language.setdefault(person.language or settings.LANGUAGE_CODE, []).append(person.email)
    for language, addresses in sorted(by_language.items()):
        with translation.override(language):
            subject, body = compose()
        EmailMessage(subject, body, to=[settings.DEFAULT_FROM_EMAIL], bcc=addresses).send()
    return len(by_language)
