"""Imports are light: what is heavy, or writes, is imported when it is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("matplotlib", "dask", "distributed", "netCDF4", "h5netcdf", "zarr", "scipy.stats", "scipy.optimize", "tqdm", "libcst",
         "pandas.plotting")  # fmt: skip


def modules_after(statement: str) -> set[str]:
    code = f"import sys, json\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    return set(json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import varwg",
        "import weathercop",
        "from varwg import VarWG, read_observations",
        "from weathercop import Multisite, simulate, load_model, open_ensemble, example_dataset",
        "import weathercop._cli, varwg.ensembles._ensemble, weathercop._fit",
    ],
)
def test_nothing_heavy_is_imported(statement: str) -> None:
    loaded = modules_after(statement) - modules_after("import xarray")
    assert not [name for name in HEAVY if name in loaded]


def test_varwg_never_imports_weathercop() -> None:
    assert not [name for name in modules_after("from varwg import VarWG") if name.startswith("weathercop")]


def test_files_are_read_without_what_is_made_of_them() -> None:
    """varwg._observations reads files by varwg.io; the other way round there would be a circle."""
    loaded = modules_after("import varwg.io, varwg.io._formats, varwg.io._lake")
    assert not [name for name in loaded if name.startswith(("varwg._observations", "varwg._simulated", "varwg._site"))]


def imported_units(package: str) -> dict[str, set[Any]]:
    """What each folder or module of a package imports of the others, imports inside functions included."""
    root = Path(import_module(package).__path__[0])
    units: dict[str, set[Any]] = {}
    for file in root.rglob("*.py"):
        unit = file.relative_to(root).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            found = {name.split(".")[1] for name in names if name.startswith(f"{package}.")}
            # Pictures are looked up by those that are drawn, when they are asked for; nothing imports them at its top.
            units.setdefault(unit, set()).update(found - {unit, "__version__", "plotting"})
    return {unit: found for unit, found in units.items() if unit not in ("__init__", "__main__")}


def circle_of(units: dict[str, set[Any]]) -> str | None:
    """A unit that imports itself by way of others, None if there is none."""
    for start in units:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            further = units.get(waiting.pop(), set()) - seen
            seen |= further
            waiting += further
        if start in seen:
            return start
    return None


def test_no_unit_of_varwg_imports_itself_by_way_of_others() -> None:
    units = imported_units("varwg")
    assert {"_observations", "io", "_site"} <= set(units)
    assert circle_of(units) is None
    assert circle_of(units | {"_arrays": {"_site"}}) is not None


def test_the_deprecated_generator_is_not_imported_unless_asked_for() -> None:
    assert "varwg._deprecated_rng" not in modules_after("from weathercop import Multisite; from varwg import VarWG")


def test_importing_draws_and_warns_nothing() -> None:
    code = (
        "import numpy as np; before = np.random.get_state()[1].tobytes()\n"
        "from weathercop import Multisite; from varwg import VarWG\n"
        "assert np.random.get_state()[1].tobytes() == before"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
