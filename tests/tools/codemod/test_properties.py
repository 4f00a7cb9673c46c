"""Whatever the program: it parses, prints the same numbers, nothing is dropped, twice is once."""

import textwrap
from types import ModuleType
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_FORMS = (
    ("import varwg", "varwg.rng", "varwg.reseed"),
    ("import varwg as vg", "vg.get_rng()", "vg.reseed"),
    ("from varwg import rng, reseed", "rng", "reseed"),
    ("from varwg import get_rng as g, reseed as seed_all", "g()", "seed_all"),
    ("import varwg.core.core", "varwg.core.core.rng", "varwg.core.core.reseed"),
)
_METHODS = ("normal()", "random(2)[0]", "integers(100)", "uniform(\n    1, 2,\n)")

_T = TypeVar("_T")


class _Writer:
    """Draws the parts of one program; `depth` limits the nesting, functions only call later ones."""

    def __init__(self, draw: st.DrawFn, functions: int) -> None:
        self._draw = draw
        self._functions = functions
        self._names = 0

    def program(self) -> str:
        """A script of several functions, a class, and code at the top."""
        imports, self._rng, self._reseed = self._pick(_FORMS)
        parts = [f"# A comment.\n{imports}\n\n"]
        for number in range(self._functions):
            head = self._pick(("x", "x, *, k=1", "x, *args", "x=1, **kw", "x, /", "x,\n      y=2,"))
            parts.append(f"def f{number}({head}):\n" + self._body(number + 1, 1) + "    return x\n\n")
        parts.append("class Model:\n    def __init__(self):\n        self.a = 1\n\n")
        parts.append("    def step(self, x=1):\n" + textwrap.indent(self._body(0, 1), "    "))
        parts.append("        return self.a\n\n")
        top = textwrap.dedent(self._body(0, 2)) + "print(Model().step())\nprint(" + self._value(0) + ")\n"
        style = self._pick(("plain", "main", "guard"))
        if style == "plain":
            return "".join(parts) + top
        if style == "main":
            return "".join(parts) + "def main():\n" + textwrap.indent(top, "    ") + "\nmain()\n"
        return "".join(parts) + 'if __name__ == "__main__":\n' + textwrap.indent(top, "    ")

    def _pick(self, options: tuple[_T, ...]) -> _T:
        return self._draw(st.sampled_from(options))

    def _body(self, first: int, depth: int) -> str:
        statements = [self._statement(first, depth) for _ in range(self._draw(st.integers(1, 2)))]
        return textwrap.indent("".join(statements), "    ")

    def _value(self, first: int) -> str:
        """An expression that may draw."""
        drawn = f"{self._rng}.{self._pick(_METHODS)}"
        forms = [drawn, drawn, f"[{drawn} for _ in range(2)]", f"(lambda: {drawn})()", 'f"{' + self._rng + '.random():.4f}"']
        if first < self._functions:
            called = f"f{self._draw(st.integers(first, self._functions - 1))}(3)"
            forms += [called, f"sum({called} for _ in range(2))", f"[{called}, {drawn}]", f"list(map(f{first}, [1, 2]))"]
        return self._pick(tuple(forms))

    def _statement(self, first: int, depth: int) -> str:
        kinds = ["print", "print", "seed", "assign", "state"]
        kinds += ["if", "for", "nested", "try", "with_seed", "alias"] if depth else []
        kind = self._pick(tuple(kinds))
        self._names += 1
        name = f"v{self._names}"
        if kind == "print":
            return f"print({self._value(first)})  # {name}\n"
        if kind == "seed":
            return f"{self._reseed}({self._draw(st.integers(0, 9))})\n"
        if kind == "assign":
            return f"{name} = {self._value(first)}\nprint({name})\n"
        if kind == "state":
            state = f"{self._rng}.bit_generator.state"
            return f"{name} = {state}\nprint({self._value(first)})\n{state} = {name}\n"
        if kind == "alias":
            return f"{name} = {self._rng}\nprint({name}.random())\n" + self._statement(first, 0) + f"print({name}.random())\n"
        inner = self._body(first, depth - 1)
        if kind == "if":
            return f"if {self._rng}.random() > 0.5:\n{inner}else:\n{self._body(first, depth - 1)}"
        if kind == "for":
            return f"for {name} in range(2):\n{inner}"
        if kind == "with_seed":
            return f"for {name} in range(2):\n    {self._reseed}(10 * {name})\n{inner}"
        if kind == "try":
            return f"try:\n{inner}finally:\n    print({self._value(first)})\n"
        return f"def {name}(x=1):\n{inner}    return x\nprint({name}(2))\n" + self._pick((f"print({name}())\n", ""))


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Small programs that draw, seed, and call one another."""
    writer = _Writer(draw, draw(st.integers(1, 2)))
    return writer.program()


def _seeded(text: str) -> str:
    """The program with a seed at its very start, so that both runs can be compared."""
    return f"import varwg as first_of_all\nfirst_of_all.reseed(99)\n{text}"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=programs(), newline=st.sampled_from(["\n", "\r\n"]))
def test_generated_programs(play: ModuleType, text: str, newline: str) -> None:
    """`check` asserts all the promises; the line ends stay what they were."""
    source = _seeded(text).replace("\n", newline)
    new, result = play.check({"prog.py": source})
    assert play.left(result) == []
    assert new["prog.py"].count("\r\n") == (new["prog.py"].count("\n") if newline == "\r\n" else 0)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=programs())
def test_texts_without_a_site_stay_as_they_are(play: ModuleType, text: str) -> None:
    """The same programs with another package's generator are none of our business."""
    other = text.replace("varwg", "other")
    new, result = play.converted(other)
    assert new == play.dedent(other)
    assert not result.findings


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=programs(), cut=st.integers(0, 2000))
def test_damaged_programs_fail_alone(play: ModuleType, text: str, cut: int) -> None:
    """A file cut off anywhere fails with a message or is rewritten; the other file is always done."""
    good = "import varwg\n\nvarwg.reseed(0)\nprint(varwg.rng.normal())\n"
    result = play.rewrite({"bad.py": text[: cut % len(text)], "good.py": good})
    assert "good.py" in result.texts
    assert all(path == "bad.py" and message for path, message in result.failures.items())


_CODES = tuple(f"VWG{number:03}" for number in range(1, 16) if number != 12)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=programs(), blocked=st.frozensets(st.sampled_from(_CODES), min_size=1, max_size=3))
def test_rules_that_are_not_applied_leave_the_numbers_as_they_were(play: ModuleType, text: str, blocked: frozenset[str]) -> None:
    """What depends on a rule that is switched off stays on the global generator, consistently."""
    play.check({"prog.py": _seeded(text)}, blocked=blocked)
