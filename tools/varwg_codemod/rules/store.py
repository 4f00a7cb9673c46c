"""VWG015: replacing the global generator becomes making one."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule


class Store(Rule):
    """Setting the module's attribute, before anything is drawn, makes the program's generator.

    Before::

        varwg.rng = np.random.default_rng(5)

    After::

        rng = np.random.default_rng(5)
    """

    code = "VWG015"
    name = "store"

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Replace the target of the assignment."""
        for key, op in plan.ops(facts.path):
            if op.kind == "store" and plan.stores(key, op):
                yield Edit(op.spot.start, op.spot.end, 0, "rng", self.code)
