"""VWG014: tests that draw without a seed, and before which no other seeds."""

from varwg_codemod.rules.base import Rule


class UnseededTest(Rule):
    """A test that does not seed, and before which no other does, makes a generator of its own.

    Unsafe: in another order of tests it may have gone on with the stream of one that seeds; choose a seed for it. Where a test
    before it seeds, both keep the global generator, and the report says so.

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
