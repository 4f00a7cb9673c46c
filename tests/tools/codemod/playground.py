"""Runs small programs against a stand-in for varwg, before and after rewriting."""

import contextlib
import io
import re
import runpy
import sys
import tempfile
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

from varwg_codemod.engine import Options, Result, rewrite

_STUB = """
import numpy as np

rng = np.random.default_rng()


def get_rng():
    return rng


def reseed(seed=None):
    rng.bit_generator.state = np.random.default_rng(seed).bit_generator.state


class VarWG:
    def __init__(self, names=()):
        self.names = names

    def _draw(self, given, factor):
        return (rng if given is None else given).normal(size=2) * factor

    def fit(self, p=1, *, rng=None):
        self.fitted = self._draw(rng, p)
        return self

    def simulate(self, T=1, *, random_state=None, seed_before_sim=None, rng=None):
        if random_state is not None:
            globals()["rng"].bit_generator.state = random_state
        if seed_before_sim is not None:
            reseed(seed_before_sim)
        return self._draw(rng, T)

    def disaggregate(self, *, rng=None):
        return self._draw(rng, 0.5)

    def describe(self):
        return len(self.names)


VG = VarWG


def set_conf(conf):
    pass
"""

_NEW_STUB = """
class VarWG:
    def __init__(self, names=()):
        self.names = names

    def fit(self, p=1, *, rng):
        self.fitted = rng.normal(size=2) * p
        return self

    def simulate(self, T=1, *, rng):
        return rng.normal(size=2) * T

    def disaggregate(self, *, rng):
        return rng.normal(size=2) * 0.5

    def describe(self):
        return len(self.names)


VG = VarWG


def set_conf(conf):
    pass
"""


def dedent(files: Mapping[str, str] | str) -> dict[str, str]:
    """Program texts without the indentation of the test; a single text is called prog.py."""
    if isinstance(files, str):
        files = {"prog.py": files}
    return {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}


def converted(files: Mapping[str, str] | str, **options: object) -> tuple[dict[str, str], Result]:
    """A program's texts after rewriting, and the result with the findings."""
    sources = dedent(files)
    result = rewrite(sources, Options(**options))  # type: ignore[arg-type]
    return {**sources, **result.texts}, result


def run(files: Mapping[str, str], main: str = "prog.py", old_api: bool = True) -> str:
    """What a program prints; without `old_api` there is no global generator at all."""
    with _on_disk(files, _STUB if old_api else _NEW_STUB) as folder, _isolated(folder):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            runpy.run_path(str(folder / main), run_name="__main__")
        return output.getvalue()


def run_tests(files: Mapping[str, str], main: str) -> str:
    """What the test functions and TestCases of a file print, run in the order of the file."""
    driver = f"""
import {Path(main).stem} as tests, inspect, unittest
for name, thing in list(vars(tests).items()):
    if inspect.isclass(thing) and issubclass(thing, unittest.TestCase):
        for method in [m for m in vars(thing) if m.startswith("test")]:
            result = unittest.TestResult()
            thing(method).run(result)
            assert result.wasSuccessful(), result.errors + result.failures
    elif name.startswith("test") and inspect.isfunction(thing):
        thing()
"""
    return run({**files, "driver.py": driver}, "driver.py")


@contextlib.contextmanager
def _on_disk(files: Mapping[str, str], stub: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        modules = {"varwg/__init__.py": stub, "varwg/core/__init__.py": ""}
        if "reseed" in stub:
            modules["varwg/core/core.py"] = "from varwg import rng, get_rng, reseed, VarWG\n"
        for path, text in {**modules, **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="")
        yield folder


@contextlib.contextmanager
def _isolated(folder: Path) -> Iterator[None]:
    """Import from a folder only for a while."""
    before = dict(sys.modules)
    for name in [n for n in sys.modules if n.split(".")[0] in {"varwg", "weathercop"}]:
        del sys.modules[name]
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = written
        for name in set(sys.modules) - set(before):
            if not name.startswith("numpy"):
                del sys.modules[name]
        sys.modules.update(before)


# Where this import stays, tokens cannot tell the old generator from the new parameter of that name.
_BARE_RNG = re.compile(r"^\s*from varwg import (.*, )?rng\b(?! as)", re.MULTILINE)


def _tokens(text: str) -> Iterator[str]:
    """Names and operators, with a line break after each statement; expressions in f-strings as well."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in {tokenize.NAME, tokenize.OP}:
            yield token.string
        elif token.type == tokenize.NEWLINE:
            yield "\n"
        elif token.type == tokenize.STRING and token.string[0] in "fF":
            for part in re.findall(r"\{([^{}]*)\}", token.string):
                yield from (t for t in _tokens(part.split(":")[0].split("!")[0]) if t != "\n")


def old_names_left(text: str) -> int:
    """Count old names by tokens alone, knowing nothing of scopes.

    Counted are `<package>.rng`, `.get_rng` and `.reseed` where `<package>` is bound by an import
    statement, names bound by ``from varwg import``, and those imports themselves.
    """
    tokens = list(_tokens(text))
    packages, plain, count = {"varwg", "vg"}, set(), 0
    lines: list[list[str]] = [[]]
    for token in tokens:
        if token == "\n":
            lines.append([])
        else:
            lines[-1].append(token)
    for words in lines:
        if words[:2] == ["from", "varwg"] and "import" in words:
            names = [w for w in words[words.index("import") + 1 :] if w not in "(),"]
            for i, word in enumerate(names):
                if word in {"rng", "get_rng", "reseed"} and (i == 0 or names[i - 1] != "as"):
                    aliased = names[i + 2] if names[i + 1 : i + 2] == ["as"] else word
                    plain.add(aliased)
                    count += 1
        elif words[:1] == ["import"] and words[1:2] == ["varwg"] and "as" in words:
            packages.add(words[-1])
    for words in lines:
        if words[:1] in (["from"], ["import"]):
            continue
        for i, word in enumerate(words):
            dotted = i > 0 and words[i - 1] == "."
            if word in {"rng", "get_rng", "reseed"} and dotted and i > 1:
                j = i - 2
                while words[j] in {"core", "base"} and words[j - 1] == ".":
                    j -= 2
                count += words[j] in packages and (j == 0 or words[j - 1] != ".")
            elif word in plain and not dotted and words[i + 1 : i + 2] != ["="]:
                count += 1
    return count


def left(result: Result) -> list[tuple[int, str]]:
    """Line and code of each site that is left for a human."""
    return [(f.line, f.code) for f in result.findings if f.kind == "left"]


def check(
    files: Mapping[str, str] | str, main: str | None = None, tests: bool = False, **options: object
) -> tuple[dict[str, str], Result]:
    """Rewrite a program and assert all that the codemod promises of it."""
    sources = dedent(files)
    new, result = converted(sources, **options)
    assert not result.failures
    assert converted(new, **options)[0] == new, "a second run changes something"
    counted = sum(old_names_left(text) for text in new.values())
    reported = sum(f.old_name for f in result.findings if f.kind == "left")
    if not any(_BARE_RNG.search(text) for text in new.values()):
        assert counted == reported, "not every old name that is left is reported"
    start = main or next(iter(sources))
    runner = run_tests if tests else run
    before = runner(sources, start)
    assert before.strip(), "the program prints nothing, so nothing is compared"
    assert runner(new, start) == before, "the numbers differ"
    if not tests and not counted:
        assert run(new, start, old_api=False) == before
    return new, result
