"""The shim for old programs, and the package's lazy names: same numbers, one thread at a time, and a warning at the line.

Everything that uses or seeds the shim runs in a thread or a process of its own, so that the thread of the tests stays one
that never did.
"""

from __future__ import annotations

import _thread
import ast
import copy
import os
import pickle
import subprocess
import sys
import threading
import tomllib
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import MT19937, Generator, SeedSequence, default_rng
from scipy import stats

import varwg
from varwg import streams
from varwg.errors import RngError
from varwg.streams import Streams, as_generator, front_door

T = TypeVar("T")
ROOT = Path(varwg.__file__).parents[1]
SEEDS = st.one_of(st.integers(0, 2**128 - 1), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4))


def in_new_thread(task: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(task).result()


def quietly(task: Callable[[], T]) -> T:
    """What the task returns in a thread of its own, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return in_new_thread(task)


def run_program(source: str, **names: Any) -> tuple[list[warnings.WarningMessage], dict[str, Any]]:
    """Warnings and names of a program called old_program.py that runs in a thread of its own."""
    namespace = {"__name__": "old_program", **names}
    code = compile(dedent(source), "old_program.py", "exec")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        in_new_thread(lambda: exec(code, namespace))
    return caught, namespace


def run_process(source: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", dedent(source)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        check=True,
    )


def library_function(source: str, module: str = "varwg._site") -> dict[str, Any]:
    """Functions as if they stood in a module of the packages, to call front doors from."""
    namespace: dict[str, Any] = {"__name__": module, "front_door": front_door}
    exec(compile(dedent(source), "site.py", "exec"), namespace)
    return namespace


SIMULATE = library_function(
    """
    def simulate(rng=None):
        return _checked(rng).random(3)

    def _checked(rng):
        return front_door(rng, caller="VarWG.simulate()")
    """
)["simulate"]


# Numbers


@given(seed=SEEDS)
def test_reseed_gives_the_numbers_of_default_rng(seed: int | list[int]) -> None:
    def old_program() -> list[float]:
        varwg.reseed(seed)
        return [varwg.rng.normal(), *varwg.get_rng().random(2), varwg.rng.integers(100)]

    expected = default_rng(seed)
    assert quietly(old_program) == [expected.normal(), *expected.random(2), expected.integers(100)]


@pytest.mark.parametrize("seed", [SeedSequence(5), np.int64(5), MT19937(5), default_rng(5)])
def test_reseed_takes_what_default_rng_takes(seed: Any) -> None:
    expected = default_rng(copy.deepcopy(seed)).random()

    def old_program() -> float:
        varwg.reseed(seed)
        return varwg.rng.random()

    assert quietly(old_program) == expected


@pytest.mark.parametrize("seed", [True, 1.0, "1", -1, np.random])
def test_reseed_refuses_what_seeds_nothing(seed: Any) -> None:
    with pytest.raises(RngError, match="pass "):
        quietly(lambda: varwg.reseed(seed))


def test_unseeded_threads_and_reseed_none_are_fresh() -> None:
    def reseeded() -> float:
        varwg.reseed(None)
        return varwg.rng.random()

    drawn = [quietly(lambda: varwg.rng.random()) for _ in range(3)] + [quietly(reseeded) for _ in range(3)]
    assert len(set(drawn)) == 6


def test_captured_generators_follow_reseed() -> None:
    def old_program() -> list[float]:
        from varwg import get_rng, rng

        mine, method = get_rng(), rng.random
        drawn = []
        for captured in (rng, mine, rng):
            varwg.reseed(6)
            drawn.append(captured.random())
        assert method() != drawn[0]
        return drawn

    assert quietly(old_program) == [default_rng(6).random()] * 3


def test_state_is_saved_and_restored() -> None:
    def old_program() -> tuple[list[float], list[float], Mapping[str, Any]]:
        varwg.reseed(7)
        varwg.rng.random(5)
        state = varwg.rng.bit_generator.state
        first = list(varwg.rng.random(4))
        varwg.reseed(0)
        varwg.rng.bit_generator.state = state
        return first, list(varwg.get_rng().random(4)), state

    first, again, state = quietly(old_program)
    twin = default_rng(7)
    twin.random(5)
    assert state == twin.bit_generator.state
    assert first == again == list(twin.random(4))


@pytest.mark.parametrize(
    "method", ["random", "normal", "exponential", "standard_gamma", "integers", "permutation", "bytes", "choice"]
)
def test_every_method_is_that_of_the_stream(method: str) -> None:
    def old_program() -> Any:
        varwg.reseed(8)
        return getattr(varwg.rng, method)(9)

    assert np.array_equal(quietly(old_program), getattr(default_rng(8), method)(9))


# Being a Generator


def test_it_is_a_generator_for_numpy_and_scipy() -> None:
    def old_program() -> list[float]:
        varwg.reseed(3)
        assert isinstance(varwg.rng, Generator)
        assert isinstance(varwg.get_rng(), Generator)
        return [default_rng(varwg.rng).random(), stats.norm.rvs(random_state=varwg.rng), varwg.rng.spawn(1)[0].random()]

    twin = default_rng(3)
    assert quietly(old_program) == [twin.random(), stats.norm.rvs(random_state=twin), twin.spawn(1)[0].random()]


def test_passed_explicitly_it_is_settled_on_entry() -> None:
    """A front door pins the stream of the thread that called it; workers do not draw from their own."""

    def old_program() -> tuple[list[float], type]:
        varwg.reseed(3)
        rng = as_generator(varwg.rng)
        drawn = [in_new_thread(rng.random), varwg.rng.random(), in_new_thread(varwg.get_rng().random)]
        return drawn, type(rng)

    assert quietly(old_program) == (list(default_rng(3).random(3)), Generator)


def test_streams_descend_from_the_seeded_stream() -> None:
    def old_program() -> Any:
        varwg.reseed(3)
        return Streams.of(varwg.rng).root.entropy

    assert quietly(old_program) == Streams.of(default_rng(3)).root.entropy


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda rng: pickle.loads(pickle.dumps(rng))])
@pytest.mark.parametrize("name", ["rng", "get_rng"])
def test_copies_and_pickles_are_plain_generators_with_the_present_state(duplicate: Any, name: str) -> None:
    def old_program() -> tuple[type, float, float, float]:
        varwg.reseed(4)
        varwg.rng.random()
        original = varwg.rng if name == "rng" else varwg.get_rng()
        twin = duplicate(original)
        varwg.reseed(99)
        return type(twin), twin.random(), twin.random(), original.random()

    expected = default_rng(4).random(3)
    assert quietly(old_program) == (Generator, expected[1], expected[2], default_rng(99).random())


def test_shallow_copy_is_a_plain_generator() -> None:
    def old_program() -> tuple[type, float]:
        varwg.reseed(4)
        twin = copy.copy(varwg.rng)
        return type(twin), twin.random()

    assert quietly(old_program) == (Generator, default_rng(4).random())


def test_repr_says_what_it_is_and_attributes_cannot_be_added() -> None:
    def old_program() -> str:
        with pytest.raises(AttributeError):
            varwg.rng.seeded = True  # type: ignore[attr-defined]
        with pytest.raises(AttributeError, match="randint"):
            _ = varwg.rng.randint  # type: ignore[attr-defined]
        assert str(varwg.get_rng()) == repr(varwg.rng)
        return repr(varwg.rng)

    assert "deprecated generator of varwg" in quietly(old_program)
    assert "PCG64" in quietly(old_program)


# Threads


def test_each_thread_has_its_own_stream_and_reseed_reaches_no_other() -> None:
    n = 8
    seeded, drawn = threading.Barrier(n), threading.Barrier(n)

    def old_worker(number: int) -> list[float]:
        from varwg import rng

        varwg.reseed(number // 2)
        seeded.wait(10)
        first = [rng.random() for _ in range(200)]
        drawn.wait(10)
        if number == 0:
            varwg.reseed(1000)
        drawn.wait(10)
        return first + [varwg.get_rng().random() for _ in range(200)]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with warnings.catch_warnings(), ThreadPoolExecutor(n) as pool:
            warnings.simplefilter("ignore")
            results = list(pool.map(old_worker, range(n)))
    finally:
        sys.setswitchinterval(interval)
    for number in range(1, n):
        assert results[number] == list(default_rng(number // 2).random(400))
    assert results[0] == [*default_rng(0).random(200), *default_rng(1000).random(200)]


def test_one_thread_has_one_generator_and_two_threads_have_two() -> None:
    def old_program() -> tuple[Any, Any]:
        return varwg.get_rng(), varwg.get_rng()

    one, again = quietly(old_program)
    other, _ = quietly(old_program)
    assert one is again
    assert one is not other


def test_generator_of_a_thread_stays_with_its_stream_elsewhere() -> None:
    def seeded() -> Any:
        varwg.reseed(1)
        return varwg.get_rng()

    def use(rng: np.random.Generator) -> float:
        varwg.reseed(2)
        return rng.random()

    rng = quietly(seeded)
    assert quietly(lambda: use(rng)) == default_rng(1).random()


# Warnings: where they point to

SPELLINGS = [
    pytest.param("import varwg\n\nx = varwg.rng.normal()", [3], "varwg.rng", id="attribute"),
    pytest.param("from varwg import rng\nx = rng.normal()\ny = rng.normal()", [1], "varwg.rng", id="from import"),
    pytest.param("from varwg import (\n    rng as r,\n)\nx = r.normal()", [1], "varwg.rng", id="from import as"),
    pytest.param("import varwg\nx = getattr(varwg, 'rng')", [2], "varwg.rng", id="getattr"),
    pytest.param("import varwg\nx = hasattr(varwg, 'rng')", [2], "varwg.rng", id="hasattr"),
    pytest.param("import varwg as vg\nx = vg.get_rng()", [2], "varwg.get_rng()", id="get_rng"),
    pytest.param("import varwg as vg\nx = vg.get_rng().normal(\n    size=3\n)", [2], "varwg.get_rng()", id="several lines"),
    pytest.param("from varwg import get_rng as g\ng()\ng()", [2, 3], "varwg.get_rng()", id="imported get_rng"),
    pytest.param("import varwg\nvarwg.reseed(1)", [2], "varwg.reseed()", id="reseed"),
    pytest.param("from varwg import reseed\n\nreseed(1)\nreseed(2)", [3, 4], "varwg.reseed()", id="imported reseed"),
    pytest.param("import varwg\ngetattr(varwg, 'reseed')(1)", [2], "varwg.reseed()", id="getattr reseed"),
    pytest.param("import varwg\n\ndef f():\n    return varwg.rng\n\nf()", [4], "varwg.rng", id="in a function"),
    pytest.param("import varwg\nx = [varwg.rng.normal()\n     for _ in 'a']", [2], "varwg.rng", id="comprehension"),
    pytest.param("import importlib\nx = importlib.import_module('varwg').rng", [2], "varwg.rng", id="import_module"),
    pytest.param("import sys, varwg\nx = sys.modules['varwg'].rng", [2], "varwg.rng", id="sys.modules"),
    pytest.param("import varwg\nx = varwg.reseed, varwg.get_rng", [], "", id="functions not called"),
]


@pytest.mark.parametrize(("source", "lines", "name"), SPELLINGS)
def test_one_warning_per_call_site_at_the_line_of_the_program(source: str, lines: list[int], name: str) -> None:
    caught, _ = run_program(source)
    assert [(w.filename, w.lineno) for w in caught] == [("old_program.py", line) for line in lines]
    for warning in caught:
        text = str(warning.message)
        assert warning.category is DeprecationWarning
        assert text.startswith(f"{name} is deprecated and will be removed in varwg 3.0")
        assert "numpy.random.default_rng(seed)" in text
        assert "rng=rng" in text


def test_default_filter_shows_each_line_of_a_script_once() -> None:
    result = run_process(
        """
        import varwg
        from varwg import rng
        for i in range(3):
            varwg.reseed(i)
            varwg.rng.normal()
            varwg.get_rng().normal()
        rng.normal()
        """
    )
    shown = [line for line in result.stderr.splitlines() if "DeprecationWarning" in line]
    assert [line.partition(": DeprecationWarning")[0] for line in shown] == [f"<string>:{n}" for n in (3, 5, 6, 7)]


def test_filters_for_a_module_see_the_module_of_the_caller() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", category=DeprecationWarning, module="old_program")
        code = compile("import varwg\nvarwg.rng", "old_program.py", "exec")
        with pytest.raises(DeprecationWarning):
            in_new_thread(lambda: exec(code, {"__name__": "old_program"}))
        in_new_thread(lambda: exec(code, {"__name__": "other_program"}))


def test_warning_without_any_line_of_a_program() -> None:
    """A thread can start inside the package, with no caller to point to."""
    done = threading.Event()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        reseed = varwg.reseed

        class Seed(list[int]):
            def __len__(self) -> int:
                done.set()
                return 1

        _thread.start_new_thread(reseed, (Seed([1]),))
        assert done.wait(10)
    assert [w.category for w in caught] == [DeprecationWarning]


def test_looking_around_warns_nobody() -> None:
    import inspect

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        names = {name for name in dir(varwg) if name not in {"VarWG", "VG"}}
        assert not names & {"rng", "get_rng", "reseed"}
        assert inspect.getdoc(varwg)
        in_new_thread(lambda: exec("from varwg.streams import *", {"__name__": "program"}))


# Front doors


def test_old_program_repeats_and_is_warned_at_its_line() -> None:
    source = """
    import varwg
    varwg.reseed(42)
    one = simulate(), simulate()
    varwg.reseed(42)
    two = [simulate(),
           simulate()]
    """
    caught, names = run_program(source, simulate=SIMULATE)
    expected = default_rng(42).random(6).reshape(2, 3)
    assert np.array_equal(names["one"], expected)
    assert np.array_equal(names["two"], expected)
    front = [w for w in caught if str(w.message).startswith("VarWG.simulate() without rng")]
    assert [(w.filename, w.lineno) for w in front] == [("old_program.py", n) for n in (4, 4, 6, 7)]
    for warning in front:
        assert warning.category is DeprecationWarning
        assert "removed in varwg 3.0" in str(warning.message)
        assert "rng=rng" in str(warning.message)


@pytest.mark.parametrize("module", ["weathercop._multisite", "weathercop", "varwg"])
def test_front_doors_of_both_packages_point_to_the_program(module: str) -> None:
    calling = library_function("def fit():\n    return simulate()", module)
    calling["simulate"] = SIMULATE
    caught, _ = run_program("import varwg\nvarwg.reseed(1)\n\nfit()", fit=calling["fit"])
    assert [(w.filename, w.lineno) for w in caught] == [("old_program.py", 2), ("old_program.py", 4)]


def test_a_program_whose_name_begins_like_the_packages_is_not_one_of_them() -> None:
    caught, _ = run_program("import varwg\nvarwg.reseed(1)", __name__="varwg_study")
    assert [(w.filename, w.lineno) for w in caught] == [("old_program.py", 2)]


def test_using_the_shim_is_enough() -> None:
    source = """
    from varwg import rng
    saved = rng.bit_generator.state
    one = simulate()
    rng.bit_generator.state = saved
    two = simulate()
    """
    caught, names = run_program(source, simulate=SIMULATE)
    assert np.array_equal(names["one"], names["two"])
    assert [w.lineno for w in caught] == [2, 4, 6]


def test_with_rng_the_shim_is_left_alone() -> None:
    source = """
    import varwg
    varwg.reseed(42)
    given = simulate(7)
    after = varwg.rng.random()
    """
    caught, names = run_program(source, simulate=SIMULATE)
    assert np.array_equal(names["given"], default_rng(7).random(3))
    assert names["after"] == default_rng(42).random()
    assert [w.lineno for w in caught] == [3, 5]


def test_importing_the_names_without_using_them_changes_nothing() -> None:
    result = run_process(
        """
        import warnings
        from varwg import reseed
        from varwg.streams import front_door
        warnings.simplefilter("error")
        assert front_door(None, caller="f()").random() != front_door(None, caller="f()").random()
        """
    )
    assert result.stderr == ""


def test_seed_of_another_thread_does_not_arrive_and_a_warning_says_so() -> None:
    source = """
    import varwg
    from concurrent.futures import ThreadPoolExecutor
    def work():
        return tuple(
            simulate())
    varwg.reseed(42)
    with ThreadPoolExecutor(1) as pool:
        drawn = [pool.submit(work).result() for _ in range(3)]
    mine = simulate()
    """
    caught, names = run_program(source, simulate=SIMULATE)
    assert len(set(names["drawn"])) == 3
    assert np.array_equal(names["mine"], default_rng(42).random(3))
    lost = [w for w in caught if w.category is RuntimeWarning]
    assert [(w.filename, w.lineno) for w in lost] == [("old_program.py", 6)] * 3
    assert all("seeds only that one: pass rng=varwg.realization_rng(i, seed)" in str(w.message) for w in lost)


def test_worker_that_seeds_itself_repeats() -> None:
    source = """
    import varwg
    from concurrent.futures import ThreadPoolExecutor
    def work(i):
        varwg.reseed(1000 * i)
        return list(simulate())
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(work, range(12)))
    """
    _, names = run_program(source, simulate=SIMULATE)
    assert names["drawn"] == [list(default_rng(1000 * i).random(3)) for i in range(12)]


def test_a_program_that_never_touched_the_shim_does_not_load_it() -> None:
    result = run_process(
        """
        import sys, warnings
        warnings.simplefilter("error")
        import varwg
        assert "numpy" not in sys.modules and "varwg.streams" not in sys.modules
        from varwg.streams import front_door
        one, two = (front_door(None, caller="VarWG.simulate()") for _ in range(2))
        assert one.random() != two.random()
        front_door(3, caller="VarWG.simulate()")
        assert "varwg._deprecated_rng" not in sys.modules
        varwg.reseed
        assert "varwg._deprecated_rng" in sys.modules
        """
    )
    assert result.stderr == ""


def test_shim_that_another_thread_is_just_importing_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "varwg._deprecated_rng", type(sys)("varwg._deprecated_rng"))
    assert front_door(None, caller="f()").random() != streams.front_door(None, caller="f()").random()


# Lazy names


@pytest.mark.parametrize("name", varwg.__all__)
def test_public_name_is_found(name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"from varwg import {name}", namespace)
    assert namespace[name] is getattr(varwg, name)
    assert name in dir(varwg)


def test_type_checkers_and_the_interpreter_are_told_the_same_names() -> None:
    tree = ast.parse(Path(varwg.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    told = {alias.asname or alias.name for node in ast.walk(block) if isinstance(node, ast.ImportFrom) for alias in node.names}
    told |= {ast.unparse(target) for node in block.body if isinstance(node, ast.Assign) for target in node.targets}
    assert told == {*varwg._PUBLIC, *varwg._MODULES, *varwg._DEPRECATED}
    assert set(varwg.__all__) == {*varwg._PUBLIC, *varwg._MODULES, "__version__"}


def test_unknown_name_is_an_attribute_error_with_a_hint() -> None:
    with pytest.raises(AttributeError, match="module 'varwg' has no attribute 'realisation_seed'") as caught:
        _ = varwg.realisation_seed  # type: ignore[attr-defined]
    assert caught.value.name == "realisation_seed"
    assert caught.value.obj is varwg
    with pytest.raises(ImportError):
        exec("from varwg import no_such_thing")


def test_submodules_can_be_imported_from_the_package() -> None:
    namespace: dict[str, Any] = {}
    exec("from varwg import streams, errors", namespace)
    assert namespace["streams"] is streams


def test_the_version_has_one_home() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "varwg.__version__"}
    assert varwg.__version__ == metadata.version("varwg-weathercop")
