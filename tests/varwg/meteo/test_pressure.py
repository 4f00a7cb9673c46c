"""Air pressure: the tables of the standard atmosphere, and the formula against itself and against them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg.meteo import pressure_at_height, standard_height, standard_pressure

#: ICAO Doc 7488: geopotential height (m) and pressure (hPa).
ICAO = (
    (-500.0, 1074.78),
    (0.0, 1013.25),
    (500.0, 954.61),
    (1000.0, 898.75),
    (2000.0, 794.95),
    (5000.0, 540.20),
    (8000.0, 356.00),
)


@pytest.mark.parametrize(("height", "pressure"), ICAO)
def test_standard_atmosphere(height: float, pressure: float) -> None:
    assert standard_pressure(height) == pytest.approx(pressure, abs=0.02)
    assert standard_height(pressure) == pytest.approx(height, abs=0.5)
    reduced = pressure_at_height(1013.25, 15.0, 0.0, height)
    assert reduced == pytest.approx(pressure, abs=0.02)


@given(theta=st.floats(-30, 40), low=st.floats(0, 500), high=st.floats(500, 3000), lapse=st.sampled_from([0.0, 0.0065]))
def test_reduction_there_and_back(theta: float, low: float, high: float, lapse: float) -> None:
    up = pressure_at_height(1000.0, theta, low, high, lapse_rate=lapse)
    back = pressure_at_height(up, theta - lapse * (high - low), high, low, lapse_rate=lapse)
    np.testing.assert_allclose(back, 1000.0, rtol=1e-10)


def test_a_vanishing_lapse_rate_is_the_isothermal_layer() -> None:
    np.testing.assert_allclose(
        pressure_at_height(1000.0, 10.0, 0.0, 1500.0, lapse_rate=1e-9),
        pressure_at_height(1000.0, 10.0, 0.0, 1500.0, lapse_rate=0.0),
    )
