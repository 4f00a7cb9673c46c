"""Humidity: printed tables, worked examples of FAO-56 and Stull (2011), and inverses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg.errors import DataError
from varwg.meteo import _air as humidity

THETA = st.floats(-30.0, 45.0)
RH = st.floats(0.05, 1.0)

#: Smithsonian Meteorological Tables (List 1951), tables 94 and 96: hPa over water and over ice.
OVER_WATER = ((-20.0, 1.2540), (-10.0, 2.8627), (0.0, 6.1078), (10.0, 12.272), (20.0, 23.373), (30.0, 42.430), (40.0, 73.777))
OVER_ICE = ((-20.0, 1.032), (-10.0, 2.597), (0.0, 6.1071))


@pytest.mark.parametrize(("theta", "expected"), OVER_WATER)
def test_saturation_over_water_as_in_the_smithsonian_tables(theta: float, expected: float) -> None:
    assert humidity.saturation_vapour_pressure(theta) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize(("theta", "expected"), OVER_ICE)
def test_saturation_over_ice_as_in_the_smithsonian_tables(theta: float, expected: float) -> None:
    assert humidity.saturation_vapour_pressure(theta, over="ice") == pytest.approx(expected, rel=3e-3)


def test_example_4_of_fao56() -> None:
    """Dry 25.6 and wet 19.5 degC at 1200 m (87.9 kPa), ventilated at 5 m/s (0.000662): 1.91 kPa."""
    assert humidity.psychrometer(25.6, 19.5, 879.0, coefficient=0.000662) == pytest.approx(19.1, abs=0.05)


#: Relative humidity (%) by dry temperature and depression of the wet bulb (1, 3, 5, 8 K), as printed in the usual
#: psychrometric tables for sea level (New York State Education Department, Earth Science Reference Tables).
TABLE = ((10.0, (88, 65, 43, 15)), (20.0, (91, 74, 59, 37)), (30.0, (93, 79, 66, 49)))


@pytest.mark.parametrize(("theta", "printed"), TABLE)
def test_psychrometric_table(theta: float, printed: tuple[int, ...]) -> None:
    """Printed to 1 %, for a slightly different coefficient: 3 % are allowed."""
    e = humidity.psychrometer(theta, theta - np.array([1.0, 3.0, 5.0, 8.0]))
    np.testing.assert_allclose(100.0 * humidity.relative_humidity(theta, e), printed, atol=3.0)


def test_stull_2011() -> None:
    """The example of the paper: 20 degC and 50 % have a wet bulb of 13.7 degC."""
    assert humidity.wet_bulb(20.0, 0.5) == pytest.approx(13.7, abs=0.05)


@pytest.mark.parametrize("rh", [0.2, 0.4, 0.6, 0.8, 0.99])
def test_wet_bulb_agrees_with_the_psychrometer(rh: float) -> None:
    """Two independent roads: Stull's fit within its error (-1 to 0.65 K) of the psychrometer equation."""
    theta = np.linspace(5.0, 40.0, 8)
    wet = humidity.wet_bulb(theta, rh)
    grid = theta[:, None] - np.linspace(0.0, 30.0, 6001)
    error = np.abs(humidity.psychrometer(theta[:, None], grid) - humidity.vapour_pressure(theta, rh)[:, None])
    exact = grid[np.arange(theta.size), error.argmin(axis=1)]
    assert (wet - exact > -1.0).all()
    assert (wet - exact < 0.65).all()


@given(theta=THETA, rh=RH)
def test_dew_point_is_the_inverse_of_saturation(theta: float, rh: float) -> None:
    e = humidity.vapour_pressure(theta, rh)
    dew = humidity.dew_point(e)
    assert dew <= theta + 1e-9
    np.testing.assert_allclose(humidity.saturation_vapour_pressure(dew), e, rtol=1e-12)
    np.testing.assert_allclose(humidity.relative_humidity(theta, e), rh, rtol=1e-12)
    deficit = humidity.saturation_vapour_pressure(theta) - e
    np.testing.assert_allclose(humidity.saturation_deficit(theta, rh), deficit, atol=1e-12)


def test_frost_point_is_above_the_dew_point() -> None:
    assert humidity.dew_point(2.0, over="ice") > humidity.dew_point(2.0)
    assert humidity.dew_point(6.112) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(humidity.dew_point(0.0))


@given(theta=THETA)
def test_slope_is_the_derivative(theta: float) -> None:
    step = 1e-4
    saturation = humidity.saturation_vapour_pressure(np.array([theta - step, theta + step]))
    np.testing.assert_allclose(humidity.saturation_slope(theta), np.diff(saturation)[0] / (2 * step), rtol=1e-6)


def test_slope_of_fao56() -> None:
    """Annex 2, table 2.4: 0.145 kPa/K at 20 degC."""
    assert humidity.saturation_slope(20.0) == pytest.approx(1.45, rel=5e-3)


def test_saturated_air_holds_17_grams_at_20_degrees() -> None:
    """Printed tables: 17.3 g m-3 at 20 degC, 4.85 at 0, 30.4 at 30."""
    theta = np.array([0.0, 20.0, 30.0])
    absolute = humidity.absolute_humidity(theta, humidity.saturation_vapour_pressure(theta))
    np.testing.assert_allclose(absolute, [4.85, 17.3, 30.4], rtol=6e-3)


@given(e=st.floats(0.1, 70.0), pressure=st.floats(500.0, 1080.0))
def test_specific_humidity_and_mixing_ratio(e: float, pressure: float) -> None:
    """q = r / (1 + r) by definition."""
    specific, ratio = humidity.specific_humidity(e, pressure), humidity.mixing_ratio(e, pressure)
    np.testing.assert_allclose(specific, ratio / (1.0 + ratio), rtol=1e-12)
    np.testing.assert_allclose(humidity.vapour_pressure_from_specific_humidity(specific, pressure), e, rtol=1e-12)


def test_humidex_as_environment_canada_tabulates_it() -> None:
    """Table by temperature and relative humidity: 30 degC and 70 % feel like 41, 25 and 50 % like 28, 35 and 50 % like 45."""
    theta, rh = np.array([30.0, 25.0, 35.0]), np.array([0.7, 0.5, 0.5])
    np.testing.assert_allclose(humidity.humidex(theta, humidity.vapour_pressure(theta, rh)), [41, 28, 45], atol=0.6)


def test_apparent_temperature_of_steadman() -> None:
    """By definition: the temperature itself where 0.33 e = 0.7 U + 4; 1 m/s of wind cools by 0.7 K."""
    assert humidity.apparent_temperature(25.0, (0.7 * 2.0 + 4.0) / 0.33, 2.0) == pytest.approx(25.0)
    assert humidity.apparent_temperature(25.0, 10.0, 3.0) - humidity.apparent_temperature(25.0, 10.0, 4.0) == pytest.approx(0.7)


def test_missing_values_stay_missing_and_shapes_broadcast() -> None:
    result = humidity.vapour_pressure(np.array([[10.0], [np.nan]]), np.array([0.5, 0.6, 0.7]))
    assert result.shape == (2, 3)
    assert np.isnan(result[1]).all()
    assert np.isfinite(result[0]).all()


def test_other_surfaces_are_refused() -> None:
    with pytest.raises(DataError, match="'milk'"):
        humidity.saturation_vapour_pressure(1.0, over="milk")  # type: ignore[arg-type]
