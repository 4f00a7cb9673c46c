"""VWG010: arguments of the old API that set the global generator."""

from collections.abc import Iterator

from varwg_codemod.edits import NUMPY, Edit
from varwg_codemod.facts import ModuleFacts, OldArgument
from varwg_codemod.links import Op
from varwg_codemod.plan import Plan
from varwg_codemod.program import Key
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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Remove the argument and say the same before the statement."""
        for key, op in plan.ops(facts.path):
            if op.kind != "api" or op.call is None or not plan.takes_generator(op):
                continue
            for number, argument in enumerate(op.call.old_arguments):
                yield from self._statement(plan, facts, key, op, argument)
                if number:
                    yield Edit(*argument.remove, 0, "", self.code)
                else:
                    new = f"rng={plan.expression(key)}"
                    yield Edit(argument.spot.start, argument.spot.end, 0, new, self.code)

    def _statement(self, plan: Plan, facts: ModuleFacts, key: Key, op: Op, argument: OldArgument) -> Iterator[Edit]:
        """What the argument did, as a statement before the one that has the call."""
        if argument.value == "None":
            return
        block, index = op.where.path[-1]
        start, indent = facts.blocks[block].starts[index], facts.blocks[block].indent
        expression = plan.expression(key)
        fresh = f"{NUMPY}.random.default_rng({argument.value})"
        if argument.name == "random_state":
            statement = f"{expression}.bit_generator.state = {argument.value}"
        elif plan.rebinds(key, op):
            statement = f"{expression} = {fresh}"
        else:
            statement = f"{expression}.bit_generator.state = {fresh}.bit_generator.state"
        yield Edit(start, start, 0, f"{statement}{facts.newline}{indent}", self.code)
