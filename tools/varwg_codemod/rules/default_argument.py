"""VWG104: default arguments that hold the global generator."""

from varwg_codemod.rules.base import Rule


class DefaultArgument(Rule):
    """Reported: default arguments that hold the global generator.

    ``def noise(n, rng=varwg.rng)``: the default is made once, when the function is defined.
    """

    code = "VWG104"
    name = "default-argument"
    rewrites = False
