"""VWG006: calls of functions that draw pass the generator on."""

from varwg_codemod.rules.base import Rule


class PassOn(Rule):
    """Callers of a function that gained ``rng`` pass theirs.

    Before::

        values = noise(10, scale=2.0)

    After::

        values = noise(10, scale=2.0, rng=rng)
    """

    code = "VWG006"
    name = "pass-on"
