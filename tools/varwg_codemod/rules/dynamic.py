"""VWG101: old names reached by a string at run time."""

from varwg_codemod.rules.base import Rule


class Dynamic(Rule):
    """Reported: ``getattr(varwg, "rng")``, ``vars(varwg)["rng"]``, ``sys.modules["varwg"].rng``."""

    code = "VWG101"
    name = "dynamic"
    rewrites = False
