"""The payload preview: what would leave for a signal, and why, without a row written or a call made.

`preview_case` judges and renders one case; `request_line` and `identifier_line` do so for a line of JSON, the tool's
interface (docs/preview.md).
"""

from apps.pipeline.preview.identifiers import identifier_line
from apps.pipeline.preview.render import Preview, preview_case
from apps.pipeline.preview.requests import request_line

__all__ = ["Preview", "identifier_line", "preview_case", "request_line"]
