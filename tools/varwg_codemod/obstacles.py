"""Why a unit cannot gain a parameter or make a generator, and must stay with the global one."""

from varwg_codemod.facts import Trouble, Unit
from varwg_codemod.links import Op, handling
from varwg_codemod.names import CACHE_DECORATORS, FACTORY_DECORATORS, PROPERTY_DECORATORS, RNG
from varwg_codemod.program import Key
from varwg_codemod.selection import Selection


class Obstacles:
    """Adds to the reasons of a selection; `optional` are units that take `rng` and fall back on the global one."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.optional: set[Key] = set()

    def find(self) -> None:
        """Find a reason for every unit that has one."""
        for key in self._selection.needed:
            if all(op.passed or op.kind == "property" for op in self._selection.ops[key]):
                continue
            unit = self._selection.program.units[key]
            reason = self._reason(key, unit)
            if reason is not None:
                self._selection.reasons.setdefault(key, reason)
            elif self._selection.entries.kind(key) is None:
                self._against_parameter(key, self._signature_reason(key, unit))
        for op in self._selection.all:
            if op.kind == "reference" and op.reference is not None and not op.passed:
                self._force_references(op)
        self._selection.spread_over_families()

    def _against_parameter(self, key: Key, reason: Trouble | None) -> None:
        """Note why a unit cannot gain a parameter, which matters to one that seeds itself only if it needs one."""
        if reason is None:
            return
        if self._selection.seeds_itself(key) and reason.code != "VWG105" and self._is_run_apart(key):
            self._selection.unless_own.setdefault(key, reason)
        else:
            self._selection.reasons.setdefault(key, reason)

    def _is_run_apart(self, key: Key) -> bool:
        """Whether no base class from elsewhere can run a method in the middle of somebody else's draws."""
        cls = key[0], self._selection.program.units[key].cls or ""
        program = self._selection.program
        return cls not in program.classes or not program.has_foreign_base(cls) or program.is_thread(cls)

    def _reason(self, key: Key, unit: Unit) -> Trouble | None:
        """Why a unit can neither gain a parameter nor make a generator."""
        if self._selection.entries.is_library_level(key):
            return Trouble(
                "VWG109",
                "module-level code draws or seeds when the module is imported",
                "move it into a function that takes `rng`",
            )
        if RNG in unit.parameters and self._only_falls_back(key):
            self.optional.add(key)
            return self._signature_reason(key, unit)
        if RNG in unit.parameters:
            return Trouble(
                "VWG118",
                f"`{unit.short}` has a parameter `rng` and uses the global generator as well",
                "make `rng` required and remove the fallback",
            )
        if any(op.kind == "call" and op.passed and key in op.targets for op in self._selection.all):
            return Trouble(
                "VWG118",
                f"`{unit.short}` is given `rng` already, though it has no such parameter",
                "take `rng` as a parameter and draw from it",
            )
        if unit.foreign_rng:
            return Trouble("VWG108", "`rng` is another variable in this function", "rename it, then run again")
        return None

    def _only_falls_back(self, key: Key) -> bool:
        """Whether a function takes `rng` and names the global generator as its default only."""
        return all(
            op.passed or op.targets or (op.kind == "use" and op.old is not None and op.old.alias)
            for op in self._selection.ops[key]
        )

    def _signature_reason(self, key: Key, unit: Unit) -> Trouble | None:
        decorators = set(unit.decorators)
        if decorators & PROPERTY_DECORATORS or any(d.endswith((".setter", ".getter")) for d in decorators):
            return Trouble("VWG105", f"the property `{unit.short}` draws", "make it a method that takes `rng`")
        if unit.short.startswith("__") and unit.short.endswith("__") and unit.short != "__init__":
            return Trouble("VWG105", f"`{unit.short}` is called by Python itself", "draw in a method that takes `rng`")
        if decorators & CACHE_DECORATORS:
            return Trouble("VWG114", f"`{unit.short}` is cached but draws", "draw outside of the cache")
        opaque = sorted(d for d in decorators - FACTORY_DECORATORS if not self._hands_on(key[0], d))
        if opaque:
            other = opaque[0].removeprefix("here:")
            return Trouble(
                "VWG114",
                f"the decorator `{other}` may not hand `rng` on to `{unit.short}`",
                "let it pass keyword arguments, then add `rng` by hand",
            )
        if unit.cls is not None and self._called_from_outside(key, unit):
            return Trouble(
                "VWG112",
                f"`{unit.short}` may be called by a base class from elsewhere",
                "keep a Generator in the object and draw from it",
            )
        return None

    def _hands_on(self, path: str, decorator: str) -> bool:
        """Whether a decorator is a function of the program that passes keyword arguments on, and does not draw itself."""
        kind, _, name = decorator.rpartition(":")
        units = self._selection.program.define(path, (kind or "abs", name)).units
        stochastic = self._selection.ops
        return bool(units) and all(self._selection.program.units[u].hands_on_keywords and u not in stochastic for u in units)

    def _called_from_outside(self, key: Key, unit: Unit) -> bool:
        cls = key[0], unit.cls or ""
        if cls not in self._selection.program.classes or unit.short == "__init__":
            return False
        called = any(key in op.targets and op.kind == "call" for op in self._selection.all)
        return not called and self._selection.program.has_foreign_base(cls)

    def _force_references(self, op: Op) -> None:
        """Functions that are handed on where no generator can be bound to them stay global."""
        if op.reference is None:
            return
        how = handling(op.reference)
        if how in {"partial", "wrap"} and "VWG011" not in self._selection.blocked:
            return
        to = f" to `{op.reference.given_to}`" if op.reference.given_to else ""
        reason = Trouble(
            "VWG112",
            f"`{op.source}` is handed on{to} and draws from a stream it shares",
            "give each task a Generator of its own, e.g. varwg.realization_rng(i, seed=seed)"
            if how == "executor"
            else "hand on functools.partial(..., rng=rng)",
        )
        for target in op.targets:
            if target in self._selection.ops and self._selection.seeds_itself(target):
                self._selection.unless_own.setdefault(target, reason)
            elif target in self._selection.ops:
                self._selection.reasons.setdefault(target, reason)
