"""VWG106: methods that a Generator does not have."""

from varwg_codemod.rules.base import Rule


class NotAMethod(Rule):
    """Reported: ``varwg.rng.randint(6)``: RandomState had it, a Generator has ``integers``."""

    code = "VWG106"
    name = "not-a-method"
    rewrites = False
