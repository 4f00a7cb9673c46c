"""VWG106: methods that a Generator has by another name."""

from varwg_codemod.rules.base import Rule


class NotAMethod(Rule):
    """Methods of RandomState that a Generator has by another name are called by that.

    Before::

        print(varwg.rng.randint(6), varwg.rng.rand(2, 3))

    After::

        print(rng.integers(6), rng.random((2, 3)))
    """

    code = "VWG106"
    name = "not-a-method"
