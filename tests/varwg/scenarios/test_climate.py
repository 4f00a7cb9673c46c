"""Change factors from files as climate models write them: calendars, units, grids and members, against what was put in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg import VARIABLES, ChangeFactors, VarWG
from varwg.errors import DataError
from varwg.scenarios import Scenario, climate_factors

BY_NAME = {variable.name: variable for variable in VARIABLES}
TEMPERATURE, RAIN, WIND = BY_NAME["theta"], BY_NAME["R"], BY_NAME["U"]


def simulation(
    calendar: str = "standard",
    *,
    warming: float = 0.0,
    wetter: float = 1.0,
    spread: float = 1.0,
    years: int = 30,
    seed: int = 1,
    cells: tuple[np.ndarray, np.ndarray] | None = None,
) -> xr.Dataset:
    """A CMIP-like Dataset: tas in K, pr in kg m-2 s-1, at one cell or on a grid that warms northwards."""
    rng = np.random.default_rng(seed)
    first, last = "1971-01-01", f"{1970 + years}-12-30"
    time = xr.date_range(first, last, freq="D", calendar=calendar, use_cftime=True)
    season = -8.0 * np.cos(2.0 * np.pi * (np.asarray(time.dayofyear) - 15) / 360.0)
    tas = 283.15 + season + warming + spread * 3.0 * rng.standard_normal(len(time))
    wet = rng.random(len(time)) < 0.4
    pr = np.where(wet, wetter * (1.0 + rng.exponential(5.0, len(time))), 0.0) / 86400.0
    dataset = xr.Dataset({"tas": ("time", tas, {"units": "K"}), "pr": ("time", pr, {"units": "kg m-2 s-1"})}, {"time": time})
    if cells is None:
        return dataset.assign_coords(lat=47.0, lon=8.0)
    latitude, longitude = cells
    grid = xr.DataArray(np.zeros((len(latitude), len(longitude))), {"lat": latitude, "lon": longitude}, ("lat", "lon"))
    dataset = dataset.broadcast_like(grid).copy()
    dataset["tas"] = (dataset["tas"] + warming * dataset["lat"] / 50.0).assign_attrs(units="K")
    dataset["pr"].attrs["units"] = "kg m-2 s-1"
    return dataset


def factors(historical: Path | xr.Dataset | str, future: Path | xr.Dataset | list[xr.Dataset], **options: Any) -> Any:
    return climate_factors(historical, future, **{"stations": ("A",), "variables": (TEMPERATURE, RAIN), **options}).changes


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day", "proleptic_gregorian"])
def test_what_was_put_in_comes_out_in_any_calendar(tmp_path: Path, calendar: str) -> None:
    """The same random numbers in both periods, so that nothing is left to chance."""
    simulation(calendar).to_netcdf(tmp_path / "hist.nc")
    simulation(calendar, warming=2.0, wetter=1.2).to_netcdf(tmp_path / "fut.nc")
    found = factors(tmp_path / "hist.nc", tmp_path / "fut.nc")
    assert found["theta"]["mean"] == pytest.approx(np.full((1, 12), 2.0), abs=1e-6)
    assert found["theta"]["sd_factor"] == pytest.approx(np.ones((1, 12)), abs=1e-6)
    assert found["R"]["wet_day_factor"] == pytest.approx(np.ones((1, 12)))
    assert found["R"]["wet_mean_factor"] == pytest.approx(np.full((1, 12), 1.2), abs=1e-6)
    assert found["R"]["tail_factor"] == pytest.approx(np.full((1, 12), 1.2), abs=1e-6)


def test_quantiles_are_those_of_quantile_delta_mapping() -> None:
    """Cannon et al. (2015), written down for one month: the change between periods of each quantile."""
    before, after = simulation(), simulation(warming=1.0, spread=1.5, wetter=1.3, seed=2)
    levels = [0.1, 0.5, 0.9]
    found = factors(before, after, quantiles=levels)
    july = [period["tas"].values[period["time"].dt.month == 7] for period in (before, after)]
    assert found["theta"]["quantile_changes"][0, 6] == pytest.approx(np.quantile(july[1], levels) - np.quantile(july[0], levels))
    wet = [own[own >= 1.0] for own in (86400.0 * p["pr"].values[p["time"].dt.month == 7] for p in (before, after))]
    assert found["R"]["quantile_factors"][0, 6] == pytest.approx(np.quantile(wet[1], levels) / np.quantile(wet[0], levels))


def test_every_station_gets_its_nearest_cell(caplog: pytest.LogCaptureFixture) -> None:
    cells = (np.array([40.0, 50.0, 60.0]), np.array([0.0, 10.0, 350.0]))
    with caplog.at_level(logging.WARNING, logger="varwg.scenarios"):
        found = factors(
            simulation(cells=cells),
            simulation(cells=cells, warming=2.0),
            stations=("south", "north"),
            latitude=np.array([41.0, 58.9]),
            longitude=np.array([-9.0, 9.0]),
            variables=(TEMPERATURE,),
        )
    assert found["theta"]["mean"][:, 0] == pytest.approx([2.0 + 2.0 * 40.0 / 50.0, 2.0 + 2.0 * 60.0 / 50.0])
    assert "south: the nearest cell of tas is" in caplog.text


def test_members_are_pooled() -> None:
    members = xr.concat([simulation(warming=w, seed=3) for w in (1.0, 3.0)], "member")
    assert factors(simulation(seed=3), members)["theta"]["mean"] == pytest.approx(np.full((1, 12), 2.0))
    listed = [simulation(warming=w, seed=3) for w in (1.0, 3.0)]
    assert factors(simulation(seed=3), listed)["theta"]["mean"] == pytest.approx(np.full((1, 12), 2.0))


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda d: d.drop_vars(["tas", "pr"]), "hold none of the variables theta, R"),
        (lambda d: d.assign(tas=d["tas"].assign_attrs(units="m")), "'m', which cannot be converted to degC"),
        (lambda d: d.isel(time=slice(0, 100)), "days in month"),
        (lambda d: d.expand_dims(x=3), "3 x cells"),
    ],
)
def test_what_cannot_be_used_is_named(break_it: Callable[..., Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        factors(simulation(), break_it(simulation()))


def test_what_is_missing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="varwg.scenarios"):
        factors(simulation(), simulation(warming=1.0), variables=(TEMPERATURE, WIND))
    assert "U is not in both climate simulations" in caplog.text


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(DataError, match="is not a file"):
        factors("nowhere.nc", simulation())


def test_a_scenario_from_two_periods(bern_wg: VarWG) -> None:
    scenario = Scenario.from_climate(simulation(), simulation(warming=2.0), bern_wg)
    assert isinstance(scenario.changes, ChangeFactors)
    assert scenario.changes.changes["theta"]["mean"] == pytest.approx(np.full((1, 12), 2.0))
    result = bern_wg.simulate(400, scenario=scenario, rng=np.random.default_rng(1))
    base = bern_wg.simulate(400, rng=np.random.default_rng(1))
    row = list(bern_wg.model.variable_names).index("theta")
    assert result.data[row] - base.data[row] == pytest.approx(2.0)


def test_files_of_variables_and_members_are_taken_together(tmp_path: Path) -> None:
    """As archives have them: a file for each variable and member, by directory or by pattern; what was read is told."""
    for period, warming in (("hist", 0.0), ("fut", 2.0)):
        (tmp_path / period).mkdir()
        for seed in (1, 2):
            whole = simulation("noleap", warming=warming, seed=seed)
            for name in ("tas", "pr"):
                whole[[name]].to_netcdf(tmp_path / period / f"{name}_r{seed}.nc")
    options: dict[str, Any] = {"stations": ("A",), "variables": (TEMPERATURE, RAIN)}
    found = climate_factors(tmp_path / "hist", str(tmp_path / "fut"), **options)
    np.testing.assert_allclose(found.changes["theta"]["mean"], 2.0, atol=1e-4)
    assert found.source[0].startswith("theta: tas [K] 1971-01-01 to 2000-12-30 (noleap), 21898 days of 2 members or files")
    assert found.to_dataset(("A",)).attrs["source"] == "\n".join(found.source)
    warm = climate_factors(str(tmp_path / "hist" / "tas*.nc"), str(tmp_path / "fut" / "tas*.nc"), **options)
    assert warm.source[1] == "R: not in both, no change"
    with pytest.raises(DataError, match="holds no file pr_day"):
        climate_factors(str(tmp_path / "hist" / "pr_day*.nc"), tmp_path / "fut", **options)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda own: own.isel(time=slice(0, None, 30)), "a value every 30 days"),
        (lambda own: own.assign(tas=own["tas"].assign_attrs(units="")), "tas has no units"),
        (lambda own: own.assign(tas=(own["tas"] - 273.15).assign_attrs(units="K")), "possible: check its units"),
        (lambda own: own.assign(pr=own["pr"].assign_attrs(units="mm")), "pr in mm has at most 0.00.* mm on any of 10957 days"),
        (lambda own: xr.concat([own, own.isel(time=slice(50))], "time"), "tas has 50 days more than once"),
        (lambda own: simulation(), "are the same"),
    ],
)
def test_files_that_say_something_wrong_are_refused(spoil: Callable[[xr.Dataset], xr.Dataset], said: str) -> None:
    with pytest.raises(DataError, match=said):
        factors(simulation(), spoil(simulation(warming=2.0)))


@pytest.mark.parametrize("quantiles", [0, 1, -3, True, 2.5, 10**6])
def test_the_number_of_quantiles_is_one(quantiles: Any) -> None:
    with pytest.raises(DataError, match="but their number, from 2 to 1000, or probabilities are expected"):
        factors(simulation(), simulation(warming=2.0), quantiles=quantiles)


def test_cells_without_values_and_levels_of_one_entry_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """The sea has no temperature of the land; a single cell is as far away as it is."""
    cells = (np.array([40.0, 50.0, 60.0]), np.array([0.0, 10.0]))
    place: dict[str, Any] = {"latitude": np.array([51.0]), "longitude": np.array([9.0]), "variables": (TEMPERATURE,)}
    before, after = (
        own.where((own["lat"] != 50.0) | (own["lon"] != 10.0)).expand_dims(height=[2.0])
        for own in (simulation(cells=cells), simulation(cells=cells, warming=2.0))
    )
    for own in (before, after):
        own["tas"].attrs["units"] = "K"
    assert factors(before, after, **place)["theta"]["mean"] == pytest.approx(np.full((1, 12), 4.0))
    with caplog.at_level(logging.WARNING, logger="varwg.scenarios"):
        factors(simulation(), simulation(warming=2.0), **place)
    assert "A: the nearest cell of tas is 451 km away" in caplog.text


def test_both_periods_are_of_the_nearest_cell_with_values_in_both(caplog: pytest.LogCaptureFixture) -> None:
    """Where the land of two simulations differs, a cell of one is not compared with another of the other."""
    cells = (np.array([40.0, 50.0, 60.0]), np.array([9.0]))
    place: dict[str, Any] = {"latitude": np.array([51.0]), "longitude": np.array([9.0]), "variables": (TEMPERATURE,)}
    before, after = (simulation(cells=cells, warming=warming)[["tas"]] for warming in (2.0, 4.0))
    wanted = np.full((1, 12), 2.0 + 2.0 * 60.0 / 50.0)
    for first, second in ((before, without(after, lat=50.0)), (without(before, lat=50.0), after)):
        assert factors(first, second, **place)["theta"]["mean"] == pytest.approx(wanted)
    # Values that are missing on one day are no sea.
    gap = without(after, lat=50.0, time=after["time"].values[0])
    assert factors(before, gap, **place)["theta"]["mean"] == pytest.approx(np.full((1, 12), 4.0), abs=0.02)
    shifted = after.assign_coords(lat=after["lat"] + 2.0)
    with caplog.at_level(logging.WARNING, logger="varwg.scenarios"):
        factors(before, shifted, **place)
    assert "theta at A: the cell at 50.00, 9.00 is compared with another, at 52.00, 9.00, as the grids differ" in caplog.text


def without(dataset: xr.Dataset, **at: Any) -> xr.Dataset:
    """The same with no temperature at some coordinates."""
    values = dataset["tas"].copy()
    values.loc[at] = np.nan
    return dataset.assign(tas=values)


def test_what_makes_periods_differ_and_is_no_change_is_told(caplog: pytest.LogCaptureFixture) -> None:
    later = simulation(warming=2.0)
    later = later.assign_coords(time=xr.date_range("2071-01-01", periods=later.sizes["time"], use_cftime=True))
    gap = later.assign(tas=later["tas"].where(later["time"].dt.year > 2080).assign_attrs(units="K"))
    july = simulation()["time"].dt.month == 7
    dry, rare = (
        simulation().assign(pr=lambda own, kept=kept: own["pr"].where(kept, 0.0).assign_attrs(units="kg m-2 s-1"))
        for kept in (~july, ~july | (simulation()["time"].dt.dayofyear % 61 == 0))
    )
    with caplog.at_level(logging.WARNING, logger="varwg.scenarios"):
        factors(later, simulation())
        factors(simulation(), gap)
        nothing = factors(dry, later)["R"]
        cut = factors(rare, later)["R"]
        factors(simulation(), simulation(wetter=1.1), variables=(RAIN, WIND, BY_NAME["rh"]))
    for said in (
        "theta: the second period begins on 1971-01-01, before the first, on 2071-01-01",
        "theta at A: 33 % of the values of the second period are missing",
        "R: factors rest on few wet days of the two periods (of amounts they are 1 where one has none): 0 and 366 at A in month",
        "R: factors are cut to 0.01 to 10: wet_day_factor at A in month 7",
        "theta: in both climate simulations, but not among the variables that change here (R)",
        "U, rh are not in both climate simulations and get no change",
    ):
        assert said in caplog.text
    assert nothing["wet_day_factor"][0, 6] == 1.0
    assert cut["wet_day_factor"][0, 6] == 10.0
