"""An output replaces files of its own kind only: a model, a member, a report or observations are not lost to a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import varwg
from varwg.ensembles import to_csv, to_netcdf
from varwg.errors import StoreError, VarwgError
from weathercop import Multisite, write_report
from weathercop._cli import main


@pytest.fixture(scope="module")
def files(example_wc: Multisite, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each kind, in a folder of its own."""
    folder = tmp_path_factory.mktemp("kinds")
    ensemble = example_wc.simulate_ensemble(2, seed=7, out_dir=folder / "out", n_days=400)
    example_wc.model.save(folder / "model.nc")
    (folder / "moved.nc").write_bytes((folder / "out" / "real_0000.nc").read_bytes())
    to_netcdf(ensemble, folder / "weather.nc")
    write_report(folder / "report.html", ensemble, example_wc.observations)
    to_csv(ensemble, folder / "weather.csv")
    (folder / "strange.bin").write_bytes(b"MZ\0\1")
    return {path.stem if path.suffix != ".csv" else "table": path for path in folder.iterdir() if path.is_file()}


#: What is written, and over which files that may be.
WRITERS: dict[str, tuple[Callable[[Multisite, Path], Any], str]] = {
    "model": (lambda wc, path: wc.model.save(path), "model"),
    "export": (lambda wc, path: to_netcdf(wc.iter_members(1, seed=1, n_days=400), path), "weather"),
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
        if kind == own:
            write(example_wc, target)
            assert target.read_bytes() != path.read_bytes() or writer == "model"
            continue
        with pytest.raises(VarwgError, match="does not replace"):
            write(example_wc, target)
        assert target.read_bytes() == path.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_fit_says_so_before_it_begins(files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "weather.nc").write_bytes(files["weather"].read_bytes())
    assert main(["fit", "there is no such file.nc", "-o", str(tmp_path / "weather.nc")]) == 1
    assert "does not replace" in capsys.readouterr().err


def test_no_ensemble_in_the_root(example_wc: Multisite) -> None:
    with pytest.raises(StoreError, match="the root of all files"):
        example_wc.simulate_ensemble(2, seed=7, out_dir="/", n_days=30)
