"""VWG115: reseed as part of an expression."""

from varwg_codemod.rules.base import Rule


class OddReseed(Rule):
    """Reported: ``[varwg.reseed(i) or draw() for i in range(3)]``"""

    code = "VWG115"
    name = "odd-reseed"
    rewrites = False
