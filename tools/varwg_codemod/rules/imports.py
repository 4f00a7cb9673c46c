"""VWG012: imports that the rewriting has made superfluous go."""

from varwg_codemod.rules.base import Rule


class Imports(Rule):
    """Names that were imported for the old generator only, and are used no more, are removed.

    ``import numpy as np`` and ``import functools`` are added by the rules that need them.

    Before::

        from varwg import VarWG, rng, reseed

    After::

        from varwg import VarWG
    """

    code = "VWG012"
    name = "imports"
