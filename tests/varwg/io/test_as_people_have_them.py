"""Tables and files as people have them: amounts add up, times in all their spellings, nothing is dropped without a word."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import varwg
from varwg._observations.aggregation import circular_mean, without_running_total
from varwg.errors import DataError

HOURS = pd.date_range("2001-01-01", "2003-01-04 23:00", freq="h")
DAYS = pd.date_range("2001-01-01", periods=1096)


def showers(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(HOURS.size) < 0.06, rng.gamma(0.7, 2.0, HOURS.size), 0.0)


def temperature(size: int, seed: int = 0) -> np.ndarray:
    return 10.0 + np.random.default_rng(seed).normal(size=size)


# ---- how steps become days ----


@pytest.mark.parametrize(
    ("name", "unit", "how"),
    [
        ("rre150h0", "mm", "sum"),
        ("gauge 7", "mm", "sum"),
        ("gauge 7", "kg m-2", "sum"),
        ("gauge 7", "mm h-1", "mean"),
        ("new_snowfall", "cm", "sum"),
        ("snow", "cm", "mean"),
        ("water_level", "mm", "mean"),
        ("lake", "m", "mean"),
        ("pump", "h", "sum"),
        ("panel", "MJ m-2", "sum"),
        ("panel", "W m-2", "mean"),
        ("vane", "degrees", "direction"),
        ("salinity", "g/kg", "mean"),
    ],
)
def test_daily_values_of_ones_own_are_made_by_what_the_unit_measures(name: str, unit: str, how: str) -> None:
    values = showers() + (0.5 if how != "sum" else 0.0)
    found = varwg.read_observations(xr.Dataset({name: ("time", values, {"units": unit})}, {"time": HOURS}))
    by_day = values.reshape(-1, 24)
    expected = {"sum": by_day.sum(axis=1), "mean": by_day.mean(axis=1), "direction": circular_mean(by_day)}[how]
    assert found.variables[0].aggregation == how
    np.testing.assert_allclose(found.values[0, 0], expected, rtol=1e-9)
    known_by_name = any("is taken as" in note for note in found.repairs)
    assert known_by_name or any(f"{name}: daily values are" in note for note in found.repairs)


def test_north_winds_are_northerly_all_day() -> None:
    """350 and 10 degrees have the mean direction 0, and hours of simulated days keep it."""
    rng = np.random.default_rng(1)
    north = (rng.normal(0.0, 15.0, HOURS.size) + 40.0 * np.repeat(rng.normal(size=HOURS.size // 24), 24)) % 360.0
    table = pd.DataFrame({"dir": north, "theta": temperature(HOURS.size)}, index=HOURS)
    wg = varwg.VarWG(table, units={"dir": "degrees", "theta": "degC"}).fit(1, rng=1)
    daily = wg.observations.values[0, 0]
    assert np.mean((daily > 90.0) & (daily < 270.0)) < 0.1
    days = wg.simulate(60, rng=2)
    hours = wg.disaggregate(days, rng=3)
    turned = circular_mean(hours.data[0].reshape(60, 24)) - days.data[0]
    np.testing.assert_allclose((turned + 180.0) % 360.0, 180.0, atol=1e-6)


@pytest.mark.parametrize("first_after", [0, 1], ids=["total at 23 h", "total at 0 h of the next day"])
def test_totals_since_midnight_are_taken_apart(first_after: int) -> None:
    rain = showers()
    totals = np.cumsum(rain.reshape(-1, 24), axis=1).ravel()
    values = totals if first_after == 0 else np.concatenate([[0.0], totals[:-1]])
    data = xr.Dataset({"tp": ("time", values / 1000.0, {"units": "m"})}, {"time": HOURS})
    found = varwg.read_observations(data)
    assert any("totals since midnight" in note for note in found.repairs)
    np.testing.assert_allclose(found.values[0, 0, :-1], rain.reshape(-1, 24).sum(axis=1)[:-1], atol=1e-9)


def test_energies_since_midnight_are_taken_apart_too() -> None:
    sun = np.maximum(0.0, np.sin(np.pi * (HOURS.hour.to_numpy() - 6) / 12)) * (1 + 0.3 * showers())
    power = 200.0 * sun
    totals = np.cumsum(power.reshape(-1, 24) * 3600.0, axis=1).ravel()
    found = varwg.read_observations(xr.Dataset({"ssrd": ("time", totals, {"units": "J m-2"})}, {"time": HOURS}))
    np.testing.assert_allclose(found.values[0, 0], power.reshape(-1, 24).mean(axis=1), rtol=1e-9)


def test_rain_of_steps_is_no_total() -> None:
    values, note = without_running_total(showers()[None], 24)
    assert not note and np.array_equal(values, showers()[None])


# ---- columns ----


def plain(table: pd.DataFrame, path: Path) -> Any:
    return varwg.read_observations(table, units={"theta": "degC"})


def as_csv(table: pd.DataFrame, path: Path) -> Any:
    has_times = isinstance(table.index, pd.DatetimeIndex)
    table.rename_axis("time" if has_times else None).to_csv(path / "table.csv", index=has_times)
    return varwg.read_observations(path / "table.csv", units={"theta": "degC"})


DOORS = pytest.mark.parametrize("read", [plain, as_csv], ids=["DataFrame", "file"])


@DOORS
@pytest.mark.parametrize(
    ("parts", "step"),
    [
        (lambda t: {"year": t.year, "month": t.month, "day": t.day, "hour": t.hour}, 24),
        (lambda t: {"Jahr": t.year, "Monat": t.month, "Tag": t.day, "Stunde": t.hour}, 24),
        (lambda t: {"YEAR": t.year, "DOY": t.day_of_year, "HR": t.hour}, 24),
        (lambda t: {"date": t.strftime("%Y-%m-%d"), "hour": t.hour}, 24),
        (lambda t: {"date": t.strftime("%Y-%m-%d"), "hour": t.hour + 1}, 24),
        (lambda t: {"date": t.strftime("%Y-%m-%d"), "hour": 100 * t.hour}, 24),
        (lambda t: {"date": t.strftime("%d.%m.%Y"), "time": t.strftime("%H:%M")}, 24),
        (lambda t: {"date": t.strftime("%Y-%m-%d"), "time": t.strftime("%I:%M %p")}, 24),
    ],
    ids=["parts", "German", "day of the year", "hour apart", "1 to 24", "0 to 2300", "clock", "halves of days"],
)
def test_times_in_several_columns(
    read: Callable[..., Any], parts: Callable[[Any], dict[str, Any]], step: int, tmp_path: Path
) -> None:
    theta = temperature(HOURS.size)
    found = read(pd.DataFrame({**parts(HOURS), "theta": theta}), tmp_path)
    assert found.hourly.steps_per_day == step
    np.testing.assert_allclose(found.values[0, 0], theta.reshape(-1, 24).mean(axis=1), atol=1e-9)
    assert found.times[0] == np.datetime64("2001-01-01") and found.names == ("theta",)


@DOORS
def test_year_and_day_of_the_year(read: Callable[..., Any], tmp_path: Path) -> None:
    found = read(pd.DataFrame({"year": DAYS.year, "yday": DAYS.day_of_year, "theta": temperature(1096)}), tmp_path)
    assert np.array_equal(found.times, DAYS.to_numpy())


@pytest.mark.parametrize("name", ["t", "day", "Day", "date"])
def test_an_index_of_times_goes_before_columns(name: str) -> None:
    table = pd.DataFrame({"theta": temperature(1096), name: DAYS.day}, index=DAYS)
    assert np.array_equal(varwg.read_observations(table, variables=["theta"]).times, DAYS.to_numpy())


@DOORS
@pytest.mark.parametrize("name", ["stn", "station", "station/location", "abbr", "site_id", "Ort"])
def test_stations_in_a_column(read: Callable[..., Any], name: str, tmp_path: Path) -> None:
    parts = [pd.DataFrame({name: s, "date": DAYS, "theta": temperature(1096, s)}) for s in (235, 260)]
    assert read(pd.concat(parts), tmp_path).stations == ("235", "260")


@DOORS
def test_a_column_that_tells_rows_apart_is_named(read: Callable[..., Any], tmp_path: Path) -> None:
    parts = [pd.DataFrame({"posto": s, "date": DAYS, "theta": temperature(1096)}) for s in ("A", "B")]
    with pytest.raises(DataError, match=r"'posto'|occurs twice") as told:
        read(pd.concat(parts), tmp_path)
    assert "drop the duplicates" not in str(told.value) or read is plain


@DOORS
@pytest.mark.parametrize("names", [("latitude", "longitude", "elevation"), ("lat", "lon", "alt"), ("LAT", "LON", "Altitude")])
def test_places_in_columns(read: Callable[..., Any], names: tuple[str, str, str], tmp_path: Path) -> None:
    parts = [
        pd.DataFrame(
            {"station": s, "date": DAYS, "theta": temperature(1096, k), names[0]: 40.0 + k, names[1]: -70.0, names[2]: 100.0 * k}
        )
        for k, s in enumerate("AB")
    ]
    found = read(pd.concat(parts), tmp_path)
    assert found.latitude.tolist() == [40.0, 41.0]
    assert found.longitude.tolist() == [-70.0, -70.0]
    assert found.elevation.tolist() == [0.0, 100.0]
    assert found.names == ("theta",)


def test_tenths_are_a_unit() -> None:
    table = pd.DataFrame({"RH": np.random.default_rng(0).integers(0, 90, 1096)}, index=DAYS)
    found = varwg.read_observations(table, units={"RH": "0.1 mm"})
    assert found.variables[0].units == "mm"
    np.testing.assert_allclose(found.values[0, 0], 0.1 * table["RH"])


# ---- times ----


def test_offsets_that_change_are_local_standard_time(tmp_path: Path) -> None:
    table = pd.DataFrame({"theta": temperature(HOURS.size)}, index=HOURS.tz_localize("UTC").tz_convert("Europe/Berlin"))
    of_table = varwg.read_observations(table, units={"theta": "degC"})
    table.rename_axis("time").to_csv(tmp_path / "zone.csv")
    of_file = varwg.read_observations(tmp_path / "zone.csv", units={"theta": "degC"})
    assert np.array_equal(of_file.times, of_table.times)
    np.testing.assert_allclose(of_file.values, of_table.values)


def test_the_end_of_the_day_written_as_24_h(tmp_path: Path) -> None:
    ends = HOURS + pd.Timedelta("1h")
    text = [f"{(t - pd.Timedelta('1min')).date()} 24:00" if t.hour == 0 else t.strftime("%Y-%m-%d %H:%M") for t in ends]
    rows = "\n".join(f"{time},{value:.2f}" for time, value in zip(text, temperature(HOURS.size), strict=True))
    (tmp_path / "ends.csv").write_text(f"time,theta\n{rows}\n")
    hourly = varwg.read_observations(tmp_path / "ends.csv", units={"theta": "degC"}).hourly
    assert hourly is not None and hourly.steps_per_day == 24


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", "22:00 to 23:00"), ("Europe/Athens", "21:00 to 22:00")])
def test_days_of_another_zone_are_told_and_keep_their_date(zone: str, hours: str) -> None:
    days = pd.date_range("2001-01-01", periods=1096, tz=zone)
    table = pd.DataFrame({"theta": temperature(1096)}, index=days.tz_convert("UTC").tz_localize(None))
    found = varwg.read_observations(table, units={"theta": "degC"})
    assert found.times[0] == np.datetime64("2001-01-01")
    assert any(hours in note for note in found.repairs)


def test_radiation_by_true_solar_time_has_one_shift(tmp_path: Path) -> None:
    """At 7.5 degrees east the difference from UTC crosses half an hour; no hour may be lost or doubled."""
    rows = ["STATIONS_ID;MESS_DATUM;QN_592;ATMO_LBERG;FD_LBERG;FG_LBERG;SD_LBERG;ZENIT;MESS_DATUM_WOZ;eor"]
    solar = pd.date_range("1979-01-02 05:00", periods=6, freq="h")
    for number, (time, minutes) in enumerate(zip(solar, (29, 30, 30, 31, 29, 30), strict=True)):
        universal = time + pd.Timedelta(minutes=minutes - 60)
        stamps = f"{universal:%Y%m%d%H:%M}", f"{time:%Y%m%d%H:%M}"
        rows.append(f"  9999;{stamps[0]};    1;-999;   0.0;  {number}.0;   0;   90.00;{stamps[1]};eor")
    path = tmp_path / "produkt_st_stunde_19790102_19790102_09999.txt"
    path.write_text("\n".join(rows) + "\n")
    data = varwg.read_weather(path)
    known = data["Qsw"].values[0][np.isfinite(data["Qsw"].values[0])]
    assert known.size >= 6 and np.all(np.diff(known) >= 0.0)


# ---- nothing is dropped without a word ----


def test_snow_of_glm_is_precipitation_and_clouds_are_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = ["time,ShortWave,LongWave,AirTemp,RelHum,WindSpeed,Rain,Snow,Cloud,Inflow"]
    lines += [f"2001-01-{day:02d},60,210,-8.5,80,3.5,0.001,0.012,0.4,{day}" for day in range(1, 29)]
    (tmp_path / "glm.csv").write_text("\n".join(lines) + "\n")
    with caplog.at_level(logging.WARNING):
        data = varwg.read_weather(tmp_path / "glm.csv")
    np.testing.assert_allclose(data["R"], 2.2)
    np.testing.assert_allclose(data["Cloud_Cover"], 0.4)
    assert "Snow" in caplog.text and "'Inflow'" in caplog.text


def test_summary_of_the_day(tmp_path: Path) -> None:
    head = (
        '"STATION","DATE","LATITUDE","LONGITUDE","ELEVATION","NAME","TEMP","TEMP_ATTRIBUTES","MAX","MIN","PRCP","PRCP_ATTRIBUTES"'
    )
    rows = [
        f'"00000099999","2024-01-0{d}","70.9","-8.6","9.0","MUSTER, NO","  32.0","24","9999.9","  14.0"," {p}","{f}"'
        for d, (p, f) in enumerate([("1.00", "G"), ("99.99", " "), ("0.00", "I"), ("0.00", "D")], 1)
    ]
    (tmp_path / "gsod.csv").write_text("\n".join([head, *rows]) + "\n")
    data = varwg.read_weather(tmp_path / "gsod.csv")
    np.testing.assert_allclose(data["theta"][0], 0.0, atol=1e-12)
    np.testing.assert_allclose(data["theta_min"][0], -10.0)
    np.testing.assert_array_equal(np.isnan(data["R"][0]), [False, True, True, False])
    assert float(data["R"][0, 0]) == pytest.approx(25.4)
    assert float(data["latitude"][0]) == 70.9


PREAMBLES = {
    "Open-Meteo": (
        "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n47.5,8.5,440.0,0,GMT,GMT\n\n"
        "time,temperature_2m_mean (°C),precipitation_sum (mm),wind_speed_10m_mean (km/h)\n"
    ),
    "NASA POWER": (
        "-BEGIN HEADER-\nNASA/POWER Daily Point Source\nLocation: Latitude  47.5   Longitude 8.5\n"
        "Elevation from MERRA-2: average = 440.0 meters\nParameter(s):\nT2M  Temperature at 2 Meters (C)\n-END HEADER-\n"
        "DATE,T2M,PRECTOTCORR,WS10M\n"
    ),
}


@pytest.mark.parametrize("provider", PREAMBLES)
def test_a_header_below_a_preamble_is_found(provider: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = "".join(f"{d.date()},{10 + rng.normal():.1f},{max(0.0, rng.normal()):.1f},{rng.gamma(4, 2):.1f}\n" for d in DAYS)
    (tmp_path / "preamble.csv").write_text(PREAMBLES[provider] + rows, encoding="utf-8")
    found = varwg.read_observations(tmp_path / "preamble.csv")
    assert found.variables[0].standard_name == "air_temperature"
    assert found.variables[1].is_precipitation and found.variables[2].units == "m s-1"
    assert found.latitude[0] == 47.5 and found.longitude[0] == 8.5


@pytest.mark.parametrize(
    ("name", "unit", "meant"),
    [
        ("Air_Temperature_celsius", None, "theta"),
        ("Ten_Meter_Elevation_Wind_Speed_meterPerSecond", None, "U"),
        ("Shortwave_Radiation_Downwelling_wattPerMeterSquared", None, "Qsw"),
        ("Relative_Humidity_percent", None, "rh"),
        ("Precipitation_millimeterPerDay", None, "R"),
        ("tre200d0", "degC", "theta"),
        ("rka150d0", "mm", "R"),
        ("T2M_MAX", "C", "theta_max"),
        ("ALLSKY_SFC_SW_DWN", "MJ m-2 d-1", "Qsw"),
        ("Temperature_Air_2m_Mean_24h", "K", "theta"),
        ("daily_rain", "mm", "R"),
        ("Total Precip", "mm", "R"),
        ("WDSP", "knots", "U"),
        ("T", "degC", "theta"),
        ("Tmed", "°C", "theta"),
        ("Rs", "MJ m-2 d-1", "Qsw"),
        ("Glob", "W m-2", "Qsw"),
    ],
)
def test_names_of_providers(name: str, unit: str | None, meant: str) -> None:
    rng = np.random.default_rng(0)
    of_kind = {"theta": 285.0 if unit == "K" else 10.0, "theta_max": 15.0, "rh": 60.0, "Qsw": 150.0, "R": 0.0, "U": 3.0}[meant]
    values = np.maximum(of_kind + rng.normal(size=1096), 0.0) * (0.08 if unit == "MJ m-2 d-1" else 1.0)
    table = pd.DataFrame({name: values}, index=DAYS)
    found = varwg.read_observations(table, units=None if unit is None else {name: unit})
    known = next(variable for variable in varwg.VARIABLES if variable.name == meant)
    assert (found.variables[0].standard_name, found.variables[0].units) == (known.standard_name, known.units)


# ---- relations between variables ----


def extremes(n_wrong: int) -> pd.DataFrame:
    mean = 10 - 8 * np.cos(2 * np.pi * DAYS.day_of_year / 365) + temperature(1096) - 10.0
    low, high = mean - 4.0, mean + 4.0
    wrong = np.arange(1096) % max(1096 // n_wrong, 1) == 0 if n_wrong else np.zeros(1096, dtype=bool)
    return pd.DataFrame(
        {"theta": mean, "theta_min": np.where(wrong, high + 1, low), "theta_max": np.where(wrong, low, high)}, index=DAYS
    )


UNITS = {"theta": "degC", "theta_min": "degC", "theta_max": "degC"}


def test_columns_that_are_mixed_up_are_refused() -> None:
    with pytest.raises(DataError, match=r"theta_min and theta_max at site: the first is above the second on 1096 of 1096 days"):
        varwg.read_observations(extremes(1096), units=UNITS)


def test_some_days_with_a_minimum_above_the_maximum_are_told_and_missing() -> None:
    found = varwg.read_observations(extremes(30), units=UNITS)
    gone = np.isnan(found.values[0, 1])
    assert 25 < gone.sum() < 40 and np.array_equal(gone, np.isnan(found.values[0, 2]))
    assert any("2001-01-01" in note and "set to missing" in note for note in found.repairs)
    assert not any("above the second" in note for note in varwg.read_observations(extremes(0), units=UNITS).repairs)


def test_radiation_without_a_latitude_is_bounded_by_the_sun_anywhere() -> None:
    """Twice what the top of the atmosphere has in December at any latitude is a unit that is wrong."""
    season = 200.0 + 150.0 * np.cos(2 * np.pi * (DAYS.day_of_year - 172) / 365)
    fine = varwg.read_observations(pd.DataFrame({"Qsw": season + temperature(1096)}, index=DAYS), units={"Qsw": "W m-2"})
    assert np.isfinite(fine.values).all()
    with pytest.raises(DataError, match=r"cannot be weather|day at any latitude"):
        varwg.read_observations(pd.DataFrame({"Qsw": 4.0 * season + temperature(1096)}, index=DAYS), units={"Qsw": "W m-2"})


# ---- courses of days with gaps ----


def test_a_gauge_read_out_once_a_day_keeps_its_showers() -> None:
    """One hour of 24 is never there: 6 % of the hours are wet, in the record and simulated (19 % were, evenly, before)."""
    rain = showers()
    table = pd.DataFrame({"theta": temperature(HOURS.size), "R": np.where(HOURS.hour == 7, np.nan, rain)}, index=HOURS)
    wg = varwg.VarWG(table, units={"theta": "degC", "R": "mm"}).fit(1, rng=1)
    hours = wg.disaggregate(wg.simulate(600, rng=2), rng=3)
    wet = (hours.data[1] > 0.0).mean()
    assert abs(wet - (rain > 0.0).mean()) < 0.02


def test_hours_that_nobody_knows_are_refused_with_numbers(caplog: pytest.LogCaptureFixture) -> None:
    rain = np.where((HOURS.hour >= 8) & (HOURS.hour <= 11), np.nan, showers())
    table = pd.DataFrame({"theta": temperature(HOURS.size), "R": rain}, index=HOURS)
    observations = varwg.read_observations(table, units={"theta": "degC", "R": "mm"})
    with pytest.raises(DataError, match=r"R has 83% of its steps on 734 days, but on none of them all but gaps of 3 hours"):
        varwg.HourlyArchive.of(observations)


# ---- codes, totals, directions and clocks that nobody declares ----


@pytest.mark.parametrize(
    ("name", "unit", "code"), [("U", "m s-1", 99.99), ("R", "mm", 999.9), ("R", "mm", 300.0), ("theta", "degC", -50.0)]
)
def test_a_value_that_comes_again_and_again_far_from_all_others_is_a_code(name: str, unit: str, code: float) -> None:
    rng = np.random.default_rng(7)
    values = {"U": rng.gamma(4, 0.8, 1096), "R": np.where(rng.random(1096) < 0.4, rng.gamma(0.8, 5, 1096), 0.0),
              "theta": 10 + 5 * rng.normal(size=1096)}[name]  # fmt: skip
    values[::50] = code
    found = varwg.read_observations(pd.DataFrame({name: values}, index=DAYS), units={name: unit})
    assert np.isnan(found.values[0, 0, ::50]).all() and int(np.isnan(found.values).sum()) == 22
    assert any(f"22 values of {code:g}, far" in note for note in found.repairs)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), shape=st.floats(0.5, 3.0), digits=st.integers(0, 2))
def test_extremes_of_weather_are_no_codes(seed: int, shape: float, digits: int) -> None:
    """Amounts with a heavy tail, rounded, and a share with an edge that is often reached."""
    rng = np.random.default_rng(seed)
    amounts = np.round(np.where(rng.random(1096) < 0.5, rng.gamma(shape, 6.0, 1096) * rng.pareto(4.0, 1096), 0.0), digits)
    share = np.clip(rng.normal(0.9, 0.2, 1096), 0.0, 1.0)
    table = pd.DataFrame({"R": np.minimum(amounts, 1500.0), "rh": share}, index=DAYS)
    found = varwg.read_observations(table, units={"R": "mm", "rh": "1"})
    assert not [note for note in found.repairs if "taken for a code" in note]


@pytest.mark.parametrize("period", ["the beginning", "years", "months", "half days"])
def test_totals_of_other_periods_are_taken_apart(period: str) -> None:
    hours = pd.date_range("2001-01-01", "2003-12-31 23:00", freq="h")
    rain = np.resize(showers(), hours.size)
    keys = {"the beginning": np.zeros(hours.size), "years": hours.year, "months": hours.year * 12 + hours.month,
            "half days": np.arange(hours.size) // 12}[period]  # fmt: skip
    table = pd.DataFrame({"R": pd.Series(rain).groupby(np.asarray(keys)).cumsum().to_numpy()}, index=hours)
    found = varwg.read_observations(table, units={"R": "mm"})
    assert any("taken apart" in note for note in found.repairs)
    daily = rain.reshape(-1, 24).sum(axis=1)
    np.testing.assert_allclose(found.values[0, 0, 1:], daily[1:], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "unit", "scale"), [("wind_direction", None, 1.0), ("wdir", None, 1.0), ("gust", "10s deg", 0.1)]
)
def test_directions_are_known_by_name_or_in_tens(name: str, unit: str | None, scale: float) -> None:
    hours = pd.date_range("2001-01-01", "2003-12-31 23:00", freq="h")
    north = (350 + 20 * np.random.default_rng(1).random(hours.size)) % 360
    found = varwg.read_observations(
        pd.DataFrame({name: north * scale}, index=hours), units=None if unit is None else {name: unit}
    )
    off_north = (found.values[0, 0] + 180.0) % 360.0 - 180.0
    assert np.abs(off_north).max() < 10.0


@pytest.mark.parametrize(("unit", "long_name"), [("kWh", "yield"), ("m3", "volume"), ("1", "number of strikes")])
def test_energies_volumes_and_counts_add_up(unit: str, long_name: str) -> None:
    hours = pd.date_range("2001-01-01", "2003-12-31 23:00", freq="h")
    amounts = np.resize(showers(), hours.size)
    data = xr.Dataset({"own": ("time", amounts, {"units": unit, "long_name": long_name})}, {"time": hours})
    np.testing.assert_allclose(varwg.read_observations(data).values[0, 0], amounts.reshape(-1, 24).sum(axis=1))


def test_what_has_no_times_or_is_no_place_is_told() -> None:
    data = xr.Dataset(
        {
            "theta": ("time", temperature(1096), {"units": "degC"}),
            "soil": ("layer", [1.0, 2.0]),
            "height": ("time", temperature(1096)),
        },
        {"time": DAYS},
    )
    notes = varwg.read_observations(data).repairs
    assert "soil was left out: it has no dimension of times." in notes
    assert "height was left out: it changes with time, as no place does." in notes


def clock_with_summer_time() -> pd.DatetimeIndex:
    hours = pd.date_range("2001-01-01", "2003-12-31 22:00", freq="h", tz="UTC")
    return hours.tz_convert("Europe/Berlin").tz_localize(None)


def test_clocks_with_summer_time_are_told_and_what_to_do(tmp_path: Path) -> None:
    clock = clock_with_summer_time()
    table = pd.DataFrame({"theta": temperature(clock.size)}, index=clock)
    with pytest.raises(DataError, match=r"clocks go back from summer time: say so with table\.tz_localize"):
        varwg.read_observations(table, units={"theta": "degC"})
    table.rename_axis("time").to_csv(tmp_path / "clock.csv")
    with pytest.raises(DataError, match="clocks go back from summer time"):
        varwg.read_observations(tmp_path / "clock.csv", units={"theta": "degC"})
    told = varwg.read_observations(table[~table.index.duplicated()], units={"theta": "degC"}).repairs
    assert any("an hour is missing on 3 nights of spring" in note for note in told)
    localized = table.tz_localize("Europe/Berlin", ambiguous="infer")
    assert not [n for n in varwg.read_observations(localized, units={"theta": "degC"}).repairs if "spring" in n]


def test_times_at_the_ends_of_steps_are_told_and_keep_all_days() -> None:
    hours = pd.date_range("2001-01-01 01:00", "2004-01-01 00:00", freq="h")
    values = temperature(hours.size)
    found = varwg.read_observations(pd.DataFrame({"theta": values}, index=hours), units={"theta": "degC"})
    np.testing.assert_allclose(found.values[0, 0], values.reshape(-1, 24).mean(axis=1))
    assert any("as times at the ends of steps do" in note for note in found.repairs)


def test_duplicates_are_never_just_to_be_dropped() -> None:
    table = pd.DataFrame({"theta": temperature(1101)}, index=DAYS.append(DAYS[:5]))
    with pytest.raises(DataError, match="whether a station or an hour is missing"):
        varwg.read_observations(table, units={"theta": "degC"})
    hours = np.repeat(DAYS, 24)
    with pytest.raises(DataError, match="as if hours or stations were missing"):
        varwg.read_observations(pd.DataFrame({"theta": temperature(hours.size)}, index=hours), units={"theta": "degC"})


def test_whole_days_of_utc_are_not_taken_for_the_ends_of_steps() -> None:
    """In a zone an hour to the east of UTC they run from 1 o'clock to midnight, as ends of steps do too."""
    hours = pd.date_range("2001-01-01", "2003-12-31 23:00", freq="h", tz="UTC").tz_convert("Europe/Berlin")
    values = temperature(hours.size)
    found = varwg.read_observations(pd.DataFrame({"theta": values}, index=hours), units={"theta": "degC"})
    np.testing.assert_allclose(found.values[0, 0, 0], values[23:47].mean())
    assert any("whole days of UTC" in note for note in found.repairs)
    assert not any("ends of steps" in note for note in found.repairs)


def test_what_names_are_taken_as_is_one_sentence() -> None:
    columns = {"Temperatura (°C)": temperature(DAYS.size), "Humedad relativa (%)": 70.0 + temperature(DAYS.size)}
    table = pd.DataFrame(columns, index=DAYS)
    (note,) = (note for note in varwg.read_observations(table).repairs if "is taken as" in note)
    assert note == (
        "Temperatura is taken as air temperature (theta) in degC, Humedad relativa as relative humidity (rh) in shares of 1; "
        "to say otherwise pass a varwg.Variable, or --rename on the command line."
    )
