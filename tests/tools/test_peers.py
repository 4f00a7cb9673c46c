"""The comparison with other generators, on small made records whose distances are known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from benchmarks import peers

N_YEARS = 8
N_DAYS = N_YEARS * 365 + 2


def series(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Temperatures and rain of two stations, shape (2, T)."""
    phase = 2.0 * np.pi * np.arange(N_DAYS) / 365.25
    common = rng.standard_normal(N_DAYS)
    noise = 0.8 * common + 0.6 * rng.standard_normal((2, N_DAYS))
    rain = np.maximum(0.7 * common + 0.7 * rng.standard_normal((2, N_DAYS)), 0.0) ** 2 * 8.0
    return 10.0 - 8.0 * np.cos(phase) + 3.0 * noise, np.where(rain < 0.2, 0.0, rain)


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    """Two stations; the peer has the observed rain, and temperatures that are 2 K too high, at the first of them."""
    theta, rain = series(np.random.default_rng(1))
    time = np.datetime64("2001-01-01", "ns") + np.arange(N_DAYS).astype("timedelta64[D]")
    absent = np.full(N_DAYS, np.nan)
    peer = {"peer_theta": np.array([[theta[0] + 2.0, absent]] * 2), "peer_R": np.array([[rain[0], absent]] * 2)}
    return xr.Dataset(
        {
            "theta": (("station", "time"), theta, {"units": "degC"}),
            "R": (("station", "time"), rain, {"units": "mm"}),
            **{name: (("realization", "station", "peer_time"), values) for name, values in peer.items()},
        },
        {"station": ["A", "B"], "time": time, "peer_time": time},
    )


@pytest.fixture(scope="module")
def rows(data: xr.Dataset) -> dict[str, peers.Row]:
    return {row.name: row for row in peers.compare(data, members=2, seed=1, resamples=20)}


def test_the_distance_of_a_known_peer_is_found(rows: dict[str, peers.Row]) -> None:
    mean = rows["theta at A: mean"]
    assert mean.peer - mean.observed == pytest.approx(2.0)
    assert mean.z[1] == pytest.approx(2.0 / mean.error) and mean.z[1] > peers.FAR
    assert rows["theta at A: lag-1 correlation"].z[1] == pytest.approx(0.0, abs=1e-9)
    assert all(row.peer == row.observed for name, row in rows.items() if name.startswith("R at A: "))
    assert all(np.isnan(row.peer) for name, row in rows.items() if " at B" in name or "A and B" in name)


def test_ours_are_members_of_a_model_of_the_observations(rows: dict[str, peers.Row]) -> None:
    """Their means are those of the record to a tenth of its standard error, as members of its length have them."""
    assert abs(rows["theta at B: mean"].z[0]) < 0.1
    assert len(rows) == len({row.name for row in rows.values()}) > 60


def test_the_standard_error_of_a_mean() -> None:
    """White noise with variance 1: one by the root of the number of days, to four standard errors over 400 resamples."""
    years = np.random.default_rng(2).standard_normal((1, 1, 40, 365))
    errors = peers.standard_errors(years, ["A"], ["theta"], rng=np.random.default_rng(3), resamples=400)
    assert errors["theta at A: mean"] == pytest.approx(1.0 / np.sqrt(40 * 365), rel=4 * (1 / np.sqrt(78) + 1 / np.sqrt(800)))


def test_years_are_complete_and_have_no_29_february() -> None:
    time = np.arange(np.datetime64("2003-07-01"), np.datetime64("2006-06-01"))
    years = peers.whole_years(time.astype("datetime64[Y]").astype(float) + 1970.0, time)
    assert years.shape == (2, 365)
    assert np.array_equal(years, np.repeat([[2004.0], [2005.0]], 365, axis=1))


def test_spells_end_where_a_day_is_unknown() -> None:
    assert peers.spells(np.array([1.0, 1.0, 0.0, 1.0, np.nan, 1.0])).tolist() == [2.0, 1.0, 1.0]


def test_days_that_a_peer_took_from_a_grid(data: xr.Dataset) -> None:
    """The first and the last cell; a peer that took each day as it was has what was observed."""
    cells = np.stack([data["theta"].values[0], data["theta"].values[1]]).reshape(1, 2, N_DAYS)
    rain = np.stack([data["R"].values[0], data["R"].values[1]]).reshape(1, 2, N_DAYS)
    dims = ("latitude", "longitude", "time")
    grid = xr.Dataset(
        {
            "temp": (dims, cells),
            "precip": (dims, rain),
            "peer_source_day": (("realization", "peer_time"), data["time"].values[None, ::-1]),
        },
        {"latitude": [0.5], "longitude": [9.5, 10.0], "time": data["time"].values, "peer_time": data["time"].values},
    )
    observed, peer, times = peers.observations_and_peer(grid)
    assert list(observed["station"].values) == ["0.5N 9.5E", "0.5N 10E"] and times.size == N_DAYS
    assert np.array_equal(peer[0, :, 0], cells[0, :, ::-1])
    assert np.array_equal(peer[0, :, 1], rain[0, :, ::-1])


def test_rows_without_an_error_are_not_counted() -> None:
    rows = [peers.Row("a", 1.0, 0.0, 2.0, 2.0), peers.Row("b", 1.0, 0.1, 2.0, 1.0), peers.Row("c", 1.0, 0.1, 1.0, np.nan)]
    assert peers.summary(rows) == (
        "3 rows, |z| > 2 in 50.0%, median 5.00; of 1 that the peer has: ours |z| > 2 in 100.0%, median 10.00, "
        "the peer's |z| > 2 in 0.0%, median 0.00; ours wrong and farther than the peer's in 1"
    )
    assert peers.summary(rows[2:]) == "1 rows, |z| > 2 in 0.0%, median 0.00"


def test_a_station_with_gaps_only_is_told(data: xr.Dataset) -> None:
    with pytest.raises(SystemExit, match="no station has theta and R on 80% of the days"):
        years = np.full((2, 2, 3, 365), np.nan)
        peers.require_rows(peers.statistics(years, ["A", "B"], ["theta", "R"]), ["theta", "R"])


def test_kinds_count_what_is_far() -> None:
    rows = [peers.Row(f"R at {name}: mean", 1.0, 0.1, ours, np.nan) for name, ours in (("A", 1.3), ("B", 1.1), ("C", 0.7))]
    assert peers.kinds([*rows, peers.Row("R at A: sd", 1.0, 0.1, 2.0, np.nan)]) == "mean 2 of 3, sd 1 of 1"


def test_one_command_prints_a_table_for_each_file(
    data: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data.to_netcdf(tmp_path / "made.nc")
    monkeypatch.setattr(sys, "argv", ["peers.py", str(tmp_path), "-n", "1", "--all", "--chance", "1"])
    monkeypatch.setattr(peers, "RESAMPLES", 5)
    peers.main()
    out = capsys.readouterr().out
    assert "1 records of the model itself: " in out
    assert out.count("rows, |z|") == 2 and "made:" in out and "theta at A: mean" in out
