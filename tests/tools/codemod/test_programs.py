"""Programs print the same before and after migration, and a second migration finds nothing to do.

Some are written by hand, some at random: `tools/benchmarks/codemod_programs.py` runs as many of those as one likes, and its
`--reduce` makes small what fails.
"""

import os
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from programs import cases_classes, cases_generator, cases_numpy, cases_tests, cases_untouched, cases_varwg
from programs.harness import FIRST_STEP, SECOND_STEP, Worker, after_first_step, comparable, verdict
from programs.program import VOCABULARIES, program
from programs.uses import count

del sys.path[0]
from varwg_codemod.engine import Options, rewrite  # noqa: E402 - `tools` is found by the settings of pytest
from varwg_codemod.library import LEGACY_NUMPY  # noqa: E402

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="programs run in forked processes")

# Each run starts from its own entropy, so that what nothing seeds differs and is not compared.
_SETTINGS = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


def _files(case: str | Mapping[str, str]) -> dict[str, str]:
    """The texts of a case without the indentation that they have there."""
    texts = {"run.py": case} if isinstance(case, str) else case
    return {path: textwrap.dedent(text).lstrip("\n") for path, text in texts.items()}


@pytest.mark.parametrize("name", cases_varwg.CASES)
def test_programs_on_the_generator_of_varwg(worker: Worker, name: str) -> None:
    found = verdict(worker, _files(cases_varwg.CASES[name]))
    assert not found.discarded
    assert not found.problems


@pytest.mark.parametrize("name", cases_tests.CASES)
def test_tests_for_which_something_seeds(worker: Worker, name: str) -> None:
    _check(worker, *cases_tests.CASES[name])


@pytest.mark.parametrize("name", cases_classes.CASES)
def test_classes_that_keep_a_generator_or_cannot(worker: Worker, name: str) -> None:
    _check(worker, *cases_classes.CASES[name])


def _check(worker: Worker, left: int, case: str | Mapping[str, str]) -> None:
    """Run a program and count the uses that are left."""
    found = verdict(worker, _files(case))
    assert not found.discarded
    assert not found.problems
    assert count(found.migrated or {}) == left
    assert found.exit_code == int(left > 0)


@pytest.mark.parametrize("name", cases_numpy.CASES)
def test_programs_on_the_generator_of_numpy(worker: Worker, name: str) -> None:
    found = verdict(worker, _files(cases_numpy.CASES[name]), FIRST_STEP)
    assert not found.discarded
    assert not found.problems


@pytest.mark.parametrize("name", cases_untouched.CASES)
def test_programs_that_stay_as_they_are(worker: Worker, name: str) -> None:
    files = _files(cases_untouched.CASES[name])
    found = verdict(worker, files)
    assert not found.discarded
    assert not found.problems
    assert found.exit_code == 0
    assert found.migrated == files


@pytest.mark.parametrize("name", cases_untouched.CASES_NUMPY)
def test_programs_that_the_first_step_leaves_as_they_are(worker: Worker, name: str) -> None:
    files = _files(cases_untouched.CASES_NUMPY[name])
    found = verdict(worker, files, FIRST_STEP)
    assert not found.discarded
    assert not found.problems
    assert found.exit_code == int(name == "written_by_the_first_step_for_foreign_code")
    assert found.migrated == {path: text for path, text in files.items() if not path.startswith("outside/")}


@pytest.mark.parametrize("name", cases_generator.CASES)
def test_programs_on_an_explicit_generator_of_the_old_kind(worker: Worker, name: str) -> None:
    """All of it is converted, and draws what a Generator draws in the same places."""
    files = _files(cases_generator.CASES[name])
    found = verdict(worker, files, SECOND_STEP)
    assert not found.discarded
    assert not found.problems
    assert found.migrated != files
    assert found.exit_code == int(name == "hidden_generator_beside")
    assert "RandomState" not in "".join((found.migrated or {}).values())


@pytest.mark.parametrize("name", cases_untouched.CASES_GENERATOR)
def test_programs_that_the_second_step_leaves_as_they_are(worker: Worker, name: str) -> None:
    reported, case = cases_untouched.CASES_GENERATOR[name]
    files = _files(case)
    found = verdict(worker, files, SECOND_STEP)
    assert not found.discarded
    assert not found.problems
    assert found.migrated == {path: text for path, text in files.items() if not path.startswith("outside/")}
    assert f" {reported} sites left" in found.report
    assert found.exit_code == int(reported > 0)


def test_the_first_step_leaves_few_uses_behind() -> None:
    """Of the programs on NumPy's generator, fewer than a third of the uses stay, each with a reason."""
    before = after = 0
    for case in cases_numpy.CASES.values():
        files = {path: text for path, text in _files(case).items() if not path.startswith("outside/")}
        result = rewrite(files, Options(library=LEGACY_NUMPY))
        left = count({**files, **result.texts}, "numpy")
        assert not left or any(f.kind == "left" for f in result.findings)
        before, after = before + count(files, "numpy"), after + left
    assert after < before / 3


@pytest.mark.parametrize(("library", "options"), [("varwg", ()), ("numpy", FIRST_STEP), ("numpy", SECOND_STEP)])
def test_random_programs(worker: Worker, library: str, options: tuple[str, ...]) -> None:
    @_SETTINGS
    @given(random=st.randoms(use_true_random=False))
    def one(random: Random) -> None:
        texts = program(random, VOCABULARIES[library])
        if options == SECOND_STEP:
            texts = after_first_step(worker, texts)
        found = verdict(worker, texts, options)
        shown = "\n".join(f"--- {path}\n{text}" for path, text in texts.items())
        assert not found.problems, f"{found.problems}\n{shown}"

    one()


def test_the_comparison_sees_what_it_should(worker: Worker) -> None:
    """Other numbers are a difference, but not where two runs before differ; so are other lines and errors."""
    assert comparable("a 1.5\nb 2", "a 1.5\nb 3", "a 1.5\nb 4", True) == (["a 1.5", "b #"], ["a 1.5", "b #"])
    assert comparable("a 1.5", "a 1.5", "a 1.6", True) == (["a 1.5"], ["a 1.6"])
    assert comparable("a 1\nb", "a 1\nb", "a 1", True) == (["a 1", "b"], ["a 1"])
    assert "NameError" in verdict(worker, {"run.py": "print(undefined)\n"}).discarded


def test_uses_are_counted_by_what_imports_bind() -> None:
    text = (
        "import varwg as v\nfrom varwg import rng as r, reseed\nreseed(1)\nprint(v.rng.normal(), r, v.get_rng(), x.varwg.rng)\n"
    )
    assert count({"a.py": text}) == 4
    text = "import numpy as np\nfrom numpy import random\nnp.random.seed(1)\n"
    text += "random.rand(), np.random.default_rng(1), np.random.RandomState\n"
    assert count({"a.py": text}, "numpy") == 2
