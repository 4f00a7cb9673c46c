"""VWG001: seeding the global generator becomes making a generator."""

from collections.abc import Iterator

from varwg_codemod.edits import NUMPY, Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.links import Op
from varwg_codemod.modes import OWN
from varwg_codemod.plan import Plan
from varwg_codemod.program import Key
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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Replace what is called; the argument stays as it is."""
        for key, op in plan.ops(facts.path):
            if makes_generator(plan, key, op) and not is_realisation(plan, key, op):
                yield new_generator(op, "rng", self.code)


def makes_generator(plan: Plan, key: Key, op: Op) -> bool:
    """Whether a seeding statement makes a new generator in a local variable."""
    return op.kind == "reseed" and plan.mode(key) == OWN and plan.rebinds(key, op)


def is_realisation(plan: Plan, key: Key, op: Op) -> bool:
    """Whether it is one of many: in a loop, or in a worker that is called for each realisation."""
    return bool(op.where.loops) or plan.is_worker(key)


def new_generator(op: Op, name: str, code: str) -> Edit:
    """The edit that makes a generator from the seed."""
    return Edit(op.spot.start, op.spot.end, 0, f"{name} = {NUMPY}.random.default_rng", code)
