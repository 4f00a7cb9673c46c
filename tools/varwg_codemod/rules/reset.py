"""VWG003: seeding a generator that others hold resets it in place."""

from collections.abc import Iterator

from varwg_codemod.edits import NUMPY, Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule


class Reset(Rule):
    """Where callers go on drawing from the same generator, seeding must reach them too.

    A new local generator would leave the callers with the old stream, and with other numbers.

    Before::

        def restart():
            varwg.reseed(7)

    After::

        def restart(*, rng):
            rng.bit_generator.state = np.random.default_rng(7).bit_generator.state
    """

    code = "VWG003"
    name = "reset"

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Set the state of the generator to that of a newly seeded one."""
        for key, op in plan.ops(facts.path):
            if op.kind != "reseed" or op.old is None or not plan.rewritten(key):
                continue
            if plan.rebinds(key, op):
                continue
            expression = plan.expression(key)
            new = f"{expression}.bit_generator.state = {NUMPY}.random.default_rng"
            yield Edit(op.spot.start, op.spot.end, 0, new, self.code)
            yield Edit(op.old.call_end, op.old.call_end, 0, ".bit_generator.state", self.code)
