"""The command `weathercop`: what it prints, writes and returns."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import weathercop
from varwg import Request
from varwg import _cli as varwg_cli
from varwg._cli import commands_of
from varwg.ensembles import simulate_ensemble
from varwg.ensembles._export import to_models
from weathercop import _cli
from weathercop._cli import main


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of observations that is quick to fit: two stations, two variables."""
    path = tmp_path_factory.mktemp("cli") / "observations.nc"
    weathercop.example_dataset()[["theta", "R"]].isel(station=slice(0, 2)).to_netcdf(path)
    return path


@pytest.fixture(scope="module")
def model(small: Path) -> Path:
    path = small.with_name("model.nc")
    assert main(["fit", str(small), "-o", str(path), "--seed", "1"]) == 0
    return path


def test_fit_and_simulate_are_what_the_library_does(
    small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(model), "-n", "2", "--seed", "5", "-o", str(tmp_path / "out"), "--workers", "2"]) == 0
    assert "2 members" in capsys.readouterr().out
    wc = weathercop.Multisite(small).fit(rng=1)
    assert wc.model.fingerprint() == weathercop.load_model(model).fingerprint()
    assert np.array_equal(weathercop.open_ensemble(tmp_path / "out").values, wc.simulate_ensemble(2, seed=5).values)


def test_simulating_from_observations_fits_first(small: Path, model: Path, tmp_path: Path) -> None:
    arguments = ["-n", "1", "--seed", "1", "--start", "2030-03-01", "--years", "2", "--theta-incr", "1.5"]
    assert main(["simulate", str(small), *arguments, "-o", str(tmp_path / "a")]) == 0
    assert main(["simulate", str(model), *arguments, "-o", str(tmp_path / "b")]) == 0
    first, second = (weathercop.open_ensemble(tmp_path / name) for name in "ab")
    assert np.array_equal(first.values, second.values)
    assert str(first.time.values[0])[:10] == "2030-03-01"
    assert str(first.time.values[-1])[:10] == "2032-02-29"


def test_selection_of_stations_and_variables(small: Path, tmp_path: Path) -> None:
    station = str(weathercop.example_dataset().station.values[1])
    path = tmp_path / "model.nc"
    assert main(["fit", str(small), "-o", str(path), "--stations", station, "--variables", "R,theta", "--primary", "R"]) == 0
    fitted = weathercop.load_model(path)
    assert (fitted.stations, fitted.variable_names, fitted.primary_var) == ((station,), ("R", "theta"), "R")


def test_a_trend_is_asked_for_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    times = np.arange("1990-01-01", "2010-01-01", dtype="datetime64[D]")
    years = times.astype("datetime64[Y]").astype(int) + 1970
    theta = rng.standard_normal(times.size) * 3.0 + 10.0 + 0.1 * (years - 2000)
    pd.DataFrame({"theta [degC]": theta}, pd.Index(times, name="date")).to_csv(tmp_path / "record.csv")
    pd.Series(np.arange(1990, 2010) - 2000.0, pd.Index(range(1990, 2010), name="year"), name="warming").to_csv(
        tmp_path / "warming.csv"
    )
    for trend, said in (("linear", "theta: mean +1"), (str(tmp_path / "warming.csv"), "per unit of warming")):
        arguments = ["fit", str(tmp_path / "record.csv"), "-o", str(tmp_path / "m.nc"), "--seed", "1", "--trend", trend]
        assert main(arguments) == 0
        assert said in capsys.readouterr().out
    for year in ("1990", "2009"):
        simulate = ["simulate", str(tmp_path / "m.nc"), "-n", "1", "--seed", "1", "--trend", year, "-o", str(tmp_path / year)]
        assert main(simulate) == 0
    early, late = (weathercop.open_ensemble(tmp_path / year).mean() for year in ("1990", "2009"))
    assert float(late - early) == pytest.approx(1.9, abs=0.4)
    (tmp_path / "wide.csv").write_text("year,a,b\n1990,1,2\n")
    for name, words in (("wide.csv", "has 3 columns"), ("none.csv", "cannot be read")):
        arguments = ["fit", str(tmp_path / "record.csv"), "-o", str(tmp_path / "m.nc"), "--trend", str(tmp_path / name)]
        assert main(arguments) == 1
        assert words in capsys.readouterr().err


def test_info_of_everything(small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", str(model), "-n", "1", "--seed", "5", "--days", "30", "-o", str(tmp_path / "out")])
    capsys.readouterr()
    expected = (
        (model, "MultisiteModel of 2 stations"),
        (tmp_path / "out", "Ensemble of 1 members"),
        (tmp_path / "out" / "real_0000.nc", "Member 0 of an ensemble: 30 days"),
        (small, "Observations: 2 stations x 2 variables, 3652 days from"),
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
        ["validate", "{tmp}", "--obs", "{model}"],
        ["fit", "{model}", "-o", "{tmp}/model.nc"],
        ["info", "{tmp}"],
        ["reproduce", "{small}", "--model", "{model}"],
    ],
)
def test_errors_are_one_sentence_on_stderr_and_nothing_is_left(
    arguments: list[str], small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
        ["fit", "x", "-o", "y", "--latitude", "north"],
        ["fit", "x", "-o", "y", "--units", "theta"],
        ["fit", "x", "-o", "y", "z"],
    ],
)
def test_wrong_usage_is_one_sentence_without_internals(arguments: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("weathercop") and told.count("\n") == 1 and "--help shows what is possible" in told
    assert "_positive" not in told and "terminal" not in told and "usage" not in told


def test_an_abbreviation_is_refused_with_the_option_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "x", "-n", "2", "-o", "out", "--member", "5"])
    assert ended.value.code == 2
    assert "unknown option --member; did you mean --members?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["simulate", "x", "--member", "5", "-o", "out"])  # what is missing for it is not what is wrong
    assert "unknown option --member; did you mean --members?" in capsys.readouterr().err


def test_every_command_has_examples_that_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["weathercop"])
    for program, parser in (("weathercop", _cli._parser()), ("varwg", varwg_cli._parser())):
        for name, command in commands_of(parser).items():
            lines = re.findall(rf"^  {program} (.*?)(?: \||$)", command.format_help(), flags=re.MULTILINE)
            assert lines, name
            for line in lines:
                parser.parse_args(shlex.split(line.partition(" <")[0]))


def test_quiet_and_verbose_may_stand_after_the_command(
    small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, arguments in enumerate((["-q", "simulate"], ["simulate", "-q"])):
        folder = str(tmp_path / str(number))
        assert main([*arguments, str(model), "-n", "1", "--days", "10", "-o", folder]) == 0
        assert capsys.readouterr().out == ""
    assert main(["info", str(model), "-v"]) == 0
    assert "MultisiteModel" in capsys.readouterr().out


def test_json_of_everything(small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    main(["simulate", "-q", str(model), "-n", "2", "--seed", "5", "-o", str(out)])
    kinds = {"observations": small, "model": model, "ensemble": out, "member": out / "real_0000.nc"}
    for kind, path in kinds.items():
        capsys.readouterr()
        assert main(["info", str(path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["kind"] == kind
    assert main(["reproduce", str(out / "real_0001.nc"), "--model", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["identical"] is True
    assert main(["validate", str(out), "--obs", str(small), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(told["shares"][grade] for grade in ("good", "fair", "poor")) == pytest.approx(1.0)
    assert told["shares"]["n_values"] == len(told["statistics"])


def test_standard_input_and_what_a_table_does_not_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["example", str(tmp_path)]) == 0
    assert main(["example", str(tmp_path)]) == 1 and "would be lost" in capsys.readouterr().err
    table = (tmp_path / "bern.csv").read_bytes().replace(b"theta", b"Temp", 1)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(table)))
    told = ["--rename", "Temp=theta", "--units", "theta=degC", "R=mm", "rh=%", "--latitude", "46.9", "--end", "2003-12-31"]
    path = tmp_path / "m.nc"
    assert main(["fit", "-", "-o", str(path), *told]) == 0
    fitted = weathercop.load_model(path)
    assert set(fitted.variable_names) == {"theta", "R", "rh"}
    assert (fitted.site_values("latitude").tolist(), fitted.n_days) == ([46.9], 1095)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_commands_and_options(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    first, _, rest = capsys.readouterr().out.partition("\n")
    assert ("compdef" in first and "bashcompinit" in first) == (shell == "zsh")
    script = rest if shell == "zsh" else f"{first}\n{rest}"
    typed = "COMP_WORDS=(weathercop simulate --theta-i); COMP_CWORD=2; _weathercop; echo ${COMPREPLY[@]}"
    typed += "; COMP_WORDS=(weathercop sim); COMP_CWORD=1; _weathercop; echo ${COMPREPLY[@]}"
    typed += "; COMP_WORDS=(weathercop -q fit --la); COMP_CWORD=3; _weathercop; echo ${COMPREPLY[@]}"
    done = subprocess.run(["bash", "-c", script + typed], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["--theta-incr", "simulate", "--latitude"]


def test_export_to_one_table(model: Path, tmp_path: Path) -> None:
    main(["simulate", "-q", str(model), "-n", "2", "--seed", "5", "--days", "20", "-o", str(tmp_path / "out")])
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "x.csv")]) == 0
    table = pd.read_csv(tmp_path / "x.csv").set_index(["realization", "station", "date"])
    ensemble = weathercop.open_ensemble(tmp_path / "out")
    assert len(table) == 2 * 2 * 20
    place = {"realization": 1, "station": "MUNICH", "variable": "theta"}
    assert table["theta [degC]"].loc[1, "MUNICH"].to_numpy() == pytest.approx(ensemble.sel(place).values, abs=0)


def test_export_in_the_layout_of_a_grid(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["simulate", "-q", str(model), "-n", "2", "--seed", "5", "--days", "20", "-o", str(tmp_path / "out")])
    ensemble = weathercop.open_ensemble(tmp_path / "out")
    north, east = (np.unique(np.round(ensemble[name].values, 4)) for name in ("latitude", "longitude"))
    like = xr.Dataset(
        {"a": (("time", "lat", "lon"), np.ones((2, north.size, east.size)))},
        {"time": np.array(["2001-01-01", "2001-01-02"], dtype="datetime64[ns]"), "lat": north, "lon": east},
    )
    like.to_netcdf(tmp_path / "like.nc")
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "x.nc"), "--like", str(tmp_path / "like.nc")]) == 0
    with xr.open_dataset(tmp_path / "x.nc") as grid:
        assert grid["theta"].dims == ("realization", "time", "lat", "lon")
        own = ensemble.sel(variable="theta", station="MUNICH")
        place = {"lat": float(own["latitude"]), "lon": float(own["longitude"])}
        np.testing.assert_array_equal(grid["theta"].sel(place, method="nearest").values, own.values)
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "y.nc"), "--grid"]) == 1
    assert "does not say which grid" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "out"), str(tmp_path / "y.csv"), "--grid"]) == 1


def test_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a part of the example; and without pictures, which the tests of the report look at."""
    part = weathercop.example_dataset()[["theta", "R"]].isel(station=[0, 1], time=slice(0, 1461))
    monkeypatch.setattr("weathercop._demo.example_dataset", lambda: part)
    monkeypatch.setattr("weathercop._report.available", lambda: False)
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "-n", "2"]) == 0
    printed = capsys.readouterr().out
    assert "inter-station" in printed and "wet fraction" in printed
    rows = [line for line in printed.splitlines() if "|" in line]
    assert len(rows) == 2 + 4
    made = tmp_path / "weathercop-demo"
    assert len(list(made.glob("real_*.nc"))) == 2
    assert f"Report: {(made / 'report.html').relative_to(tmp_path)}" in printed
    assert "weathercop-demo/observations.nc" in (made / "report.html").read_text(encoding="utf-8")
    # What the demo says to do next works with what it left there.
    reproduce = ["reproduce", str(made / "real_0001.nc"), "--model", str(made / "model.nc")]
    assert main(reproduce) == 0
    assert main(["demo", "-n", "2"]) == 0, "a second demo resumes the first"


def test_a_demo_of_one_member_has_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    part = weathercop.example_dataset()[["theta"]].isel(station=[0], time=slice(0, 1100))
    monkeypatch.setattr("weathercop._demo.example_dataset", lambda: part)
    assert main(["demo", "-n", "1", "-o", str(tmp_path / "demo")]) == 0
    assert "at least two members" in capsys.readouterr().out
    assert not list((tmp_path / "demo").glob("*.html"))


def test_validate_writes_tables_and_has_an_exit_code(
    small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["simulate", str(model), "-n", "3", "--seed", "5", "--theta-incr", "9", "-o", str(tmp_path / "out")])
    command = ["validate", str(tmp_path / "out"), "--obs", str(small)]
    assert main([*command, "--csv", str(tmp_path / "t.csv"), "--netcdf", str(tmp_path / "t.nc"), "--max-poor", "99.9"]) == 0
    assert "furthest off" in capsys.readouterr().out
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").startswith("statistic,station,variable,")
    with xr.open_dataset(tmp_path / "t.nc") as report:
        assert report.attrs["members"] == 3
    assert main([*command, "--max-poor", "0"]) == 3
    assert "of the values are poor, but at most 0 % poor are allowed" in capsys.readouterr().err


def test_report_of_a_scenario_beside_its_base(
    small: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("weathercop._report.ReportPictures.weather", lambda self: [])
    monkeypatch.setattr("weathercop._report.ReportPictures.together", lambda self, ensemble: "")
    days = ["-n", "2", "--days", "800"]
    assert main(["simulate", str(model), *days, "--seed", "5", "-o", "base"]) == 0
    assert main(["simulate", str(model), *days, "--phases-from", "base", "--theta-incr", "2", "-o", "warm"]) == 0
    printed = capsys.readouterr().out
    assert "scenario:    theta_incr 2" in printed
    assert f"Next: weathercop report warm --obs OBSERVATIONS.nc --model {model}" in printed
    assert main(["report", "warm", "--obs", str(small), "--base", "base", "-o", "report.html"]) == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="scenario"' in text
    assert "theta_incr 2" in text
    assert "--phases-from BASE" in text


def test_fit_says_what_looks_suspicious(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with xr.open_dataset(small) as data:
        odd = data.load()
    odd["theta"][0, 100] = 55.0
    odd.to_netcdf(tmp_path / "odd.nc")
    assert main(["fit", str(tmp_path / "odd.nc"), "-o", str(tmp_path / "model.nc"), "--seed", "1"]) == 0
    printed = capsys.readouterr().out
    assert f"weathercop info {tmp_path / 'odd.nc'} lists them" in printed
    assert "Next: weathercop simulate" in printed
    assert main(["info", str(tmp_path / "odd.nc")]) == 0
    assert "suspicious: theta at BERN: a value far above all others: 55 degC" in capsys.readouterr().out


def test_the_module_is_the_command(small: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "weathercop", "info", str(small)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Observations: 2 stations" in done.stdout


def test_a_member_says_where_it_comes_from(model: Path, tmp_path: Path) -> None:
    main(["simulate", str(model), "-n", "2", "--seed", str(2**90), "--days", "30", "-o", str(tmp_path)])
    with xr.open_dataset(tmp_path / "real_0001.nc") as member:
        assert member.attrs["entropy"] == hex(2**90)
        assert member.attrs["spawn_key"] == "1"
        assert member.attrs["bit_generator"] == "PCG64"
        assert member.attrs["model"] == weathercop.load_model(model).fingerprint()
        assert {"numpy_version", "scipy_version", "version", "python_version"} <= set(member.attrs)
        assert member["R"].attrs["units"] == "mm"
        assert int(member["realization"]) == 1


def test_scenarios_from_the_command_line_are_those_of_the_library(model: Path, tmp_path: Path) -> None:
    terms: dict[str, Any] = {
        "theta_grad": 1.5,
        "mean_arrival": 20.0,
        "disturbance_std": 1.0,
        "var_factor": 1.1,
        "rain_factor": 1.2,
        "stretch": 2,
    }
    words = [word for name, value in terms.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    days = ["--start", "2040-01-01", "--days", "400"]
    assert main(["simulate", str(model), "-n", "2", "--seed", "3", "-o", str(tmp_path / "out"), *days, *words]) == 0
    request = Request(start="2040-01-01", n_days=400, **terms)
    expected = simulate_ensemble(weathercop.load_model(model), 2, request, seed=3)
    assert np.array_equal(weathercop.open_ensemble(tmp_path / "out").values, expected.values)


@pytest.mark.skipif(os.name != "posix", reason="needs the resource limits of POSIX")
def test_factors_of_chosen_variables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also of a model; a name that is none of them is refused, and does not leave a file."""
    assert main(["example", str(tmp_path)]) == 0
    assert main(["fit", str(tmp_path / "observations.nc"), "-o", str(tmp_path / "model.nc"), "--stations", "BERN"]) == 0
    periods = [str(tmp_path / name) for name in ("historical.nc", "future.nc")]
    asked = ["factors", *periods, "-o", str(tmp_path / "factors.nc"), "--model", str(tmp_path / "model.nc"), "--variables"]
    assert main([*asked, "tas"]) == 1
    assert "--variables names 'tas', but the variables are theta" in capsys.readouterr().err
    assert not (tmp_path / "factors.nc").exists()
    assert main([*asked, "theta"]) == 0
    assert {str(name).partition("__")[0] for name in xr.load_dataset(tmp_path / "factors.nc").data_vars} == {"theta"}


def test_an_example_that_has_no_room_leaves_no_half_file(tmp_path: Path) -> None:
    code = """
    import resource, signal, sys
    from weathercop._cli import main
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    sys.exit(main(["example", sys.argv[1]]))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert all(path.read_text().count("\n") == 1462 for path in (tmp_path / "out").glob("*.csv"))
    assert not list((tmp_path / "out").glob(".*"))


#: Examples of --help in the order in which their files are made; `demo` has a test of its own.
EXAMPLES_IN_ORDER = (
    "example", "fit", "simulate", "factors", "stress", "info", "export", "reproduce", "merge", "check", "validate", "report",
)  # fmt: skip


def test_the_examples_of_help_run_as_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them in one directory, with fewer members; what a shell does with < is done here."""
    monkeypatch.chdir(tmp_path)
    helps = {name: command.format_help().split("example", 1)[1] for name, command in commands_of(_cli._parser()).items()}
    assert set(helps) == {"demo", "completion", *EXAMPLES_IN_ORDER}
    lines = [line.strip() for name in EXAMPLES_IN_ORDER for line in helps[name].splitlines() if line.startswith("  weathercop ")]
    assert len(lines) >= len(EXAMPLES_IN_ORDER)
    for line in lines:
        words = (
            re.sub(r"-n \d+", "-n 4", line).replace("200:300", "200:203").replace(":100", ":3").replace("100:200", "3:6").split()
        )
        assert main(words[1:]) == 0, f"{line}\n{capsys.readouterr().err}"
    with pytest.raises(SystemExit):
        varwg_cli.main(["convert", "--help"])
    told = capsys.readouterr().out
    lines = [line.strip() for line in told.splitlines() if line.startswith("  varwg ")]
    assert len(lines) == 3
    for line in lines:
        command, _, piped = line.partition(" < ")
        text = (tmp_path / piped).read_bytes() if piped else b""
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
        assert varwg_cli.main(command.split()[1:]) == 0, f"{line}\n{capsys.readouterr().err}"


def test_info_of_a_model_takes_no_options_of_observations(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(model), "--units", "theta=K"]) == 1
    assert f"--units is about observations that are read, but {model} holds none" in capsys.readouterr().err


def test_info_tells_each_note_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"Lufttemperatur [°C]": 10.0 + np.random.default_rng(1).normal(0, 3, 800).round(1)})
    table.index = pd.date_range("2001-01-01", periods=800).strftime("%d/%m/%Y").rename("Datum")
    table.to_csv(tmp_path / "air.csv")
    command = [sys.executable, "-m", "weathercop", "info", str(tmp_path / "air.csv")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    assert (done.stdout + done.stderr).count("is taken as air temperature") == 1
    assert done.stderr.count("day first") == 1, "what the description does not have is told all the same"
    assert "Lufttemperatur " in done.stdout, "names are not cut where there is room"


def test_a_hundred_members_tell_once_what_was_derived(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, example_wc: weathercop.Multisite
) -> None:
    days = example_wc.simulate_ensemble(4, seed=1, n_days=30)
    assert to_models(days, tmp_path / "glm", "glm") == 12
    assert caplog.text.count("ILWR is not in the data and was derived") == 1
