"""VWG005: a function that draws takes a keyword-only generator."""

from collections.abc import Iterator

from varwg_codemod.edits import NUMPY, Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.modes import PARAMETER
from varwg_codemod.plan import Plan
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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Add the parameter in the layout of the others."""
        for _, unit in plan.units(facts.path, PARAMETER):
            parameter = f"rng: {NUMPY}.random.Generator" if unit.annotated else "rng"
            for offset, text in unit.insertions:
                yield Edit(offset, offset, 0, text.replace("{}", parameter), self.code)
