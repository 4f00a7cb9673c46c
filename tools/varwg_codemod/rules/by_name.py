"""VWG013: method calls on objects of unknown class, matched by the method's name."""

from varwg_codemod.rules.base import Rule


class ByName(Rule):
    """A method name that only classes of the program have, all of which now take ``rng``.

    Unsafe: the object could be of a class that is not part of the run.

    Before::

        for model in models:
            model.perturb()

    After::

        for model in models:
            model.perturb(rng=rng)
    """

    code = "VWG013"
    name = "by-name"
    safe = False
