"""Radiation at the ground: worked examples of FAO-56, published emissivities, and inverses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg.meteo import _radiation as radiation
from varwg.meteo import saturation_vapour_pressure

MJ = 1e6 / 86400.0  # W m-2 for 1 MJ m-2 d-1
THETA, CLOUDS = st.floats(-20.0, 35.0), st.floats(0.0, 1.0)


def test_example_10_of_fao56() -> None:
    """Rio de Janeiro in May: 7.1 of 10.9 h of sunshine, Ra 25.1, Rs 14.5 MJ m-2 d-1 (14.45 before rounding)."""
    assert radiation.radiation_from_sunshine(7.1, 10.9, 25.1) == pytest.approx(14.45, abs=0.005)


def test_examples_11_and_12_of_fao56() -> None:
    """Rio de Janeiro in May: Rso 18.8, Rnl 3.5, Rns 11.1, Rn 7.6 MJ m-2 d-1."""
    clear = radiation.clear_sky_radiation(25.1 * MJ)
    assert clear / MJ == pytest.approx(18.8, abs=0.05)
    loss = radiation.net_longwave_loss(19.1, 25.1, 21.0, 14.5 * MJ, clear)
    assert loss / MJ == pytest.approx(3.5, abs=0.05)
    gain = radiation.net_shortwave(14.5 * MJ)
    assert gain / MJ == pytest.approx(11.1, abs=0.1)
    assert (gain - loss) / MJ == pytest.approx(7.6, abs=0.1)


def test_example_15_of_fao56() -> None:
    """Lyon in July: 14.8 to 26.6 degC and Ra 40.6 give Rs 22.3 MJ m-2 d-1."""
    assert radiation.radiation_from_temperature(14.8, 26.6, 40.6) == pytest.approx(22.3, abs=0.05)


def test_the_earth_at_15_degrees_radiates_390_watts() -> None:
    assert radiation.black_body(15.0) == pytest.approx(390.9, abs=0.2)


def test_swinbanks_clear_sky() -> None:
    """Swinbank (1963) in W m-2: 5.31e-13 T^6, here by way of the emissivity 0.937e-5 T^2."""
    theta = np.array([2.0, 15.0, 29.0])
    np.testing.assert_allclose(radiation.longwave_tva(theta, 0.0), 5.31e-13 * (theta + 273.15) ** 6, rtol=2e-3)


@given(theta=THETA)
def test_overcast_skies_radiate_more_than_clear_ones_and_less_than_black(theta: float) -> None:
    e = 0.8 * saturation_vapour_pressure(theta)
    for site in (radiation.LOWLAND, radiation.MOUNTAIN):
        clear, overcast = radiation.longwave_iziomon(theta, e, [0.0, 1.0], site=site)
        assert 0.5 * radiation.black_body(theta) < clear < overcast
        np.testing.assert_allclose(overcast / clear, 1.0 + 64.0 * site.z)
    assert radiation.longwave_tva(theta, 1.0) < radiation.black_body(theta) * 1.05


@given(theta=THETA, clouds=CLOUDS)
def test_clouds_from_longwave_is_the_inverse(theta: float, clouds: float) -> None:
    e = 0.7 * saturation_vapour_pressure(theta)
    for site in (radiation.LOWLAND, radiation.MOUNTAIN):
        sky = radiation.longwave_iziomon(theta, e, clouds, site=site)
        np.testing.assert_allclose(radiation.clouds_from_longwave_iziomon(sky, theta, e, site=site), clouds, atol=1e-5)
    sky = radiation.longwave_tva(theta, clouds)
    np.testing.assert_allclose(radiation.clouds_from_longwave_tva(sky, theta), clouds, atol=1e-5)


def test_clouds_stay_within_their_bounds() -> None:
    np.testing.assert_array_equal(radiation.clouds_from_longwave_tva([0.0, 1000.0], 10.0), [0.0, 1.0])
    np.testing.assert_array_equal(radiation.clouds_from_longwave_iziomon([0.0, 1000.0], 10.0, 8.0), [0.0, 1.0])


@given(share=st.floats(0.0, 1.0), length=st.floats(0.5, 24.0), potential=st.floats(1.0, 500.0))
def test_sunshine_from_radiation_is_the_inverse(share: float, length: float, potential: float) -> None:
    arriving = radiation.radiation_from_sunshine(share * length, length, potential)
    np.testing.assert_allclose(radiation.sunshine_from_radiation(arriving, length, potential), share * length, atol=1e-9)
    np.testing.assert_allclose(radiation.clouds_from_sunshine(share * length, length), 1.0 - share, atol=1e-12)


def test_the_polar_night() -> None:
    assert radiation.radiation_from_sunshine(0.0, 0.0, 0.0) == 0.0
    assert radiation.sunshine_from_radiation(0.0, 0.0, 0.0) == 0.0
    assert np.isnan(radiation.clouds_from_sunshine(0.0, 0.0))
    assert np.isfinite(radiation.net_longwave_loss(-30.0, -20.0, 0.5, 0.0, 0.0))
