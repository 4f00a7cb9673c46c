"""VWG008: unittest classes that seed in setUp keep the generator in self.rng."""

from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.modes import SELF
from varwg_codemod.plan import Plan
from varwg_codemod.rules.base import Rule
from varwg_codemod.rules.reseed import new_generator


class TestCaseSetUp(Rule):
    """The tests of a class whose setUp seeds share ``self.rng``, made anew for each test.

    Before::

        def setUp(self):
            varwg.reseed(0)

        def test_mean(self):
            x = varwg.rng.normal(size=10)

    After::

        def setUp(self):
            self.rng = np.random.default_rng(0)

        def test_mean(self):
            x = self.rng.normal(size=10)
    """

    code = "VWG008"
    name = "test-case"

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Bind the attribute where the class seeds (its uses are rewritten by VWG002)."""
        for key, op in plan.ops(facts.path):
            if op.kind == "reseed" and plan.mode(key) == SELF and plan.rebinds(key, op):
                yield new_generator(op, plan.expression(key), self.code)
