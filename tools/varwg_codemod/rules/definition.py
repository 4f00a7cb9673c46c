"""VWG111: where the old names are defined."""

from varwg_codemod.rules.base import Rule


class DefinitionSite(Rule):
    """Reported: ``def reseed(seed)`` and ``rng = default_rng()`` in the predecessor itself."""

    code = "VWG111"
    name = "definition"
    rewrites = False
