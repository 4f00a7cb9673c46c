"""VWG002: the global generator becomes the one at hand."""

from varwg_codemod.rules.base import Rule


class Use(Rule):
    """Draws, and every other use of the global generator, take the one that was passed or made.

    Before::

        x = varwg.rng.normal(size=3) + vg.get_rng().random()
        state = varwg.rng.bit_generator.state

    After::

        x = rng.normal(size=3) + rng.random()
        state = rng.bit_generator.state
    """

    code = "VWG002"
    name = "use"
