"""An output replaces files of its own kind only: a model, a member, a report or observations are not lost to a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop
from varwg._cli import main as convert
from varwg.ensembles import to_csv, to_netcdf
from varwg.errors import DataError, StoreError, VarwgError
from varwg.scenarios import ChangeFactors
from weathercop import Multisite, write_report
from weathercop._cli import main
from weathercop._demo import demo
from weathercop.validation import write_netcdf


@pytest.fixture(scope="module")
def files(example_wc: Multisite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each kind, in a folder of its own."""
    folder = tmp_path_factory.mktemp("kinds")
    ensemble = example_wc.simulate_ensemble(2, seed=7, out_dir=folder / "out", n_days=400)
    example_wc.model.save(folder / "model.nc")
    (folder / "moved.nc").write_bytes((folder / "out" / "real_0000.nc").read_bytes())
    to_netcdf(ensemble, folder / "export.nc")
    varwg.write_weather(example_wc.observations, folder / "weather.nc", format_name="netcdf")
    stations = example_wc.observations.stations
    ChangeFactors({"theta": {"mean": np.ones((len(stations), 12))}}).to_netcdf(folder / "factors.nc", stations)
    weathercop.example_dataset().to_netcdf(folder / "elsewhere.nc")
    write_netcdf(xr.Dataset(), folder / "comparison.nc")
    write_report(folder / "report.html", ensemble, example_wc.observations)
    varwg.write_weather(example_wc.observations, folder / "weather.csv", format_name="csv")
    (folder / "strange.bin").write_bytes(b"MZ\0\1")
    return {path.stem if path.suffix != ".csv" else "table": path for path in folder.iterdir() if path.is_file()}


#: What is written, and over which files that may be.
WRITERS: dict[str, tuple[Callable[[Multisite, Path], Any], str]] = {
    "model": (lambda wc, path: wc.model.save(path), "model"),
    "export": (lambda wc, path: to_netcdf(wc.iter_members(1, seed=1, n_days=400), path), "export"),
    "convert": (lambda wc, path: varwg.write_weather(wc.observations, path, format_name="netcdf"), "weather"),
    "report": (lambda wc, path: write_report(path, wc.simulate_ensemble(2, seed=1, n_days=400), wc.observations), "report"),
    "table": (lambda wc, path: varwg.write_weather(wc.observations, path, format_name="csv"), "table"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_only_its_own_kind(writer: str, files: dict[str, Path], example_wc: Multisite, tmp_path: Path) -> None:
    write, own = WRITERS[writer]
    for kind, path in files.items():
        target = tmp_path / f"{kind}{path.suffix}"
        target.write_bytes(path.read_bytes())
        before = target.stat().st_ino
        if kind == own:
            write(example_wc, target)
            assert target.stat().st_ino != before
            continue
        with pytest.raises(VarwgError, match="does not replace"):
            write(example_wc, target)
        assert target.read_bytes() == path.read_bytes()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("heading", ["date,theta", "year,co2", "theta_incr = 1.0"])
def test_a_text_replaces_none_that_begins_otherwise(heading: str, files: dict[str, Path], tmp_path: Path) -> None:
    """Stations of an export have names that nobody typed: they may be those of files of observations."""
    ensemble = weathercop.open_ensemble(files["model"].parent / "out")
    path = tmp_path / f"{ensemble.station.values[0]}.csv"
    path.write_text(f"{heading}\n2001-01-01,1.0\n")
    with pytest.raises(StoreError, match=r"another text, which begins with '\w+' and not with 'realization'"):
        to_csv(ensemble, tmp_path)
    assert path.read_text().startswith(heading)
    path.unlink()
    assert to_csv(ensemble, tmp_path) == to_csv(ensemble, tmp_path)


def test_the_demo_replaces_no_observations(tmp_path: Path) -> None:
    weathercop.example_dataset().to_netcdf(tmp_path / "observations.nc")
    with pytest.raises(DataError, match="which example data does not replace"):
        next(demo(tmp_path, n_members=2, seed=1))
    assert [path.name for path in tmp_path.iterdir()] == ["observations.nc"]


@pytest.mark.parametrize("output", ["./x/../obs.nc", "hard.nc", "soft.nc", "OBS.nc"])
@pytest.mark.parametrize("given", ["obs.nc", ".", "o*.nc"])
def test_an_input_under_another_name_is_no_output(
    output: str, given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`OBS.nc` is the same file where case does not count, and one that is not there where it does."""
    monkeypatch.chdir(tmp_path)
    varwg.write_weather(weathercop.example_dataset(), tmp_path / "obs.nc", format_name="netcdf")
    content = (tmp_path / "obs.nc").read_bytes()
    (tmp_path / "x").mkdir()
    (tmp_path / "hard.nc").hardlink_to(tmp_path / "obs.nc")
    (tmp_path / "soft.nc").symlink_to("obs.nc")
    there = Path(output).exists()
    assert convert(["convert", given, "-o", output]) == 1 or not there
    assert not there or "is an input too and would be lost" in capsys.readouterr().err
    assert (tmp_path / "obs.nc").read_bytes() == content


def test_a_fit_says_so_before_it_begins(files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "weather.nc").write_bytes(files["weather"].read_bytes())
    assert main(["fit", "there is no such file.nc", "-o", str(tmp_path / "weather.nc")]) == 1
    assert "does not replace" in capsys.readouterr().err


def test_no_ensemble_in_the_root(example_wc: Multisite) -> None:
    with pytest.raises(StoreError, match="the root of all files"):
        example_wc.simulate_ensemble(2, seed=7, out_dir="/", n_days=30)
