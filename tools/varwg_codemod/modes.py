"""For every unit that needs the stream: where does its generator come from?"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from varwg_codemod.facts import Trouble
from varwg_codemod.links import Op, handling
from varwg_codemod.names import (
    RNG,
    SETUP_METHODS,
)
from varwg_codemod.obstacles import Obstacles
from varwg_codemod.order import dominates, leading_seed, may_follow
from varwg_codemod.program import Key, Program
from varwg_codemod.scan import MAIN, MODULE
from varwg_codemod.selection import Selection, not_applied

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
        self._selection = Selection(program, ops, blocked)
        self._entries = self._selection.entries
        self._ops = self._selection.ops
        self._result = Modes(reasons=self._selection.reasons, ops=self._ops, left=self._selection.left)
        self._own: set[Key] = set()

    def decide(self) -> Modes:
        """The modes of all units that need the stream."""
        obstacles = Obstacles(self._selection)
        obstacles.find()
        self._result.optional = obstacles.optional
        self._find_own()
        self._find_self()
        self._fill()
        self._prune()
        self._spread()
        return self._result

    # Units that make their own generator

    def _find_own(self) -> None:
        callers = self._callers()
        while True:
            self._own = self._largest_own(callers)
            denied = [k for k in self._selection.unless_own if k not in self._own and k not in self._result.reasons]
            if not denied:
                return
            for key in denied:
                self._selection.deny(key)

    def _largest_own(self, callers: dict[Key, list[Op]]) -> set[Key]:
        """The largest set in which nobody draws on after a unit that makes its own generator."""
        candidates = {
            key
            for key in self._ops
            if key not in self._result.reasons
            and RNG not in self._program.units[key].parameters
            and (self._entries.kind(key) or self._selection.seeds_itself(key))
        }
        while True:
            bad = {key for key in candidates if not self._may_own(key, candidates, callers)}
            if not bad:
                return candidates
            candidates -= bad

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
        if kind == "main" and not self._selection.seeds_itself(key):
            return all(self._only_calls(op.unit, own) for op in calls)
        if self._only_seeds(key) and all(op.kind == "reference" for op in calls):
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
            if op.targets and set(op.targets) <= own and all(self._selection.seeds_itself(t) for t in op.targets):
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
                for other in self._selection.same_signature(key)
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
        self._leave_lasting()
        self._leave_hidden_seeding()
        self._keep_entries()
        while self._keep_with_callers():
            self._keep_entries()

    def _keep_entries(self) -> None:
        changed = True
        while changed:
            changed = False
            for key in [k for k, mode in self._result.mode.items() if mode in {OWN, SELF}]:
                culprit = self._culprit(key)
                if culprit is not None:
                    self._make_global(key, culprit)
                    changed = True

    def _keep_with_callers(self) -> bool:
        """Whether there were functions that only callers with the global generator use, so many that they keep it as well.

        Parameters would only move old names from functions to the calls of them, and make more of them.
        """
        callers = self._callers()
        left = {key for key, mode in self._result.mode.items() if mode == PARAMETER}
        left -= {key for key in left if self._takes_already(key) or not self._used_by(key, callers)}
        while True:
            wanted = {key for key in left if any(self._wants(op, left) for op in self._used_by(key, callers))}
            if not wanted:
                break
            left -= wanted
        kept = [key for group in self._groups(left) if self._makes_more(group, callers) for key in group]
        for key in kept:
            op = self._used_by(key, callers)[0]
            self._make_global(key, _kept(f"{op.path}:{op.spot.line}, which calls it,"))
        return bool(kept)

    def _groups(self, keys: set[Key]) -> list[set[Key]]:
        """The units in groups that call one another, or must have the same signature."""
        near: dict[Key, set[Key]] = {key: keys & set(self._selection.same_signature(key)) for key in keys}
        for key in keys:
            for target in keys.intersection(t for op in self._ops.get(key, ()) for t in op.targets):
                near[key].add(target)
                near[target].add(key)
        groups: list[set[Key]] = []
        rest = set(keys)
        while rest:
            todo, group = [rest.pop()], set[Key]()
            while todo:
                key = todo.pop()
                group.add(key)
                todo += near[key] - group
            rest -= group
            groups.append(group)
        return groups

    def _makes_more(self, group: set[Key], callers: dict[Key, list[Op]]) -> bool:
        """Whether more calls would have to pass the global generator than there are uses of it inside."""
        inside = sum(op.old is not None and op.kind in {"use", "reseed"} for key in group for op in self._ops.get(key, ()))
        calls = {(op.path, op.spot.start) for key in group for op in callers.get(key, ()) if op.unit not in group}
        return len(calls) > inside

    def _takes_already(self, key: Key) -> bool:
        alike = [key, *self._selection.same_signature(key)]
        return any(RNG in self._program.units[one].parameters for one in alike)

    def _used_by(self, key: Key, callers: dict[Key, list[Op]]) -> list[Op]:
        """The calls of a unit, or of one that must have the same signature, from other units."""
        alike = [key, *self._selection.same_signature(key)]
        return [op for one in alike for op in callers.get(one, ()) if op.kind != "property" and op.unit not in alike]

    def _wants(self, op: Op, left: set[Key]) -> bool:
        """Whether a caller has a generator of its own to pass."""
        return op.passed or (self._result.mode.get(op.unit) != GLOBAL and op.unit not in left)

    def _leave_blocked(self) -> None:
        """Units that would need a rule that must not be applied stay as they are."""
        for key, mode in list(self._result.mode.items()):
            leading = self._result.leading.get(key)
            seeds = [op for op in self._result.active.get(key, []) if op.kind == "reseed"]
            worker = leading is not None and (leading.where.loops or not self._entries.kind(key))
            codes = {
                "VWG003": any(mode == PARAMETER or op is not leading for op in seeds),
                "VWG004": mode == OWN and bool(worker),
                "VWG005": mode == PARAMETER,
                "VWG006": mode == PARAMETER,
                "VWG007": mode == OWN and leading is None,
                "VWG008": mode == SELF,
            }
            needed = sorted(code for code, needs in codes.items() if needs and code in self._blocked)
            if needed and self._result.mode[key] != GLOBAL:
                self._make_global(key, not_applied(needed[0], self._program.units[key].short))

    def _make_global(self, key: Key, reason: Trouble) -> None:
        realm = [key]
        if self._result.mode[key] == SELF:
            realm = [k for k, mode in self._result.mode.items() if mode == SELF and self._are_related(k, key)]
        for member in realm:
            self._result.mode[member] = GLOBAL
            self._result.reasons[member] = reason

    def _are_related(self, key: Key, other: Key) -> bool:
        """Whether two methods may be of one object, and share its ``self.rng``."""
        one, two = ((k[0], self._program.units[k].cls or "") for k in (key, other))
        if one not in self._program.descendants or two not in self._program.descendants:
            return False
        return bool({one, *self._program.descendants[one]} & {two, *self._program.descendants[two]})

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
        if self._result.mode[key] == SELF:
            for op in (op for other, ops in self._ops.items() if self._are_related(key, other) for op in ops):
                if op.kind == "left":
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

    def _leave_lasting(self) -> None:
        """Fixtures and hooks whose results draw on when a test uses them, in a stream that the test may seed."""
        for key, mode in list(self._result.mode.items()):
            if mode == OWN and self._entries.kind(key) in {"fixture", "hook"} and self._lasts(key):
                reason = "what this makes goes on drawing from the global generator in the tests"
                self._make_global(key, Trouble("VWG116", reason, "give it a Generator of its own, or pass one when it draws"))

    def _lasts(self, key: Key) -> bool:
        """Whether something that a unit makes keeps hold of the generator."""
        for other in self._result.reach[key]:
            if self._program.units[other].generator and other != key:
                return True
            for op in self._ops[other]:
                held = op.kind == "use" and op.old is not None and op.old.bare and op.old.drop is None
                if held or op.where.nested:
                    return True
        return False

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
            seeders = [s for s in (*self._outer_seeders(key), *hidden) if self._entries.may_seed(s, key)]
            if seeders:
                self._make_global(key, _kept(f"{self._place(seeders[0])}, which seeds it,"))
                for seeder in seeders:
                    if self._result.mode.get(seeder) in {OWN, SELF}:
                        self._make_global(seeder, _kept(f"{self._place(key)}, which draws after it,"))
            elif self._entries.kind(key) in {"test", "fixture", "hook"}:
                self._result.unseeded_tests.add(key)
                if "VWG014" in self._blocked:
                    self._make_global(key, Trouble("VWG014", "this test draws without a seed", "choose a seed"))

    def _place(self, key: Key) -> str:
        return f"{key[0]}:{self._program.units[key].spot.line}"

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
        """Whether a unit seeds without drawing after it, and code that is not to be seen may draw instead."""
        ops, mode = self._ops[key], self._result.mode[key]
        seeds = [op for op in ops if op.kind == "reseed"] if mode in {OWN, PARAMETER} else []
        if not seeds:
            return False
        last = seeds[-1]
        followed = any(op.kind not in {"reseed", "store"} and may_follow(op, last.where) for op in ops)
        if followed:
            return False
        if mode == PARAMETER:
            return self._entries.calls_given(key, last.where.moment)
        if self._entries.kind(key) in {"fixture", "hook"}:
            return True
        return self._entries.calls_unknown(key, last.where.moment)


def _needs(op: Op) -> bool:
    return op.kind in {"use", "reseed", "store"} or (op.kind == "api" and not op.passed)


def _kept(where: str) -> Trouble:
    return Trouble(
        "VWG117",
        f"kept on the global generator, because {where} still uses it",
        "rewrite that place by hand, then run the codemod again",
    )
