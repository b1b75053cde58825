"""What the product told of: alerts that are kept, and mails that left."""

from django.core import mail

from apps.core.tenancy import every_workspace
from apps.operating.models import Alert


def alerts(**wanted: object) -> list[Alert]:
    """All alerts there are, the operator's too."""
    with every_workspace():
        return list(Alert.objects.filter(**wanted).order_by("since", "kind"))


def subjects() -> list[str]:
    """The subjects of the mails that left since the last look."""
    told = [str(message.subject) for message in mail.outbox]
    mail.outbox.clear()
    return told
