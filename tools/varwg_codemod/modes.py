"""For every unit that needs the stream: where does its generator come from?"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from varwg_codemod.entries import Entries
from varwg_codemod.facts import Trouble, Unit
from varwg_codemod.links import Op, handling
from varwg_codemod.names import (
    CACHE_DECORATORS,
    COMMON_METHODS,
    EVERYDAY_METHODS,
    FACTORY_DECORATORS,
    PROPERTY_DECORATORS,
    RNG,
    SETUP_METHODS,
)
from varwg_codemod.order import dominates, in_order, leading_seed, may_follow
from varwg_codemod.program import Key, Program
from varwg_codemod.scan import MAIN, MODULE

PARAMETER = "parameter"
OWN = "own"
GLOBAL = "global"
SELF = "self"


@dataclass
class Modes:
    """The decision for each unit.

    A unit gets its generator as a parameter, makes its own, keeps it in ``self.rng`` (unittest), or
    stays with the old global one, for which `reasons` says why. `ops` is all that a unit does with
    the stream, `active` the part for which it needs a generator, `leading` the seeding that comes
    before all of that part.
    """

    mode: dict[Key, str] = field(default_factory=dict)
    reasons: dict[Key, Trouble] = field(default_factory=dict)
    ops: dict[Key, list[Op]] = field(default_factory=dict)
    active: dict[Key, list[Op]] = field(default_factory=dict)
    leading: dict[Key, Op] = field(default_factory=dict)
    left: list[Op] = field(default_factory=list)
    unseeded_tests: set[Key] = field(default_factory=set)
    optional: set[Key] = field(default_factory=set)
    reach: dict[Key, frozenset[Key]] = field(default_factory=dict)


class Decider:
    """Decides the mode of every unit of a program.

    Parameters
    ----------
    program, ops
        The program and all operations in it.
    blocked
        Codes of the rules that may not be applied; their sites are left alone.
    """

    def __init__(self, program: Program, ops: Iterable[Op], blocked: frozenset[str]) -> None:
        self._program = program
        self._blocked = blocked
        self._entries = Entries(program)
        self._result = Modes()
        self._all = [self._entries.rehome(op) for op in self._block(ops)]
        self._ops: dict[Key, list[Op]] = {}
        self._own: set[Key] = set()
        self._needed: list[Key] = []

    def decide(self) -> Modes:
        """The modes of all units that need the stream."""
        self._select_ops()
        self._force_global()
        self._find_own()
        self._find_self()
        self._fill()
        self._prune()
        self._spread()
        self._result.ops = self._ops
        return self._result

    # Which units have to do with the stream

    def _block(self, ops: Iterable[Op]) -> list[Op]:
        """Leave the sites whose rules are not selected."""
        codes = {"reseed": "VWG001", "use": "VWG002", "api": "VWG009", "store": "VWG015"}
        found = []
        for op in ops:
            code = codes.get(op.kind)
            if code is not None and code in self._blocked and not op.passed:
                op = _left(op, _not_applied(code, op.source))
            found.append(op)
        return found

    def _select_ops(self) -> None:
        """Find the units that draw or seed, directly or through others, and what they do."""
        stochastic = self._stochastic(self._all)
        kept: list[Op] = []
        for op in self._all:
            if not op.targets:
                kept.append(op)
                continue
            if op.by_name:
                kept += self._by_name(op, stochastic)
            elif any(target in stochastic for target in op.targets):
                kept.append(op if self._alike(op, stochastic) else self._mixed(op, stochastic))
        self._needed = [key for key in self._program.units if key in stochastic]
        self._result.left = [op for op in kept if op.kind == "left"]
        for op in kept:
            if op.kind != "left" or not (op.old is not None and op.old.harmless):
                self._ops.setdefault(op.unit, []).append(op)
        self._add_ways_to(set(self._ops) - stochastic)
        self._ops = {key: in_order(found) for key, found in self._ops.items()}
        for key in self._needed:
            self._ops.setdefault(key, [])

    def _add_ways_to(self, hidden: set[Key]) -> None:
        """Keep the calls that lead to units of which only a human can tell whether they draw."""
        callers: dict[Key, list[Op]] = {}
        for op in self._all:
            for target in op.targets if not op.by_name else ():
                callers.setdefault(target, []).append(op)
        todo = list(hidden)
        while todo:
            for op in callers.get(todo.pop(), ()):
                new = op.unit not in self._ops
                known = self._ops.setdefault(op.unit, [])
                if op not in known:
                    known.append(op)
                if new:
                    todo.append(op.unit)

    def _stochastic(self, ops: Iterable[Op]) -> set[Key]:
        found = {key for key, unit in self._program.units.items() if unit.rng_required}
        callers: dict[Key, set[Key]] = {}
        for op in ops:
            if not op.targets and not (op.old is not None and op.old.harmless) and not op.passed:
                found.add(op.unit)
            for target in op.targets:
                if not op.passed and not _guessed(op):
                    callers.setdefault(target, set()).add(op.unit)
        todo = list(found)
        while todo:
            key = todo.pop()
            for other in (*callers.get(key, ()), *self._same_signature(key)):
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return found

    def _same_signature(self, key: Key) -> list[Key]:
        """Methods that must have the same parameters, because one may be called for the other."""
        unit = self._program.units[key]
        again = [other for other in self._program.redefined(key) if other != key]
        if again:
            return again
        inside = unit.cls is not None and (key[0], unit.cls) in self._program.classes
        if not inside or unit.short == "__init__" or self._entries.kind(key) is not None:
            return []
        return self._relatives(key, unit)

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
            self._result.reasons.setdefault(key, reason)
        return replace(op, kind="left", trouble=reason)

    def _by_name(self, op: Op, stochastic: set[Key]) -> list[Op]:
        """A method call on an object of unknown class: is it certain to be one of the program's?"""
        assert op.call is not None and op.call.method is not None
        candidates = [key for key in op.targets if key in stochastic]
        if not candidates or op.passed:
            return []
        name = op.call.method
        certain = len(candidates) == len(op.targets) and name not in COMMON_METHODS | EVERYDAY_METHODS
        if certain and "VWG013" not in self._blocked:
            return [op]
        trouble = Trouble(
            "VWG113",
            f"cannot tell which object `.{name}()` is called on",
            f"if it draws, write `{op.source}(..., rng=rng)`",
        )
        for key in candidates:
            reason = Trouble("VWG113", f"`.{name}()` is called on objects of unknown class", "pass `rng=` by hand")
            self._result.reasons.setdefault(key, reason)
        return [] if name in EVERYDAY_METHODS else [_left(op, trouble)]

    # Units that must stay with the global generator

    def _force_global(self) -> None:
        for key in self._needed:
            reason = self._reason(key, self._program.units[key])
            if reason is not None:
                self._result.reasons.setdefault(key, reason)
        for op in self._all:
            if op.kind == "reference" and op.reference is not None and not op.passed:
                self._force_references(op)
        self._spread_over_families()

    def _reason(self, key: Key, unit: Unit) -> Trouble | None:
        """Why a unit cannot gain a parameter or make a generator; None if it can."""
        if all(op.passed or op.kind == "property" for op in self._ops[key]):
            return None
        if self._entries.is_library_level(key):
            return Trouble(
                "VWG109",
                "module-level code draws or seeds when the module is imported",
                "move it into a function that takes `rng`",
            )
        if RNG in unit.parameters and self._only_falls_back(key):
            self._result.optional.add(key)
            return self._signature_reason(key, unit)
        if RNG in unit.parameters:
            return Trouble(
                "VWG118",
                f"`{unit.short}` has a parameter `rng` and uses the global generator as well",
                "make `rng` required and remove the fallback",
            )
        if unit.foreign_rng:
            return Trouble("VWG108", "`rng` is another variable in this function", "rename it, then run again")
        if self._entries.kind(key) is not None:
            return None
        if {"VWG005", "VWG006"} & self._blocked and not self._seeds_itself(key):
            return _not_applied("VWG005", unit.short)
        return self._signature_reason(key, unit)

    def _only_falls_back(self, key: Key) -> bool:
        """Whether a function takes `rng` and names the global generator as its default only."""
        return all(op.passed or op.targets or (op.kind == "use" and op.old is not None and op.old.alias) for op in self._ops[key])

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
        if cls not in self._program.classes or unit.short == "__init__":
            return False
        called = any(key in op.targets and op.kind == "call" for op in self._all)
        return not called and self._program.has_foreign_base(cls)

    def _force_references(self, op: Op) -> None:
        """Functions that are handed on where no generator can be bound to them stay global."""
        assert op.reference is not None
        how = handling(op.reference)
        if how in {"partial", "wrap"} and "VWG011" not in self._blocked:
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
            if target in self._ops and not self._seeds_itself(target):
                self._result.reasons.setdefault(target, reason)

    def _spread_over_families(self) -> None:
        """Methods that override one another have the same signature, or all stay as they are."""
        todo = list(self._result.reasons)
        while todo:
            key = todo.pop()
            for other in self._same_signature(key):
                if other not in self._result.reasons:
                    self._result.reasons[other] = self._result.reasons[key]
                    todo.append(other)

    def _relatives(self, key: Key, unit: Unit) -> list[Key]:
        """Methods that override a method, are overridden by it, or override the same one."""
        name = unit.short.split("#")[0]
        found: list[Key] = []
        for ancestor in self._program.lineage((key[0], unit.cls or "")):
            found += self._program.family(ancestor, name)
        return [other for other in dict.fromkeys(found) if other != key]

    # Units that make their own generator

    def _seeds_itself(self, key: Key) -> bool:
        return leading_seed(self._ops.get(key, [])) is not None

    def _find_own(self) -> None:
        callers = self._callers()
        candidates = {
            key
            for key in self._ops
            if key not in self._result.reasons
            and RNG not in self._program.units[key].parameters
            and (self._entries.kind(key) or self._seeds_itself(key))
        }
        # The largest set in which nobody draws on after a unit that makes its own generator.
        while True:
            bad = {key for key in candidates if not self._may_own(key, candidates, callers)}
            if not bad:
                break
            candidates -= bad
        self._own = candidates

    def _callers(self) -> dict[Key, list[Op]]:
        callers: dict[Key, list[Op]] = {}
        for ops in self._ops.values():
            for op in ops:
                for target in op.targets:
                    callers.setdefault(target, []).append(op)
        return callers

    def _may_own(self, key: Key, own: set[Key], callers: dict[Key, list[Op]]) -> bool:
        kind = self._entries.kind(key)
        if kind is not None and kind != "main":
            return True
        calls = callers.get(key, [])
        if kind == "main" and not self._seeds_itself(key):
            return all(self._only_calls(op.unit, own) for op in calls)
        if self._only_seeds(key) and not calls:
            return False
        return not any(self._observed(op, own, callers, frozenset()) for op in calls)

    def _only_calls(self, key: Key, own: set[Key]) -> bool:
        """Whether a unit does nothing with the stream but call units that have their own."""
        return all(op.targets and set(op.targets) <= own for op in self._ops.get(key, []))

    def _only_seeds(self, key: Key) -> bool:
        return all(op.kind in {"reseed", "store"} for op in self._ops[key])

    def _observed(self, call: Op, own: set[Key], callers: dict[Key, list[Op]], seen: frozenset[Key]) -> bool:
        """Whether somebody draws on from the state in which a self-seeding unit leaves the stream."""
        if call.kind == "reference" and call.reference and handling(call.reference) == "executor":
            return False
        unit = call.unit
        if unit in seen:
            return True
        ops = self._ops.get(unit, [])
        for op in ops:
            if op is call or op.kind in {"reseed", "store"} or not may_follow(op, call.where):
                continue
            if op.targets and set(op.targets) <= own and all(self._seeds_itself(t) for t in op.targets):
                continue
            if not self._reseeded_between(ops, call, op):
                return True
        if self._entries.kind(unit) is not None and unit in own | set(self._result.reasons):
            return False
        return any(self._observed(op, own, callers, seen | {unit}) for op in callers.get(unit, []))

    def _reseeded_between(self, ops: list[Op], call: Op, op: Op) -> bool:
        return any(
            seed.kind == "reseed"
            and not seed.where.nested
            and (dominates(seed.where, op) and not dominates(seed.where, call))
            and (seed.where.moment > call.where.moment or set(seed.where.loops) & set(call.where.loops))
            for seed in ops
        )

    # unittest classes

    def _find_self(self) -> None:
        """Methods of test classes whose setUp seeds keep the generator in ``self.rng``."""
        for cls in self._program.classes:
            setup = self._seeding_setup(cls)
            if setup is None or self._program.classes[cls].rng_attribute:
                continue
            for key in self._members(cls):
                if key in self._ops and key not in self._result.reasons:
                    self._result.mode[key] = SELF
                    self._own.discard(key)

    def _members(self, cls: Key) -> list[Key]:
        methods = self._program.classes[cls].methods
        keys = [(cls[0], f"{cls[1]}.{name}") for name in methods]
        static = {"staticmethod", "classmethod"}
        return [
            key
            for key in keys
            if key in self._program.units
            and not static & set(self._program.units[key].decorators)
            and self._program.units[key].parameters
        ]

    def _seeding_setup(self, cls: Key) -> Key | None:
        """The setUp of a test class, if it certainly seeds before anything else."""
        for name in sorted(SETUP_METHODS):
            for key in self._program.method(cls, name):
                ops = self._ops.get(key, [])
                seed = leading_seed(ops)
                if seed is None or seed.kind != "reseed" or key in self._result.reasons:
                    continue
                unit = self._program.units[key]
                early = unit.early_exit is not None and unit.early_exit < seed.spot.start
                used = any(op.kind != "reseed" for member in (*self._members(cls), key) for op in self._ops.get(member, []))
                if len(seed.where.path) == 1 and not early and used:
                    return key
        return None

    # The rest

    def _fill(self) -> None:
        for key in self._ops:
            if key in self._result.reasons:
                self._result.mode[key] = GLOBAL
            elif key in self._own:
                self._result.mode[key] = OWN
            elif key not in self._result.mode:
                self._result.mode[key] = PARAMETER

    def _prune(self) -> None:
        """Forget the units that need no generator, as they only call units that make their own."""
        needing = {key for key, ops in self._ops.items() if any(_needs(op) for op in ops)}
        needing |= {key for key in self._ops if self._program.units[key].rng_required}
        while True:
            more = {
                key for key, ops in self._ops.items() if key not in needing and any(self._hands_on(op, needing) for op in ops)
            }
            more |= {
                other
                for key in needing
                if self._result.mode.get(key) == PARAMETER
                for other in self._same_signature(key)
                if other not in needing
            }
            if not more:
                break
            needing |= more
            for key in more:
                self._ops.setdefault(key, [])
                self._result.mode.setdefault(key, PARAMETER)
        for key in set(self._result.mode) - needing:
            if self._result.mode[key] != GLOBAL:
                del self._result.mode[key]
        for key, ops in self._ops.items():
            active = [op for op in ops if _needs(op) or self._hands_on(op, needing)]
            self._result.active[key] = active
            seed = leading_seed(active)
            if seed is not None:
                self._result.leading[key] = seed

    def _hands_on(self, op: Op, needing: set[Key]) -> bool:
        """Whether a call needs a generator to pass."""
        return not op.passed and any(target in needing and self._result.mode.get(target) == PARAMETER for target in op.targets)

    def _spread(self) -> None:
        """Units that would make a generator stay global when they reach code that must stay so."""
        self._result.reach = self._reaches()
        self._leave_blocked()
        self._leave_hidden_seeding()
        changed = True
        while changed:
            changed = False
            for key in [k for k, mode in self._result.mode.items() if mode in {OWN, SELF}]:
                culprit = self._culprit(key)
                if culprit is not None:
                    self._make_global(key, culprit)
                    changed = True

    def _leave_blocked(self) -> None:
        """Units that would need a rule that must not be applied stay as they are."""
        for key, mode in list(self._result.mode.items()):
            leading = self._result.leading.get(key)
            seeds = [op for op in self._result.active.get(key, []) if op.kind == "reseed"]
            worker = leading is not None and (leading.where.loops or not self._entries.kind(key))
            codes = {
                "VWG003": any(mode == PARAMETER or op is not leading for op in seeds),
                "VWG004": mode == OWN and bool(worker),
                "VWG007": mode == OWN and leading is None,
                "VWG008": mode == SELF,
            }
            needed = sorted(code for code, needs in codes.items() if needs and code in self._blocked)
            if needed and self._result.mode[key] != GLOBAL:
                self._make_global(key, _not_applied(needed[0], self._program.units[key].short))

    def _make_global(self, key: Key, reason: Trouble) -> None:
        realm = [key]
        if self._result.mode[key] == SELF:
            file, cls = key[0], self._program.units[key].cls
            realm = [
                k for k, mode in self._result.mode.items() if mode == SELF and k[0] == file and self._program.units[k].cls == cls
            ]
        for member in realm:
            self._result.mode[member] = GLOBAL
            self._result.reasons[member] = reason

    def _reaches(self) -> dict[Key, frozenset[Key]]:
        """For each unit, all units that run because of it, itself included."""
        direct = {key: {t for op in ops for t in op.targets if t in self._ops} for key, ops in self._ops.items()}
        reach = {}
        for key in direct:
            found, todo = {key}, [key]
            while todo:
                for target in direct[todo.pop()] - found:
                    found.add(target)
                    todo.append(target)
            reach[key] = frozenset(found)
        return reach

    def _culprit(self, key: Key) -> Trouble | None:
        """What a unit reaches that still uses the global generator."""
        if key[1] in {MODULE, MAIN}:
            for unit, op in self._by_bare_name(key[0]):
                if op.kind == "left" or self._result.mode.get(unit) == GLOBAL:
                    return _kept(f"{op.path}:{op.spot.line}")
        for other in sorted(self._result.reach[key]):
            if self._result.mode.get(other) == GLOBAL and other != key and self._ops[other]:
                spot = self._program.units[other].spot
                return _kept(f"{other[0]}:{spot.line} ({self._program.units[other].short})")
            for op in self._ops[other]:
                if op.kind == "left" or (op.kind == "store" and self._result.leading.get(other) is not op):
                    return _kept(f"{op.path}:{op.spot.line}")
        return None

    def _by_bare_name(self, path: str) -> list[tuple[Key, Op]]:
        """Uses of the global generator in a file under the name `rng` itself."""
        return [
            (key, op) for key, ops in self._ops.items() if key[0] == path for op in ops if op.old is not None and op.source == RNG
        ]

    def _leave_hidden_seeding(self) -> None:
        """Seeding whose draws are not to be seen here: fixtures, hooks, calls into unknown code."""
        seeders = [key for key in self._result.mode if self._seeds_for_others(key)]
        for key in seeders:
            self._make_global(
                key,
                Trouble(
                    "VWG116",
                    "this seeds the global generator for code that is not to be seen here",
                    "make a Generator and pass it to what draws",
                ),
            )
        hidden = [k for k, m in self._result.mode.items() if m == GLOBAL and self._has_seed(k)]
        for key, mode in list(self._result.mode.items()):
            if mode != OWN or key in self._result.leading or not self._draws(key):
                continue
            seeder = next((s for s in self._outer_seeders(key) if self._entries.may_seed(s, key)), None)
            seeder = seeder or next((s for s in hidden if self._entries.may_seed(s, key)), None)
            if seeder is not None:
                spot = self._program.units[seeder].spot
                reason = _kept(f"{seeder[0]}:{spot.line}, which seeds it,")
                self._make_global(key, reason)
                if self._result.mode.get(seeder) in {OWN, SELF}:
                    self._make_global(seeder, reason)
            elif self._entries.kind(key) in {"test", "fixture", "hook"}:
                self._result.unseeded_tests.add(key)
                if "VWG014" in self._blocked:
                    self._make_global(key, Trouble("VWG014", "this test draws without a seed", "choose a seed"))

    def _has_seed(self, key: Key) -> bool:
        return any(op.old is not None and op.old.name == "reseed" for op in self._ops[key])

    def _draws(self, key: Key) -> bool:
        return any(op.kind not in {"reseed", "store"} for op in self._ops[key])

    def _outer_seeders(self, key: Key) -> list[Key]:
        """Fixtures and hooks that seed, whose stream a test without a seed goes on with."""
        return [
            other
            for other in self._result.mode
            if other != key and self._entries.kind(other) in {"fixture", "hook"} and self._has_seed(other)
        ]

    def _seeds_for_others(self, key: Key) -> bool:
        """Whether a unit that would make its own generator seeds without drawing after it."""
        if self._result.mode[key] != OWN:
            return False
        ops = self._ops[key]
        seeds = [op for op in ops if op.kind == "reseed"]
        if not seeds:
            return False
        last = seeds[-1]
        followed = any(op.kind not in {"reseed", "store"} and may_follow(op, last.where) for op in ops)
        if followed:
            return False
        if self._entries.kind(key) in {"fixture", "hook"}:
            return True
        return self._entries.calls_unknown(key, last.where.moment)


def _guessed(op: Op) -> bool:
    """Whether a call is matched by a method name that many classes have."""
    return op.by_name and op.call is not None and op.call.method in COMMON_METHODS | EVERYDAY_METHODS


def _not_applied(code: str, name: str) -> Trouble:
    return Trouble(code, f"`{name}` is not rewritten: {code} is not applied", "apply that rule")


def _needs(op: Op) -> bool:
    return op.kind in {"use", "reseed", "store"} or (op.kind == "api" and not op.passed)


def _kept(where: str) -> Trouble:
    return Trouble(
        "VWG117",
        f"kept on the global generator, because {where} still uses it",
        "rewrite that place by hand, then run the codemod again",
    )


def _left(op: Op, trouble: Trouble) -> Op:
    return replace(op, kind="left", trouble=trouble, targets=op.targets if op.by_name else ())
