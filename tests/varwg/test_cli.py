"""The command `varwg`: exit codes, formats by content and ending, and one sentence for every error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import varwg
from varwg._cli import main
from varwg.io import read_weather, write_netcdf

KLIMA = """\
STATIONS_ID;MESS_DATUM;QN_3;  FX;  FM;QN_4; RSK;RSKF; SDK;SHK_TAG;  NM; VPM;  PM; TMK; UPM; TXK; TNK; TGK;eor
       1048;20240101;   10;  14.0;   5.3;    3;   2.1;   6;   1.200;   0;   6.9;   8.1; 987.10;   6.2;  83.00;   9.0;   4.4;   2.1;eor
       1048;20240102;   10;  11.9;   4.6;    3;   0.0;   6;   0.000;   0;   7.3;   8.7; 981.94;   6.9;  87.00;   8.2;   5.9;   3.7;eor
       1048;20240103;   10;  12.8;   4.0;    3;   0.3;   6;   0.717;   0;   7.9;   7.8; 983.77;   5.5;  86.00;   8.1;   3.4;   0.1;eor
"""  # noqa: E501


@pytest.fixture
def klima(tmp_path: Path) -> Path:
    path = tmp_path / "produkt_klima_tag_20240101_20240103_01048.txt"
    path.write_text(KLIMA)
    return path


def test_station_files_to_every_format(klima: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.nc", "a.csv", "a.met"):
        assert main(["convert", str(klima), "-o", str(tmp_path / name)]) == 0
        data = read_weather(tmp_path / name)
        np.testing.assert_array_equal(data["theta"].values, [[6.2, 6.9, 5.5]])
        np.testing.assert_array_equal(data["rh"].values, [[0.83, 0.87, 0.86]])
    assert "at 1 station, 2024-01-01 to 2024-01-03." in capsys.readouterr().out


def test_station_files_to_the_lake(klima: Path, tmp_path: Path) -> None:
    """Radiation comes from the sunshine, which needs the latitude."""
    glm = str(tmp_path / "glm.csv")
    assert main(["convert", str(klima), "-o", glm, "--to", "glm"]) == 1
    assert not Path(glm).exists()
    place = ["--latitude", "51.13", "--longitude", "13.75", "--elevation", "228"]
    assert main(["convert", str(klima), "-o", glm, "--to", "glm", *place]) == 0
    assert read_weather(glm)["R"].values[0] == pytest.approx([2.1, 0.0, 0.3])
    assert main(["convert", str(klima), "-o", str(tmp_path / "gotm.dat"), *place]) == 0
    assert main(["convert", str(klima), "-o", str(tmp_path / "lake.met"), "--to", "dyresm", *place]) == 0
    assert (tmp_path / "lake.met").read_text().startswith("<#3>")


def test_missing_rain_stops_the_lake(klima: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    klima.write_text(KLIMA.replace(";   0.0;   6;   0.000", ";-999;-999;   0.000"))
    assert main(["convert", str(klima), "-o", str(tmp_path / "a.csv"), "--to", "glm", "--latitude", "51"]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1].startswith("varwg: error: R at 01048 is missing on 2024-01-02")
    assert not (tmp_path / "a.csv").exists()


def test_selection(klima: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.nc"
    arguments = ["--variables", "theta,R", "--start", "2024-01-02", "--end", "2024-01-02", "--stations", "1048"]
    assert main(["convert", str(klima), "-o", str(out), *arguments]) == 0
    data = read_weather(out)
    assert list(data.data_vars) == ["theta", "R"]
    np.testing.assert_array_equal(data["time"].values, np.array(["2024-01-02"], dtype="datetime64[ns]"))


def test_units_are_declared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,theta\n2001-01-01,280\n2001-01-02,281\n")
    out = tmp_path / "a.met"
    assert main(["convert", str(tmp_path / "a.csv"), "-o", str(out), "--units", "theta=K"]) == 0
    assert out.read_text().splitlines()[1] == "-\tK"
    assert main(["convert", str(tmp_path / "a.csv"), "-o", str(out), "--units", "wind=K"]) == 1


def test_members_of_ensembles_are_converted(tmp_path: Path, rng: np.random.Generator) -> None:
    """A file with several stations and the scalar coordinate of its realization."""
    times = np.arange("2001-01-01", "2001-02-01", dtype="datetime64[D]").astype("datetime64[ns]")
    member = xr.Dataset(
        {"theta": (("station", "time"), rng.normal(size=(2, 31)), {"units": "degC"})},
        {"station": ["A", "B"], "time": times, "realization": 3},
    )
    member.to_netcdf(tmp_path / "real_0003.nc")
    assert main(["convert", str(tmp_path / "real_0003.nc"), "-o", str(tmp_path / "b.met"), "--stations", "B"]) == 0
    np.testing.assert_array_equal(read_weather(tmp_path / "b.met")["theta"].values[0], member["theta"].values[1])
    assert main(["convert", str(tmp_path / "real_0003.nc"), "-o", str(tmp_path / "b.met")]) == 1


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        (["-o", "{input}"], "is an input too and would be lost"),
        (["-o", "{dir}/a.unknown"], "does not end in one of"),
        (["-o", "{dir}/a.nc", "--variables", "thetta"], "Did you mean 'theta'?"),
        (["-o", "{dir}/a.nc", "--stations", "7"], "no known variable of any wanted station"),
        (["-o", "{dir}/a.nc", "--start", "2030-01-01"], "no time from 2030-01-01"),
        (["-o", "{dir}/a.nc", "--start", "soon"], "'soon' is not a date"),
        (["-o", "{dir}/a.nc", "--from", "ecad"], "no series of ECA&D"),
        (["-o", "{dir}/nowhere/a.nc"], "cannot be written"),
    ],
)
def test_errors_are_one_sentence(
    klima: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], sentence: str
) -> None:
    before = klima.read_text()
    filled = [part.format(input=klima, dir=tmp_path) for part in extra]
    assert main(["convert", str(klima), *filled]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("varwg: error: ")
    assert sentence in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert klima.read_text() == before


@pytest.mark.parametrize(
    "arguments", [[], ["convert"], ["convert", "a.nc"], ["convert", "a", "-o", "b", "--to", "excel"], ["fly"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("varwg") and "--help shows what is possible" in told and told.count("\n") == 1


def test_help_lists_the_formats(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["convert", "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    for name in ("netcdf", "dwd", "ecad", "ghcn", "glm", "gotm", "dyresm", "met", "csv"):
        assert f"  {name} " in shown


def test_the_package_is_a_command(klima: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "varwg", "convert", str(klima), "-o", str(tmp_path / "a.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a.csv").read_text().startswith("station,time,theta [degC],")


def test_interruption(klima: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("varwg.io._formats.read_weather", interrupted)
    assert main(["convert", str(klima), "-o", str(tmp_path / "a.nc")]) == 130
    assert not (tmp_path / "a.nc").exists()


def test_round_trip_through_the_command(tmp_path: Path, rng: np.random.Generator) -> None:
    times = np.arange("2001-01-01", "2001-03-01", dtype="datetime64[h]").astype("datetime64[ns]")
    data = xr.Dataset(
        {"R": (("station", "time"), rng.gamma(0.1, 3.0, (1, times.size)), {"units": "mm"})},
        {"station": ["A"], "time": times},
    )
    write_netcdf(data, tmp_path / "a.nc")
    for source, target in (("a.nc", "b.met"), ("b.met", "c.csv"), ("c.csv", "d.nc")):
        assert main(["convert", str(tmp_path / source), "-o", str(tmp_path / target)]) == 0
    np.testing.assert_array_equal(read_weather(tmp_path / "d.nc")["R"].values, data["R"].values)


def test_units_are_those_of_every_file_before_they_are_put_together(tmp_path: Path) -> None:
    days = pd.date_range("2001-01-01", periods=800)
    humidity = np.linspace(40.0, 90.0, 800).round(1)
    for name in ("a", "b"):
        pd.DataFrame({"rh": humidity}, index=days.rename("date")).to_csv(tmp_path / f"{name}.csv")
    out = tmp_path / "both.nc"
    files = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert main(["convert", *files, "-o", str(out), "--units", "rh=%"]) == 0
    found = varwg.read_observations(out)
    assert found.stations == ("a", "b")
    np.testing.assert_allclose(found.values[:, 0], [humidity / 100.0] * 2)
