"""Why something is left for a human."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """The code of a rule, the reason, and what to do."""

    code: str
    reason: str
    advice: str
