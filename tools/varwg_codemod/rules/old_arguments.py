"""VWG010: arguments of the old API that set the global generator."""

from varwg_codemod.rules.base import Rule


class OldArguments(Rule):
    """``random_state=`` and ``seed_before_sim=`` become statements before the call.

    Unsafe: the old API drew a little before it applied ``seed_before_sim``, and ``random_state``
    could also be the name of a file.

    Before::

        wg.simulate(T=100, random_state=state)
        wg.simulate(seed_before_sim=3)

    After::

        rng.bit_generator.state = state
        wg.simulate(T=100, rng=rng)
        rng = np.random.default_rng(3)
        wg.simulate(rng=rng)
    """

    code = "VWG010"
    name = "old-arguments"
    safe = False
