"""VWG012: imports that the rewriting has made superfluous go."""

from collections import defaultdict
from collections.abc import Iterator

from varwg_codemod.edits import Edit
from varwg_codemod.facts import ImportName, ModuleFacts
from varwg_codemod.plan import Plan
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

    def edits(self, plan: Plan, facts: ModuleFacts) -> Iterator[Edit]:
        """Remove unused names, or the whole statement when no name is left."""
        statements: dict[int, list[ImportName]] = defaultdict(list)
        for name in facts.imports:
            statements[name.statement.start].append(name)
        in_the_way = set(plan.hiding_imports(facts.path))
        for names in statements.values():
            unused = [n for n in names if n.uses == 0 and not n.exported and plan.is_superfluous(facts.path, n)]
            unused += [n for n in names if n.alias.start in in_the_way and n not in unused]
            if unused:
                yield from self._removed(names, unused)

    def _removed(self, names: list[ImportName], unused: list[ImportName]) -> Iterator[Edit]:
        if len(unused) == len(names):
            statement = names[0].statement
            if names[0].lone:
                yield Edit(*names[0].line, 0, "", self.code)
            else:
                yield Edit(statement.start, statement.end, 0, "pass", self.code)
            return
        kept_end: int | None = None
        for index, name in enumerate(names):
            if name not in unused:
                kept_end = name.alias.end
            elif any(later not in unused for later in names[index:]):
                yield Edit(name.alias.start, names[index + 1].alias.start, 0, "", self.code)
            elif kept_end is not None:
                yield Edit(kept_end, names[-1].alias.end, 0, "", self.code)
                return
