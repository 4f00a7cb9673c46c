"""Member files, manifest and resuming: what is there is used if it is right, computed again or refused if not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop
from varwg.ensembles import to_csv, to_netcdf
from varwg.ensembles._integrity import check_ensemble
from varwg.ensembles._memberfile import read_checked
from varwg.ensembles._store import digits_for, member_files
from varwg.errors import DataError, StoreError
from weathercop import Multisite, MultisiteModel


@pytest.fixture
def directory(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> Path:
    """Six members on disk."""
    example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
    return tmp_path


def test_on_disk_and_opened_lazily(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path) -> None:
    ensemble = example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
    assert not ensemble.variable._in_memory
    assert np.array_equal(ensemble.values, reference)
    assert np.array_equal(weathercop.open_ensemble(tmp_path).sel(realization=3).values, reference[3])


@pytest.mark.parametrize(
    "selection",
    [
        {"realization": [4, 1], "time": slice(3, 9)},
        {"station": [1], "variable": slice(None, None, -1), "time": [400, 2, 2]},
        {"realization": 2, "station": 0, "variable": 1, "time": 77},
        {"time": slice(0, 0)},
    ],
)
def test_a_selection_reads_what_it_selects(directory: Path, reference: np.ndarray, selection: dict[str, Any]) -> None:
    ensemble = weathercop.open_ensemble(directory)
    eager = xr.DataArray(reference, ensemble.coords, ensemble.dims)
    assert np.array_equal(ensemble.isel(selection).values, eager.isel(selection).values)


def test_attributes_and_coordinates_survive_reductions(directory: Path, example_wc: Multisite, days: dict[str, Any]) -> None:
    ensemble = weathercop.open_ensemble(directory)
    assert ensemble.realization.attrs["standard_name"] == "realization"
    assert ensemble.realization.attrs["axis"] == "E"
    climate = ensemble.mean(["time", "realization"], keep_attrs=True)
    assert climate.attrs == ensemble.attrs
    assert climate.units.sel(variable="R") == "mm"
    assert climate.latitude.attrs["units"] == "degrees_north"
    in_memory = example_wc.simulate_ensemble(6, seed=7, **days)
    xr.testing.assert_identical(ensemble.load(), in_memory)


def test_reading_and_writing_in_several_threads(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path
) -> None:
    """The NetCDF library does not survive two threads at once; they take turns."""

    def write_and_read(number: int) -> list[bool]:
        ensemble = example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path / str(number), n_workers=2, **days)
        return [np.array_equal(ensemble.isel(realization=row).values, reference[row]) for row in range(6)]

    with ThreadPoolExecutor(4) as pool:
        assert all(all(rows) for rows in pool.map(write_and_read, range(4)))


def test_lazy_reductions_in_parallel(directory: Path, reference: np.ndarray) -> None:
    pytest.importorskip("dask")
    chunks = weathercop.open_ensemble(directory).chunk({"realization": 1, "variable": 1})
    mean = chunks.mean("time").compute(scheduler="threads", num_workers=4)
    assert np.allclose(mean.values, reference.mean(axis=-1), rtol=1e-12)


def test_a_member_is_a_cf_file_that_says_where_it_comes_from(directory: Path, example_model: MultisiteModel) -> None:
    with xr.open_dataset(directory / "real_0002.nc") as member:
        assert member.attrs["Conventions"].startswith("CF")
        assert member.attrs["model"] == example_model.fingerprint()
        assert (member.attrs["entropy"], member.attrs["spawn_key"]) == ("0x7", "2")
        assert int(member.realization) == 2
        assert member.R.attrs["standard_name"] == "lwe_thickness_of_precipitation_amount"
        assert member.R.dims == ("station", "time")
        assert member.time.dtype.kind == "M"
        assert set(member.coords) >= {"station", "time", "latitude", "longitude", "realization"}


def test_all_members_have_the_same_structure(directory: Path) -> None:
    """The first file is the template of the others."""
    with xr.open_dataset(directory / "real_0000.nc") as first, xr.open_dataset(directory / "real_0005.nc") as last:
        assert {name: a.attrs for name, a in first.variables.items()} == {name: a.attrs for name, a in last.variables.items()}
        different = {name for name in first.attrs if first.attrs[name] != last.attrs[name]}
    assert different == {"spawn_key", "content_sha256", "member_sha256"}


def test_resumed_after_some_members_are_gone_or_damaged(
    directory: Path, example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    (directory / "real_0001.nc").unlink()
    truncated, flipped = directory / "real_0004.nc", directory / "real_0002.nc"
    truncated.write_bytes(truncated.read_bytes()[:3000])
    content = bytearray(flipped.read_bytes())
    place = content.find(reference[2, 0, 0].tobytes()[:64])
    content[place + 3] ^= 1
    flipped.write_bytes(content)
    untouched = (directory / "real_0000.nc").stat().st_mtime_ns
    again = example_wc.simulate_ensemble(6, seed=7, out_dir=directory, **days)
    assert np.array_equal(again.values, reference)
    assert (directory / "real_0000.nc").stat().st_mtime_ns == untouched
    assert caplog.text.count("truncated or damaged") == 2


@pytest.mark.parametrize("size", [0, 1, 100, 3000, -1])
def test_truncated_anywhere_it_is_noticed(directory: Path, size: int) -> None:
    path = directory / "real_0003.nc"
    path.write_bytes(path.read_bytes()[:size])
    assert read_checked(path) is None


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"seed": 8}, "seed"),
        ({"theta_incr": 1.0}, "scenario"),
        ({"start": "2002-01-01"}, "first_day"),
        ({"n_days": 9}, "n_days"),
        ({"dtype": "float32"}, "dtype"),
        ({"engine": "scipy"}, "engine"),
        ({"compression": 4}, "compression"),
    ],
)
def test_a_directory_of_another_run_is_refused(
    directory: Path, example_wc: Multisite, days: dict[str, Any], options: dict[str, Any], field: str
) -> None:
    with pytest.raises(StoreError, match=f"another {field}"):
        example_wc.simulate_ensemble(1, **(dict[str, Any](seed=7, out_dir=directory) | days | options))


def test_a_directory_of_another_model_is_refused(directory: Path, example_wc: Multisite, days: dict[str, Any]) -> None:
    manifest = directory / "manifest.json"
    manifest.write_text(manifest.read_text().replace(example_wc.model.fingerprint(), "0" * 64))
    with pytest.raises(StoreError, match="another model"):
        example_wc.simulate_ensemble(6, seed=7, out_dir=directory, **days)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "x", "format_version": 1}'])
def test_a_manifest_that_is_none_is_refused(directory: Path, example_wc: Multisite, days: dict[str, Any], text: str) -> None:
    (directory / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match="manifest"):
        example_wc.simulate_ensemble(6, seed=7, out_dir=directory, **days)


def test_a_manifest_of_a_newer_version_is_refused(directory: Path) -> None:
    path = directory / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 99}))
    with pytest.raises(StoreError, match="newer version"):
        weathercop.open_ensemble(directory)


def test_foreign_files_are_refused_and_left_alone(example_wc: Multisite, tmp_path: Path, days: dict[str, Any]) -> None:
    foreign = tmp_path / "real_0000.nc"
    weathercop.example_dataset().to_netcdf(foreign)
    content = foreign.read_bytes()
    with pytest.raises(StoreError, match=r"no manifest\.json"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **days)
    foreign.rename(tmp_path / "elsewhere.nc")
    example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **days)
    (tmp_path / "elsewhere.nc").rename(tmp_path / "real_0001.nc")
    with pytest.raises(StoreError, match="not a member file"):
        example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **days)
    assert (tmp_path / "real_0001.nc").read_bytes() == content


def test_a_member_in_the_wrong_place_is_noticed(directory: Path, example_wc: Multisite, days: dict[str, Any]) -> None:
    (directory / "real_0001.nc").replace(directory / "real_0000.nc")
    with pytest.raises(StoreError, match="spawn_key '1', but member 0"):
        example_wc.simulate_ensemble(2, seed=7, out_dir=directory, **days)


def test_a_member_of_another_ensemble_is_not_opened(
    directory: Path, example_wc: Multisite, days: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    example_wc.simulate_ensemble(1, seed=7, theta_incr=1.0, out_dir=other, **days)
    (other / "real_0000.nc").replace(directory / "real_0004.nc")
    with pytest.raises(StoreError, match="another scenario"):
        weathercop.open_ensemble(directory)


def test_names_have_as_many_digits_as_the_ensemble_needs(example_wc: Multisite, tmp_path: Path) -> None:
    short: dict[str, Any] = {"start": "2001-01-01", "n_days": 5}
    example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path, **short)
    assert sorted(path.name for path in tmp_path.glob("*.nc")) == ["real_0000.nc", "real_0001.nc", "real_0002.nc"]
    assert (digits_for(10_000), digits_for(10_001)) == (4, 5)
    (tmp_path / "real_0001.nc").rename(tmp_path / "real_00001.nc")
    example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path, **short)
    assert [path.name for path in member_files(tmp_path).values()] == ["real_0000.nc", "real_0001.nc", "real_0002.nc"]


def test_a_smaller_ensemble_in_the_same_directory_is_its_beginning(
    directory: Path, example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]
) -> None:
    ensemble = example_wc.simulate_ensemble(2, seed=7, out_dir=directory, **days)
    assert np.array_equal(ensemble.values, reference[:2])
    assert weathercop.open_ensemble(directory).sizes["realization"] == 6


@pytest.mark.parametrize(
    "options", [{"engine": "scipy", "dtype": "float32"}, {"engine": "scipy"}, {"dtype": "float32"}, {"compression": 4}]
)
def test_engines_types_and_compression(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path, options: dict[str, Any]
) -> None:
    ensemble = example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path, **options, **days)
    assert np.array_equal(ensemble.values, reference[:3].astype(options.get("dtype", "float64")))
    first_bytes = b"CDF" if options.get("engine") == "scipy" else b"\x89HD"
    assert (tmp_path / "real_0000.nc").read_bytes()[:3] == first_bytes
    untouched = (tmp_path / "real_0000.nc").stat().st_mtime_ns
    (tmp_path / "real_0001.nc").unlink()
    again = example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path, **options, **days)
    assert np.array_equal(again.values, ensemble.values)
    assert (tmp_path / "real_0000.nc").stat().st_mtime_ns == untouched


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dtype": "int16"}, "dtype is 'int16'"),
        ({"engine": "h5"}, "engine is 'h5'"),
        ({"compression": 10}, "compression is 10"),
        ({"compression": True}, "compression is True"),
        ({"compression": 1, "engine": "scipy"}, "cannot compress"),
    ],
)
def test_options_of_no_kind_are_refused(example_wc: Multisite, tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(StoreError, match=told):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(xr, "coders"), reason="xarray before 2025.1.2 has no such dates")
@pytest.mark.parametrize("engine", ["netcdf4", "scipy"])
@pytest.mark.parametrize(
    ("start", "n_days"), [("3000-01-01", 400), ("9999-06-01", 400), ("0001-01-01", 366), ("99998-12-31", 366)]
)
def test_years_that_nanoseconds_cannot_count(example_wc: Multisite, tmp_path: Path, start: Any, n_days: Any, engine: Any) -> None:
    """Members, exports and what is read of them have the days asked for."""
    n_days = 366
    expected = np.datetime64(start, "D") + np.arange(n_days)
    out = tmp_path / "out"
    ensemble = example_wc.simulate_ensemble(2, seed=7, out_dir=out, engine=engine, start=start, n_days=n_days)
    assert np.array_equal(ensemble.time.values, expected)
    assert np.array_equal(example_wc.simulate_ensemble(2, seed=7, start=start, n_days=n_days), ensemble)
    assert weathercop.open_ensemble(out)[1].load().identical(ensemble[1].load())
    assert not check_ensemble(out)
    single = ensemble.sel(realization=[0], station=["BERN"])
    for path in (to_netcdf(single, tmp_path / "one.nc"), *to_csv(single, tmp_path / "csv")):
        assert np.array_equal(np.unique(varwg.read_weather(path)["time"].values), expected)


@pytest.mark.skipif(hasattr(xr, "coders"), reason="xarray from 2025.1.2 on has these dates")
def test_an_older_xarray_says_what_it_cannot_hold(example_wc: Multisite, tmp_path: Path) -> None:
    for out_dir in (None, tmp_path / "out"):
        with pytest.raises(DataError, match="install xarray 2025"):
            example_wc.simulate_ensemble(2, seed=7, start="3000-01-01", n_days=400, out_dir=out_dir)
