"""VWG014: tests that draw without a seed."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.modes import OWN
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule
from varwg_codemod.rules.create import creation


class UnseededTest(Rule):
    """A test that went on with the stream of whatever ran before it makes a generator of its own.

    Unsafe: in a fixed order of tests its numbers were always the same; choose a seed for it.

    Before::

        def test_noise():
            assert varwg.rng.normal() < 9

    After::

        def test_noise():
            rng = np.random.default_rng()
            assert rng.normal() < 9
    """

    code = "VWG014"
    name = "unseeded-test"
    safe = False

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Make the generator before the first statement that needs it."""
        for key, _ in plan.units(facts.path, OWN):
            if plan.creates(key) and plan.is_unseeded_test(key):
                yield from creation(plan, facts, key, self.code)
