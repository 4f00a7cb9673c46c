"""VWG118: functions that take rng and use the global generator too."""

from varwg_codemod.rules.base import Rule


class Fallback(Rule):
    """Reported: ``def noise(n, rng=None): rng = rng or varwg.rng``"""

    code = "VWG118"
    name = "fallback"
    rewrites = False
