"""How programs write down draws and seeds: with varwg's global generator, or with NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

#: Draws that a Generator and `numpy.random` both have, as expressions that give one number.
_SHARED: Final = (
    "normal()",
    "normal(size={n}).sum()",
    "normal(1.0, scale=2.0)",
    "uniform(0.0, 1.0)",
    "uniform(size=({n}, 2))[0, 1]",
    "exponential()",
    "choice([1.0, 2.0, 4.0])",
    "permutation(5)[{n}]",
    "standard_normal({n})[0]",
    "poisson(4.0)",
    "gamma(2.0)",
    "multivariate_normal([0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]])[1]",
)
_OF_GENERATORS: Final = ("random()", "random({n}).max()", "integers(100)", "integers(0, 9, size={n}).sum()")
_OF_NUMPY: Final = ("rand()", "rand({n}, 2).sum()", "randn()", "randint(100)", "randint(0, 9, size={n}).sum()", "random_sample()")


@dataclass(frozen=True)
class Style:
    """One way to reach the generator in one module: the lines that import it, and the texts that use it."""

    imports: tuple[str, ...]
    receivers: tuple[str, ...]
    seed: str
    state: tuple[str, str]  # expression that saves, statement that restores `{state}`


@dataclass(frozen=True)
class Vocabulary:
    """A library whose hidden generator a program uses."""

    name: str
    methods: tuple[str, ...]
    styles: tuple[Callable[[Random], Style], ...]
    strings: tuple[str, ...]  # draws that no reader of the source can see

    def style(self, random: Random) -> Style:
        """One way to write, for one module."""
        return random.choice(self.styles)(random)

    def draw(self, random: Random, style: Style) -> str:
        """An expression that draws one number."""
        method = random.choice(self.methods).replace("{n}", str(random.randint(2, 3)))
        return f"{random.choice(style.receivers)}.{method}"


def _varwg_attribute(random: Random) -> Style:
    name = random.choice(("varwg", "varwg", "varwg", "vg", "weather"))
    line = "import varwg" if name == "varwg" else f"import varwg as {name}"
    receivers = random.choice(((f"{name}.rng",), (f"{name}.rng", f"{name}.get_rng()")))
    return Style((line,), receivers, f"{name}.reseed({{seed}})", _varwg_state(receivers[-1]))


def _varwg_names(random: Random) -> Style:
    receiver, name, seed = random.choice((("rng", "rng", "reseed"), ("stream", "rng as stream", "start")))
    return Style(
        (f"from varwg import {name}, {_imported('reseed', seed)}",), (receiver,), f"{seed}({{seed}})", _varwg_state(receiver)
    )


def _varwg_getter(random: Random) -> Style:
    getter = random.choice(("get_rng", "generator"))
    lines = (f"from varwg import {_imported('get_rng', getter)}", "import varwg")
    return Style(lines, (f"{getter}()",), "varwg.reseed({seed})", _varwg_state(f"{getter}()"))


def _varwg_state(receiver: str) -> tuple[str, str]:
    return f"{receiver}.bit_generator.state", f"{receiver}.bit_generator.state = {{state}}"


def _numpy_attribute(random: Random) -> Style:
    name = random.choice(("np", "np", "np", "numpy"))
    line = "import numpy as np" if name == "np" else "import numpy"
    return _numpy_style((line,), f"{name}.random")


def _numpy_module(random: Random) -> Style:
    line, name = random.choice(
        (("from numpy import random", "random"), ("import numpy.random as npr", "npr"), ("from numpy import random as nr", "nr"))
    )
    return _numpy_style((line,), name)


def _numpy_style(lines: tuple[str, ...], module: str) -> Style:
    state = (f"{module}.get_state()", f"{module}.set_state({{state}})")
    return Style(lines, (module,), f"{module}.seed({{seed}})", state)


def _imported(name: str, as_name: str) -> str:
    return name if name == as_name else f"{name} as {as_name}"


VARWG: Final = Vocabulary(
    "varwg",
    _SHARED + _OF_GENERATORS,
    (_varwg_attribute, _varwg_attribute, _varwg_names, _varwg_getter),
    ("eval('__import__(\"varwg\").rng.normal()')", "getattr(__import__('varwg'), 'rng').normal()"),
)
NUMPY: Final = Vocabulary(
    "numpy",
    _SHARED + _OF_NUMPY,
    (_numpy_attribute, _numpy_attribute, _numpy_module),
    ("eval('__import__(\"numpy\").random.normal()')", "getattr(__import__('numpy').random, 'normal')()"),
)
