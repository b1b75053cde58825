"""What the product reads from its environment, by its source."""

import re

from tools.launcher.places import ROOT

ONLY_FOR_DEVELOPMENT = {"CONVSYNC_DEBUG", "CONVSYNC_EMBEDDED", "CONVSYNC_TESTING", "CONVSYNC_SANDBOX_URL"}


def read_by_the_settings() -> set[str]:
    """The name of every variable that settings.py reads."""
    source = (ROOT / "convsync" / "settings.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
