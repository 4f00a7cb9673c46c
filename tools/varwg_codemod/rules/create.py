"""VWG007: where a program starts, its generator is made."""

from collections.abc import Iterator

from varwg_codemod.edits import NUMPY, Edit
from varwg_codemod.facts import ModuleFacts
from varwg_codemod.modes import OWN
from varwg_codemod.plan import Plan
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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Make the generator before the first statement that needs it."""
        for key, _ in plan.units(facts.path, OWN):
            if plan.creates(key) and not plan.is_unseeded_test(key):
                yield from creation(plan, facts, key, self.code)


def creation(plan: Plan, facts: ModuleFacts, key: tuple[str, str], code: str) -> Iterator[Edit]:
    """The edit that makes an unseeded generator."""
    alias = plan.first_alias(key)
    if alias is not None:
        yield Edit(alias.spot.start, alias.spot.end, 0, f"{NUMPY}.random.default_rng()", code)
        return
    place = plan.place(key)
    if place is None:
        raise ValueError(f"found no place for a generator in `{key[1]}`")
    offset, indent = place
    new = f"rng = {NUMPY}.random.default_rng(){facts.newline}{indent}"
    yield Edit(offset, offset, -(10**9), new, code)
