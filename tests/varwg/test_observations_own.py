"""Variables that the table does not have by name: known ones under other names, and what values tell of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from varwg import Observations, Variable, read_observations
from varwg.errors import DataError

N_DAYS = 800


def weather(name: str, values: np.ndarray, **attributes: str) -> xr.Dataset:
    """One variable at one station."""
    times = pd.date_range("2001-01-01", periods=N_DAYS, freq="D")
    return xr.Dataset({name: ("time", np.asarray(values, dtype=float), attributes)}, {"time": times})


def rain(scale: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    return scale * np.where(rng.random(N_DAYS) < 0.4, np.round(rng.gamma(1.0, 6.0, N_DAYS) + 0.1, 1), 0.0)


def only(observations: Observations) -> Variable:
    return observations.variables[0]


@pytest.mark.parametrize(
    ("name", "values", "attributes", "like", "units"),
    [
        ("pr", rain(1.0 / 86400.0), {"units": "kg m-2 s-1"}, "zero_inflated", "mm"),
        ("precip", rain(), {}, "zero_inflated", "mm"),
        ("x7", rain(), {"units": "mm", "standard_name": "precipitation_amount"}, "zero_inflated", "mm"),
        ("tas", np.linspace(260.0, 300.0, N_DAYS), {"units": "K"}, "sinh_arcsinh", "degC"),
        ("RH", np.linspace(40.0, 90.0, N_DAYS), {"units": "%"}, "kde", "1"),
        ("sfcWind", np.linspace(1.0, 9.0, N_DAYS), {"units": "m/s"}, "auto_positive", "m s-1"),
    ],
)
def test_table_variables_under_other_names(
    name: str, values: np.ndarray, attributes: dict[str, Any], like: str, units: str
) -> None:
    found = read_observations(weather(name, values, **attributes))
    assert (only(found).name, only(found).marginal, only(found).units) == (name, like, units)
    assert any(f"{name} is taken as" in sentence for sentence in found.repairs)


@pytest.mark.parametrize(("name", "unit"), [("r", "%"), ("pr", "hPa"), ("vp", "mm"), ("temperature", "V")])
def test_a_name_is_not_believed_against_the_unit(name: str, unit: str) -> None:
    found = read_observations(weather(name, np.linspace(1.0, 9.0, N_DAYS), units=unit))
    assert (only(found).name, only(found).units) == (name, unit)
    assert not any("is taken as" in sentence for sentence in found.repairs)


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        (np.linspace(-5.0, 9.0, N_DAYS), "V", ("kde", -np.inf, np.inf)),
        (np.linspace(1.0, 9.0, N_DAYS), "V", ("kde", 0.0, np.inf)),
        (np.linspace(1.0, 9.0, N_DAYS), "degC", ("kde", -np.inf, np.inf)),
        (np.linspace(10.0, 70.0, N_DAYS), "%", ("kde", 0.0, 100.0)),
        (np.linspace(10.0, 350.0, N_DAYS), "degree", ("kde", 0.0, 360.0)),
        (np.minimum(np.linspace(0.1, 20.0, N_DAYS), 10.0), "km", ("kde", 0.0, 10.0)),
        (rain(), "cm", ("zero_inflated", 0.0, np.inf)),
        (np.minimum(rain(), 6.0), "%", ("zero_inflated_bounded", 0.0, 100.0)),
        ((rain() > 0.0) * 1.0, "1", ("kde", 0.0, 1.0)),
        (np.exp(np.linspace(-6.0, 6.0, N_DAYS)), "m3 s-1", ("zero_inflated", 0.0, np.inf)),
    ],
)
def test_values_and_unit_tell_the_bounds(values: np.ndarray, unit: str, expected: tuple[str, float, float]) -> None:
    found = read_observations(weather("other", values, units=unit))
    assert (only(found).marginal, only(found).lower, only(found).upper) == expected
    bounded = np.isfinite(expected[1])
    assert any("other is not a variable that is known by name" in sentence for sentence in found.repairs) == bounded


def test_a_variable_that_is_given_stays_as_it_is() -> None:
    for given in (Variable("other", "cm"), Variable("pr", "mm", marginal="kde")):
        found = read_observations(weather(given.name, rain(), units=given.units), variables=[given])
        assert only(found) is given
        assert not any("taken" in sentence for sentence in found.repairs)


@pytest.mark.parametrize("code", [-9999.0, -99.9, 9999.0])
def test_codes_far_from_all_other_values_stand_for_missing(code: float) -> None:
    values = np.random.default_rng(2).normal(5.0, 3.0, N_DAYS)
    values[[3, 70]] = code
    found = read_observations(weather("other", values, units="V"))
    assert np.flatnonzero(np.isnan(found.values[0, 0])).tolist() == [3, 70]
    assert any(f"other at site: 2 values of {code:g}" in sentence for sentence in found.repairs)


def test_codes_among_other_values_are_values() -> None:
    values = np.round(np.random.default_rng(2).normal(-100.0, 30.0, N_DAYS))
    assert (values == -99.0).any()
    assert np.isfinite(read_observations(weather("other", values, units="V")).values).all()


def test_an_outlier_is_set_missing_and_floods_are_kept() -> None:
    values = np.random.default_rng(3).normal(5.0, 3.0, N_DAYS)
    values[9] = 1e6
    found = read_observations(weather("other", values, units="V"))
    assert np.flatnonzero(np.isnan(found.values[0, 0])).tolist() == [9]
    assert any("other at site: 1 outlier set to missing, at worst 1e+06 V" in sentence for sentence in found.repairs)
    pressure = np.random.default_rng(3).normal(1013.0, 8.0, N_DAYS)
    pressure[9] = 310.0
    assert np.isnan(read_observations(weather("pressure", pressure, units="hPa")).values[0, 0, 9])
    discharge = np.exp(np.random.default_rng(4).normal(2.0, 1.2, N_DAYS))
    discharge[9] *= 200.0
    assert np.isfinite(read_observations(weather("discharge", discharge, units="m3 s-1")).values).all()


@pytest.mark.parametrize(
    ("name", "quantity", "unit"), [("Niederschlag", "precipitation", "mn"), ("pr", "precipitation", "zorks")]
)
def test_rain_by_name_with_an_unknown_unit_is_refused(name: str, quantity: str, unit: str) -> None:
    """As a variable of its own its hours would be averaged, rain among them."""
    with pytest.raises(DataError, match=f"{name} is {quantity} by its name, but its unit '{unit}' is not known; expected one of"):
        read_observations(weather(name, rain(), units=unit))
    kept = only(read_observations(weather("Schnee_Index", rain(), units="mn")))
    assert (kept.name, kept.units) == ("Schnee_Index", "mn")
