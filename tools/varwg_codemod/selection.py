"""Which units of a program draw or seed, directly or through others, and what each of them does."""

from collections.abc import Iterable
from dataclasses import replace

from varwg_codemod.entries import Entries
from varwg_codemod.facts import Trouble, Unit
from varwg_codemod.links import Op
from varwg_codemod.names import COMMON_METHODS, EVERYDAY_METHODS
from varwg_codemod.order import in_order, leading_seed
from varwg_codemod.program import Key, Program


class Selection:
    """The units that have to do with the stream, and their operations.

    `all` holds every operation of the program, `ops` those of the units concerned, in the order in
    which they happen; `needed` the units that draw or seed; `left` the operations that are for a
    human; `reasons` why a unit must stay with the global generator; `unless_own` the same for units that
    seed themselves, which holds only if they cannot make a generator of their own.

    Parameters
    ----------
    program, ops
        The program and all operations in it.
    blocked
        Codes of the rules that may not be applied; their sites are left alone.
    """

    def __init__(self, program: Program, ops: Iterable[Op], blocked: frozenset[str]) -> None:
        self.program = program
        self.blocked = blocked
        self.entries = Entries(program)
        self.all = [self.entries.rehome(op) for op in self._block(ops)]
        self.ops: dict[Key, list[Op]] = {}
        self.needed: list[Key] = []
        self.left: list[Op] = []
        self.reasons: dict[Key, Trouble] = {}
        self.unless_own: dict[Key, Trouble] = {}
        self._select_ops()

    def seeds_itself(self, key: Key) -> bool:
        """Whether a unit seeds before it does anything else with the stream."""
        return leading_seed(self.ops.get(key, [])) is not None

    def deny(self, key: Key) -> None:
        """A unit that cannot make its own generator stays with the global one if it cannot gain a parameter."""
        self.reasons.setdefault(key, self.unless_own.pop(key))
        self.spread_over_families()

    def spread_over_families(self) -> None:
        """Methods that override one another have the same signature, or all stay as they are."""
        todo = list(self.reasons)
        while todo:
            key = todo.pop()
            for other in self.same_signature(key):
                if other not in self.reasons:
                    self.reasons[other] = self.reasons[key]
                    todo.append(other)

    def _block(self, ops: Iterable[Op]) -> list[Op]:
        """Leave the sites whose rules are not selected."""
        codes = {"reseed": "VWG001", "use": "VWG002", "api": "VWG009", "store": "VWG015"}
        found = []
        for op in ops:
            code = codes.get(op.kind)
            if code is not None and code in self.blocked and not op.passed:
                op = _left(op, not_applied(code, op.source))
            found.append(op)
        return found

    def _select_ops(self) -> None:
        """Find the units that draw or seed, directly or through others, and what they do."""
        stochastic = self._stochastic(self.all)
        kept: list[Op] = []
        for op in self.all:
            if not op.targets:
                kept.append(op)
                continue
            if op.by_name:
                kept += self._by_name(op, stochastic)
            elif any(target in stochastic for target in op.targets):
                kept.append(op if self._alike(op, stochastic) else self._mixed(op, stochastic))
        self.needed = [key for key in self.program.units if key in stochastic]
        self.left = [op for op in kept if op.kind == "left"]
        for op in kept:
            if op.kind != "left" or not (op.old is not None and op.old.harmless):
                self.ops.setdefault(op.unit, []).append(op)
        self._add_ways_to(set(self.ops) - stochastic)
        self.ops = {key: in_order(found) for key, found in self.ops.items()}
        for key in self.needed:
            self.ops.setdefault(key, [])

    def _add_ways_to(self, hidden: set[Key]) -> None:
        """Keep the calls that lead to units of which only a human can tell whether they draw."""
        callers: dict[Key, list[Op]] = {}
        for op in self.all:
            for target in op.targets if not op.by_name else ():
                callers.setdefault(target, []).append(op)
        todo = list(hidden)
        while todo:
            for op in callers.get(todo.pop(), ()):
                new = op.unit not in self.ops
                known = self.ops.setdefault(op.unit, [])
                if op not in known:
                    known.append(op)
                if new:
                    todo.append(op.unit)

    def _stochastic(self, ops: Iterable[Op]) -> set[Key]:
        found = {key for key, unit in self.program.units.items() if unit.rng_required}
        callers: dict[Key, set[Key]] = {}
        for op in ops:
            if (op.telling or not op.targets) and not (op.old is not None and op.old.harmless) and not op.passed:
                found.add(op.unit)
            for target in op.targets:
                if not op.passed and not _guessed(op):
                    callers.setdefault(target, set()).add(op.unit)
        todo = list(found)
        while todo:
            key = todo.pop()
            for other in (*callers.get(key, ()), *self.same_signature(key)):
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return found

    def same_signature(self, key: Key) -> list[Key]:
        """Methods that must have the same parameters, because one may be called for the other."""
        unit = self.program.units[key]
        again = [other for other in self.program.redefined(key) if other != key]
        if again:
            return again
        inside = unit.cls is not None and (key[0], unit.cls) in self.program.classes
        if not inside or unit.short == "__init__" or self.entries.kind(key) is not None:
            return []
        return self._relatives(key, unit)

    def _relatives(self, key: Key, unit: Unit) -> list[Key]:
        """Methods that override a method, are overridden by it, or override the same one."""
        name = unit.short.split("#")[0]
        found: list[Key] = []
        for ancestor in self.program.lineage((key[0], unit.cls or "")):
            found += self.program.family(ancestor, name)
        return [other for other in dict.fromkeys(found) if other != key]

    def _alike(self, op: Op, stochastic: set[Key]) -> bool:
        """Whether all the functions that a call may run draw."""
        return op.kind != "call" or op.passed or stochastic.issuperset(op.targets)

    def _mixed(self, op: Op, stochastic: set[Key]) -> Op:
        """A call of several functions, of which only some draw: none of them may gain a parameter."""
        reason = Trouble(
            "VWG113",
            f"`{op.source}` may call different functions, of which only some draw",
            "give all of them a parameter `rng`, then pass it",
        )
        for key in stochastic.intersection(op.targets):
            self.reasons.setdefault(key, reason)
        return replace(op, kind="left", trouble=reason)

    def _by_name(self, op: Op, stochastic: set[Key]) -> list[Op]:
        """A method call on an object of unknown class: is it certain to be one of the program's?"""
        if op.call is None or op.call.method is None:
            return []
        candidates = [key for key in op.targets if key in stochastic]
        if op.passed or not (candidates or op.telling):
            return []
        name = op.call.method
        certain = len(candidates) == len(op.targets) and name not in COMMON_METHODS | EVERYDAY_METHODS
        if certain and "VWG013" not in self.blocked:
            return [op]
        trouble = Trouble(
            "VWG113",
            f"cannot tell which object `.{name}()` is called on",
            f"if it draws, write `{op.source}(..., rng=rng)`",
        )
        for key in candidates:
            reason = Trouble("VWG113", f"`.{name}()` is called on objects of unknown class", "pass `rng=` by hand")
            self.reasons.setdefault(key, reason)
        return [] if name in EVERYDAY_METHODS else [_left(op, trouble)]


def _guessed(op: Op) -> bool:
    """Whether a call is matched by a method name that many classes have."""
    return op.by_name and op.call is not None and op.call.method in COMMON_METHODS | EVERYDAY_METHODS


def not_applied(code: str, name: str) -> Trouble:
    """Why a site stays whose rule is not selected."""
    return Trouble(code, f"`{name}` is not rewritten: {code} is not applied", "apply that rule")


def _left(op: Op, trouble: Trouble) -> Op:
    return replace(op, kind="left", trouble=trouble, targets=op.targets if op.by_name else ())
