"""One list of what can be asked: signatures, help, command line and scenario files all come from `varwg.Request`."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import varwg
import weathercop
from varwg import Request, Scenario
from varwg.errors import DataError, ScenarioError
from weathercop.conditions import Conditioning, YearlyBounds, YearlyMean
from weathercop.heatwaves import HeatThresholds, HeatWaveDefinition, HotterHeatWaves

ROOT = Path(__file__).resolve().parents[1]
KEYWORDS = {own.name for own in fields(Request)}
SINGLE = KEYWORDS - {"disaggregate", "archive"}
FRONT_DOORS = [
    (varwg.VarWG.simulate, SINGLE),
    (weathercop.Multisite.simulate, SINGLE),
    (varwg.simulate, SINGLE),
    (weathercop.simulate, SINGLE),
    (varwg.VarWG.simulate_ensemble, KEYWORDS),
    (weathercop.Multisite.simulate_ensemble, KEYWORDS),
    (varwg.VarWG.iter_members, KEYWORDS),
    (weathercop.Multisite.iter_members, KEYWORDS),
]
OLD_NAMES = {"T": "n_days", "start_str": "start", "sim_times": "times"}


def spell_out() -> ModuleType:
    path = ROOT / "tools" / "spell_out.py"
    if not path.exists():
        pytest.skip("the sources of the tools are not beside the tests")
    spec = spec_from_file_location("spell_out", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_spelled_out_is_what_is_declared() -> None:
    assert [str(path) for path, _ in spell_out().outdated()] == []


def test_a_place_that_is_behind_is_brought_up_to_date() -> None:
    tool = spell_out()
    path = ROOT / "varwg" / "_simulation.py"
    text = path.read_text(encoding="utf-8")
    behind = text.replace("    theta_grad: Increment = None,\n", "").replace("        theta_grad=theta_grad,\n", "")
    assert behind != text
    assert tool.spelled_out(behind) == text


@pytest.mark.parametrize(("door", "expected"), FRONT_DOORS, ids=lambda value: getattr(value, "__qualname__", ""))
def test_signatures_and_help_have_every_keyword(door: Callable[..., Any], expected: set[str]) -> None:
    parameters = inspect.signature(door).parameters
    assert expected | set(OLD_NAMES) <= set(parameters)
    assert not any(own.kind is inspect.Parameter.VAR_KEYWORD for own in parameters.values())
    explained = {line.strip().partition(" : ")[0] for line in (inspect.getdoc(door) or "").splitlines() if " : " in line}
    assert expected <= explained
    for own in fields(Request):
        if own.name in expected:
            assert parameters[own.name].default == own.default


def test_the_terms_of_a_scenario_are_keywords() -> None:
    terms = {own.name for own in fields(Scenario)}
    assert terms <= KEYWORDS
    assert terms <= set(inspect.signature(Scenario.of).parameters)


def test_the_command_line_has_all_that_fits_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    from varwg._request import asked_for
    from weathercop._cli import main

    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    shown = capsys.readouterr().out
    for name, own in asked_for().items():
        if own.flag is not None:
            assert ("--days" if name == "n_days" else f"--{name.replace('_', '-')}") in shown
    assert "--scenario FILE.toml" in shown


def test_completion_finds_the_keywords() -> None:
    import jedi

    source = "import weathercop\nwc = weathercop.Multisite(weathercop.example_dataset())\nwc.simulate(theta_"
    names = {completion.name for completion in jedi.Script(source).complete(3, len("wc.simulate(theta_"))}
    assert {"theta_incr=", "theta_grad="} <= names
    source = "import varwg\nwg = varwg.VarWG('x.csv')\nwg.simulate_ensemble(disagg"
    assert "disaggregate=" in {
        completion.name for completion in jedi.Script(source).complete(3, len("wg.simulate_ensemble(disagg"))
    }


MISSPELT = """
import numpy as np
import varwg, weathercop
rng = np.random.default_rng(1)
wg = varwg.VarWG("x.csv").fit(rng=rng)
wc = weathercop.Multisite("x.nc").fit(rng=rng)
for_one, for_many = wg.model, wc.model
wg.simulate(theta_incr=2.0, rng=rng)
wc.simulate(theta_incr=2.0, rng=rng)
wg.simulate(theta_inc=2.0)
wc.simulate(theta_inc=2.0)
wg.simulate_ensemble(3, theta_inc=2.0)
wc.simulate_ensemble(3, theta_inc=2.0)
wg.iter_members(3, theta_inc=2.0)
wc.iter_members(3, theta_inc=2.0)
varwg.simulate(for_one, rng=rng, theta_inc=2.0)
weathercop.simulate(for_many, rng=rng, theta_inc=2.0)
varwg.Request(theta_inc=2.0)
"""


#: What the guide and the tutorial show, and what is typed in them.
RIGHT = """
import numpy as np
import weathercop
from weathercop.conditions import Conditioning, FunctionBounds, SeasonTerciles, YearlyBounds
from weathercop.heatwaves import HeatThresholds, HotterHeatWaves
rng = np.random.default_rng(1)
wc = weathercop.Multisite("x.nc").fit(rng=rng, trend="linear")
dry = YearlyBounds("R", statistic="sum", stations="BERN", upper=500.0)
warm = SeasonTerciles("theta", months=(6, 7, 8), shares=(0.2, 0.3, 0.5), limits=(14.0, 16.0))
wc.simulate(rng=rng, conditions=dry)
wc.simulate(rng=rng, conditions=[dry, FunctionBounds("mean", lambda weather: float(weather.mean()), lower=0.0)], trend=2020)
wc.simulate(rng=rng, conditions=Conditioning.of([dry, warm]), trend={2020: 0.5})
def hotter(thresholds: HeatThresholds) -> None:
    wc.simulate(rng=rng, heat_waves=HotterHeatWaves(thresholds, increment=2.0))
    wc.simulate_ensemble(2, seed=1, heat_waves=HotterHeatWaves(thresholds), disaggregate={"window": 10}, spread="sampling")
"""


def test_right_programs_are_right_for_a_type_checker(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(RIGHT)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path), str(program)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout


def test_a_misspelt_keyword_is_an_error_of_a_type_checker(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(MISSPELT)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--follow-imports=silent",
        "--no-incremental",
        "--cache-dir",
        str(tmp_path),
        str(program),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    wrong = {number for number, line in enumerate(MISSPELT.splitlines(), 1) if "theta_inc=" in line}
    told = {int(line.split(":")[1]) for line in done.stdout.splitlines() if "theta_inc" in line and "error" in line}
    assert told == wrong, done.stdout


def test_unknown_keywords_are_told_with_a_guess() -> None:
    with pytest.raises(TypeError, match=r"unknown option 'theta_inc'; did you mean 'theta_incr'\? valid: n_days, start, "):
        Request.of(theta_inc=2.0)


@pytest.mark.parametrize("alias", OLD_NAMES)
def test_old_names_mean_what_the_new_ones_mean(alias: str) -> None:
    assert getattr(Request.of(**{alias: 7}), OLD_NAMES[alias]) == 7
    with pytest.raises(DataError, match="two names of one thing"):
        Request.of(**{alias: 7, OLD_NAMES[alias]: 8})


# ---- scenario files ----


NUMBERS = st.floats(-40.0, 40.0)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "n_days": st.integers(1, 10_000),
        "start": st.dates().map(str),
        "theta_incr": st.one_of(NUMBERS, st.lists(NUMBERS, min_size=2, max_size=12), st.dictionaries(st.text(), NUMBERS)),
        "climate_signal": st.lists(NUMBERS, min_size=1),
        "var_factor": st.floats(0.0, 3.0),
        "fixed_variables": st.lists(st.text(min_size=1), min_size=1, max_size=3),
        "keep_periods": st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=2),
        "stretch": st.integers(2, 5),
        "phase_randomize": st.just(True),
        "disaggregate": st.one_of(st.just(True), st.fixed_dictionaries({"window": st.integers(0, 182)})),
        "conditions": st.lists(
            st.builds(YearlyBounds, st.text(), lower=st.floats(-9, -1), upper=st.floats(1, 9), years=st.just((2004, 2005))),
            min_size=1,
            max_size=2,
        ),
    },
)


@given(REQUESTS)
def test_a_request_reads_what_it_writes(keywords: dict[str, Any]) -> None:
    request = Request(**keywords)
    again = Request.from_toml(request.to_toml())
    assert again.table() == request.table()
    assert again.to_toml() == request.to_toml()


def test_a_file_asks_for_all_that_python_can(example_wc: weathercop.Multisite, tmp_path: Path) -> None:
    """Conditions, heat waves, signals, several primaries, fixed variables: the file and the keywords are the same members."""
    observed = example_wc.observations.to_dataset()
    thresholds = HeatThresholds.of(observed, HeatWaveDefinition(90.0, nights=False))
    request = Request(
        start="2003-01-01",
        n_days=800,
        primary_var=("theta", "rh"),
        theta_incr={"theta": 1.5, "rh": 0.02},
        climate_signal={"theta": np.linspace(0.0, 1.0, 800)},
        fixed_variables=("U",),
        scenario=Scenario.of(example_wc.stations, theta_grad=0.5, primary_var="theta"),
        conditions=Conditioning.of(YearlyBounds("R", statistic="sum", upper=3000.0), budget=50),
        heat_waves=HotterHeatWaves(thresholds, increment=1.0),
        keep_periods=[(300.0, 400.0)],
    )
    path = tmp_path / "warmer.toml"
    path.write_text(request.to_toml(), encoding="utf-8")
    read = Request.read(path)
    expected = weathercop.ensembles.simulate_ensemble(example_wc.model, 2, request, seed=3, progress=False)
    again = weathercop.ensembles.simulate_ensemble(example_wc.model, 2, read, seed=3, progress=False)
    assert np.array_equal(expected, again)
    assert expected.attrs == again.attrs


def test_results_and_manifests_say_what_was_asked_for(example_wc: weathercop.Multisite, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"start": "2003-01-01", "n_days": 400, "theta_incr": 1.5}
    said = example_wc.simulate(rng=1, **asked).attributes["request"]
    example_wc.simulate_ensemble(1, seed=1, out_dir=tmp_path, progress=False, **asked)
    from varwg.ensembles._store import Manifest

    assert Manifest.read(tmp_path).request == said
    assert Request.from_toml(said).table() == asked


def test_a_file_that_asks_for_what_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"unknown option 'theta_inc'; did you mean 'theta_incr'\?"):
        Request.from_toml("theta_inc = 2.0")
    with pytest.raises(ScenarioError, match="is not TOML"):
        Request.from_toml("theta_incr 2.0")
    with pytest.raises(ScenarioError, match="cannot be read"):
        Request.read(tmp_path / "nothing.toml")


def test_what_no_file_can_hold_is_told() -> None:
    request = Request(ex=lambda scores: scores[0], n_days=5)
    with pytest.raises(ScenarioError, match="ex is <function"):
        request.to_toml()
    assert "# ex is" in request.described() and Request.from_toml(request.described()).table() == {"n_days": 5}


def test_signals_with_a_calendar_keep_it() -> None:
    days = xr.date_range("2004-02-27", periods=5)
    signal = xr.DataArray(np.arange(5.0), {"time": days}, ("time",))
    table = Request(climate_signal=signal).table()
    assert table == {"climate_signal": [0.0, 1.0, 2.0, 3.0, 4.0], "signal_start": "2004-02-27"}


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"conditions": {"kind": "YearlyBound", "variable": "R"}}, "has the kind 'YearlyBound', but one of YearlyBounds"),
        ({"conditions": [{"kind": "YearlyBounds", "variabel": "R"}]}, "has the entry 'variabel', but YearlyBounds has variable"),
        ({"conditions": {"kind": "YearlyMean", "variable": "R"}}, "does not describe a YearlyMean"),
        ({"heat_waves": 3}, "HotterHeatWaves is needed"),
        ({"primary_var": ["theta", "theta"]}, "names theta twice"),
        ({"primary_var": ["hail"], "theta_incr": 1.0}, "names 'hail', but the variables are theta"),
        ({"theta_incr": 500.0}, "at most 50 degC"),
        ({"theta_grad": -1e300}, "at most 50 degC"),
        ({"primary_var": "rh", "theta_incr": 40.0}, "for rh, which is not a change that a climate has"),
        ({"residuals": np.zeros((5, 10))}, "residuals is asked for, but a multi-site generator has no such thing"),
        ({"fixed_variables": {"theta": np.zeros(10)}}, "values of theta, which only a single-site generator"),
        ({"scenario": [{"theta_inc": 2.0}]}, "unknown term 'theta_inc'"),
        ({"times": [1.5]}, "times are not dates"),
        ({"start": 3.0}, "not a date"),
    ],
    ids=str,
)
def test_requests_of_no_kind_are_refused(example_wc: weathercop.Multisite, keywords: dict[str, Any], told: str) -> None:
    with pytest.raises((ScenarioError, DataError), match=told):
        example_wc.simulate(rng=1, **keywords)


def test_two_scenarios_for_one_primary_add_up_everywhere(example_wc: weathercop.Multisite, example_wg: varwg.VarWG) -> None:
    for generator in (example_wc, example_wg):
        several = [Scenario.of(generator.stations, theta_incr=1.0), Scenario.of(generator.stations, theta_incr=0.5)]
        together = generator.simulate(rng=1, n_days=400, scenario=several)
        at_once = generator.simulate(rng=1, n_days=400, theta_incr=1.5)
        on_top = generator.simulate(rng=1, n_days=400, scenario=several[0], theta_incr=0.5)
        assert np.array_equal(together.data, at_once.data) and np.array_equal(on_top.data, at_once.data)
        assert together.scenario == at_once.scenario == on_top.scenario


def test_degrees_are_for_temperatures(example_wc: weathercop.Multisite) -> None:
    """Where nobody said which variable is meant, and the primary is none, nothing is changed in its place."""
    data = weathercop.example_dataset()[["U", "R"]]
    windy = weathercop.Multisite(data).fit(rng=1)
    with pytest.raises(ScenarioError, match=r"primary variable, which is U in m s-1 and no temperature: .*primary_var='U'"):
        windy.simulate(rng=1, theta_incr=2.0)
    named = windy.simulate(rng=1, n_days=400, theta_incr=0.5, primary_var="U")
    chosen = weathercop.Multisite(data, primary_var="U").fit(rng=1).simulate(rng=1, n_days=400, theta_incr=0.5)
    assert np.array_equal(named.data, chosen.data)


# ---- one hall ----


@pytest.fixture(scope="module")
def example_wg() -> varwg.VarWG:
    return varwg.VarWG(weathercop.example_dataset().isel(station=[0]), variables=("theta", "R", "rh")).fit(rng=1)


def test_the_same_words_for_one_station_and_for_many(
    example_wg: varwg.VarWG, example_wc: weathercop.Multisite, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {
        "start": "2004-01-01",
        "n_days": 400,
        "theta_incr": 1.0,
        "mean_arrival": 20.0,
        "disturbance_std": 1.0,
    }
    generators: tuple[varwg.VarWG | weathercop.Multisite, ...] = (example_wg, example_wc)
    for number, generator in enumerate(generators):
        assert generator.primary_var == "theta" == generator.model.primary_var
        assert generator.stations == generator.model.stations
        result = generator.simulate(rng=varwg.realization_rng(1, seed=5), **asked)
        assert isinstance(result, varwg.Simulation)
        assert result.sim_sea.dims == result.sim_trans.dims == ("station", "variable", "time")
        assert result.data.shape == result.scores.shape
        assert result.times[0] == np.datetime64("2004-01-01") and result.times.size == 400
        assert list(result.to_dataset().data_vars) == list(generator.var_names) == list(result.to_df().columns)
        result.write(tmp_path / f"{number}.nc")
        assert (tmp_path / f"{number}.nc").exists()
        assert len(repr(result).splitlines()) <= 40
        in_memory = generator.simulate_ensemble(3, seed=5, progress=False, **asked)
        on_disk = generator.simulate_ensemble(3, seed=5, progress=False, out_dir=tmp_path / f"out{number}", n_workers=2, **asked)
        one_by_one = np.array([member.values for member in generator.iter_members(3, seed=5, progress=False, **asked)])
        assert np.array_equal(in_memory, on_disk) and np.array_equal(in_memory, one_by_one)
        assert np.array_equal(in_memory[1], result.sim_sea)
        opened = varwg.ensembles.open_ensemble(tmp_path / f"out{number}")
        assert np.array_equal(opened, in_memory)
        member = sorted((tmp_path / f"out{number}").glob("real_*.nc"))[2]
        assert varwg.ensembles.reproduce(member, generator.model).identical
        paired = generator.simulate_ensemble(3, phases_from=tmp_path / f"out{number}", progress=False)
        assert paired.shape == in_memory.shape and not np.array_equal(paired, in_memory)


def test_results_unpack_as_they_always_did(example_wg: varwg.VarWG, example_wc: weathercop.Multisite) -> None:
    times, data = example_wg.simulate(50, rng=1)
    assert times.shape == (50,) and data.shape == (3, 50)
    sim_sea, sim_trans, rphases = example_wc.simulate(50, rng=1)
    assert sim_sea.name == "sim_sea" and sim_trans.name == "sim_trans" and rphases.dims == ("frequency",)


def test_either_package_reads_either_model(example_wg: varwg.VarWG, example_wc: weathercop.Multisite, tmp_path: Path) -> None:
    for generator in (example_wg, example_wc):
        generator.model.save(tmp_path / "model.nc")
        for package in (varwg, weathercop):
            assert package.load_model(tmp_path / "model.nc").fingerprint() == generator.model.fingerprint()


def test_hours_of_an_ensemble_at_one_site(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    hours = np.arange("2001-01-01", "2004-01-01", dtype="datetime64[h]")
    day = np.cos(2 * np.pi * (np.arange(hours.size) % 24 - 15) / 24)
    theta = 10 + 4 * day + 3 * np.repeat(rng.standard_normal(hours.size // 24), 24) + 0.3 * rng.standard_normal(hours.size)
    data = xr.Dataset(
        {"theta": (("station", "time"), theta[None], {"units": "degC"})},
        {"station": ["X"], "time": hours.astype("datetime64[ns]")},
    )
    wg = varwg.VarWG(data).fit(rng=1)
    days = wg.simulate_ensemble(2, seed=4, n_days=30, out_dir=tmp_path, disaggregate=True, progress=False)
    by_hour = varwg.ensembles.open_ensemble(tmp_path, step="hourly")
    assert by_hour.sizes["time"] == 30 * 24
    means = by_hour.values.reshape(2, 1, 1, 30, 24).mean(axis=-1)
    np.testing.assert_allclose(means, days.values, atol=1e-9)
    assert np.array_equal(next(wg.iter_members(2, seed=4, n_days=30, disaggregate=True, progress=False)), by_hour[0])


def test_units_and_places_are_words_of_both(example_wc: weathercop.Multisite) -> None:
    data = weathercop.example_dataset()
    kelvin = data.assign(theta=data["theta"] + 273.15)
    kelvin["theta"].attrs = {}
    here: dict[str, Any] = {"units": {"theta": "K"}, "latitude": 46.0, "longitude": 7.0, "elevation": 500.0}
    many = weathercop.Multisite(kelvin, var_names=("theta", "R"), **here)
    one = varwg.VarWG(kelvin, station="BERN", variables=("theta", "R"), **here)
    for generator in (many, one):
        assert generator.var_names == ("theta", "R")
        assert abs(float(np.nanmean(generator.observations.values[0, 0])) - float(data["theta"][0].mean())) < 1e-3
        assert set(generator.observations.elevation) == {500.0}


def test_a_yearly_mean_in_a_file_is_one() -> None:
    text = '[[conditions]]\nkind = "YearlyMean"\nvariable = "R"\ntarget = 3.0\ntolerance = 0.5\n'
    request = replace(Request.from_toml(text), n_days=730)
    assert request.table()["conditions"] == [{"kind": "YearlyMean", "variable": "R", "target": 3.0, "tolerance": 0.5}]
    assert YearlyMean("R", target=3.0, tolerance=0.5).variable == "R"
