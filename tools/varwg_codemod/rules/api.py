"""VWG009: the stochastic methods of the new API are given the generator."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule
from varwg_codemod.rules.call import passing


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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Add the argument to calls on objects known to be of the API's classes."""
        for key, op in plan.ops(facts.path):
            moved = op.call is not None and op.call.old_arguments
            if op.kind == "api" and plan.takes_generator(op) and not moved:
                yield from passing(plan, key, op, self.code)
