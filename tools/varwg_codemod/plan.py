"""The decisions for a whole run, as the rules ask for them when they write their edits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from varwg_codemod.edits import VARWG
from varwg_codemod.entries import Entries
from varwg_codemod.facts import ImportName, ModuleFacts, Reference, Trouble, Unit
from varwg_codemod.links import Op, handling, link
from varwg_codemod.modes import GLOBAL, OWN, PARAMETER, SELF, Decider
from varwg_codemod.names import OLD_ROOTS, RNG
from varwg_codemod.order import creation_place
from varwg_codemod.program import Key, Program
from varwg_codemod.scan import MAIN, MODULE


@dataclass(frozen=True)
class Left:
    """A site that is left for a human."""

    path: str
    start: int
    end: int
    source: str
    trouble: Trouble
    old_name: bool


class Plan:
    """What is to become of each unit and each operation.

    Parameters
    ----------
    modules
        The facts of all files that were scanned.
    imports, packages
        What each file of the run imports, and the directories that are packages.
    blocked
        Codes of rules that must not be applied.
    used
        Imported names (path, name, what it is) that were used before the rewriting began.
    """

    def __init__(
        self,
        modules: Mapping[str, ModuleFacts],
        imports: Mapping[str, frozenset[str]],
        packages: frozenset[str],
        blocked: frozenset[str],
        used: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> None:
        self.used = used
        self.program = Program(modules, imports, packages)
        self.blocked = blocked
        self.entries = Entries(self.program)
        self._importers = self.program.imported_by()
        self.modes = Decider(self.program, link(self.program, blocked), blocked).decide()
        self._uses_get_rng = any(
            old.name == RNG and old.source.endswith(")") for facts in modules.values() for old in facts.old_names
        )

    def ops(self, path: str) -> Iterator[tuple[Key, Op]]:
        """The operations in a file, with the unit that each belongs to."""
        for key, found in self.modes.ops.items():
            if key[0] == path:
                for op in found:
                    yield key, op

    def units(self, path: str, mode: str) -> Iterator[tuple[Key, Unit]]:
        """The units of a file that have a given mode."""
        for key, found in self.modes.mode.items():
            if key[0] == path and found == mode:
                yield key, self.program.units[key]

    def mode(self, key: Key) -> str | None:
        """Where a unit's generator comes from; None if it needs none."""
        return self.modes.mode.get(key)

    def rewritten(self, key: Key) -> bool:
        """Whether the old names in a unit are replaced."""
        if key in self.modes.optional:
            return False
        return self.modes.mode.get(key) in {PARAMETER, OWN, SELF}

    def expression(self, key: Key) -> str:
        """How a unit names its generator."""
        mode = self.modes.mode.get(key)
        if mode == SELF:
            return f"{self.program.units[key].parameters[0]}.{RNG}"
        return self._borrowed(key) if mode == GLOBAL else RNG

    def _borrowed(self, key: Key) -> str:
        """The old global generator, as code that stays with it can name it."""
        for op in self.modes.ops.get(key, ()):
            if op.kind == "use" and op.old is not None:
                return op.source
        suffix = "get_rng()" if self._uses_get_rng else RNG
        bindings = self.program.modules[key[0]].bindings
        for name, ref in bindings:
            if ref[0] == "abs" and ref[1] in OLD_ROOTS:
                return f"{name}.{suffix}"
        return f"{VARWG}.{suffix}"

    def takes_generator(self, op: Op) -> bool:
        """Whether a call, or a function that is handed on, must be given the generator."""
        if op.passed or op.kind not in {"call", "api", "reference"}:
            return False
        if op.kind == "api":
            return self.modes.mode.get(op.unit) in {PARAMETER, OWN, SELF}
        return bool(op.targets) and all(self.modes.mode.get(target) == PARAMETER for target in op.targets)

    def creates(self, key: Key) -> bool:
        """Whether a unit must make a generator before its first operation."""
        if self.modes.mode.get(key) != OWN:
            return False
        leading = self.modes.leading.get(key)
        return leading is None or not self.rebinds(key, leading)

    def place(self, key: Key) -> tuple[int, str] | None:
        """Where a unit makes its generator: offset and indentation."""
        return creation_place(self.program.modules[key[0]], self.modes.active[key])

    def first_alias(self, key: Key) -> Op | None:
        """``rng = varwg.rng`` as a unit's first operation: where it makes its generator."""
        active = self.modes.active.get(key, [])
        if not active or not self.creates(key):
            return None
        first, place = active[0], self.place(key)
        alias = first.kind == "use" and first.old is not None and first.old.drop is not None
        if not alias or place is None or first.old is None or first.old.drop is None:
            return None
        return first if first.old.drop[0] <= place[0] < first.old.drop[1] else None

    def rebinds(self, key: Key, op: Op) -> bool:
        """Whether seeding may bind the name anew; otherwise it must reset the generator itself."""
        mode = self.modes.mode.get(key)
        if mode not in {OWN, SELF} or op.where.nested:
            return False
        leading = self.modes.leading.get(key) is op
        return (leading and not op.where.loops) or not self._escapes(key)

    def _escapes(self, key: Key) -> bool:
        """Whether anything a unit reaches keeps hold of the generator object."""
        for other in self.modes.reach.get(key, frozenset({key})):
            unit = self.program.units[other]
            if unit.generator and other != key:
                return True
            for op in self.modes.ops.get(other, ()):
                held = op.old is not None and op.kind == "use" and op.old.bare and not op.old.drop
                deferred = op.where.nested and other != key and self.mode(other) == PARAMETER
                if held or deferred or (op.kind == "reference" and self.takes_generator(op)):
                    return True
        return False

    def is_worker(self, key: Key) -> bool:
        """Whether a function that is no entry point seeds itself, once for each call."""
        entry = key[1].startswith("<") or self.entries.kind(key) is not None
        return not entry and key in self.modes.leading

    def is_unseeded_test(self, key: Key) -> bool:
        """Whether a unit is a test, fixture or hook that draws without a seed."""
        return key in self.modes.unseeded_tests

    def is_superfluous(self, path: str, name: ImportName) -> bool:
        """Whether an unused import may go: it was used before, or is of an old name only."""
        if (path, name.bound, name.ref) in self.used:
            return True
        return name.old and not self._importers[path]

    def hiding_imports(self, path: str) -> Iterator[int]:
        """Offsets of imports of the old generator that would hide the new variable `rng`."""
        for old in self.program.modules[path].old_names:
            if old.kind == "import" and old.source.split()[-1] == RNG:
                units = [(path, old.where.unit)]
                if old.where.unit == MODULE:
                    units.append((path, MAIN))
                if any(self.rewritten(u) and self.expression(u) == RNG for u in units):
                    yield old.spot.start

    def handled(self, reference: Reference) -> str:
        """How a function that is handed on gets its generator."""
        return handling(reference)

    def left(self, path: str) -> Iterator[Left]:
        """All sites of a file that are left for a human."""
        yield from self._doctests(path)
        for op in self.modes.left:
            if op.path == path and op.trouble is not None:
                old = op.old is not None and op.old.name != "" and not op.old.through_variable
                yield Left(path, op.spot.start, op.spot.end, op.source, op.trouble, old)
        for key, op in self.ops(path):
            if op.kind == "api" and not op.passed and self.modes.mode.get(key) == GLOBAL:
                reason = self.modes.reasons[key]
                yield Left(path, op.spot.start, op.spot.end, op.source, reason, False)
            if op.old is None or op.kind == "left":
                continue
            trouble = self._trouble(key, op)
            if trouble is not None:
                yield Left(path, op.spot.start, op.spot.end, op.source, trouble, not op.old.through_variable)

    def _doctests(self, path: str) -> Iterator[Left]:
        """Doctests of functions that take a generator now, which only a human can write anew."""
        for _, unit in self.units(path, PARAMETER):
            if unit.doctest is not None:
                trouble = Trouble("VWG102", f"the doctest of `{unit.short}` does not pass `rng`", "write it anew, with `rng`")
                yield Left(path, unit.doctest.start, unit.doctest.end, unit.short, trouble, False)

    def _trouble(self, key: Key, op: Op) -> Trouble | None:
        """Why an old name stays; None if it is rewritten."""
        if self.modes.mode.get(key) == GLOBAL:
            return self.modes.reasons[key]
        if key in self.modes.optional and op.kind == "use":
            return Trouble(
                "VWG118",
                "a function that takes `rng` falls back on the global generator",
                "make `rng` required and remove the fallback",
            )
        if op.kind == "store" and not self.stores(key, op):
            return Trouble("VWG108", "the global generator itself is replaced", "make one Generator and pass it on")
        return None

    def stores(self, key: Key, op: Op) -> bool:
        """Whether replacing the global generator can become making one."""
        own = self.modes.mode.get(key) == OWN and not op.where.nested
        return own and self.modes.leading.get(key) is op
