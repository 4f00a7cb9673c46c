"""Every random number comes from an argument: a walk over the sources of both packages, and proof that it would notice.

The rules: no legacy `numpy.random` functions and no module `random`; `default_rng` only where seeds become Generators;
`.rvs` only with `random_state=`; no Generator at module level or kept in an object; a parameter `rng` has no default
and can only be named (a private helper may take it by position), except at the front doors, where the default is None
and the first thing done is to turn it into a Generator; a function that draws has been given what it draws from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import varwg
import weathercop

ROOT = Path(varwg.__file__).resolve().parents[1]
PACKAGES = (Path(varwg.__file__).parent, Path(weathercop.__file__).parent)

#: The deprecated generator, the one place that is allowed to keep one.
SHIM = "varwg/_deprecated_rng.py"
#: Where seeds become Generators.
SEED_HANDLING = frozenset({"varwg/streams.py", "varwg/_provenance.py"})
MAKERS = SEED_HANDLING | {"weathercop/_cli.py", "varwg/ensembles/_ensemble.py", "varwg/ensembles/_tasks.py"}
#: Classes whose methods users call: there `rng` may be left out.
FRONT_DOORS = frozenset(
    {("varwg/_generator.py", "WeatherGenerator"), ("varwg/_site.py", "VarWG"), ("weathercop/_multisite.py", "Multisite")}
)

#: What of `numpy.random` may be named: types, and the one function that makes a Generator.
ALLOWED = frozenset(name for name in dir(np.random) if isinstance(getattr(np.random, name), type) and name != "RandomState") | {
    "default_rng"
}
DRAWS = frozenset(name for name in dir(np.random.Generator) if not name.startswith("_")) - {"bit_generator"}
SOURCE_OF_NUMBERS = re.compile(r"(^|_)(rng|generator|random_state)s?$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def findings(text: str, file: str = "varwg/example.py") -> list[str]:
    """Violations in one source, `file` relative to the root of the project."""
    tree = ast.parse(text)
    aliases = imports(tree)
    return [
        f"{file}:{line}: {message}"
        for line, message in sorted({
            *legacy_use(tree, aliases, file),
            *unseeded_rvs(tree),
            *shared_generators(tree, aliases),
            *parameters(tree, file),
            *draws(tree.body, aliases, frozenset()),
        })
    ]  # fmt: skip


def imports(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                target = alias.name if alias.asname else alias.name.partition(".")[0]
                names[alias.asname or target] = target
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def path_of(node: ast.AST, aliases: dict[str, str]) -> str:
    """Dotted path of a chain of names, by the imports; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def legacy_use(tree: ast.Module, aliases: dict[str, str], file: str) -> Iterator[tuple[int, str]]:
    """The module `random`, legacy functions of `numpy.random`, and `default_rng` outside of its places."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "random" for alias in node.names):
            yield node.lineno, "imports random"
        if isinstance(node, ast.ImportFrom):
            if node.module == "random":
                yield node.lineno, "imports from random"
            if node.module == "numpy.random":
                for alias in node.names:
                    if alias.name not in ALLOWED:
                        yield node.lineno, f"imports numpy.random.{alias.name}"
        if isinstance(node, (ast.Name, ast.Attribute)):
            path = path_of(node, aliases)
            prefix, _, name = path.rpartition(".")
            if prefix == "numpy.random" and name not in ALLOWED and file not in SEED_HANDLING:
                yield node.lineno, f"uses numpy.random.{name}"
        if isinstance(node, ast.Call) and path_of(node.func, aliases) == "numpy.random.default_rng":
            if file not in MAKERS:
                yield node.lineno, "calls default_rng outside the front doors"
            if not node.args and not node.keywords and file not in SEED_HANDLING:
                yield node.lineno, "calls default_rng() without a seed"


def unseeded_rvs(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Draws by scipy.stats that would come from NumPy's global state."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rvs":
            state = next((word.value for word in node.keywords if word.arg == "random_state"), None)
            if not isinstance(state, ast.Name) or not SOURCE_OF_NUMBERS.search(state.id):
                yield node.lineno, "calls rvs without random_state=rng"


def shared_generators(tree: ast.Module, aliases: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Generators that outlive a call: at module or class level, or kept in an object."""
    makers = {"as_generator", "default_rng", "front_door", "generator", "realization_rng", "Generator", "RandomState"}
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (Function, ast.Lambda)):
            continue
        if isinstance(node, ast.Call) and path_of(node.func, aliases).rpartition(".")[2] in makers:
            yield node.lineno, "makes a Generator at module or class level"
        pending.extend(ast.iter_child_nodes(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            kept = [target for target in node.targets if isinstance(target, ast.Attribute)]
            if kept and SOURCE_OF_NUMBERS.search(node.value.id):
                yield node.lineno, f"keeps a Generator in {ast.unparse(kept[0])}"
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and re.search(r"\bGenerator\b", ast.unparse(item.annotation)):
                    yield item.lineno, f"class {node.name} has a field for a Generator"


def parameters(tree: ast.Module, file: str) -> Iterator[tuple[int, str]]:
    """Parameters called `rng` that have a default or can be given by position, and front doors that misuse theirs."""
    if file in SEED_HANDLING:
        return
    for owner, function in functions(tree):
        arguments = function.args
        positional = [item.arg for item in [*arguments.posonlyargs, *arguments.args]]
        if "rng" in positional and not function.name.startswith("_") and not owner.startswith("_"):
            yield function.lineno, f"{function.name} takes rng by position"
        if "rng" in positional:
            defaults = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
        else:
            names = [item.arg for item in arguments.kwonlyargs]
            defaults = {name: value for name, value in zip(names, arguments.kw_defaults, strict=True) if value is not None}
        if "rng" not in defaults:
            continue
        if (file, owner) not in FRONT_DOORS or function.name.startswith("_"):
            yield function.lineno, f"{function.name} has a default for rng"
        elif ast.unparse(defaults["rng"]) != "None":
            yield function.lineno, f"the front door {function.name} has a default for rng other than None"
        elif ast.unparse(function).count("front_door(rng") != 1:
            yield function.lineno, f"the front door {function.name} does not turn rng into a Generator exactly once"


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """All functions with the class they belong to."""
    owners = {id(item): node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for item in node.body}
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield owners.get(id(node), ""), node


def draws(nodes: list[ast.stmt] | list[ast.AST], aliases: dict[str, str], known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Draws from something that no enclosing function was given or made from what it was given."""
    for node in nodes:
        inner = known
        if isinstance(node, (Function, ast.Lambda)):
            items = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            body = node.body if isinstance(node.body, list) else [node.body]
            stored = {name.id for part in body for name in ast.walk(part)
                      if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}  # fmt: skip
            inner = known | {item.arg for item in items} | stored
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DRAWS:
            source = node.func.value
            name = source.attr if isinstance(source, ast.Attribute) else getattr(source, "id", "")
            given = isinstance(source, ast.Name) and source.id in known
            if SOURCE_OF_NUMBERS.search(name) and not given:
                yield node.lineno, f"draws from {ast.unparse(source)}, which is no argument"
        yield from draws(list(ast.iter_child_nodes(node)), aliases, inner)


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in package.rglob("*.py"))


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_packages_keep_the_contract(path: Path) -> None:
    file = path.relative_to(ROOT).as_posix()
    if file != SHIM:
        assert findings(path.read_text(encoding="utf-8"), file) == []


def test_the_walk_sees_the_whole_of_both_packages() -> None:
    seen = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert {SHIM, *MAKERS, *(file for file, _ in FRONT_DOORS)} <= seen
    assert findings((ROOT / SHIM).read_text(encoding="utf-8"), "varwg/elsewhere.py")


NUMPY = "import numpy as np\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import random", "imports random"),
        ("from random import gauss", "imports from random"),
        ("from numpy.random import normal", "imports numpy.random.normal"),
        ("from numpy.random import RandomState as R", "imports numpy.random.RandomState"),
        (NUMPY + "def f():\n    return np.random.normal()", "uses numpy.random.normal"),
        (NUMPY + "def f():\n    np.random.seed(1)", "uses numpy.random.seed"),
        ("import numpy.random as npr\ndef f():\n    return npr.rand(3)", "uses numpy.random.rand"),
        ("from numpy import random\ndef f():\n    return random.rand(3)", "uses numpy.random.rand"),
        (NUMPY + "def f():\n    return np.random.RandomState(1)", "uses numpy.random.RandomState"),
        (NUMPY + "def f():\n    rng = np.random.default_rng(1)", "calls default_rng outside the front doors"),
        ("from numpy.random import default_rng\ndef f():\n    return default_rng()", "without a seed"),
        ("def f(dist):\n    return dist.rvs(3)", "calls rvs without random_state=rng"),
        ("def f(dist):\n    return dist.rvs(3, random_state=42)", "calls rvs without random_state=rng"),
        (NUMPY + "RNG = np.random.default_rng(1)", "makes a Generator at module or class level"),
        (NUMPY + "class A:\n    rng = np.random.default_rng(1)", "makes a Generator at module or class level"),
        ("def f(n, x=realization_rng(0)): ...\nR = realization_rng(1)", "makes a Generator at module or class level"),
        ("class A:\n    def __init__(self, *, rng):\n        self.rng = rng", "keeps a Generator in self.rng"),
        (NUMPY + "class A:\n    source: np.random.Generator", "class A has a field for a Generator"),
        ("def f(x, rng): ...", "f takes rng by position"),
        ("class A:\n    def draw(self, rng): ...", "draw takes rng by position"),
        ("def f(*, rng=None): ...", "f has a default for rng"),
        ("def _f(x, rng=None): ...", "_f has a default for rng"),
        ("class Multisite:\n    def simulate(self, *, rng=None): ...", "simulate has a default for rng"),
        ("def f(self):\n    return self.rng.normal()", "draws from self.rng, which is no argument"),
        ("def f():\n    return rng.standard_normal(3)", "draws from rng, which is no argument"),
        ("import varwg\ndef f():\n    return varwg.rng.random()", "draws from varwg.rng, which is no argument"),
    ],
)
def test_violations_are_found(source: str, expected: str) -> None:
    assert any(expected in finding for finding in findings(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def simulate(self, *, rng=0):\n    g = front_door(rng, caller='')", "other than None"),
        ("def simulate(self, *, rng=None):\n    pass", "exactly once"),
        ("def simulate(self, *, rng=None):\n    f(front_door(rng, caller=''), front_door(rng, caller=''))", "exactly once"),
        ("def _inner(self, *, rng=None):\n    g = front_door(rng, caller='')", "_inner has a default"),
    ],
)
def test_violations_of_front_doors_are_found(source: str, expected: str) -> None:
    text = "class VarWG:\n    " + source.replace("\n", "\n    ")
    assert any(expected in finding for finding in findings(text, "varwg/_site.py"))


@pytest.mark.parametrize(
    "source",
    [
        NUMPY + "def f(x, *, rng: np.random.Generator):\n    return rng.normal(size=x)",
        "from numpy.random import Generator, SeedSequence, PCG64\ndef f(g: Generator) -> bool: ...",
        "def f(*, rng):\n    normal = Streams.of(rng).generator('a')\n    return normal.standard_normal(3)",
        "def f(*, rng):\n    generator = Streams.of(rng).generator('a')\n    return generator.random()",
        "def f(*, rng):\n    def g():\n        return rng.random()\n    return g()",
        "def f(dist, *, rng):\n    return dist.rvs(3, random_state=rng)",
        "def _f(x, rng):\n    return rng.normal()",
        "from scipy import special\ndef f(x):\n    return special.gamma(x) + special.beta(x, x)",
        "def f(x):\n    '''Uses np.random.normal() and random.'''\n    return x.random",
        "import numpy.random as npr\ndef f(x):\n    return isinstance(x, npr.Generator)",
    ],
)
def test_innocent_look_alikes_pass(source: str) -> None:
    assert findings(source) == []
