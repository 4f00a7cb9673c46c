"""VWG004: seeding once per realisation becomes a generator per realisation."""

from varwg_codemod.rules.base import Rule


class Realisation(Rule):
    """In a loop, or in a worker that seeds itself, each realisation gets a generator of its own.

    Before::

        def realisation(i):
            varwg.reseed(1000 * i)
            return varwg.rng.normal(size=365)

    After::

        def realisation(i):
            rng = np.random.default_rng(1000 * i)
            return rng.normal(size=365)
    """

    code = "VWG004"
    name = "realisation"
