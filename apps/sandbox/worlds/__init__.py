"""What exists at each network, as frozen dataclasses, and the default world that everybody may rely on."""
