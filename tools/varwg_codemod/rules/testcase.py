"""VWG008: unittest classes that seed in setUp keep the generator in self.rng."""

from varwg_codemod.rules.base import Rule


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
