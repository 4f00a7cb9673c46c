"""Imports are light: what is heavy, or writes, is imported when it is used."""

import json
import subprocess
import sys

import pytest

HEAVY = ("matplotlib", "dask", "distributed", "netCDF4", "h5netcdf", "zarr", "scipy.stats", "scipy.optimize", "tqdm", "libcst",
         "pandas.plotting")  # fmt: skip


def modules_after(statement):
    code = f"import sys, json\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    return set(json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import varwg",
        "import weathercop",
        "from varwg import VarWG, read_observations",
        "from weathercop import Multisite, simulate, load_model, open_ensemble, example_dataset",
        "import weathercop.cli, weathercop.ensemble, weathercop.fitting",
    ],
)
def test_nothing_heavy_is_imported(statement):
    loaded = modules_after(statement) - modules_after("import xarray")
    assert not [name for name in HEAVY if name in loaded]


def test_varwg_never_imports_weathercop():
    assert not [name for name in modules_after("from varwg import VarWG") if name.startswith("weathercop")]


def test_the_deprecated_generator_is_not_imported_unless_asked_for():
    assert "varwg._deprecated_rng" not in modules_after("from weathercop import Multisite; from varwg import VarWG")


def test_importing_draws_and_warns_nothing():
    code = (
        "import numpy as np; before = np.random.get_state()[1].tobytes()\n"
        "from weathercop import Multisite; from varwg import VarWG\n"
        "assert np.random.get_state()[1].tobytes() == before"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
