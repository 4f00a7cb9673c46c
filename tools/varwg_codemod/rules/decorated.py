"""VWG114: cached or decorated functions that draw."""

from varwg_codemod.rules.base import Rule


class Decorated(Rule):
    """Reported: a decorator may refuse the new argument, a cache would keep the first numbers."""

    code = "VWG114"
    name = "decorated"
    rewrites = False
