"""Reference evaporation: the worked examples of FAO-56 and of McMahon et al. (2013)."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import doy_index
from varwg.meteo import _evaporation as evaporation
from varwg.meteo import _radiation as radiation
from varwg.meteo import day_length, potential_radiation, wind_at_height

MJ = 1e6 / 86400.0  # W m-2 for 1 MJ m-2 d-1


def row(date: str) -> int:
    return int(doy_index(np.array([date], dtype="datetime64[D]"))[0])


def test_example_2_of_fao56() -> None:
    """1800 m: 81.8 kPa, psychrometric constant 0.054 kPa/K."""
    assert evaporation.fao_pressure(1800.0) == pytest.approx(818.0, abs=0.5)
    assert evaporation.psychrometric_constant(818.0) == pytest.approx(0.54, abs=0.005)


def test_example_3_of_fao56() -> None:
    """24.5 and 15 degC: 3.075 and 1.705 kPa."""
    np.testing.assert_allclose(evaporation.fao_saturation([24.5, 15.0]), [30.75, 17.05], atol=0.005)


def test_example_5_of_fao56() -> None:
    """18 to 25 degC and 54 to 82 %: 1.70 kPa."""
    assert evaporation.actual_vapour_pressure(18.0, 25.0, 0.54, 0.82) == pytest.approx(17.0, abs=0.05)


def test_example_17_of_fao56() -> None:
    """Bangkok in April: 13 44'N, 2 m, 25.6 to 34.8 degC, 2.85 kPa, 2 m/s, 8.5 h of sunshine, March 29.2 degC: 5.72 mm/d."""
    april, latitude = row("2001-04-15"), 13.0 + 44.0 / 60.0
    potential = potential_radiation(latitude, april)
    arriving = radiation.radiation_from_sunshine(8.5, day_length(latitude, april), potential)
    clear = radiation.clear_sky_radiation(potential, 2.0)
    net = radiation.net_shortwave(arriving) - radiation.net_longwave_loss(25.6, 34.8, 28.5, arriving, clear)
    ground = 0.14 * (30.2 - 29.2) * MJ
    reference = evaporation.penman_monteith(25.6, 34.8, 28.5, 2.0, net, evaporation.fao_pressure(2.0), ground_heat_flux=ground)
    assert net / MJ == pytest.approx(14.33, abs=0.05)
    assert reference == pytest.approx(5.72, abs=0.02)


def test_example_18_of_fao56() -> None:
    """Uccle, 6 July: 50 48'N, 100 m, 12.3 to 21.5 degC, 63 to 84 %, 10 km/h at 10 m, 9.25 h of sunshine: 3.88 mm/d."""
    july, latitude = row("2001-07-06"), 50.8
    potential = potential_radiation(latitude, july)
    assert potential / MJ == pytest.approx(41.09, abs=0.05)
    assert day_length(latitude, july) == pytest.approx(16.1, abs=0.05)
    e = evaporation.actual_vapour_pressure(12.3, 21.5, 0.63, 0.84)
    assert e == pytest.approx(14.09, abs=0.02)
    wind = wind_at_height(10.0 / 3.6, 10.0)
    assert wind == pytest.approx(2.078, abs=2e-3)
    arriving = radiation.radiation_from_sunshine(9.25, day_length(latitude, july), potential)
    assert arriving / MJ == pytest.approx(22.07, abs=0.05)
    clear = radiation.clear_sky_radiation(potential, 100.0)
    assert clear / MJ == pytest.approx(30.90, abs=0.05)
    net = radiation.net_shortwave(arriving) - radiation.net_longwave_loss(12.3, 21.5, e, arriving, clear)
    assert net / MJ == pytest.approx(13.28, abs=0.05)
    assert evaporation.penman_monteith(12.3, 21.5, e, wind, net, evaporation.fao_pressure(100.0)) == pytest.approx(3.88, abs=0.01)


@pytest.mark.parametrize(
    ("theta", "rh", "wind", "net", "expected"), [(38.0, 0.52, 3.3, 1.749, 0.63), (28.0, 0.90, 1.9, -0.100, 0.0)]
)
def test_example_19_of_fao56(theta: float, rh: float, wind: float, net: float, expected: float) -> None:
    """N'Diaye, 14 to 15 h and 2 to 3 h (net radiation in MJ m-2 h-1): 0.63 and 0.00 mm/h."""
    e = rh * evaporation.fao_saturation(theta)
    hourly = evaporation.penman_monteith_hourly(theta, e, wind, net * 1e6 / 3600.0, evaporation.fao_pressure(8.0))
    assert hourly == pytest.approx(expected, abs=0.006)


def test_example_20_of_fao56() -> None:
    """Lyon in July by Hargreaves: 14.8 to 26.6 degC, Ra 40.6 MJ m-2 d-1 (16.6 mm/d): 5.0 mm/d."""
    assert evaporation.hargreaves(14.8, 26.6, 40.55 * MJ) == pytest.approx(5.0, abs=0.05)


def test_turc_of_mcmahon() -> None:
    """McMahon et al. (2013, Hydrol. Earth Syst. Sci. 17), supplement S19, Alice Springs on 20 July 1980: 2.6727 mm/d.

    11.5 degC, 48 %, 17.1940 MJ m-2 d-1.
    """
    assert evaporation.turc(11.5, 0.48, 17.1940 * MJ) == pytest.approx(2.6727, abs=1e-3)


def test_turc_of_dvwk() -> None:
    """DVWK (1996): 0.0031 C (Rg + 209) T / (T + 15) with Rg in J cm-2."""
    radiation_j = 2000.0
    expected = 0.0031 * (radiation_j + 209.0) * 20.0 / 35.0
    assert evaporation.turc(20.0, 0.7, radiation_j * 1e4 / 86400.0) == pytest.approx(expected, rel=3e-3)
    assert evaporation.turc(20.0, 0.5, 200.0) == evaporation.turc(20.0, 0.9, 200.0)
    assert evaporation.turc(20.0, 0.15, 200.0) == pytest.approx(1.5 * evaporation.turc(20.0, 0.9, 200.0))


def test_frost_evaporates_nothing() -> None:
    assert evaporation.turc(-5.0, 0.8, 100.0) == 0.0
    assert evaporation.hargreaves(-40.0, -30.0, 100.0) == 0.0


def test_haude() -> None:
    """July, 25 degC (31.68 hPa in FAO-56 table 2.3) and 50 %: 0.26 mm/hPa times 15.84 hPa."""
    assert evaporation.haude(25.0, 0.5, row("2001-07-15")) == pytest.approx(0.26 * 15.84, rel=4e-3)
    by_month = [float(evaporation.haude(20.0, 0.6, row(f"2001-{month:02d}-28"))) for month in range(1, 13)]
    np.testing.assert_allclose(np.array(by_month) / by_month[0], np.array(evaporation.HAUDE_GRASS) / 0.20)
    assert evaporation.haude(45.0, 0.1, row("2001-07-15")) == evaporation.HAUDE_MAXIMUM


def test_evaporation_grows_with_dryness_wind_and_energy() -> None:
    base = evaporation.penman_monteith(10.0, 20.0, 12.0, 2.0, 120.0, 1000.0)
    assert evaporation.penman_monteith(10.0, 20.0, 8.0, 2.0, 120.0, 1000.0) > base
    assert evaporation.penman_monteith(10.0, 20.0, 12.0, 4.0, 120.0, 1000.0) > base
    gain = evaporation.penman_monteith(10.0, 20.0, 12.0, 2.0, 150.0, 1000.0) - base
    assert 0.0 < gain < 30.0 / evaporation.WATTS_PER_MM
