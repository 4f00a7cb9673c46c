"""Change factors: what is asked of distributions is checked, written down, and reached at one site."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import signal, special

from varwg import ChangeFactors, Request, VarWG, realization_rng
from varwg.errors import ScenarioError
from varwg.scenarios import Scenario

STATIONS = ("A", "B", "C")


def factors_of(changes: Any, stations: tuple[str, ...] = STATIONS) -> ChangeFactors:
    factors = ChangeFactors.of(changes, stations)
    assert factors is not None
    return factors


def table(changes: dict[str, Any] | str, stations: tuple[str, ...] = STATIONS) -> Any:
    return factors_of(changes, stations).changes


def test_one_number_twelve_or_stations() -> None:
    assert table({"theta": {"mean": 2.0}})["theta"]["mean"].tolist() == [[2.0] * 12] * 3
    assert table({"R": {"mean_factor": [*range(1, 10), 1, 1, 1]}})["R"]["mean_factor"].shape == (3, 12)
    assert table({"theta": {"mean": [1.0, 2.0, 3.0]}})["theta"]["mean"][:, 5].tolist() == [1.0, 2.0, 3.0]
    assert table({"theta": {"mean": {"C": 3.0, "A": 1.0, "B": 2.0}}})["theta"]["mean"][:, 0].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"theta": {"meen": 2.0}}, "'meen' for theta, but the entries are mean"),
        ({"theta": 2.0}, "entries by variable are expected"),
        ({"theta": {}}, "theta and no change"),
        ({"theta": {"mean": np.nan}}, "finite numbers"),
        ({"theta": {"mean": [1.0, 2.0]}}, r"shape \(2,\), but one value, 3"),
        ({"theta": {"mean": "warm"}}, "numbers are expected"),
        ({"theta": {"mean": {"A": 1.0}}}, "names the stations A, but the model has A, B, C"),
        ({"R": {"wet_day_factor": 0.0}}, "factor from 0.01 to 10"),
        ({"R": {"mean_factor": 11.0}}, "factor from 0.01 to 10"),
        ({"R": {"mean_factor": 0.5}, "course": [0.0, 2.0]}, "mean_factor of R is 0, but a factor from 0.01"),
        ({"R": {"mean_factor": 1.1, "wet_mean_factor": 1.1}}, "settle the same"),
        ({"U": {"mean": 1.0, "mean_factor": 1.1}}, "settle the same"),
        ({"U": {"quantiles": [0.1, 0.9], "quantile_factors": [1.0, 1.1], "sd_factor": 1.1}}, "settle the same"),
        ({"U": {"quantile_factors": [1.0, 1.1]}}, "quantiles of U is missing"),
        ({"U": {"quantiles": [0.9, 0.1], "quantile_factors": [1.0, 1.1]}}, "rising ones"),
        ({"theta": {"mean": 1.0}, "course": "slowly"}, "course is 'slowly'"),
        ({"theta": {"mean": 1.0}, "course": [0.1, "x"]}, "course is"),
        ({"theta": {"mean": 1.0}, "course": {2000.5: 1.0}}, r"course is \{2000.5"),
        ({"theta": {"mean": True}}, "mean of theta is True, but numbers are expected"),
        ({"theta": {"mean": "2"}}, "mean of theta is '2', but numbers are expected"),
        ({"theta": {"mean": np.timedelta64(2, "D")}}, "but numbers are expected"),
        ({"theta": {"mean": {"A": "x", "B": 1.0, "C": 1.0}}}, "mean of theta at A is 'x', but numbers"),
        ({"theta": {"mean": {"A": 1.0, "B": [1.0] * 5, "C": 1.0}}}, r"at B is \[1.0.*\], but one number or 12"),
        ({"theta": {"quantiles": "half", "quantile_changes": [1.0, 1.0]}}, "quantiles of theta is 'half', but numbers"),
    ],
)
def test_a_wrong_entry_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        ChangeFactors.of(changes, STATIONS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"theta": {"wet_day_factor": 0.9}}, "only precipitation has wet days"),
        ({"theta": {"mean_factor": 1.1}}, "whose zero is arbitrary"),
        ({"theta": {"mean": 80.0}}, "at most 50 degC"),
        (
            {"theta": {"mean": 2.0}, "course": {2001: 0.0, 2002: 40.0}},
            "mean of theta is 80 degC, but a change of at most 50 degC",
        ),
        ({"theta": {"sd_factor": 9.0}}, "sd_factor of theta at BERN cannot be reached in month"),
        ({"theta": {"quantiles": [0.1, 0.9], "quantile_changes": [20.0, -20.0]}}, "a quantile, which would be below that of a"),
        ({"rh": {"quantiles": [0.1, 0.9], "quantile_factors": [3.0, 3.0]}}, "a quantile of rh at BERN cannot be reached"),
        ({"sun": {"mean": 1.0}}, "names 'sun', but the variables are"),
    ],
)
def test_a_variable_that_cannot_change_so_is_named(bern_wg: VarWG, changes: dict[str, dict[str, float]], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        bern_wg.simulate(10, changes=changes, rng=realization_rng(0, 1))


def test_nothing_asked_is_nothing() -> None:
    assert ChangeFactors.of(None, STATIONS) is None
    assert ChangeFactors.of({}, STATIONS) is None
    assert Scenario.of(STATIONS).changes is None


def test_the_course_says_how_much_of_the_changes_a_day_has() -> None:
    days = np.arange("2001-01-01", "2005-01-01", dtype="datetime64[D]")

    def shares(course: Any) -> np.ndarray:
        return factors_of({"theta": {"mean": 1.0}, "course": course}).shares(days)

    assert np.all(shares("step") == 1.0)
    assert (shares("ramp")[0], shares("ramp")[-1]) == (0.0, 1.0)
    assert shares({2001: 0.0, 2003: 1.0})[[0, 400, -1]].tolist() == [0.0, 0.5, 1.0]
    assert shares([0.1, 0.4, 0.2, 0.9])[[0, 400, 800, -1]].tolist() == [0.1, 0.4, 0.2, 0.9]
    with pytest.raises(ScenarioError, match="3 shares, but 4 calendar years"):
        shares([0.1, 0.4, 0.2])


@pytest.mark.parametrize("course", ["step", "ramp", {2001: 0.0, 2003: 1.0}, [0.1, 0.4]])
def test_every_form_reads_what_it_wrote(tmp_path: Path, course: str | dict[int, float] | list[float]) -> None:
    changes = {
        "theta": {"mean": np.arange(36.0).reshape(3, 12) / 10.0, "sd_factor": 1.1},
        "R": {"wet_day_factor": 0.9, "quantiles": [0.1, 0.5, 0.9], "quantile_factors": [1.0, 1.1, 1.2]},
        "course": course,
    }
    factors = factors_of(changes)
    factors.to_netcdf(tmp_path / "factors.nc", STATIONS)
    request = Request.from_toml(Request(changes=changes).to_toml())
    again = [
        factors_of(factors.table()),
        factors_of(json.loads(json.dumps(factors.table()))),
        factors_of(str(tmp_path / "factors.nc")),
        factors_of(request.changes),
        Scenario.from_terms(STATIONS, Scenario.of(STATIONS, changes=changes).table()).changes,
    ]
    for other in again:
        assert other is not None and other.table() == factors.table()
        assert other.course == factors.course


def test_factors_of_one_place_are_for_all_stations(tmp_path: Path) -> None:
    factors = factors_of({"theta": {"mean": np.arange(12.0)}}, ("all",))
    factors.to_netcdf(tmp_path / "factors.nc", ("all",))
    assert table(str(tmp_path / "factors.nc"))["theta"]["mean"].tolist() == [list(range(12))] * 3
    with pytest.raises(ScenarioError, match="stations A, B, but C is needed"):
        factors_of(factors_of({"theta": {"mean": 1.0}}, ("A", "B")).to_dataset(("A", "B")))


def test_two_sets_of_factors_are_put_together_unless_they_overlap() -> None:
    first, second = (Scenario.of(STATIONS, changes={name: {"sd_factor": 1.2}}) for name in ("theta", "rh"))
    both = (first + second).changes
    assert both is not None and both.variables == ("theta", "rh")
    with pytest.raises(ScenarioError, match="both change theta"):
        first + first


def months(values: np.ndarray, times: np.ndarray) -> list[np.ndarray]:
    number = times.astype("datetime64[M]").astype(int) % 12
    return [values[number == month] for month in range(12)]


def test_one_site_reaches_what_is_asked(bern_wg: VarWG) -> None:
    """Means move exactly; the standard deviation of 40 x 12 months misses by more than 2 % with a probability below 1e-3."""
    change = np.linspace(-1.0, 3.0, 12)
    asked = {"theta": {"mean": change, "sd_factor": 1.15}}
    base, kept = (bern_wg.simulate(365 * 40, rng=realization_rng(0, 3), others="keep", changes=own).data for own in (None, asked))
    days = bern_wg.simulate(365 * 40, rng=realization_rng(0, 3)).times
    at = list(bern_wg.model.variable_names).index("theta")
    pairs = zip(months(base[at], days), months(kept[at], days), change, strict=True)
    for before, after, wanted in pairs:
        assert after.mean() - before.mean() == pytest.approx(wanted, abs=0.12)
        assert after.std() / before.std() == pytest.approx(1.15, rel=0.02)
    others = [row for row in range(len(base)) if row != at]
    assert np.array_equal(base[others], kept[others])


def test_others_follow_or_are_kept(bern_wg: VarWG) -> None:
    base, follow, keep = (
        bern_wg.simulate(
            2000, rng=realization_rng(0, 3), changes={"theta": {"mean": 3.0}} if others else None, others=others or "keep"
        ).data
        for others in (None, "follow", "keep")
    )
    at = list(bern_wg.model.variable_names).index("theta")
    assert np.allclose(follow[at], base[at] + 3.0)
    assert np.array_equal(follow[at], keep[at])
    rest = [row for row in range(len(base)) if row != at]
    assert np.array_equal(base[rest], keep[rest])
    assert not np.allclose(base[rest], follow[rest])


def test_a_variable_is_not_changed_in_two_ways(bern_wg: VarWG) -> None:
    with pytest.raises(ScenarioError, match="theta is changed by theta_incr and by changes"):
        bern_wg.simulate(10, theta_incr=1.0, changes={"theta": {"mean": 1.0}}, rng=realization_rng(0, 1))


def test_a_dataset_in_place_of_a_mapping(bern_wg: VarWG) -> None:
    factors = factors_of({"theta": {"mean": 2.0}}, bern_wg.model.stations)
    dataset = factors.to_dataset(bern_wg.model.stations)
    assert isinstance(dataset, xr.Dataset)
    one, other = (
        bern_wg.simulate(50, rng=realization_rng(0, 1), changes=own).data for own in (dataset, {"theta": {"mean": 2.0}})
    )
    assert np.array_equal(one, other)


def test_a_few_years_of_what_varies_little_in_winter() -> None:
    """Radiation in the north: the level of a year, which is that of its summer, is not that of its December.

    The mean of each month in eight members of four years is exact, and its standard deviation within 3 %.
    """
    rng, time = np.random.default_rng(1), np.arange("1991-01-01", "2003-01-01", dtype="datetime64[D]")
    score = signal.lfilter([1.0], [1.0, -0.9], rng.standard_normal(time.size))
    clear = 260.0 - 240.0 * np.cos(2.0 * np.pi * (np.arange(time.size) + 10.0) / 365.25)
    values = 0.75 * clear * special.expit(score / score.std() - 0.3)
    place = {"latitude": ("station", [60.0]), "longitude": ("station", [10.0])}
    data = xr.Dataset(
        {"Qsw": (("station", "time"), values[None], {"units": "W m-2"})},
        {"station": ["NORTH"], "time": time.astype("datetime64[ns]"), **place},
    )
    wg = VarWG(["Qsw"], data).fit(rng=rng)
    span: dict[str, Any] = {"start": "2001-01-01", "n_days": 365 * 4 + 1}
    asked: dict[str, Any] = {"changes": {"Qsw": {"mean_factor": 0.9, "sd_factor": 1.1}}}
    base, later = (
        np.stack([wg.simulate(rng=realization_rng(i, 5), **span, **own).data[0] for i in range(8)]) for own in ({}, asked)
    )
    month = (np.datetime64("2001-01-01") + np.arange(span["n_days"])).astype("datetime64[M]").astype(int) % 12
    for m in range(12):
        before, after = (own[:, month == m] for own in (base, later))
        assert after.mean(axis=1) / before.mean(axis=1) == pytest.approx(0.9, rel=1e-3)
        assert after.std(axis=1) / before.std(axis=1) == pytest.approx(1.1, rel=0.03)


def test_a_course_of_years_that_are_not_simulated_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """As they all have one share, which may be nothing."""
    years = np.arange("1991-01-01", "2001-01-01", dtype="datetime64[D]").astype("datetime64[ns]")
    for course, share in (({2030: 0.0, 2060: 1.0}, 0.0), ({1950: 0.0, 1980: 0.5}, 0.5), ({1990: 0.0, 2090: 1.0}, None)):
        changes = ChangeFactors.of({"theta": {"mean": 2.0}, "course": course}, ("A",))
        assert changes is not None
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="varwg.scenarios"):
            shares = changes.shares(years)
        if share is None:
            assert not caplog.text
            assert np.unique(shares).size == 10
        else:
            assert f"1991 to 2000 are simulated, which have a share of {share:g} of the changes throughout" in caplog.text
            assert np.all(shares == share)
