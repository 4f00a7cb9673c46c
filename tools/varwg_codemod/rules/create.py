"""VWG007: where a program starts, its generator is made."""

from varwg_codemod.rules.base import Rule


class Create(Rule):
    """A script, a ``main`` or a test that draws without seeding first makes its generator once.

    Before::

        def main():
            print(varwg.rng.normal())

    After::

        def main():
            rng = np.random.default_rng()
            print(rng.normal())
    """

    code = "VWG007"
    name = "create"
