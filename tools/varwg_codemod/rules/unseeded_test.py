"""VWG014: tests that draw without a seed."""

from varwg_codemod.rules.base import Rule


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
