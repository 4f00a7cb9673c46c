"""VWG113: stochastic methods of objects of unknown class."""

from varwg_codemod.rules.base import Rule


class UnknownObject(Rule):
    """Reported: ``thing.simulate()``, where it is not to be seen what ``thing`` is."""

    code = "VWG113"
    name = "unknown-object"
    rewrites = False
