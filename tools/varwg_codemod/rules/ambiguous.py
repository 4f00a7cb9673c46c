"""VWG108: names that are shadowed or bound in several ways."""

from varwg_codemod.rules.base import Rule


class Ambiguous(Rule):
    """Reported: names that are shadowed or bound in several ways.

    A parameter called ``varwg``, a variable called ``rng``, ``varwg.rng`` being replaced.
    """

    code = "VWG108"
    name = "ambiguous"
    rewrites = False
