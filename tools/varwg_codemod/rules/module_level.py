"""VWG109: drawing or seeding when a module is imported."""

from varwg_codemod.rules.base import Rule


class ModuleLevel(Rule):
    """Reported: ``NOISE = varwg.rng.normal(size=9)`` at the top of a module that others import."""

    code = "VWG109"
    name = "module-level"
    rewrites = False
