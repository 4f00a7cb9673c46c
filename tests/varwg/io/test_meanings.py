"""What names, units, attributes and values say together: quantities in many languages, coarser steps, codes, doubts."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import varwg
from varwg import doy_index
from varwg._observations.aggregation import own_steps
from varwg.errors import DataError, UnitError
from varwg.io._unknown import by_quantity, known_variable, without_unit
from varwg.meteo import potential_radiation

DAYS = pd.date_range("2001-01-01", periods=1096)
HOURS = pd.date_range("2001-01-01", periods=1096 * 24, freq="h")


def temperature(size: int = DAYS.size, seed: int = 0) -> np.ndarray:
    return 10.0 + 5.0 * np.random.default_rng(seed).normal(size=size)


def rain(size: int = DAYS.size, share: float = 0.4, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(size) < share, 0.2 + rng.gamma(0.8, 6.0, size), 0.0)


def dataset(times: pd.DatetimeIndex = DAYS, **variables: Any) -> xr.Dataset:
    return xr.Dataset({name: ("time", values, attributes) for name, (values, attributes) in variables.items()}, {"time": times})


@pytest.mark.parametrize(
    ("name", "unit", "meant"),
    [
        ("Temperatura media 2m", "degC", "theta"),
        ("Lufttemperatur Tagesmittel", "", "theta"),
        ("temperature mean", "K", "theta"),
        ("Teplota vzduchu průměrná", "", "theta"),
        ("temp_min", "", "theta_min"),
        ("Temperatur Maximum", "degC", "theta_max"),
        ("temperatura mínima", "degC", "theta_min"),
        ("PRECIPITAÇÃO TOTAL, HORÁRIO", "mm", "R"),
        ("Neerslag (som)", "mm", "R"),
        ("srážky", "", "R"),
        ("rain_rate", "mm/h", "R"),
        ("Vitesse du vent moyen", "km/h", "U"),
        ("vitesse_vent", "km/h", "U"),
        ("Windsnelheid", "m/s", "U"),
        ("Humedad relativa media", "%", "rh"),
        ("GHI", "kWh/m²", "Qsw"),
        ("Radiación global", "MJ/m2", "Qsw"),
        ("mean_sea_level_pressure", "hPa", "pressure"),
        ("soil temperature", "degC", None),
        ("sea_surface_temperature", "degC", None),
        ("surface_temperature", "K", None),
        ("dew_point_temperature", "degC", None),
        ("max_wind_speed", "m/s", None),
        ("max rain", "mm", None),
        ("temperature", "mm", None),
    ],
)
def test_names_in_many_languages(name: str, unit: str, meant: str | None) -> None:
    found = known_variable(name, "", unit)
    expected = None if meant is None else next(known for known in varwg.VARIABLES if known.name == meant)
    assert (None if found is None else found.long_name) == (None if expected is None else expected.long_name)


@pytest.mark.parametrize(
    ("name", "rest", "unit"),
    [
        ("temp_f", "temp", "degF"),
        ("tair_k", "tair", "K"),
        ("rain_in", "rain", "inch"),
        ("wind_kmh", "wind", "km h-1"),
        ("rh_pct", "rh", "%"),
        ("pressure_kpa", "pressure", "kPa"),
        ("srad_mj_m2", "srad", "MJ m-2"),
        ("temp_kmh", "temp_kmh", ""),
        ("vitamin_c", "vitamin_c", ""),
        ("snow_in", "snow_in", ""),
    ],
)
def test_units_at_the_end_of_a_name_are_believed_of_what_has_them(name: str, rest: str, unit: str) -> None:
    assert without_unit(name) == (rest, unit)


@pytest.mark.parametrize(
    ("name", "attributes", "how"),
    [
        ("wind_gusts_10m", {"units": "m/s"}, "max"),
        ("fx", {"units": "m/s", "standard_name": "wind_speed_of_gust"}, "max"),
        ("soil_max", {"units": "degC"}, "max"),
        ("level_minimum", {"units": "m"}, "min"),
        ("foo", {"units": "bar", "cell_methods": "area: mean time: maximum"}, "max"),
        ("foo", {"units": "km", "cell_methods": "time: sum"}, "sum"),
        ("gauge", {"units": "mm", "cell_methods": "time: mean"}, "mean"),
        ("DIR", {}, "direction"),
    ],
)
def test_days_are_made_as_names_and_cell_methods_say(name: str, attributes: dict[str, str], how: str) -> None:
    found = varwg.read_observations(dataset(HOURS, **{name: (np.abs(temperature(HOURS.size)), attributes)}))
    assert found.variables[0].aggregation == how
    assert any(name in note and "by its names and its unit" in note for note in found.repairs)


def test_cell_methods_tell_a_maximum_of_temperature_from_its_mean() -> None:
    values = temperature(HOURS.size)
    attributes: dict[str, object] = {"units": "degC", "standard_name": "air_temperature", "cell_methods": "time: maximum"}
    found = varwg.read_observations(dataset(HOURS, warmest=(values, attributes)))
    assert any("taken as daily maximum air temperature" in note for note in found.repairs)
    np.testing.assert_allclose(found.values[0, 0], values.reshape(-1, 24).max(axis=1))
    assert by_quantity(varwg.Variable("a", "m"), "time: point").aggregation == "mean"


@pytest.mark.parametrize(("every", "first"), [(6, 0), (3, 2), (24, 7), (12, 6)])
def test_rain_of_coarser_steps_in_a_table_of_hours(every: int, first: int) -> None:
    amounts = rain(HOURS.size // every)
    spaced = np.full(HOURS.size, np.nan)
    spaced[first::every] = amounts
    found = varwg.read_observations(
        dataset(HOURS, theta=(temperature(HOURS.size), {"units": "degC"}), R=(spaced, {"units": "mm"}))
    )
    np.testing.assert_allclose(found.values[0, 1], amounts.reshape(-1, 24 // every).sum(axis=1))
    assert any(f"R at site has values at {24 // every} of the 24 steps" in note for note in found.repairs)


def test_gaps_and_single_states_are_no_coarser_steps() -> None:
    values = temperature(HOURS.size)
    values[7::24] = np.nan
    assert own_steps(values, 24, "mean") is None
    assert own_steps(np.where(HOURS.hour % 12 == 6, values, np.nan), 24, "mean") is None
    assert own_steps(np.where(HOURS.hour % 12 == 6, values, np.nan), 24, "max") is not None
    assert own_steps(np.where((HOURS.hour > 6) & (HOURS.hour < 19), values, np.nan), 24, "sum") is None
    with pytest.raises(DataError, match=r"theta: no day has 80% of its 24 steps .* \(the fullest has 4%\)"):
        varwg.read_observations(dataset(HOURS, theta=(np.where(HOURS.hour == 14, values, np.nan), {"units": "degC"})))


def radiation(share: float = 0.5) -> np.ndarray:
    noise = np.random.default_rng(0).uniform(0.6, 1.4, DAYS.size)
    return share * noise * potential_radiation(48.0, doy_index(DAYS.to_numpy()))


@pytest.mark.parametrize("step", ["day", "hour"])
def test_radiation_above_the_sun_at_a_latitude_is_told_and_kept(step: str) -> None:
    flat = np.random.default_rng(0).normal(208.0, 12.0, DAYS.size)
    times, values = (DAYS, flat) if step == "day" else (HOURS, np.repeat(flat, 24))
    found = varwg.read_observations(dataset(times, Qsw=(values, {"units": "W m-2"})), latitude=47.5)
    np.testing.assert_allclose(found.values[0, 0], flat)
    assert found.variables[0].upper_bound == "none"
    assert any("above what the sun gives at latitude 47.5" in note and "check the latitude" in note for note in found.repairs)


@pytest.mark.parametrize(("latitude", "shift"), [(-48.0, 0), (48.0, 182)])
def test_radiation_of_another_season_is_refused(latitude: float, shift: int) -> None:
    data = dataset(DAYS + pd.Timedelta(shift, "D"), Qsw=(radiation(), {"units": "W m-2"}))
    with pytest.raises(DataError, match="check the latitude and the dates"):
        varwg.read_observations(data, latitude=latitude)
    at_home = varwg.read_observations(dataset(Qsw=(radiation(), {"units": "W m-2"})), latitude=48.0)
    assert at_home.variables[0].upper_bound == "potential_radiation"


@pytest.mark.parametrize(
    ("name", "values", "unit"), [("R", rain() / 25.4, "inch"), ("vapour_pressure", rain() / 60 + 0.8, "kPa")]
)
def test_values_without_a_unit_that_are_unusual_are_told(name: str, values: np.ndarray, unit: str) -> None:
    told = varwg.read_observations(dataset(DAYS, **{name: (values, {})})).repairs
    assert any("would be more usual in" in note and repr(unit) in note for note in told)
    usual = varwg.read_observations(dataset(R=(rain(), {}))).repairs
    assert not any("more usual" in note for note in usual)


def test_messages_on_units_name_tenths_and_a_change_within_the_record() -> None:
    with pytest.raises(UnitError, match=r"'0\.1 degC'"):
        varwg.read_observations(dataset(theta=(10.0 * temperature(), {"units": "degC"})))
    mixed = np.where(np.arange(DAYS.size) < 400, temperature() + 273.15, temperature())
    with pytest.raises(UnitError, match="possible in 'K', as if the unit changed within the record"):
        varwg.read_observations(dataset(theta=(mixed, {"units": "degC"})))


def test_the_only_negative_number_is_a_code_unless_it_is_near() -> None:
    water = np.round(np.random.default_rng(0).normal(50.0, 8.0, DAYS.size), 1)
    coded = np.where(np.arange(DAYS.size) % 90 == 5, -1.0, water)
    found = varwg.read_observations(dataset(soil=(coded, {"units": "%"})))
    np.testing.assert_array_equal(np.isnan(found.values[0, 0]), coded == -1.0)
    assert any("13 values of -1, the only ones below zero" in note for note in found.repairs)
    whole = np.clip(np.round(np.random.default_rng(0).normal(30.0, 14.5, DAYS.size)), -1.0, None)
    kept = varwg.read_observations(dataset(index=(whole, {"units": "1"})))
    assert np.isfinite(kept.values).all()


@pytest.mark.parametrize("key", ["unit", "Units", "UNITS"])
def test_units_under_other_names_of_the_attribute(key: str) -> None:
    found = varwg.read_observations(dataset(theta=(temperature() + 273.15, {key: "K"})))
    np.testing.assert_allclose(found.values[0, 0], temperature())


@pytest.mark.parametrize(
    "attributes",
    [{"valid_min": -40.0, "valid_max": 45.0}, {"valid_range": [-40.0, 45.0]}, {"valid_range": np.array([-40.0, 45.0])}],
)
def test_values_outside_the_valid_range_are_missing(attributes: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    values = np.where(np.arange(DAYS.size) == 7, 50.0, temperature())
    with caplog.at_level(logging.WARNING, "varwg"):
        found = varwg.read_observations(dataset(theta=(values, {"units": "degC"} | attributes)))
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(found.values[0, 0])), [7])
    assert "1 values outside its valid range" in caplog.text


def test_columns_of_numbers_of_stations_qualities_and_properties_are_no_weather() -> None:
    table = pd.DataFrame({"theta": temperature(), "flag": rain() > 0, "Q_theta": DAYS.day % 3}, index=DAYS).astype(float)
    table["poste"] = np.where(np.arange(DAYS.size) < 500, 7001, 7002)
    found = varwg.read_observations(table, units={"theta": "degC"})
    assert found.names == ("theta",)
    told = " ".join(found.repairs)
    assert all(f"{name} was left out" in told for name in ("flag", "Q_theta", "poste"))
    assert "if it names stations, call it 'station'" in told
    both = pd.concat(
        [table.assign(station=name, slope=slope)[["theta", "station", "slope"]] for name, slope in (("A", 1), ("B", 2))]
    )
    found = varwg.read_observations(both.rename_axis("time").reset_index(), units={"theta": "degC"})
    assert (found.names, found.stations) == (("theta",), ("A", "B"))
    assert any("slope was left out" in note for note in found.repairs)


@pytest.mark.parametrize("step", ["D", "h"])
def test_bounds_tell_where_steps_begin(step: str, tmp_path: Path) -> None:
    first = pd.date_range("2001-01-01", "2003-12-31 23:00", freq=step)
    ends = first + pd.Timedelta(f"1{step}")
    data = dataset(ends, theta=(temperature(first.size), {"units": "degC"}))
    data["time_bnds"] = (("time", "bnds"), np.column_stack([first, ends]))
    data.time.attrs["bounds"] = "time_bnds"
    data.time.encoding["units"] = "hours since 2001-01-01"
    data.to_netcdf(tmp_path / "ends.nc")
    with xr.open_dataset(tmp_path / "ends.nc", decode_times=False) as undecoded:
        for given in (data, tmp_path / "ends.nc", undecoded):
            found = varwg.read_observations(given)
            assert str(found.times[0])[:10] == "2001-01-01"
            assert found.times.size == 1095
            assert any("by time_bnds its step of" in note for note in found.repairs)


@pytest.mark.parametrize(
    ("attributes", "coordinates", "expected"),
    [
        ({"latitude": 48.0, "longitude": "9 W", "station_elevation": "1640 ft"}, {}, (48.0, -9.0, 499.872)),
        ({}, {"lat": (0.5, "radian"), "lon": (0.1, "rad"), "alt": (0.4, "km")}, (28.64789, 5.729578, 400.0)),
    ],
)
def test_places_of_a_dataset_in_other_units_and_attributes(
    attributes: dict[str, object], coordinates: dict[str, tuple[float, str]], expected: tuple[float, ...]
) -> None:
    data = dataset(theta=(temperature(), {"units": "degC"})).assign_attrs(attributes)
    for name, (value, unit) in coordinates.items():
        data[name] = ((), value, {"units": unit})
    found = varwg.read_observations(data)
    np.testing.assert_allclose((found.latitude[0], found.longitude[0], found.elevation[0]), expected, rtol=1e-6)


def test_another_dim_is_told_with_what_to_do() -> None:
    data = xr.Dataset({"theta": (("gate", "time"), [temperature()] * 2, {"units": "degC"})}, {"time": DAYS})
    with pytest.raises(DataError, match=r"if gate counts stations, rename it \(rename\(gate='station'\)\)"):
        varwg.read_observations(data)
