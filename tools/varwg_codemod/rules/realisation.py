"""VWG004: seeding once per realisation becomes a generator per realisation."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule
from varwg_codemod.rules.reseed import is_realisation, makes_generator, new_generator


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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Replace what is called; the argument stays as it is."""
        for key, op in plan.ops(facts.path):
            if makes_generator(plan, key, op) and is_realisation(plan, key, op):
                yield new_generator(op, "rng", self.code)
