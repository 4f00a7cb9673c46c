"""Stress tests: cells differ by their changes alone, go on where they stopped, and are the same in any split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import VarWG
from varwg.errors import ScenarioError, StoreError
from varwg.plotting import response_surface
from weathercop import Multisite, example_dataset

GRID = {"dt": [0.0, 2.0], "dp": [0.8, 1.0, 1.25]}


def stress(wc: Multisite, **options: Any) -> xr.Dataset:
    return wc.stress(GRID, 2, **{"response": ["annual_sum", "degree_days"], "seed": 3, **options})


@pytest.fixture(scope="module")
def surface(example_wc: Multisite) -> xr.Dataset:
    return stress(example_wc)


def test_responses_have_the_axes_of_the_grid(surface: xr.Dataset, example_wc: Multisite) -> None:
    assert surface["annual_sum"].dims == ("dt", "dp", "realization", "station")
    assert surface["annual_sum"].shape == (2, 3, 2, 3)
    assert list(surface["station"].values) == list(example_wc.stations)


def test_cells_differ_by_their_changes_alone(surface: xr.Dataset) -> None:
    unchanged = surface.sel(dt=0.0, dp=1.0)
    for factor in GRID["dp"]:
        assert surface["annual_sum"].sel(dt=2.0, dp=factor).values == pytest.approx(factor * unchanged["annual_sum"].values)
        assert np.array_equal(surface["degree_days"].sel(dt=2.0, dp=factor), surface["degree_days"].sel(dt=2.0, dp=1.0))
    assert (surface["degree_days"].sel(dt=2.0) > surface["degree_days"].sel(dt=0.0)).all()


def test_the_unchanged_cell_is_the_plain_ensemble(surface: xr.Dataset, example_wc: Multisite) -> None:
    plain = example_wc.simulate_ensemble(2, seed=3)
    expected = plain.sel(variable="R").mean("time") * 365.2425
    assert surface["annual_sum"].sel(dt=0.0, dp=1.0).values == pytest.approx(expected.values)


def test_any_split_gives_the_same_bits_and_nothing_is_done_twice(
    surface: xr.Dataset, example_wc: Multisite, tmp_path: Path
) -> None:
    for number in (2, 0, 1):
        split = stress(example_wc, out_dir=tmp_path / "dir", job=(number, 3), n_workers=1)
    assert split.drop_attrs().equals(surface.drop_attrs())
    files = sorted((tmp_path / "dir").glob("cell_*.nc"))
    assert len(files) == 6
    before = [file.stat().st_mtime_ns for file in files]
    again = stress(example_wc, out_dir=tmp_path / "dir")
    assert again.drop_attrs().equals(surface.drop_attrs())
    assert [file.stat().st_mtime_ns for file in files] == before


def test_another_stress_test_is_not_mixed_in(example_wc: Multisite, tmp_path: Path) -> None:
    stress(example_wc, out_dir=tmp_path / "dir", job=(0, 6))
    with pytest.raises(StoreError, match="another seed"):
        stress(example_wc, out_dir=tmp_path / "dir", seed=4)
    with pytest.raises(StoreError, match="seed is missing"):
        stress(example_wc, out_dir=tmp_path / "dir", seed=None)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds other files"):
        stress(example_wc, out_dir=tmp_path / "mine")


def test_responses_and_axes_of_ones_own(example_wc: Multisite) -> None:
    def warmest(member: xr.DataArray) -> float:
        """Highest temperature."""
        return float(member.sel(variable="theta").max())

    surface = example_wc.stress({"R.wet_day_factor": [0.9], "theta.sd_factor": [1.0, 1.2]}, 2, response=warmest, seed=1)
    assert surface["warmest"].dims == ("R.wet_day_factor", "theta.sd_factor", "realization")
    assert (surface["warmest"].isel({"theta.sd_factor": 1}) > surface["warmest"].isel({"theta.sd_factor": 0})).all()
    assert surface["warmest"].attrs["long_name"] == "Highest temperature"


def test_one_site_is_stressed_in_the_same_way() -> None:
    data = example_dataset()[["theta", "R"]].sel(station=["BERN"])
    bern_wg = VarWG(("theta", "R"), data).fit(rng=np.random.default_rng(1))
    surface = bern_wg.stress({"dt": [0.0, 1.0]}, 3, response="degree_days", seed=1)
    assert (surface["degree_days"].sel(dt=1.0) > surface["degree_days"].sel(dt=0.0)).all()


@pytest.mark.parametrize(
    ("grid", "response", "said"),
    [
        ({"warming": [1.0]}, "annual_sum", "axis 'warming', but dt, dp"),
        ({}, "annual_sum", "no cells"),
        ({"dt": [1.0]}, "floods", "names 'floods', but annual_sum"),
        ({"dt": [1.0]}, lambda member: np.zeros(7), "has shape"),
        ({"dt": [99.0]}, "annual_sum", "at most 50"),
    ],
)
def test_what_is_unknown_is_named(
    example_wc: Multisite, grid: dict[str, Any], response: str | Callable[..., Any], said: str
) -> None:
    with pytest.raises(ScenarioError, match=said):
        example_wc.stress(grid, 1, response=response, seed=1)


def test_a_picture_of_two_axes(surface: xr.Dataset) -> None:
    pytest.importorskip("matplotlib")
    figure, axes = response_surface(surface)
    assert axes.get_xlabel() == "factor of precipitation"
    assert axes.get_title(loc="left") == "BERN"
    assert len(figure.axes) == 2


def test_the_command_writes_data_and_picture(model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from weathercop._cli import main

    command = ["stress", str(model_file), "--dt", "0:2:2", "--dp", "0.8:1.2:0.2", "-n", "2", "--days", "400"]
    for part in ("1/2", "2/2"):
        assert main([*command, "-o", str(tmp_path / "out"), "--job", part]) == 0
    said = capsys.readouterr().out
    assert "values are left to other jobs" in said
    assert xr.load_dataset(tmp_path / "out" / "surface.nc")["annual_sum"].notnull().all()
    assert main([*command, "-o", str(tmp_path / "out"), "--job", "3/2"]) == 1
    for wrong in ("0:x", "0:1:1e-9", "0:inf:1", "4:0:1", "nan:1:1"):
        assert main(["stress", str(model_file), "--dt", wrong, "-o", str(tmp_path / "other")]) == 1
        assert "is not a range of at most 10000 numbers" in capsys.readouterr().err


def test_a_cell_that_was_damaged_is_computed_again(surface: xr.Dataset, example_wc: Multisite, tmp_path: Path) -> None:
    stress(example_wc, out_dir=tmp_path / "cells")
    (tmp_path / "cells" / "cell_00002.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    again = stress(example_wc, out_dir=tmp_path / "cells")
    xr.testing.assert_allclose(again, surface)
