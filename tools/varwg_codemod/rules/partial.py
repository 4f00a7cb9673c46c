"""VWG011: functions that are handed on are bound to the generator."""

from varwg_codemod.rules.base import Rule


class Partial(Rule):
    """A function given to ``map`` and the like, or to ``functools.partial``, is bound to ``rng``.

    Before::

        list(map(noise, sizes))
        functools.partial(noise, 10)

    After::

        list(map(functools.partial(noise, rng=rng), sizes))
        functools.partial(noise, 10, rng=rng)
    """

    code = "VWG011"
    name = "partial"
