"""The real packages: programs print the same numbers on the deprecated generator as after rewriting."""

import inspect
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from varwg_codemod.library import MULTI_SITE, SINGLE_SITE, VARWG

import varwg
import weathercop

_DATA = "weathercop.example_dataset()[['theta', 'R']].isel(station=[0])"

# Each prints exact numbers; together they take a few seconds.
PROGRAMS = {
    "draws.py": """
        import varwg as vg
        from varwg import get_rng as g, reseed, rng as stream

        def noise(n, scale=1.0):
            return scale * vg.rng.normal(size=n)

        class Site:
            def __init__(self, n):
                self.offsets = noise(n)

            def draw(self):
                return self.offsets + g().random(len(self.offsets))

        reseed(3)
        site = Site(2)
        print(site.draw().tolist(), [stream.integers(100) for _ in range(3)])
        state = vg.rng.bit_generator.state
        first = vg.get_rng().permutation(5).tolist()
        vg.rng.bit_generator.state = state
        print(first, vg.get_rng().permutation(5).tolist())
        for i in range(3):
            vg.reseed(1000 * i)
            print(i, noise(2).tolist(), sorted(range(4), key=lambda _: vg.rng.random()))
    """,
    "site.py": f"""
        import varwg
        import weathercop

        def fitted(names):
            wg = varwg.VarWG(names, {_DATA})
            return wg.fit(p=2)

        def main(seed=7):
            varwg.reseed(seed)
            wg = fitted(("theta", "R"))
            times, values = wg.simulate(T=20)
            print(values.tolist(), varwg.rng.normal())
            for i in range(2):
                varwg.reseed(1000 * i)
                print(i, wg.simulate(T=5).data.tolist())
            print(wg.predict_ensemble(T=2, n_members=3).data.tolist(), varwg.get_rng().random())
            print(wg.resample(T=9).data.tolist(), wg.predict(T=2).data.tolist())

        if __name__ == "__main__":
            main()
    """,
    "sites.py": f"""
        import varwg
        import weathercop
        from weathercop.multisite import Multisite

        def build():
            return Multisite({_DATA}).fit()

        def run(wc):
            jitter = varwg.rng.normal()
            return jitter, float(wc.simulate().sim_sea.sum())

        varwg.reseed(11)
        wc = build()
        print(run(wc), run(wc))
        varwg.reseed(12)
        print(run(wc), varwg.rng.random())
    """,
}

# Runs programs in the order given, naming each before its output.
_DRIVER = """
import runpy, sys
for path in sys.argv[1:]:
    print("===", path)
    runpy.run_path(path, run_name="__main__")
"""


def _run(files: Mapping[str, str], folder: Path, *options: str) -> str:
    """What the programs print, in a process of their own so that the deprecated generator stays out of this one."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    root = Path(varwg.__file__).parents[1]
    start = f"import sys; sys.path.insert(0, {str(root)!r})\n{_DRIVER}"
    command = [sys.executable, "-B", *options, "-c", start, *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_numbers_with_the_real_packages(play: ModuleType, tmp_path: Path) -> None:
    """Before on the deprecated shim; after without it, where using it or forgetting an `rng=` would be an error."""
    before = play.dedent(PROGRAMS)
    after: dict[str, str] = {}
    for name, text in before.items():
        result = play.rewrite({name: text})
        assert not result.failures
        assert play.left(result) == []
        after |= result.texts
    old = _run(before, tmp_path / "before", "-W", "ignore::DeprecationWarning")
    new = _run(after, tmp_path / "after", "-W", "error::DeprecationWarning:__main__")
    assert len(old.splitlines()) == 15
    assert new == old


@pytest.mark.parametrize(("cls", "known"), [(varwg.VarWG, SINGLE_SITE), (weathercop.Multisite, MULTI_SITE)])
def test_the_methods_that_take_a_generator_are_known(cls: type, known: str) -> None:
    """What the codemod gives `rng=` to is what takes it."""
    public = {name: method for name, method in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}
    takes = {name for name, method in public.items() if "rng" in inspect.signature(method).parameters}
    assert takes == VARWG.api_classes[known]


@pytest.mark.parametrize("package", [varwg, weathercop])
def test_the_functions_that_take_a_generator_are_known(package: ModuleType) -> None:
    """The public functions of both packages with a parameter `rng`."""
    public = {name: getattr(package, name) for name in package.__all__}
    functions = {name for name, thing in public.items() if inspect.isfunction(thing)} - {"as_generator"}
    assert {name for name in functions if "rng" in inspect.signature(public[name]).parameters} == VARWG.api_functions
