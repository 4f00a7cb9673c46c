"""Where netCDF4 is not installed, as on free-threaded Python: classic files, and a sentence where they do not do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import varwg
import weathercop
from varwg._persistence import digest, has_netcdf4
from varwg.errors import DataError, StoreError
from weathercop import Multisite, MultisiteModel
from weathercop._cli import main

SIMULATION = {"start": "2001-01-01", "n_days": 500}


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No netCDF4, and nothing else that reads HDF5."""
    for name in ("netCDF4", "h5netcdf", "h5py"):
        monkeypatch.setitem(sys.modules, name, None)
    assert not has_netcdf4()


def begins(path: Path) -> bytes:
    return path.read_bytes()[:3]


def test_example_needs_no_netcdf4(absent: None) -> None:
    assert dict(weathercop.example_dataset().sizes) == {"station": 3, "time": 3652}


def test_models_are_saved_as_classic_files_and_are_the_same(absent: None, example_model: MultisiteModel, tmp_path: Path) -> None:
    path = tmp_path / "model.nc"
    example_model.save(path)
    assert begins(path) == b"CDF"
    assert digest(weathercop.load_model(path)) == digest(example_model)
    assert digest(varwg.load_model(path)) == digest(example_model)


def test_a_classic_model_is_read_where_netcdf4_is_installed(
    example_model: MultisiteModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("netCDF4")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "netCDF4", None)
        example_model.save(tmp_path / "model.nc")
    assert has_netcdf4()
    assert digest(weathercop.load_model(tmp_path / "model.nc")) == digest(example_model)


def test_a_damaged_classic_model_is_told(absent: None, example_model: MultisiteModel, tmp_path: Path) -> None:
    path = tmp_path / "model.nc"
    example_model.save(path)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(varwg.errors.ModelFileError, match="is damaged"):
        weathercop.load_model(path)


def test_from_the_table_to_the_exported_ensemble(absent: None, example_model: MultisiteModel, tmp_path: Path) -> None:
    """On the command line, with the words that its messages recommend."""
    model, out = tmp_path / "model.nc", tmp_path / "out"
    example_model.save(model)
    simulate = ["simulate", str(model), "-n", "2", "--seed", "7", "-o", str(out), "--start", "2001-01-01", "--days", "500"]
    assert main(simulate) == 1
    assert not out.exists()
    assert main([*simulate, "--engine", "scipy"]) == 0
    assert main(["check", str(out), "--model", str(model)]) == 0
    assert main(["reproduce", str(out / "real_0001.nc"), "--model", str(model)]) == 0
    assert main(["export", str(out), str(tmp_path / "members.csv")]) == 0
    assert main(["export", str(out), str(tmp_path / "members.nc")]) == 1


def test_members_in_classic_files_are_those_in_memory(absent: None, example_wc: Multisite, tmp_path: Path) -> None:
    keywords: dict[str, Any] = {"seed": 7, **SIMULATION}
    with pytest.raises(StoreError, match="netCDF4 is not installed"):
        example_wc.simulate_ensemble(2, out_dir=tmp_path, **keywords)
    on_disk = example_wc.simulate_ensemble(2, out_dir=tmp_path, engine="scipy", **keywords)
    np.testing.assert_array_equal(on_disk.values, example_wc.simulate_ensemble(2, **keywords).values)


def test_weather_is_written_and_read(absent: None, tmp_path: Path) -> None:
    weather = weathercop.example_dataset()
    varwg.write_weather(weather, tmp_path / "weather.nc")
    assert begins(tmp_path / "weather.nc") == b"CDF"
    written = varwg.read_weather(tmp_path / "weather.nc")
    for name in ("theta", "R", "rh", "Qsw", "U"):
        np.testing.assert_array_equal(written[name].values, weather[name].values)


@pytest.mark.parametrize("read", [varwg.read_weather, weathercop.load_model, weathercop.Multisite])
def test_files_of_version_4_are_refused_with_what_to_do(read: Any, absent: None, tmp_path: Path) -> None:
    path = tmp_path / "version4.nc"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(2048))
    with pytest.raises(DataError, match="install netCDF4, or convert the file"):
        read(path)
