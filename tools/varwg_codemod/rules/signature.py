"""VWG005: a function that draws takes a keyword-only generator."""

from varwg_codemod.rules.base import Rule


class Signature(Rule):
    """A function that draws, or calls one that does, gains ``rng``.

    Before::

        def noise(n, scale=1.0):
            return scale * varwg.rng.normal(size=n)

    After::

        def noise(n, scale=1.0, *, rng):
            return scale * rng.normal(size=n)
    """

    code = "VWG005"
    name = "signature"
