"""VWG001: seeding the global generator becomes making a generator."""

from varwg_codemod.rules.base import Rule


class Reseed(Rule):
    """Seeding makes a new generator, where nobody goes on with the old one.

    Before::

        varwg.reseed(0)

    After::

        rng = np.random.default_rng(0)
    """

    code = "VWG001"
    name = "reseed"
