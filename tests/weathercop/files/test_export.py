"""Ways out of an ensemble: what comes out is what went in."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg.ensembles import _export as export
from varwg.errors import StoreError
from weathercop import Multisite

SHORT: dict[str, Any] = {"start": "2000-02-27", "n_days": 60}


@pytest.fixture(scope="module")
def ensemble(example_wc: Multisite) -> xr.DataArray:
    return example_wc.simulate_ensemble(3, seed=7, **SHORT)


#: Zarr has no lasting format for text coordinates yet and says so.
quiet_zarr = pytest.mark.filterwarnings("ignore:The data type:Warning")


@pytest.fixture(params=["in memory", "lazy", "iterator"])
def members(
    request: pytest.FixtureRequest, example_wc: Multisite, ensemble: xr.DataArray, tmp_path: Path
) -> xr.DataArray | Iterator[Any]:
    if request.param == "in memory":
        return ensemble
    if request.param == "lazy":
        return example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path / "members", **SHORT)
    return example_wc.iter_members(3, seed=7, **SHORT)


def assert_same(dataset: xr.Dataset, ensemble: xr.DataArray, dtype: str = "float64") -> None:
    assert set(dataset.data_vars) == set(ensemble["variable"].values.tolist())
    for name, array in dataset.data_vars.items():
        expected = ensemble.sel(variable=name).transpose(*array.dims)
        assert np.array_equal(array.values, expected.values.astype(dtype))
        assert array.attrs["units"] == expected.units.item()
    for name in ("station", "time", "realization"):
        assert np.array_equal(dataset[name].values, ensemble[name].values)
    assert dataset.realization.attrs["standard_name"] == "realization"
    assert dataset.attrs["model"] == ensemble.attrs["model"]
    assert dataset.attrs["seed"] == ensemble.attrs["seed"]
    assert "spawn_key" not in dataset.attrs


def test_one_netcdf_file(members: xr.DataArray | Iterator[Any], ensemble: xr.DataArray, tmp_path: Path) -> None:
    path = export.to_netcdf(members, tmp_path / "all.nc")
    with xr.open_dataset(path) as dataset:
        assert_same(dataset, ensemble)
        assert dataset.R.attrs["standard_name"] == "lwe_thickness_of_precipitation_amount"
        assert dataset.latitude.attrs["units"] == "degrees_north"
    assert not list(tmp_path.glob(".*.tmp"))


def test_one_netcdf_file_in_single_precision_and_compressed(ensemble: xr.DataArray, tmp_path: Path) -> None:
    plain, packed = (export.to_netcdf(ensemble, tmp_path / f"{level}.nc", dtype="float32", compression=level) for level in (0, 4))
    with xr.open_dataset(packed) as dataset:
        assert_same(dataset, ensemble, "float32")
        assert dataset.R.encoding["complevel"] == 4
    assert plain.stat().st_size > 3 * 4 * 60 * 4


@quiet_zarr
def test_a_zarr_store(members: xr.DataArray | Iterator[Any], ensemble: xr.DataArray, tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    path = export.to_zarr(members, tmp_path / "all.zarr")
    with xr.open_zarr(path, consolidated=False) as dataset:
        assert_same(dataset, ensemble)
    with pytest.raises(StoreError, match="exists already"):
        export.to_zarr(ensemble, path)


def test_without_zarr_the_message_says_so(ensemble: xr.DataArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match="Zarr is not installed"):
        export.to_zarr(ensemble, tmp_path / "all.zarr")


def test_csv_files_hold_every_digit(members: xr.DataArray | Iterator[Any], ensemble: xr.DataArray, tmp_path: Path) -> None:
    paths = export.to_csv(members, tmp_path / "csv")
    assert [path.stem for path in paths] == ensemble.station.values.tolist()
    for number, path in enumerate(paths):
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header[:2] == ["realization", "date"]
        assert "R [mm]" in header
        assert [row[:2] for row in rows[59:61]] == [["0", "2000-04-26"], ["1", "2000-02-27"]]
        values = np.array([[float(text or "nan") for text in row[2:]] for row in rows]).reshape(3, 60, -1)
        assert np.array_equal(values, ensemble.isel(station=number).transpose("realization", "time", "variable").values)


def test_missing_values_are_empty_in_csv(ensemble: xr.DataArray, tmp_path: Path) -> None:
    with_gap = ensemble.copy()
    with_gap[0, 0, 0, 0] = np.nan
    path = export.to_csv(with_gap, tmp_path)[0]
    assert path.read_text().splitlines()[1].startswith("0,2000-02-27,,")


def test_names_of_stations_become_names_of_files(ensemble: xr.DataArray, tmp_path: Path) -> None:
    names = np.array([f"a/{number}: b" for number in range(ensemble.sizes["station"])])
    paths = export.to_csv(ensemble.assign_coords(station=names), tmp_path)
    assert paths[0] == tmp_path / "a_0_ b.csv"
    for alike in ("a_0/ b", "A/0: B"):
        names[1] = alike
        with pytest.raises(StoreError, match="would share the file"):
            export.to_csv(ensemble.assign_coords(station=names), tmp_path)


def test_a_single_member_can_be_exported(example_wc: Multisite, tmp_path: Path) -> None:
    result = example_wc.simulate(rng=np.random.default_rng(1), **SHORT).sim_sea.assign_coords(realization=0)
    with xr.open_dataset(export.to_netcdf(result, tmp_path / "one.nc")) as dataset:
        assert dataset.sizes["realization"] == 1
        assert np.array_equal(dataset.R.values[0], result.sel(variable="R").values)


def test_a_table(ensemble: xr.DataArray) -> None:
    table = export.to_dataset(ensemble).to_dataframe()
    assert table.loc[(2, ensemble.station.values[1], "2000-03-01"), "R"] == ensemble.sel(variable="R").values[2, 1, 3]


def test_a_dataset_of_a_lazy_ensemble_is_lazy(example_wc: Multisite, tmp_path: Path) -> None:
    dataset = export.to_dataset(example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **SHORT))
    assert not any(array.variable._in_memory for array in dataset.data_vars.values())


@pytest.mark.parametrize("write", [export.to_netcdf, export.to_csv])
def test_nothing_to_write(write: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no member"):
        write(iter(()), tmp_path / "out")


def test_a_failure_leaves_no_file(example_wc: Multisite, ensemble: xr.DataArray, tmp_path: Path) -> None:
    def failing() -> Iterator[xr.DataArray]:
        yield ensemble.isel(realization=0)
        raise OSError(28, "No space left on device")

    for write in (export.to_netcdf, export.to_csv):
        with pytest.raises(StoreError, match="No space left"):
            write(failing(), tmp_path / "out")
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    with pytest.raises(StoreError, match="cannot be written"):
        export.to_netcdf(ensemble, tmp_path / "no" / "such" / "directory.nc")


def test_the_command(example_wc: Multisite, ensemble: xr.DataArray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from weathercop._cli import main

    example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path / "members", **SHORT)
    assert main(["export", str(tmp_path / "members"), str(tmp_path / "all.nc")]) == 0
    assert "3 members" in capsys.readouterr().out
    with xr.open_dataset(tmp_path / "all.nc") as dataset:
        assert_same(dataset, ensemble)
    assert main(["export", str(tmp_path / "members"), str(tmp_path / "csv")]) == 0
    assert len(list((tmp_path / "csv").glob("*.csv"))) == ensemble.sizes["station"]
    assert isinstance(weathercop.open_ensemble(tmp_path / "members"), xr.DataArray)


def test_csv_files_of_stations_that_are_gone_are_not_mixed_with_new_ones(ensemble: xr.DataArray, tmp_path: Path) -> None:
    first, *others = export.to_csv(ensemble, tmp_path)
    before = first.read_bytes()
    (tmp_path / "notes.csv").write_text("author\n")
    with pytest.raises(StoreError, match=f"holds {sorted(others)[0].name} of an earlier export"):
        export.to_csv(ensemble.isel(station=[0], realization=[1]), tmp_path)
    assert first.read_bytes() == before and len(list(tmp_path.iterdir())) == len(others) + 2
    for path in others:
        path.unlink()
    assert export.to_csv(ensemble.isel(station=[0], realization=[1]), tmp_path) == [first]


@pytest.mark.parametrize("as_iterator", [False, True])
def test_files_for_models_of_members_that_are_gone_are_not_mixed_with_new_ones(
    ensemble: xr.DataArray, as_iterator: bool, tmp_path: Path
) -> None:
    export.to_models(ensemble, tmp_path, "met")
    assert export.to_models(ensemble, tmp_path, "met") == 3 * ensemble.sizes["station"]
    fewer = ensemble.isel(realization=[0, 2])
    with pytest.raises(StoreError, match="holds real_0001 of an earlier export"):
        export.to_models(iter([fewer[0], fewer[1]]) if as_iterator else fewer, tmp_path, "met")


def test_files_for_models_of_stations_that_are_gone_are_not_mixed_with_new_ones(ensemble: xr.DataArray, tmp_path: Path) -> None:
    export.to_models(ensemble, tmp_path, "met")
    (tmp_path / "real_0000" / "results.txt").write_text("of a model\n")
    with pytest.raises(StoreError, match=r"real_0000 holds \w+\.met of an earlier export"):
        export.to_models(ensemble.isel(station=[0]), tmp_path, "met")
    for member in tmp_path.iterdir():
        for path in sorted(member.glob("*.met"))[1:]:
            path.unlink()
    assert export.to_models(ensemble.isel(station=[0]), tmp_path, "met") == 3
