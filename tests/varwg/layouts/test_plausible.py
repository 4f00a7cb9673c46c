"""Units that values give away although each value is possible: refused with what was found, expected, and would fit."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from varwg import VARIABLES, Variable, read_observations
from varwg.errors import UnitError
from varwg.io._plausible import refuse_share_of_one, require_plausible
from varwg.io._standard import in_package_units, tidy_dataset
from weathercop import example_dataset

KNOWN = {variable.name: variable for variable in VARIABLES}


def with_unit(name: str, factor: float, unit: str | None) -> xr.Dataset:
    data = example_dataset()[[name]].isel(station=[0]).copy(deep=True)
    data[name] = data[name] * factor
    data[name].attrs = {} if unit is None else {"units": unit}
    return data


@pytest.mark.parametrize(
    ("factor", "unit", "fitting"),
    [(1e-3, None, "'m'"), (1e-3, "mm", "'m'"), (1 / 86400, "mm", "'mm s-1'"), (1 / 86400, None, "'kg m-2 s-1'")],
)
def test_rain_in_another_unit_is_refused(factor: float, unit: str | None, fitting: str) -> None:
    found = "no unit is declared" if unit is None else "the unit is 'mm'"
    with pytest.raises(
        UnitError, match=rf"R at BERN: the 99th percentile of wet days is .* mm, where at least 0\.2.*{found}"
    ) as error:
        read_observations(with_unit("R", factor, unit))
    assert fitting in str(error.value) and str(error.value).count(". ") == 0


def test_rain_in_its_unit_is_read() -> None:
    expected = read_observations(with_unit("R", 1.0, "mm")).values
    np.testing.assert_allclose(read_observations(with_unit("R", 1e-3, "m")).values, expected, atol=1e-9)
    assert read_observations(with_unit("R", 1.0, None)).repairs


def test_who_knows_better_passes_a_variable_with_limits_of_its_own() -> None:
    mist = Variable("R", "mm", standard_name=KNOWN["R"].standard_name, marginal="zero_inflated", lower=0.0, possible_max=1.0)
    read_observations(with_unit("R", 1e-3, "mm"), variables=[mist])


@pytest.mark.parametrize(("unit", "factor"), [("%", 1.0), ("okta", 1.0), ("1", 0.01)])
def test_humidity_in_another_unit_is_refused(unit: str, factor: float) -> None:
    with pytest.raises(UnitError, match="rh at BERN"):
        read_observations(with_unit("rh", factor, unit))


def test_radiation_as_energy_of_the_day_is_refused() -> None:
    """25 MJ m-2 a day are 289 W m-2; read as W m-2 they would be less than anywhere in summer."""
    values = 25.0 * np.random.default_rng(0).random(1000)
    with pytest.raises(UnitError, match=r"Qsw at HERE: the 99th percentile is 24.* W m-2, where at least 45.*'MJ m-2'"):
        require_plausible(values, KNOWN["Qsw"], None, "HERE", np.nan)


def test_pressure_is_compared_with_the_height() -> None:
    """760 mmHg read as hPa are the pressure at 2400 m: possible there and not at 50 m."""
    values = 760.0 + np.random.default_rng(0).standard_normal(1000)
    require_plausible(values, KNOWN["pressure"], "hPa", "HERE", np.nan)
    require_plausible(values, KNOWN["pressure"], "hPa", "HERE", 2400.0)
    with pytest.raises(UnitError, match=r"pressure at HERE: the median is 760 hPa, where at least 90.*'mmHg'"):
        require_plausible(values, KNOWN["pressure"], "hPa", "HERE", 50.0)


@pytest.mark.parametrize("name", ["theta", "R", "rh", "sun"])
def test_real_stations_are_plausible(name: str, europe: xr.Dataset) -> None:
    read_observations(europe[[name]])


def test_a_few_values_are_no_reason() -> None:
    require_plausible(np.full(20, 1e-3), KNOWN["R"], None, "HERE", np.nan)
    refuse_share_of_one(np.full(5, np.nan), KNOWN["rh"], "%", "rh at HERE")


def test_writers_of_forcing_files_refuse_it_too() -> None:
    data = xr.Dataset(
        {"R": ("time", np.tile([0.0, 0.012], 200))},
        {"time": np.datetime64("2001-01-01", "ns") + np.arange(400) * np.timedelta64(1, "D")},
    )
    with pytest.raises(UnitError, match="R at site"):
        in_package_units(tidy_dataset(data))
