"""The command `weathercop`: what it prints, writes and returns."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import weathercop
from weathercop.cli import main


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A file of observations that is quick to fit: two stations, two variables."""
    path = tmp_path_factory.mktemp("cli") / "observations.nc"
    weathercop.example_dataset()[["theta", "R"]].isel(station=slice(0, 2)).to_netcdf(path)
    return path


@pytest.fixture(scope="module")
def model(small):
    path = small.with_name("model.nc")
    assert main(["fit", str(small), "-o", str(path), "--seed", "1"]) == 0
    return path


def test_fit_and_simulate_are_what_the_library_does(small, model, tmp_path, capsys):
    assert main(["simulate", str(model), "-n", "2", "--seed", "5", "-o", str(tmp_path / "out"), "--workers", "2"]) == 0
    assert "2 members" in capsys.readouterr().out
    wc = weathercop.Multisite(small).fit(rng=1)
    assert wc.model.fingerprint() == weathercop.load_model(model).fingerprint()
    assert np.array_equal(weathercop.open_ensemble(tmp_path / "out").values, wc.simulate_ensemble(2, seed=5).values)


def test_simulating_from_observations_fits_first(small, model, tmp_path):
    arguments = ["-n", "1", "--seed", "1", "--start", "2030-03-01", "--years", "2", "--theta-incr", "1.5"]
    assert main(["simulate", str(small), *arguments, "-o", str(tmp_path / "a")]) == 0
    assert main(["simulate", str(model), *arguments, "-o", str(tmp_path / "b")]) == 0
    first, second = (weathercop.open_ensemble(tmp_path / name) for name in "ab")
    assert np.array_equal(first.values, second.values)
    assert str(first.time.values[0])[:10] == "2030-03-01"
    assert str(first.time.values[-1])[:10] == "2032-02-29"


def test_selection_of_stations_and_variables(small, tmp_path):
    station = str(weathercop.example_dataset().station.values[1])
    path = tmp_path / "model.nc"
    assert main(["fit", str(small), "-o", str(path), "--stations", station, "--variables", "R,theta", "--primary", "R"]) == 0
    fitted = weathercop.load_model(path)
    assert (fitted.stations, fitted.variable_names, fitted.primary_var) == ((station,), ("R", "theta"), "R")


def test_info_of_everything(small, model, tmp_path, capsys):
    main(["simulate", str(model), "-n", "1", "--seed", "5", "--days", "30", "-o", str(tmp_path / "out")])
    capsys.readouterr()
    expected = (
        (model, "MultisiteModel of 2 stations"),
        (tmp_path / "out", "Ensemble of 1 members"),
        (tmp_path / "out" / "real_0000.nc", "Member 0 of an ensemble: 30 days"),
        (small, "Observations of 2 stations, 3652 days"),
    )
    for path, text in expected:
        assert main(["info", str(path)]) == 0
        assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "none.nc", "-o", "model.nc"],
        ["fit", "{small}", "-o", "{tmp}/model.nc", "--variables", "theta", "humidity"],
        ["fit", "{small}", "-o", "{tmp}/model.nc", "--stations", "ATLANTIS"],
        ["fit", "{small}", "-o", "{tmp}/no/model.nc"],
        ["simulate", "{model}", "-n", "1", "-o", "{tmp}/out", "--stations", "A"],
        ["simulate", "{model}", "-n", "1", "-o", "{tmp}/out", "--start", "soon"],
        ["simulate", "{model}", "-n", "1", "-o", "{tmp}/out", "--theta-incr", "1", "2", "3"],
        ["simulate", "none.nc", "-n", "1", "-o", "{tmp}/out"],
        ["info", "none"],
        ["info", "{tmp}"],
        ["reproduce", "{small}", "--model", "{model}"],
    ],
)
def test_errors_are_one_sentence_on_stderr_and_nothing_is_left(arguments, small, model, tmp_path, capsys):
    assert main([a.format(small=small, model=model, tmp=tmp_path) for a in arguments]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("weathercop: error: ")
    assert captured.err.count("\n") == 1 and "Traceback" not in captured.err
    assert captured.out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fit"],
        ["simulate", "x", "-n", "0", "-o", "out"],
        ["simulate", "x", "-n", "1"],
        ["simulate", "x", "-n", "1", "-o", "out", "--years", "1", "--days", "2"],
        ["fit", "x", "-o", "y", "--seed", "-1"],
        ["fit", "x", "-o", "y", "--colour"],
    ],
)
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_the_demo(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "-n", "2"]) == 0
    printed = capsys.readouterr().out
    assert "inter-station" in printed and "wet fraction" in printed
    rows = [line for line in printed.splitlines() if "|" in line]
    assert len(rows) == 2 + 15
    assert len(list((tmp_path / "weathercop-demo").glob("real_*.nc"))) == 2


def test_the_module_is_the_command(small):
    done = subprocess.run([sys.executable, "-m", "weathercop", "info", str(small)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Observations of 2 stations" in done.stdout


def test_a_member_says_where_it_comes_from(model, tmp_path):
    main(["simulate", str(model), "-n", "2", "--seed", str(2**90), "--days", "30", "-o", str(tmp_path)])
    with xr.open_dataset(tmp_path / "real_0001.nc") as member:
        assert member.attrs["entropy"] == hex(2**90)
        assert member.attrs["spawn_key"] == "1"
        assert member.attrs["bit_generator"] == "PCG64"
        assert member.attrs["model"] == weathercop.load_model(model).fingerprint()
        assert {"numpy_version", "scipy_version", "version", "python_version"} <= set(member.attrs)
        assert member["R"].attrs["units"] == "mm"
        assert int(member["realization"]) == 1
