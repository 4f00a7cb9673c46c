"""VWG006: calls of functions that draw pass the generator on."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.links import Op
from varwg_codemod.plan import Plan
from varwg_codemod.program import Key
from varwg_codemod.rules.base import Rule


class PassOn(Rule):
    """Callers of a function that gained ``rng`` pass theirs.

    Before::

        values = noise(10, scale=2.0)

    After::

        values = noise(10, scale=2.0, rng=rng)
    """

    code = "VWG006"
    name = "pass-on"

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Add the argument to calls whose target is known."""
        for key, op in plan.ops(facts.path):
            if op.kind == "call" and not op.by_name and plan.takes_generator(op):
                yield from passing(plan, key, op, self.code)


def passing(plan: Plan, key: Key, op: Op, code: str) -> Iterator[Edit]:
    """The edits that pass the unit's generator to a call."""
    if op.call is None:
        return
    for offset, text in op.call.insertions:
        new = text.replace("{}", f"rng={plan.expression(key)}")
        yield Edit(offset, offset, _depth(op), new, code)


def _depth(op: Op) -> int:
    """Inner calls close before outer ones, so their insertions come first at one offset."""
    return -op.spot.start
