"""VWG117: code that shares its stream with a site left for a human."""

from varwg_codemod.rules.base import Rule


class Kept(Rule):
    """Reported: code that shares its stream with a site left for a human.

    It stays on the global generator, so that the numbers stay the same until that site is done.
    """

    code = "VWG117"
    name = "kept"
    rewrites = False
