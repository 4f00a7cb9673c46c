"""VWG105: properties and special methods that draw."""

from varwg_codemod.rules.base import Rule


class PropertyDraws(Rule):
    """Reported: nobody can pass ``rng`` to a property, ``__getitem__`` and the like."""

    code = "VWG105"
    name = "property"
    rewrites = False
