"""Random programs that draw, seed, and hand functions, methods and classes around in every way that programs do.

A program is a list of units (functions, classes, registries, ...) in modules. A unit uses only units after it, so that
nothing recurs without end, and a module imports only modules that come after it. What a unit gives is one number, by one of
several expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from .words import Style, Vocabulary

#: Small functions that a module defines when something in it needs them.
HELPERS: Final = {
    "call": "def call(function, *arguments, **options):\n    return function(*arguments, **options)\n",
    "total": "def total_{method}(things, n=2):\n    return sum(thing.{method}(n) for thing in things)\n",
    "timed": (
        "def timed(function):\n    @functools.wraps(function)\n"
        "    def inner(*a, **k):\n        return function(*a, **k)\n    return inner\n"
    ),
    "twice": "def twice(function):\n    def inner(*a):\n        return function(*a) + function(*a)\n    return inner\n",
    "repeat": (
        "def repeat(times):\n    def decorate(function):\n        def inner(*a, **k):\n"
        "            return sum(function(*a, **k) for _ in range(times))\n        return inner\n    return decorate\n"
    ),
}
_STANDARD: Final = ("functools", "contextlib", "asyncio", "threading", "dataclasses")


@dataclass
class Unit:
    """Something that other units and the main part use."""

    name: str
    lines: list[str]
    calls: list[str]  # expressions, with {ref} for the unit as it is reached from elsewhere
    module: Module
    method: str = ""
    plain: bool = False  # a function of one number, which can be handed around


@dataclass
class Module:
    """One file of the program."""

    path: str
    style: Style
    imports: dict[str, None] = field(default_factory=dict)
    helpers: dict[str, None] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    reached: dict[str, str] = field(default_factory=dict)  # how units of other modules are reached from here

    @property
    def dotted(self) -> str:
        """The name it is imported by."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def text(self) -> str:
        """The whole file."""
        body = "\n".join(self.body)
        helpers = [HELPERS.get(name, name) for name in self.helpers]
        needed = [f"import {name}" for name in _STANDARD if f"{name}." in body + "".join(helpers)]
        needed += ["from functools import partial"] if "partial(" in body else []
        needed += ["from concurrent.futures import ThreadPoolExecutor"] if "ThreadPoolExecutor(" in body else []
        return "\n".join([*needed, *self.style.imports, *self.imports, "", *helpers, "", *self.body]) + "\n"


def indented(lines: Sequence[str], levels: int = 1) -> list[str]:
    """Lines further to the right."""
    return ["    " * levels + line for line in lines]


class Writer:
    """Writes one program; `random` decides everything."""

    def __init__(self, random: Random, words: Vocabulary) -> None:
        self.random = random
        self.words = words
        self.units: list[Unit] = []
        self.foreign = random.random() < 0.2
        self.reseeds = random.random() < 0.5
        self.hidden = random.random() < 0.05
        self._names = 0

    def chance(self, probability: float) -> bool:
        """A decision."""
        return self.random.random() < probability

    def name(self, prefix: str) -> str:
        """A name that nothing else has."""
        self._names += 1
        return f"{prefix}{self._names}"

    # Expressions

    def draw(self, module: Module) -> str:
        """An expression that draws one number."""
        if self.hidden and self.chance(0.15):
            return self.random.choice(self.words.strings)
        if self.foreign and self.chance(0.1):
            return self.outside(module, self.random.choice(("draw()", "draw_many(2)")))
        return self.words.draw(self.random, module.style)

    def outside(self, module: Module, call: str) -> str:
        """An expression of the module that is no part of the migration."""
        module.imports["import foreign"] = None
        return f"foreign.{call}"

    def value(self, module: Module, scope: str = "n") -> str:
        """An expression that gives a number, from a draw or another unit."""
        if self.units and self.chance(0.55):
            return self.use(self.random.choice(self.units[-4:]), module)
        drawn = self.draw(module)
        forms: tuple[Callable[[], str], ...] = (
            lambda: f"sum([{drawn} for _ in range(2)])",
            lambda: f"sum({drawn} for _ in range(2))",
            lambda: f"sum({{k: {drawn} for k in 'ab'}}.values())",
            lambda: f"(lambda: {drawn})()",
            lambda: f"(lambda k: k + {drawn})({scope})",
            lambda: f"max({drawn}, {self.draw(module)})",
            lambda: f"sum(y for _ in range(3) if (y := {drawn}) > 0)",
            lambda: f"len(f'{{{drawn}:.3f}}')" if "'" not in drawn else drawn,
        )
        return drawn if self.chance(0.7) else self.random.choice(forms)()

    def use(self, unit: Unit, module: Module) -> str:
        """An expression that uses a unit, by its own calls or by handing it around."""
        ref = self.reference(unit, module)
        if not unit.plain or self.chance(0.4):
            expression = self.random.choice(unit.calls)
            if "call({ref}" in expression:
                module.helpers["call"] = None
            if "total_" in expression:
                module.helpers[HELPERS["total"].format(method=unit.method)] = None
            return expression.replace("{ref}", ref)
        return self.handed(unit, ref, module)

    def handed(self, unit: Unit, ref: str, module: Module) -> str:
        """A function of one number, called by somebody else or under another name."""
        others = [self.reference(u, module) for u in self.units if u.plain and u is not unit]
        other = self.random.choice([*others, "float", "abs"])
        forms = [
            f"sum(map({ref}, [1, 2]))",
            f"partial({ref}, 2)()",
            f"({ref} if len('ab') > 1 else {other})(2)",
            f"sum(function(2) for function in ({ref}, {other}))",
            f"{{'a': {ref}, 'b': {other}}}['a'](2)",
            f"[{other}, {ref}][1](2)",
            f"max([1, 2], key={ref})",
            f"(lambda k: {ref}(k))(2)",
            f"next(map({ref}, iter([3])))",
            f"{ref}(*[2])",
            f"sum({ref}(k) for k in range(2))",
            f"functools.reduce(lambda a, k: a + {ref}(k), [1, 2], 0)",
            f"functools.partial({ref})(2)",
        ]
        if self.foreign and self.chance(0.3):
            return self.outside(module, f"call({ref}, 2)")
        if self.chance(0.2):
            module.helpers["call"] = None
            return f"call({ref}, 2)"
        if "." in ref and self.chance(0.3):
            owner, _, last = ref.rpartition(".")
            return f"getattr({owner}, {last!r})(2)"
        if unit.module is module and self.chance(0.15):
            return f"globals()[{unit.name!r}](2)"
        return self.random.choice(forms)

    def reference(self, unit: Unit, module: Module) -> str:
        """How a unit is reached in a module, with the import that this needs."""
        if unit.module is module:
            return unit.name
        if unit.name not in module.reached:
            module.reached[unit.name] = self._imported(unit, module)
        return module.reached[unit.name]

    def _imported(self, unit: Unit, module: Module) -> str:
        package, _, last = unit.module.dotted.rpartition(".")
        inside = package and module.path.startswith(f"{package}/")
        source = f".{last}" if inside and self.chance(0.7) else unit.module.dotted
        forms = [
            (f"from {source} import {unit.name}", unit.name),
            (f"from {source} import {unit.name}", unit.name),
            (f"from {source} import {unit.name} as {unit.name}_", f"{unit.name}_"),
            (f"from {source} import *", unit.name),
            (f"import {unit.module.dotted} as {last}_", f"{last}_.{unit.name}"),
        ]
        if package:
            forms += [(f"from {package} import {last}", f"{last}.{unit.name}")]
        if package and not inside:
            forms += [(f"from {package} import {unit.name}", unit.name), (f"import {package}", f"{package}.{unit.name}")]
        if not package:
            forms += [(f"import {unit.module.dotted}", f"{unit.module.dotted}.{unit.name}")]
        line, ref = self.random.choice(forms)
        module.imports[line] = None
        return ref

    # Statements

    def seed(self, module: Module, seed: str) -> str:
        """A statement that seeds."""
        return module.style.seed.format(seed=seed)

    def body(self, module: Module, depth: int = 1, scope: str = "n") -> list[str]:
        """Statements that add to `out`."""
        lines: list[str] = []
        for _ in range(self.random.randint(1, 2)):
            lines += self.statement(module, depth, scope)
        return lines

    def statement(self, module: Module, depth: int, scope: str) -> list[str]:
        """One statement, with those in it."""
        plain = [self._add] * 6 + [self._hold, self._bind, self._shuffle, self._save, self._local]
        deep = [self._if, self._for, self._nested, self._try, self._with]
        kinds = plain + (deep if depth else [])
        if self.reseeds and self.chance(0.12):
            return [self.seed(module, self.random.choice((str(self.random.randint(0, 9)), f"10 + {scope}")))]
        return self.random.choice(kinds)(module, depth, scope)

    def _add(self, module: Module, depth: int, scope: str) -> list[str]:
        return [f"out += {self.value(module, scope)}"]

    def _hold(self, module: Module, depth: int, scope: str) -> list[str]:
        name, receiver = self.name("held"), self.random.choice(module.style.receivers)
        return [f"{name} = {receiver}", f"out += {name}.uniform()", *self._add(module, 0, scope), f"out += {name}.normal()"]

    def _bind(self, module: Module, depth: int, scope: str) -> list[str]:
        name, receiver = self.name("bound"), self.random.choice(module.style.receivers)
        return [f"{name} = {receiver}.normal", f"out += {name}()", *self._add(module, 0, scope), f"out += {name}(1.0)"]

    def _shuffle(self, module: Module, depth: int, scope: str) -> list[str]:
        name, receiver = self.name("items"), self.random.choice(module.style.receivers)
        return [f"{name} = [1, 2, 3, 4, 5]", f"{receiver}.shuffle({name})", f"out += {name}[0]"]

    def _save(self, module: Module, depth: int, scope: str) -> list[str]:
        save, restore = module.style.state
        name = self.name("state")
        return [f"{name} = {save}", *self._add(module, 0, scope), restore.format(state=name), *self._add(module, 0, scope)]

    def _local(self, module: Module, depth: int, scope: str) -> list[str]:
        module.imports["import numpy as np"] = None
        name = self.random.choice(("own", "own", "generator_", "rng_"))
        return [f"{name} = np.random.default_rng(5)", f"out += {name}.normal()"]

    def _if(self, module: Module, depth: int, scope: str) -> list[str]:
        inner, other = self.body(module, depth - 1, scope), self.body(module, depth - 1, scope)
        return [f"if {self.draw(module)} > 0.3:", *indented(inner), "else:", *indented(other)]

    def _for(self, module: Module, depth: int, scope: str) -> list[str]:
        return [f"for {self.name('k')} in range(2):", *indented(self.body(module, depth - 1, scope))]

    def _nested(self, module: Module, depth: int, scope: str) -> list[str]:
        name = self.name("inner")
        inner = ["out = 0.0", *self.body(module, 0, "x"), "return out + x"]
        call = self.random.choice((f"{name}(2)", f"sum(map({name}, [1, 2]))", f"{name}() + {name}(x=3)"))
        return [f"def {name}(x=1):", *indented(inner), f"out += {call}"]

    def _try(self, module: Module, depth: int, scope: str) -> list[str]:
        inner, last = self.body(module, depth - 1, scope), self._add(module, 0, scope)
        return [
            "try:",
            *indented([*inner, "raise KeyError('n')"]),
            "except KeyError:",
            *indented(last),
            "finally:",
            "    out += 1",
        ]

    def _with(self, module: Module, depth: int, scope: str) -> list[str]:
        if not self.reseeds:
            return self._add(module, depth, scope)
        save, restore = module.style.state
        frozen = ["@contextlib.contextmanager", "def frozen(seed):", f"    kept = {save}", f"    {self.seed(module, 'seed')}"]
        frozen += ["    try:", "        yield", "    finally:", f"        {restore.format(state='kept')}", ""]
        module.helpers["\n".join(frozen)] = None
        return [f"with frozen({self.random.randint(1, 9)}):", *indented(self.body(module, depth - 1, scope))]
