"""VWG013: method calls on objects of unknown class, matched by the method's name."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule
from varwg_codemod.rules.call import passing


class ByName(Rule):
    """A method name that only classes of the program have, all of which now take ``rng``.

    Unsafe: the object could be of a class that is not part of the run.

    Before::

        for model in models:
            model.perturb()

    After::

        for model in models:
            model.perturb(rng=rng)
    """

    code = "VWG013"
    name = "by-name"
    safe = False

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Add the argument to the call."""
        for key, op in plan.ops(facts.path):
            if op.kind == "call" and op.by_name and plan.takes_generator(op):
                yield from passing(plan, key, op, self.code)
