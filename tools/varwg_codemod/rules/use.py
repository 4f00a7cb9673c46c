"""VWG002: the global generator becomes the one at hand."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Replace the generator; drop ``rng = varwg.rng``, which would say ``rng = rng``."""
        for key, op in plan.ops(facts.path):
            if op.kind != "use" or op.old is None or not plan.rewritten(key):
                continue
            if op is plan.first_alias(key):
                continue
            expression = plan.expression(key)
            if op.old.drop is not None and expression == "rng":
                yield Edit(*op.old.drop, 0, "", self.code)
            elif op.source != expression:
                yield Edit(op.spot.start, op.spot.end, 0, expression, self.code)
