"""Hours beside days: options, own random stream, pairs of files that belong together, resuming, export, reproduction."""

from __future__ import annotations

import csv
import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop
from varwg import HourlyArchive, Request, read_observations
from varwg._disaggregation import HourlyOptions, hourly_times, hours_of
from varwg._disaggregation.archive import archive_of
from varwg._disaggregation.run import HOURS
from varwg._persistence import memory_limit
from varwg.ensembles import _export as export
from varwg.ensembles import iter_members, open_ensemble, reproduce, simulate_ensemble
from varwg.errors import DataError, ReproductionError, ScenarioError, StoreError
from varwg.streams import Streams, realization_rng
from weathercop import MultisiteModel, load_model
from weathercop._cli import main
from weathercop._plan import Plan

N_DAYS = 40
N_MEMBERS = 3
TIMES = np.datetime64("2004-02-10") + np.arange(N_DAYS)


def by_the_hour(n_steps: int = 24, n_days: int = 450) -> varwg.Observations:
    """Made-up sub-daily observations of the stations and variables of the example: its days with a course."""
    days = read_observations(weathercop.example_dataset())
    rng = np.random.default_rng(0)
    shape = (len(days.stations), n_days, n_steps)
    course = np.cos(2.0 * np.pi * (np.arange(n_steps) + 0.5 - 14.0 * n_steps / 24) / n_steps)
    daily = {name: days.values[:, k, :n_days, None] for k, name in enumerate(days.names)}
    noise = rng.standard_normal(shape)
    light = np.maximum(course, 0.0)
    made = {
        "theta": daily["theta"] + 4.0 * course + 0.3 * noise,
        "R": daily["R"] * rng.dirichlet(np.full(n_steps, 0.2), shape[:2]),
        "rh": np.clip(daily["rh"] - 0.1 * course + 0.01 * noise, 0.0, 1.0),
        "Qsw": daily["Qsw"] * light / light.mean(),
        "U": np.maximum(daily["U"] * (1.0 + 0.3 * course + 0.1 * noise), 0.0),
    }
    step = np.timedelta64(24 * 60 // n_steps, "m")
    return replace(
        days,
        values=np.stack([np.broadcast_to(made[name], shape).reshape(shape[0], -1) for name in days.names], axis=1),
        times=(days.times[:n_days, None] + step * np.arange(n_steps)).ravel(),
    )


def to_days(model: varwg.Observations | weathercop.MultisiteModel, hours: np.ndarray, n_steps: int = 24) -> np.ndarray:
    """Daily means (sums) of an array (..., variable, time)."""
    steps = hours.reshape(*hours.shape[:-1], -1, n_steps)
    sums = np.array([variable.aggregation == "sum" for variable in model.variables])
    return np.asarray(np.where(sums[:, None], steps.sum(axis=-1), steps.mean(axis=-1)))


@pytest.fixture(scope="module")
def model(example_model: MultisiteModel) -> weathercop.MultisiteModel:
    """The example model with an archive of hours."""
    return replace(example_model, hourly=HourlyArchive.of(by_the_hour()))


@pytest.fixture(scope="module")
def request_of_hours() -> Request:
    return Request(times=TIMES, disaggregate=True)


@pytest.fixture(scope="module")
def plan(model: MultisiteModel, request_of_hours: Request) -> Plan:
    return Plan.of(model, request_of_hours)


@pytest.fixture(scope="module")
def expected(model: MultisiteModel, request_of_hours: Request) -> np.ndarray:
    """Hours of the members, computed one by one, shape (members, S, K, T n)."""
    return np.array(
        [member.values for member in iter_members(model, N_MEMBERS, request_of_hours, seed=7, n_workers=1, progress=False)]
    )


def simulate(model: weathercop.MultisiteModel, asked: Request, directory: Path, **options: Any) -> xr.DataArray:
    return simulate_ensemble(model, N_MEMBERS, asked, **({"seed": 7, "progress": False} | options), out_dir=directory)


@pytest.fixture
def directory(model: MultisiteModel, request_of_hours: Request, tmp_path: Path) -> Path:
    simulate(model, request_of_hours, tmp_path / "out")
    return tmp_path / "out"


# ---- options and archive ----


def times_of_hours(plan: Plan) -> np.ndarray:
    assert plan.hourly is not None
    return hourly_times(plan.times, plan.hourly)


def test_options(model: MultisiteModel) -> None:
    archive = model.hourly
    assert HourlyOptions.of(model, archive, False) is None
    assert HourlyOptions.of(model, None, False) is None
    assert HourlyOptions.of(model, archive, True) == HourlyOptions(steps_per_day=24, window=15)
    chosen = HourlyOptions.of(model, archive, {"window": np.int64(20)})
    assert chosen is not None and HourlyOptions.from_json(chosen.to_json()) == chosen == HourlyOptions(24, 20)
    assert HourlyOptions.from_json("") is None


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"windwo": 20}, "'windwo'"),
        ({"window": -1}, "window of disaggregate is -1"),
        ({"window": 183}, "0 to 182"),
        ({"window": True}, "window of disaggregate is True"),
        ({"window": 3.5}, "3.5"),
        (24, "disaggregate is 24"),
        ("yes", "disaggregate is 'yes'"),
    ],
)
def test_options_of_no_kind_are_refused(model: MultisiteModel, option: dict[str, Any] | int | str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        HourlyOptions.of(model, model.hourly, option)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["{}", "[1]", "{", '{"window": "x", "steps_per_day": 24}'])
def test_a_text_that_is_none(text: str) -> None:
    with pytest.raises(ScenarioError, match="does not say how"):
        HourlyOptions.from_json(text)


def test_a_model_of_daily_observations_has_no_hours(example_model: MultisiteModel) -> None:
    assert example_model.hourly is None
    with pytest.raises(ScenarioError, match="fitted to daily"):
        Plan.of(example_model, Request(times=TIMES, disaggregate=True))


def test_the_archive_of_observations(caplog: pytest.LogCaptureFixture) -> None:
    source = by_the_hour()
    daily = replace(source, values=to_days(source, source.values), times=source.times[::24], hourly=source)
    whole = archive_of(daily)
    assert whole is not None and whole.days.size == 450
    assert archive_of(replace(daily, hourly=None)) is None
    gaps = source.values.copy()
    for hour in range(5, 10):
        gaps[..., hour::24] = np.nan
    with caplog.at_level(logging.WARNING):
        assert archive_of(replace(daily, hourly=replace(source, values=gaps))) is None
    assert "no observed day" in caplog.text


def test_the_archive_stays_in_the_model_file(model: MultisiteModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model.nc")
    again = load_model(tmp_path / "model.nc")
    assert again.fingerprint() == model.fingerprint()
    for name in ("days", "daily", "patterns", "noon", "latitude", "largest"):
        there, back = getattr(model.hourly, name), getattr(again.hourly, name)
        assert back.dtype == there.dtype
        assert back.tobytes() == there.tobytes()
        assert not back.flags.writeable
    assert again.hourly is not None and model.hourly is not None
    assert again.hourly.variables == model.hourly.variables
    per_value = model.hourly.patterns.nbytes / model.hourly.patterns.size
    assert per_value == 4, "single precision: ten years of four stations and variables take 5.4 MiB"


# ---- random numbers ----


def test_hours_move_no_day(model: MultisiteModel, plan: Plan, expected: np.ndarray) -> None:
    """Days are the same bits with hours, without, and with others; those of the hours agree to 1e-9."""
    without = simulate_ensemble(model, N_MEMBERS, Request(times=TIMES), seed=7, progress=False).values
    wider = Request(times=TIMES, disaggregate={"window": 30})
    others = np.array([member.values for member in iter_members(model, N_MEMBERS, wider, seed=7, progress=False)])
    assert not np.array_equal(others, expected)
    for hours in (expected, others):
        assert np.abs(to_days(model, hours) - without).max() < 1e-9


def test_hours_have_a_stream_of_their_own(model: MultisiteModel, plan: Plan) -> None:
    """They depend on the seed through the stream of that name alone."""
    assert model.hourly is not None
    values = model.hourly.daily[..., :N_DAYS].astype(np.float64)

    def hours(streams: Streams) -> Any:
        return hours_of(plan.hourly, plan.times, values, streams=streams)

    first, drawn = Streams.of(np.random.default_rng(3)), Streams.of(np.random.default_rng(3))
    drawn.generator("phases").random(1000)
    assert np.array_equal(hours(first).values, hours(drawn).values)
    assert np.array_equal(hours(first).source, hours(first).source)
    assert not np.array_equal(hours(first).values, hours(Streams.of(np.random.default_rng(4))).values)
    assert first.seed(HOURS).spawn_key != first.seed("phases").spawn_key


def test_bounds_are_kept(model: MultisiteModel, expected: np.ndarray) -> None:
    for column, variable in enumerate(model.variables):
        values = expected[:, :, column]
        assert np.isfinite(values).all()
        assert values.min() >= variable.lower
        assert values.max() <= variable.upper


def test_a_derived_scenario_without_any_change_has_the_same_hours(
    model: MultisiteModel, request_of_hours: Request, expected: np.ndarray, directory: Path, tmp_path: Path
) -> None:
    simulate(model, request_of_hours, tmp_path / "derived", seed=None, phases_from=directory)
    assert np.array_equal(open_ensemble(tmp_path / "derived", step="hourly").values, expected)


# ---- files ----


@pytest.mark.parametrize("n_workers", [1, 3])
def test_days_and_hours_side_by_side(
    model: MultisiteModel, plan: Plan, request_of_hours: Request, expected: np.ndarray, tmp_path: Path, n_workers: int
) -> None:
    days = simulate(model, request_of_hours, tmp_path, n_workers=n_workers)
    hours = open_ensemble(tmp_path, step="hourly")
    names = [f"real_{i:04d}{suffix}.nc" for i in range(N_MEMBERS) for suffix in ("", "_hourly")]
    assert sorted(path.name for path in tmp_path.glob("*.nc")) == sorted(names)
    assert days.dims == hours.dims == ("realization", "station", "variable", "time")
    assert not hours.variable._in_memory
    assert np.array_equal(hours.values, expected)
    assert np.array_equal(hours["time"].values, times_of_hours(plan))
    assert hours.attrs == days.attrs
    assert HourlyOptions.from_json(hours.attrs["disaggregation"]) == plan.hourly
    assert np.array_equal(hours.units.values, days.units.values)
    xr.testing.assert_identical(open_ensemble(tmp_path), days)


def test_a_file_of_hours_is_a_cf_file(directory: Path) -> None:
    daily, hours = directory / "real_0001.nc", directory / "real_0001_hourly.nc"
    with xr.open_dataset(hours, decode_times=False) as dataset:
        assert dataset.time.attrs["units"] == "hours since 1970-01-01"
        assert dataset.time.attrs["standard_name"] == "time"
        assert dataset.time.dtype == np.int32
    with xr.open_dataset(hours) as dataset, xr.open_dataset(daily) as days:
        assert dataset.R.attrs == days.R.attrs
        assert dataset.sizes == {"station": 3, "time": 24 * N_DAYS}
        assert int(dataset.realization) == 1
        same = set(days.attrs) - {"content_sha256", "member_sha256", "hourly_sha256"}
        assert all(dataset.attrs[name] == days.attrs[name] for name in same)
        assert days.attrs["hourly_sha256"] == dataset.attrs["content_sha256"]


@pytest.mark.parametrize(
    "selection",
    [
        {"realization": [2, 0], "time": slice(30, 99, 7)},
        {"station": [2], "variable": slice(None, None, -1), "time": [700, 2, 2]},
        {"realization": 2, "station": 0, "variable": 1, "time": 77},
    ],
)
def test_a_selection_of_hours(directory: Path, expected: np.ndarray, selection: dict[str, Any]) -> None:
    hours = open_ensemble(directory, step="hourly")
    assert np.array_equal(hours.isel(selection).values, xr.DataArray(expected, hours.coords, hours.dims).isel(selection).values)


@pytest.mark.parametrize("options", [{"engine": "scipy", "dtype": "float32"}, {"dtype": "float32"}, {"compression": 4}])
def test_engines_types_and_compression(
    model: MultisiteModel, request_of_hours: Request, expected: np.ndarray, tmp_path: Path, options: dict[str, Any]
) -> None:
    simulate(model, request_of_hours, tmp_path, **options)
    hours = open_ensemble(tmp_path, step="hourly")
    assert np.array_equal(hours.values, expected.astype(options.get("dtype", "float64")))
    before = (tmp_path / "real_0002_hourly.nc").stat().st_mtime_ns
    simulate(model, request_of_hours, tmp_path, **options)
    assert (tmp_path / "real_0002_hourly.nc").stat().st_mtime_ns == before


def test_steps_of_three_hours(example_model: MultisiteModel, tmp_path: Path) -> None:
    model = replace(example_model, hourly=HourlyArchive.of(by_the_hour(8)))
    days = simulate(model, Request(times=TIMES, disaggregate=True), tmp_path)
    steps = open_ensemble(tmp_path, step="hourly")
    assert steps.sizes["time"] == 8 * N_DAYS
    assert np.all(np.diff(steps["time"].values) == np.timedelta64(3, "h"))
    assert np.abs(to_days(model, steps.values, 8) - days.values).max() < 1e-9


# ---- pairs ----


def damage_days(folder: Path) -> None:
    path = folder / "real_0001.nc"
    path.write_bytes(path.read_bytes()[:-100])


def damage_hours(folder: Path) -> None:
    path = folder / "real_0001_hourly.nc"
    path.write_bytes(path.read_bytes()[:-100])


def lose_hours(folder: Path) -> None:
    (folder / "real_0001_hourly.nc").unlink()


def lose_days(folder: Path) -> None:
    """As if killed between the two files."""
    (folder / "real_0001.nc").unlink()


def leave_halves(folder: Path) -> None:
    """As if killed while a file was written."""
    for name in ("real_0001.nc", "real_0001_hourly.nc"):
        (folder / f".{name}.tmp").write_bytes((folder / name).read_bytes()[:500])
        (folder / name).unlink()


def hours_of_another_fit(folder: Path) -> None:
    """Intact hours with the right attributes, but not those that the days were written with."""
    path = folder / "real_0001_hourly.nc"
    with xr.open_dataset(path) as dataset:
        changed = dataset.load()
    changed["theta"].values[0, 0] += 1.0
    del changed.attrs["content_sha256"]
    from varwg.ensembles._memberfile import MemberWriter

    layout = changed.drop_vars("realization")
    values = np.stack([changed[name].values for name in changed.data_vars], axis=1)
    MemberWriter(layout, engine="netcdf4", dtype="float64", compression=0).write(path, 1, values, {})


@pytest.mark.parametrize("harm", [damage_days, damage_hours, lose_hours, lose_days, leave_halves, hours_of_another_fit])
def test_half_a_member_is_none(
    model: MultisiteModel, request_of_hours: Request, expected: np.ndarray, directory: Path, harm: Callable[..., Any]
) -> None:
    """It is computed again, both files; the other members are left alone."""
    harm(directory)
    others = [directory / f"real_{i:04d}{suffix}.nc" for i in (0, 2) for suffix in ("", "_hourly")]
    before = [path.stat().st_mtime_ns for path in others]
    days = simulate(model, request_of_hours, directory)
    assert np.array_equal(open_ensemble(directory, step="hourly").values, expected)
    assert np.abs(to_days(model, expected) - days.values).max() < 1e-9
    assert [path.stat().st_mtime_ns for path in others] == before
    assert not list(directory.glob(".*.tmp"))


def test_hours_without_days_are_not_opened(directory: Path) -> None:
    lose_days(directory)
    assert open_ensemble(directory, step="hourly").realization.values.tolist() == [0, 2]
    assert open_ensemble(directory).realization.values.tolist() == [0, 2]


def test_days_without_hours_are_told(directory: Path) -> None:
    lose_hours(directory)
    with pytest.raises(StoreError, match=r"real_0001\.nc has no hours beside it"):
        open_ensemble(directory, step="hourly")
    assert open_ensemble(directory).sizes["realization"] == N_MEMBERS


def test_truncated_hours_are_told(directory: Path) -> None:
    hours = open_ensemble(directory, step="hourly")
    damage_hours(directory)
    with pytest.raises(StoreError, match=r"real_0001_hourly\.nc cannot be read"):
        hours.sel(realization=1).load()
    with pytest.raises(StoreError, match=r"real_0001_hourly\.nc cannot be read"):
        open_ensemble(directory, step="hourly")


def test_hours_of_another_member_are_refused(model: MultisiteModel, request_of_hours: Request, directory: Path) -> None:
    (directory / "real_0002_hourly.nc").replace(directory / "real_0001_hourly.nc")
    with pytest.raises(StoreError, match="spawn_key '2', but member 1"):
        simulate(model, request_of_hours, directory)


def test_foreign_hours_are_refused(model: MultisiteModel, request_of_hours: Request, directory: Path) -> None:
    weathercop.example_dataset().to_netcdf(directory / "real_0001_hourly.nc")
    with pytest.raises(StoreError, match="not a member file"):
        simulate(model, request_of_hours, directory)
    with pytest.raises(StoreError, match="another model"):
        open_ensemble(directory, step="hourly")


def test_runs_with_and_without_hours_are_not_mixed(
    model: MultisiteModel, request_of_hours: Request, directory: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="with hourly files"):
        simulate(model, Request(times=TIMES), directory)
    with pytest.raises(StoreError, match="another hourly"):
        simulate(model, Request(times=TIMES, disaggregate={"window": 20}), directory)
    simulate(model, Request(times=TIMES), tmp_path / "days")
    with pytest.raises(StoreError, match="without hourly files"):
        simulate(model, request_of_hours, tmp_path / "days")
    with pytest.raises(StoreError, match="without hours"):
        open_ensemble(tmp_path / "days", step="hourly")


def test_hours_without_a_manifest_are_refused(model: MultisiteModel, request_of_hours: Request, directory: Path) -> None:
    for path in directory.iterdir():
        if path.name != "real_0001_hourly.nc":
            path.unlink()
    with pytest.raises(StoreError, match=r"no manifest\.json"):
        simulate(model, request_of_hours, directory)


def test_a_step_of_no_kind(directory: Path) -> None:
    with pytest.raises(StoreError, match="step is 'weekly'"):
        open_ensemble(directory, step="weekly")  # type: ignore[arg-type]


def test_more_digits_for_a_larger_ensemble(
    model: MultisiteModel, request_of_hours: Request, expected: np.ndarray, directory: Path
) -> None:
    """Days and hours are renamed together."""
    for path in directory.glob("real_*.nc"):
        path.rename(path.with_name(path.name.replace("real_", "real_0")))
    before = open_ensemble(directory, step="hourly").values
    simulate(model, request_of_hours, directory)
    assert np.array_equal(before, expected)
    assert (directory / "real_0002_hourly.nc").is_file()
    assert len(list(directory.glob("real_*.nc"))) == 2 * N_MEMBERS


@pytest.mark.parametrize("failing", ["real_0001_hourly.nc", "real_0001.nc"])
def test_no_space_left_for_either_file(
    model: MultisiteModel,
    request_of_hours: Request,
    expected: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
) -> None:
    """The member does not count, the one before it stays, and the next run completes."""
    rename = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == failing:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StoreError, match=r"member 1 cannot be written.*No space left"):
            simulate(model, request_of_hours, tmp_path, n_workers=1)
    finished = open_ensemble(tmp_path, step="hourly")
    assert 0 in finished.realization.values
    assert 1 not in finished.realization.values
    assert np.array_equal(finished.sel(realization=0).values, expected[0])
    assert not list(tmp_path.glob(".*.tmp"))
    simulate(model, request_of_hours, tmp_path)
    assert np.array_equal(open_ensemble(tmp_path, step="hourly").values, expected)


@pytest.mark.skipif(os.name != "posix", reason="needs the signals of POSIX")
def test_killed_at_any_moment_and_resumed(model: MultisiteModel, plan: Plan, tmp_path: Path) -> None:
    """Processes are killed at moments spread over the run; whatever is there then opens, and the end is the same bits."""
    code = """
    import os, signal, sys, time
    from pathlib import Path
    import numpy as np
    import netCDF4
    from varwg import Request
    from weathercop import load_model
    from varwg.ensembles._ensemble import simulate_ensemble
    from varwg.ensembles._opening import open_ensemble
    model, out = load_model(sys.argv[1]), Path(sys.argv[2])
    asked = Request(times=np.datetime64("2004-02-10") + np.arange(40), disaggregate=True)
    rng = np.random.default_rng(5)
    killed = 0
    for attempt in range(8):
        child = os.fork()
        if child == 0:
            simulate_ensemble(model, 40, asked, seed=7, out_dir=out, n_workers=2, progress=False)
            os._exit(0)
        time.sleep(float(rng.uniform(0.0, 0.15)))
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        members = sorted(out.glob("real_????.nc"))
        if members:
            open_ensemble(out, step="hourly").load()
        for member in members[::2]:
            member.unlink()
    assert killed >= 2, killed
    simulate_ensemble(model, 40, asked, seed=7, out_dir=out, progress=False)
    """
    model.save(tmp_path / "model.nc")
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "model.nc"), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    hours = open_ensemble(tmp_path / "out", step="hourly").values
    asked = Request(times=np.datetime64("2004-02-10") + np.arange(40), disaggregate=True)
    members = iter_members(model, 40, asked, seed=7, progress=False)
    assert all(np.array_equal(member.values, hours[i]) for i, member in enumerate(members))


# ---- ways out ----


@pytest.fixture(params=["lazy", "iterator"])
def members(
    request: pytest.FixtureRequest, model: MultisiteModel, request_of_hours: Request, directory: Path
) -> xr.DataArray | Iterator[Any]:
    """Hours as they come from a directory, or without one."""
    if request.param == "lazy":
        return open_ensemble(directory, step="hourly")
    return iter_members(model, N_MEMBERS, request_of_hours, seed=7, progress=False)


def test_one_netcdf_file(members: xr.DataArray | Iterator[Any], expected: np.ndarray, plan: Plan, tmp_path: Path) -> None:
    with xr.open_dataset(export.to_netcdf(members, tmp_path / "all.nc")) as dataset:
        assert np.array_equal(dataset.theta.values, expected[:, :, 0])
        assert np.array_equal(dataset.time.values, times_of_hours(plan))
        assert dataset.R.attrs["units"] == "mm"


@pytest.mark.filterwarnings("ignore:The data type:Warning")
def test_a_zarr_store(members: xr.DataArray | Iterator[Any], expected: np.ndarray, plan: Plan, tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    with xr.open_zarr(export.to_zarr(members, tmp_path / "all.zarr"), consolidated=False) as dataset:
        assert np.array_equal(dataset.U.values, expected[:, :, -1])
        assert np.array_equal(dataset.time.values, times_of_hours(plan))


def test_csv_files_beside_those_of_days(
    members: xr.DataArray | Iterator[Any], expected: np.ndarray, directory: Path, tmp_path: Path
) -> None:
    export.to_csv(open_ensemble(directory), tmp_path / "csv")
    paths = export.to_csv(members, tmp_path / "csv")
    assert [path.name for path in paths] == ["BERN_hourly.csv", "MUNICH_hourly.csv", "ZURICH_hourly.csv"]
    assert len(list((tmp_path / "csv").iterdir())) == 6
    with paths[1].open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:3] == ["realization", "time", "theta [degC]"]
    assert rows[25][:2] == ["0", "2004-02-11T01:00"]
    values = np.array([row[2:] for row in rows], dtype=float).reshape(N_MEMBERS, 24 * N_DAYS, -1)
    assert np.array_equal(values, np.moveaxis(expected[:, 1], 1, -1))


# ---- reproduction ----


def test_hours_are_reproduced(model: MultisiteModel, directory: Path) -> None:
    for name in ("real_0001.nc", "real_0001_hourly.nc"):
        assert reproduce(directory / name, model).identical


def test_the_first_different_hour_is_named(model: MultisiteModel, directory: Path) -> None:
    path = directory / "real_0001_hourly.nc"
    with xr.open_dataset(path) as dataset:
        changed = dataset.load()
    changed["R"].values[2, 24 * 3 + 17] += 1e-9
    changed.to_netcdf(path)
    outcome = reproduce(path, model)
    assert not outcome.identical
    assert f"R at {model.stations[2]} on 2004-02-13T17:00" in outcome.text


def test_the_command(model: MultisiteModel, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.save(directory.parent / "model.nc")
    arguments = [str(directory / "real_0000_hourly.nc"), "--model", str(directory.parent / "model.nc")]
    assert main(["reproduce", *arguments]) == 0
    assert f"identical, {3 * 5 * 24 * N_DAYS} values" in capsys.readouterr().out


def test_the_commands_for_hours(
    model: MultisiteModel, expected: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a model file to hours in one file, and what is said where there are none."""
    source, folder = tmp_path / "model.nc", tmp_path / "out"
    model.save(source)
    days = ["--start", str(TIMES[0]), "--days", str(N_DAYS), "--seed", "7"]
    assert main(["simulate", str(source), "-n", "2", "-o", str(folder), *days, "--disaggregate"]) == 0
    assert main(["export", str(folder), str(tmp_path / "hours.nc"), "--hourly"]) == 0
    with xr.open_dataset(tmp_path / "hours.nc") as dataset:
        assert np.array_equal(dataset.theta.values, expected[:2, :, 0])
    assert main(["simulate", str(source), "-n", "1", "-o", str(tmp_path / "wide"), *days, "--window", "30"]) == 0
    wide = HourlyOptions.from_json(open_ensemble(tmp_path / "wide", step="hourly").attrs["disaggregation"])
    assert wide is not None and wide.window == 30
    assert main(["simulate", str(source), "-n", "1", "-o", str(tmp_path / "days"), *days]) == 0
    capsys.readouterr()
    assert main(["export", str(tmp_path / "days"), str(tmp_path / "none.nc"), "--hourly"]) == 1
    assert "without hours" in capsys.readouterr().err


def test_hours_that_do_not_say_how_are_not_reproduced(model: MultisiteModel, directory: Path) -> None:
    path = directory / "real_0000_hourly.nc"
    with xr.open_dataset(path) as dataset:
        changed = dataset.load()
    del changed.attrs["disaggregation"]
    changed.to_netcdf(path)
    with pytest.raises(ReproductionError, match="does not say how"):
        reproduce(path, model)


def test_members_are_those_of_single_simulations(model: MultisiteModel, plan: Plan, expected: np.ndarray) -> None:
    """Hours of member i come from the generator of member i alone."""
    from weathercop._simulation import realize

    hours = realize(model, plan, rng=realization_rng(2, 7)).hours
    assert hours is not None and np.array_equal(hours.values, expected[2])


# ---- hours from elsewhere ----


def elsewhere(station: str = "PAYERNE") -> varwg.Observations:
    """Two years of hours of theta and R at one station."""
    hours = by_the_hour(n_days=800)
    return replace(hours.select([hours.stations[0]], ["theta", "R"]), stations=(station,))


@pytest.mark.parametrize("archive", ["formula", "observations"])
def test_an_ensemble_with_hours_from_elsewhere(example_model: MultisiteModel, tmp_path: Path, archive: str) -> None:
    given = elsewhere() if archive == "observations" else archive
    request = Request(times=TIMES, archive=given)
    days = simulate(example_model, request, tmp_path)
    steps = open_ensemble(tmp_path, step="hourly")
    assert np.abs(to_days(example_model, steps.values) - days.values).max() < 1e-9
    plain = simulate_ensemble(example_model, N_MEMBERS, Request(times=TIMES), seed=7, n_workers=1, progress=False)
    assert np.array_equal(plain.values, days.values)
    said = HourlyOptions.from_json(steps.attrs["disaggregation"])
    assert said is not None
    assert "Qsw by formula (in proportion to what the sun allows)" in said.source
    assert ("the courses of days at PAYERNE, the same at all stations" in said.source) == (archive == "observations")
    again = reproduce(tmp_path / "real_0002_hourly.nc", example_model, archive=given)
    assert again.identical, again.text
    if not isinstance(given, str):
        with pytest.raises(ReproductionError, match=r"the hours come from elsewhere.*PAYERNE"):
            reproduce(tmp_path / "real_0002_hourly.nc", example_model)
        other = replace(given, values=given.values * 1.01)
        with pytest.raises(ReproductionError, match="was made with the disaggregation"):
            reproduce(tmp_path / "real_0002_hourly.nc", example_model, archive=other)
    else:
        assert reproduce(tmp_path / "real_0002_hourly.nc", example_model).identical


def test_rain_of_one_lender_falls_at_the_same_hours_everywhere(example_model: MultisiteModel, tmp_path: Path) -> None:
    simulate(example_model, Request(times=TIMES, archive=elsewhere()), tmp_path)
    rain = open_ensemble(tmp_path, step="hourly").sel(variable="R").values.reshape(N_MEMBERS, 3, N_DAYS, 24)
    wet: np.ndarray = np.any(rain > 0.0, axis=3)
    both = wet[:, 0] & wet[:, 1]
    shares = rain / np.maximum(rain.sum(axis=3, keepdims=True), 1e-300)
    # Weak steps of a light day are left out, and torrents smoothed: most of the rain still falls together.
    overlap = np.minimum(shares[:, 0], shares[:, 1]).sum(axis=2)[both]
    assert both.sum() > 20 and np.median(overlap) > 0.8


def test_stations_of_other_names_are_refused(example_model: MultisiteModel) -> None:
    two = by_the_hour(n_days=800)
    two = replace(two.select(two.stations[:2]), stations=("A", "B"))
    with pytest.raises(DataError, match=r"the archive has the stations A, B, but .* are simulated"):
        Plan.of(example_model, Request(times=TIMES, archive=two))


def test_a_result_gets_hours_from_elsewhere(example_model: MultisiteModel) -> None:
    wc = weathercop.Multisite(weathercop.example_dataset())
    object.__setattr__(wc, "_model", example_model)
    result = wc.simulate(times=TIMES, rng=realization_rng(0, seed=7))
    hours = wc.disaggregate(result, archive="formula", rng=realization_rng(0, seed=7))
    member = next(iter_members(example_model, 1, Request(times=TIMES, archive="formula"), seed=7, n_workers=1, progress=False))
    assert np.array_equal(hours.values, member.values)
    own = result.disaggregate(archive="formula", rng=realization_rng(0, seed=7))
    assert np.array_equal(own.data, hours.values) and "by formula" in own.to_dataset().attrs["disaggregation"]


def test_from_a_table_of_days_to_hourly_forcing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The way of the tutorial: CSV, model, members with hours, a folder of GLM's files for each member."""
    from weathercop._demo import write_example

    write_example(tmp_path, rng=np.random.default_rng(0))
    model, folder, forcing = (str(tmp_path / name) for name in ("lake.nc", "members", "forcing"))
    assert main(["fit", str(tmp_path / "lake.csv"), "-o", model, "--latitude", "46.9", "--seed", "1"]) == 0
    days = ["-n", "2", "--days", "60", "--seed", "2", "-o", folder]
    assert main(["simulate", model, *days, "--hours", "formula"]) == 0
    assert main(["info", folder]) == 0
    assert "by formula (a random cascade" in capsys.readouterr().out
    assert main(["export", folder, forcing, "--to", "glm", "--hourly"]) == 0
    files = sorted((tmp_path / "forcing").rglob("*.csv"))
    assert [path.parent.name for path in files] == ["real_0000", "real_0001"]
    back = varwg.read_weather(files[0])
    member = open_ensemble(folder, step="hourly").isel(realization=0, station=0)
    for name, tolerance in (("theta", 1e-4), ("R", 1e-5), ("Qsw", 1e-3)):
        np.testing.assert_allclose(back[name].values[0], member.sel(variable=name).values, atol=tolerance)
    assert back["ILWR"].values.min() > 100.0 and back["ILWR"].values.max() < 450.0
    assert main(["export", folder, str(tmp_path / "days"), "--to", "glm"]) == 0
    assert "They hold days; --hourly writes the hours." in capsys.readouterr().out


def test_hours_that_no_memory_holds_are_refused_before_days_are_simulated(
    example_model: MultisiteModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of 3 stations and 5 variables, a hundred days have 288 000 bytes."""
    monkeypatch.setattr("varwg._disaggregation.run.memory_limit", lambda: 287_999.0)
    request = Request(n_days=100, disaggregate=True, archive="formula")
    with pytest.raises(ScenarioError, match=r"100 days at 3 stations take 0\.000268 GiB for a member, but this process can have"):
        simulate_ensemble(example_model, 1, request, seed=1, out_dir=tmp_path / "refused")
    assert not (tmp_path / "refused").exists()
    monkeypatch.setattr("varwg._disaggregation.run.memory_limit", lambda: 288_000.0)
    simulate_ensemble(example_model, 1, request, seed=1, out_dir=tmp_path / "made")
    assert (tmp_path / "made" / "real_0000_hourly.nc").exists()


def test_the_memory_of_a_process_is_that_of_its_limit() -> None:
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_AS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (2**39, limit[1]))
        assert 0 < memory_limit() <= 2**39
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)
