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
        candidates = {
            key
            for key in self._ops
            if key not in self._result.reasons
            and RNG not in self._program.units[key].parameters
            and (self._entries.kind(key) or self._selection.seeds_itself(key))
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
        if kind == "main" and not self._selection.seeds_itself(key):
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


def _needs(op: Op) -> bool:
    return op.kind in {"use", "reseed", "store"} or (op.kind == "api" and not op.passed)


def _kept(where: str) -> Trouble:
    return Trouble(
        "VWG117",
        f"kept on the global generator, because {where} still uses it",
        "rewrite that place by hand, then run the codemod again",
    )
