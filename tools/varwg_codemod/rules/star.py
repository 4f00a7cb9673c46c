"""VWG103: star imports that may bring in the old names."""

from varwg_codemod.rules.base import Rule


class Star(Rule):
    """Reported: ``from varwg import *``, and the unbound old names in such a file."""

    code = "VWG103"
    name = "star-import"
    rewrites = False
