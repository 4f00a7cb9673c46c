"""VWG009: the stochastic methods of the new API are given the generator."""

from varwg_codemod.rules.base import Rule


class Api(Rule):
    """``fit``, ``simulate`` and the like drew from the global generator; now they are given one.

    Before::

        wg = varwg.VarWG(("theta", "rh"))
        wg.fit(p=3)
        wg.simulate()

    After::

        wg = varwg.VarWG(("theta", "rh"))
        wg.fit(p=3, rng=rng)
        wg.simulate(rng=rng)
    """

    code = "VWG009"
    name = "api"
