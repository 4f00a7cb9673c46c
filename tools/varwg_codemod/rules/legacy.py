"""VWG107: numpy.random's own global generator."""

import libcst as cst

from varwg_codemod.bindings import Bindings
from varwg_codemod.facts import Trouble
from varwg_codemod.names import GENERATOR_METHODS, LEGACY_METHODS, MODERN_NUMPY_RANDOM
from varwg_codemod.rules.base import Rule
from varwg_codemod.syntax import Syntax


class Legacy(Rule):
    """Reported: ``np.random.normal(...)``, ``np.random.seed(...)`` and the like."""

    code = "VWG107"
    name = "legacy-numpy"
    rewrites = False

    def leave(self, syntax: Syntax, bindings: Bindings, node: cst.CSTNode) -> Trouble | None:
        """Recognise the functions of numpy.random."""
        if not isinstance(node, (cst.Name, cst.Attribute)):
            return None
        ref = bindings.ref(node)
        if ref is None or ref[0] != "abs" or not ref[1].startswith("numpy.random."):
            return None
        name = ref[1].split(".")[2]
        if ref[1].count(".") > 2 or name in MODERN_NUMPY_RANDOM or name.startswith("_"):
            return None
        better = LEGACY_METHODS.get(name) or (f"rng.{name}(...)" if name in GENERATOR_METHODS else "rng")
        return Trouble(
            self.code,
            f"`numpy.random.{name}` uses numpy's own global generator",
            f"use `{better}` of an explicit Generator",
        )
