"""VWG011: functions that are handed on are bound to the generator."""

from collections.abc import Iterator

from varwg_codemod.edits import PARTIAL, Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule


class Partial(Rule):
    """A function given to ``map`` and the like, or to ``functools.partial``, is bound to ``rng``.

    Before::

        list(map(noise, sizes))
        functools.partial(noise, 10)

    After::

        list(map(functools.partial(noise, rng=rng), sizes))
        functools.partial(noise, 10, rng=rng)
    """

    code = "VWG011"
    name = "partial"

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Bind the generator as an argument."""
        for key, op in plan.ops(facts.path):
            if op.kind != "reference" or op.reference is None or not plan.takes_generator(op):
                continue
            binding = f"rng={plan.expression(key)}"
            if plan.handled(op.reference) == "partial":
                for offset, text in op.reference.partial or ():
                    yield Edit(offset, offset, 0, text.replace("{}", binding), self.code)
            else:
                new = f"{PARTIAL}({op.source}, {binding})"
                yield Edit(op.spot.start, op.spot.end, 0, new, self.code)
