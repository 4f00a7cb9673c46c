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
            reason = self._reason(key, self._selection.program.units[key])
            if reason is not None:
                self._selection.reasons.setdefault(key, reason)
        for op in self._selection.all:
            if op.kind == "reference" and op.reference is not None and not op.passed:
                self._force_references(op)
        self._spread_over_families()

    def _reason(self, key: Key, unit: Unit) -> Trouble | None:
        """Why a unit cannot gain a parameter or make a generator; None if it can."""
        if all(op.passed or op.kind == "property" for op in self._selection.ops[key]):
            return None
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
        if self._selection.entries.kind(key) is not None:
            return None
        return self._signature_reason(key, unit)

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
        if not decorators <= FACTORY_DECORATORS:
            other = sorted(decorators - FACTORY_DECORATORS)[0].removeprefix("here:")
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
            if target in self._selection.ops and not self._selection.seeds_itself(target):
                self._selection.reasons.setdefault(target, reason)

    def _spread_over_families(self) -> None:
        """Methods that override one another have the same signature, or all stay as they are."""
        todo = list(self._selection.reasons)
        while todo:
            key = todo.pop()
            for other in self._selection.same_signature(key):
                if other not in self._selection.reasons:
                    self._selection.reasons[other] = self._selection.reasons[key]
                    todo.append(other)
