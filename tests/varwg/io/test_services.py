"""Tables as national services and portals write them: names, units in preambles, codes of traces, empty nights, flags."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import varwg
from varwg.errors import DataError

DAYS = pd.date_range("2001-01-01", "2003-12-31")
HOURS = pd.date_range("2001-01-01", "2003-12-31 23:00", freq="h")
_RNG = np.random.default_rng(16)
_SEASON = -np.cos(2 * np.pi * (DAYS.day_of_year.to_numpy() - 15) / 365.25)
THETA = np.round(10 + 8 * _SEASON + _RNG.normal(0, 3, DAYS.size), 1)
LOW, HIGH = np.round(THETA - 4, 1), np.round(THETA + 4, 1)
RAIN = np.round(np.where(_RNG.random(DAYS.size) < 0.4, _RNG.gamma(0.8, 6.0, DAYS.size) + 0.2, 0.0), 1)
HUMID = np.round(np.clip(75 - 8 * _SEASON + _RNG.normal(0, 6, DAYS.size), 20, 99))
SUNNY = np.round(115 + 75 * _SEASON + _RNG.uniform(-15, 15, DAYS.size), 1)  # W m-2
WIND = np.round(_RNG.gamma(4, 0.9, DAYS.size), 1)
SUN = np.round(np.clip(5 + 2 * _SEASON + _RNG.normal(0, 1, DAYS.size), 0, 8), 1)
#: Of hours: warm at 15 h, rain now and then, sun from 7 to 17 h.
HOUR = HOURS.hour.to_numpy()
WARM = np.round(np.repeat(THETA, 24) + 4 * np.cos(2 * np.pi * (HOUR - 15) / 24), 1)
WET = np.where(_RNG.random(HOURS.size) < 0.08, np.round(_RNG.gamma(0.7, 2.0, HOURS.size) + 0.1, 1), 0.0)
BRIGHT = np.round(np.maximum(np.sin(np.pi * (HOUR - 6) / 12), 0.0) * np.repeat(300 + 200 * _SEASON, 24))
DAMP = np.round(np.clip(np.repeat(HUMID, 24) - 10 * np.cos(2 * np.pi * (HOUR - 15) / 24), 20, 100))
BREEZE = np.round(_RNG.gamma(3, 1.0, HOURS.size), 1)
DIRECTION = np.round(_RNG.uniform(0, 36, HOURS.size)) * 10


def lines(columns: Iterable[Iterable[object]], sign: str = ",") -> str:
    return "".join(sign.join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def commas(values: np.ndarray) -> list[str]:
    return [str(value).replace(".", ",") for value in values]


def days(values: np.ndarray, how: str = "mean") -> np.ndarray:
    by_day = values.reshape(-1, 24)
    return np.asarray(by_day.sum(axis=1) if how == "sum" else by_day.mean(axis=1))


def fahrenheit(values: np.ndarray) -> np.ndarray:
    return np.round(1.8 * values + 32, 2)


def synop() -> str:
    """Météo-France: kelvins, mq for missing, u is humidity, -0.1 a trace, every three hours."""
    every = HOURS[::3]
    rain = np.round(WET.reshape(-1, 3).sum(axis=1), 1)
    rain[(rain == 0) & (np.arange(rain.size) % 9 == 0)] = -0.1
    gone = ["mq"] * every.size
    return "numer_sta;date;pmer;tend;dd;ff;t;td;u;tw;rr1;rr3;rr24\n" + lines(
        [["07005"] * every.size, every.strftime("%Y%m%d%H%M%S"), gone, gone, DIRECTION[::3].astype(int), BREEZE[::3],
         np.round(WARM[::3] + 273.15, 2), np.round(WARM[::3] + 270, 2), DAMP[::3].astype(int), gone, gone, rain, gone], ";"
    )  # fmt: skip


def aemet() -> str:
    rain = ["Ip" if value == "0,0" and number % 9 == 0 else value for number, value in enumerate(commas(RAIN))]
    names = "fecha;indicativo;nombre;altitud;tmed;prec;tmin;horatmin;tmax;dir;velmedia;racha;sol\n"
    return names + lines(
        [DAYS.date, ["3195"] * DAYS.size, ["MADRID"] * DAYS.size, [667] * DAYS.size, commas(THETA), rain, commas(LOW),
         ["05:30"] * DAYS.size, commas(HIGH), (DIRECTION[::24] / 10).astype(int), commas(WIND),
         commas(3 * WIND), commas(SUN)], ";"
    )  # fmt: skip


def smhi() -> str:
    head = (
        "Stationsnamn;Stationsnummer;Stationsnät;Mäthöjd (meter över marken)\nFalsterbo;52230;SMHIs stationsnät;2.0\n\n"
        "Parameternamn;Beskrivning;Enhet\nNederbördsmängd;summa 1 dygn, kl 06;millimeter\n\n"
        "Tidsperiod (fr.o.m);Tidsperiod (t.o.m);Höjd (meter över havet);Latitud (decimalgrader);Longitud (decimalgrader)\n"
        "1973-01-01 00:00:00;2024-12-31 23:59:59;1.614;55.3837;12.8167\n\n"
        "Från Datum Tid (UTC);Till Datum Tid (UTC);Representativt dygn;Nederbördsmängd;Kvalitet;;Tidsutsnitt:\n"
    )
    ends = (DAYS + pd.Timedelta("30h")).strftime("%Y-%m-%d %H:%M:%S")
    empty = [""] * DAYS.size
    return head + lines(
        [
            DAYS.strftime("%Y-%m-%d 06:00:01"),
            ends,
            DAYS.date,
            RAIN,
            ["G"] * DAYS.size,
            empty,
            ["Kvalitetskontrollerade", *empty[1:]],
        ],
        ";",
    )


def fmi() -> str:
    rain = np.where((RAIN == 0) & (np.arange(DAYS.size) % 2 == 0), -1.0, RAIN)
    return (
        "Vuosi,Kk,Pv,Klo,Aikavyöhyke,Sademäärä (mm),Ilman lämpötila (degC),Ylin lämpötila (degC),Alin lämpötila (degC)\n"
        + lines([DAYS.year, DAYS.month, DAYS.day, ["00:00"] * DAYS.size, ["UTC"] * DAYS.size, rain, THETA, HIGH, LOW])
    )


def inmet() -> str:
    """Brazil: a preamble with decimal commas, times in two columns, radiation that is empty in nights, a comma in names."""
    head = "REGIAO:;CO\nUF:;DF\nESTACAO:;BRASILIA\nLATITUDE:;-15,78944444\nLONGITUDE:;-47,92583332\nALTITUDE:;1160,96\n"
    names = (
        "Data;Hora UTC;PRECIPITAÇÃO TOTAL, HORÁRIO (mm);RADIACAO GLOBAL (Kj/m²);TEMPERATURA DO AR - BULBO SECO, HORARIA (°C);"
        "UMIDADE RELATIVA DO AR, HORARIA (%);VENTO, DIREÇÃO HORARIA (gr) (° (gr));VENTO, VELOCIDADE HORARIA (m/s);\n"
    )
    bright = [f"{3.6 * value:.1f}".replace(".", ",") if value > 0 else "" for value in BRIGHT]
    return head + names + lines(
        [HOURS.strftime("%Y/%m/%d"), HOURS.strftime("%H00 UTC"), commas(WET), bright, commas(WARM), DAMP.astype(int),
         DIRECTION.astype(int), commas(BREEZE), [""] * HOURS.size], ";"
    )  # fmt: skip


def cimis() -> str:
    """California: a column of flags of the same name behind each, langleys, miles and inches."""
    empty = [" "] * DAYS.size
    return (
        "Stn Id,Stn Name,CIMIS Region,Date,Jul,Precip (in),qc,Sol Rad (Ly/day),qc,Max Air Temp (F),qc,Min Air Temp (F),qc,"
        "Avg Air Temp (F),qc,Avg Rel Hum (%),qc,Avg Wind Speed (mph),qc\n"
    ) + lines(
        [[6] * DAYS.size, ["Davis"] * DAYS.size, ["Valley"] * DAYS.size, DAYS.strftime("%m/%d/%Y"), DAYS.day_of_year,
         np.round(RAIN / 25.4, 4), empty, np.round(SUNNY / 0.484259, 2), empty, fahrenheit(HIGH), empty, fahrenheit(LOW), empty,
         fahrenheit(THETA), empty, HUMID, empty, np.round(WIND / 0.44704, 3), empty]
    )  # fmt: skip


def snotel() -> str:
    return (
        "# Reporting Frequency: Daily\n#\n# SNOTEL 1056: Lightning Ridge, UT\n#\n"
        "Date,Air Temperature Average (degF),Air Temperature Maximum (degF),Air Temperature Minimum (degF),"
        "Precipitation Increment (in),Snow Water Equivalent (in) Start of Day Values\n"
    ) + lines(
        [DAYS.date, fahrenheit(THETA), fahrenheit(HIGH), fahrenheit(LOW), np.round(RAIN / 25.4, 4), np.round(9 - 5 * _SEASON, 1)]
    )


def ghcnh() -> str:
    codes = ["5"] * HOURS.size
    return (
        "Station_ID|DATE|Year|Month|Day|Hour|Minute|Latitude|Longitude|Elevation|temperature|temperature_Quality_Code|"
        "wind_direction|wind_speed|precipitation|precipitation_Measurement_Code|relative_humidity\n"
    ) + lines(
        [["GMM00010384"] * HOURS.size, HOURS.strftime("%Y-%m-%dT%H:%M:%S"), HOURS.year, HOURS.month, HOURS.day, HOURS.hour,
         [0] * HOURS.size, [52.47] * HOURS.size, [13.4] * HOURS.size, [48.0] * HOURS.size, WARM, codes, DIRECTION, BREEZE, WET,
         [""] * HOURS.size, DAMP], "|"
    )  # fmt: skip


def e_obs() -> str:
    return "time,latitude,longitude,tg,tn,tx,rr,hu,qq,fg\n" + lines(
        [DAYS.date, [47.05] * DAYS.size, [8.45] * DAYS.size, THETA, LOW, HIGH, RAIN, HUMID, SUNNY, WIND]
    )


def era5() -> str:
    """The Climate Data Store's series of one place: kelvins, metres, joules, and no units."""
    return "valid_time,d2m,t2m,tp,ssrd,latitude,longitude\n" + lines(
        [HOURS.strftime("%Y-%m-%d %H:%M:%S"), np.round(WARM + 268, 2), np.round(WARM + 273.15, 2), WET / 1000, BRIGHT * 3600,
         [47.0] * HOURS.size, [8.5] * HOURS.size]
    )  # fmt: skip


def geosphere() -> str:
    return "time,station,tl_mittel,tlmax,tlmin,rr,rf_mittel,cglo_j,vv_mittel,so_h\n" + lines(
        [DAYS.strftime("%Y-%m-%dT00:00+00:00"), [5904] * DAYS.size, THETA, HIGH, LOW, np.where(RAIN == 0, -1, RAIN), HUMID,
         np.round(8.64 * SUNNY, 2), WIND, SUN]
    )  # fmt: skip


def agri4cast() -> str:
    return (
        "GRID_NO;LATITUDE;LONGITUDE;ALTITUDE;DAY;TEMPERATURE_MAX;TEMPERATURE_MIN;TEMPERATURE_AVG;WINDSPEED;VAPOURPRESSURE;"
        "PRECIPITATION;RADIATION\n"
    ) + lines(
        [[93087] * DAYS.size, [47.1] * DAYS.size, [8.4] * DAYS.size, [480] * DAYS.size, DAYS.strftime("%Y%m%d"), HIGH, LOW, THETA,
         WIND, np.round(8 + _SEASON, 2), RAIN, np.round(86.4 * SUNNY)], ";"
    )  # fmt: skip


def synoptic() -> str:
    """The network of MesoWest: a unit below each name, and _set_1 at its end."""
    return (
        "# STATION: WBB\n# LATITUDE: 40.76623\n# LONGITUDE: -111.84755\n# ELEVATION [ft]: 4806\n"
        "Station_ID,Date_Time,air_temp_set_1,relative_humidity_set_1,wind_speed_set_1,wind_direction_set_1,"
        "solar_radiation_set_1,precip_accum_one_hour_set_1\n,,Celsius,%,m/s,Degrees,W/m**2,Millimeters\n"
    ) + lines([["WBB"] * HOURS.size, HOURS.strftime("%Y-%m-%dT%H:%M:%SZ"), WARM, DAMP, BREEZE, DIRECTION, BRIGHT, WET])


_TEMPERATURES = {"theta": THETA, "theta_min": LOW, "theta_max": HIGH}
_EVERY_THREE = {
    "theta": days(np.repeat(WARM[::3], 3)),
    "U": days(np.repeat(BREEZE[::3], 3)),
    "rh": days(np.repeat(DAMP[::3], 3)) / 100,
}
SAMPLES: dict[str, tuple[Callable[[], str], dict[str, np.ndarray]]] = {
    "Météo-France SYNOP": (synop, _EVERY_THREE | {"R": days(WET, "sum")}),
    "AEMET": (aemet, _TEMPERATURES | {"R": RAIN, "U": WIND, "sun": SUN}),
    "SMHI": (smhi, {"R": RAIN}),
    "FMI": (fmi, _TEMPERATURES | {"R": RAIN}),
    "INMET": (
        inmet,
        {"theta": days(WARM), "R": days(WET, "sum"), "rh": days(DAMP) / 100, "U": days(BREEZE), "Qsw": days(BRIGHT)},
    ),
    "CIMIS": (cimis, _TEMPERATURES | {"R": RAIN, "Qsw": SUNNY, "rh": HUMID / 100, "U": WIND}),
    "SNOTEL": (snotel, _TEMPERATURES | {"R": RAIN}),
    "GHCNh": (ghcnh, {"theta": days(WARM), "R": days(WET, "sum"), "rh": days(DAMP) / 100, "U": days(BREEZE)}),
    "E-OBS": (e_obs, _TEMPERATURES | {"R": RAIN, "Qsw": SUNNY, "rh": HUMID / 100, "U": WIND}),
    "ERA5": (era5, {"theta": days(WARM), "R": days(WET, "sum"), "Qsw": days(BRIGHT)}),
    "GeoSphere": (geosphere, _TEMPERATURES | {"R": RAIN, "Qsw": SUNNY, "rh": HUMID / 100, "U": WIND, "sun": SUN}),
    "Agri4Cast": (agri4cast, _TEMPERATURES | {"R": RAIN, "Qsw": SUNNY, "U": WIND}),
    "MesoWest": (
        synoptic,
        {"theta": days(WARM), "R": days(WET, "sum"), "rh": days(DAMP) / 100, "U": days(BREEZE), "Qsw": days(BRIGHT)},
    ),
}
PLACES = {
    "SMHI": (55.3837, 12.8167, 1.614),
    "INMET": (-15.78944444, -47.92583332, 1160.96),
    "GHCNh": (52.47, 13.4, 48.0),
    "E-OBS": (47.05, 8.45, np.nan),
    "ERA5": (47.0, 8.5, np.nan),
    "Agri4Cast": (47.1, 8.4, 480.0),
    "MesoWest": (40.76623, -111.84755, 4806 * 0.3048),
}


@pytest.mark.parametrize("service", SAMPLES)
def test_a_table_of_a_service_says_what_was_measured(service: str, tmp_path: Path) -> None:
    write, truth = SAMPLES[service]
    (tmp_path / "sample.csv").write_text(write(), encoding="utf-8")
    read = varwg.read_observations(tmp_path / "sample.csv")
    roles = [variable.role for variable in read.variables]
    np.testing.assert_array_equal(read.times, DAYS.to_numpy())
    for role, expected in truth.items():
        assert role in roles, f"{service}: {role} is not among {roles} ({read.names})"
        values = read.values[0, roles.index(role)]
        present = np.isfinite(values)
        # The first and the last night of a record have no end.
        assert present.sum() >= DAYS.size - 2, f"{service}: {role} has gaps"
        np.testing.assert_allclose(values[present], expected[present], atol=0.012, rtol=2e-3, err_msg=f"{service}: {role}")
    if service in PLACES:
        np.testing.assert_allclose((read.latitude[0], read.longitude[0], read.elevation[0]), PLACES[service])


def test_directions_are_turned_to_their_mean_whatever_their_unit_is_called(tmp_path: Path) -> None:
    for unit in ("Degrees", "deg", "°", "10s deg"):
        factor = 10 if unit == "10s deg" else 1
        rows = lines([HOURS, WARM, np.where(HOUR % 2, 350, 10) / factor + np.repeat(np.arange(DAYS.size) % 3, 24) / factor])
        (tmp_path / "a.csv").write_text(f"time,theta [degC],windrichtung [{unit}]\n" + rows, encoding="utf-8")
        read = varwg.read_observations(tmp_path / "a.csv")
        turned = (read.values[0, 1] + 180.0) % 360.0 - 180.0
        np.testing.assert_allclose(turned, np.arange(DAYS.size) % 3, atol=1e-6, err_msg=unit)


@pytest.mark.parametrize("name", ["Böe", "wind gust", "Windböen", "rafale"])
def test_gusts_of_a_day_are_its_strongest(name: str) -> None:
    table = pd.DataFrame({"theta": WARM, name: BREEZE}, index=HOURS)
    read = varwg.read_observations(table, units={"theta": "degC", name: "m s-1"})
    np.testing.assert_allclose(read.values[0, 1], BREEZE.reshape(-1, 24).max(axis=1))


def test_pressure_in_inches_is_one_of_mercury_and_no_depth(tmp_path: Path) -> None:
    inches = np.round(29.5 + 0.3 * np.repeat(_SEASON, 24) + 0.01 * HOUR, 3)
    (tmp_path / "a.csv").write_text("time,theta [degC],Pressure (in),Pressure High (in)\n" + lines([HOURS, WARM, inches, inches]))
    read = varwg.read_observations(tmp_path / "a.csv")
    assert read.variables[1].role == "pressure"
    np.testing.assert_allclose(read.values[0, 1], 33.86389 * days(inches), rtol=1e-6)
    np.testing.assert_allclose(read.values[0, 2], inches.reshape(-1, 24).max(axis=1))


def test_nights_without_radiation_are_dark_and_other_gaps_stay() -> None:
    bright = np.where(BRIGHT > 0, BRIGHT, np.nan)
    bright[100 * 24 + 9 : 100 * 24 + 15] = np.nan
    bright[200 * 24 : 203 * 24] = np.nan
    table = pd.DataFrame({"theta": WARM, "Qsw": bright}, index=HOURS)
    read = varwg.read_observations(table, units={"theta": "degC", "Qsw": "W m-2"})
    values = read.values[0, 1]
    assert np.isnan(values[[100, 200, 201, 202]]).all()
    present = np.isfinite(values)
    assert present.sum() >= DAYS.size - 8
    np.testing.assert_allclose(values[present], days(BRIGHT)[present], atol=1e-9)
    assert any("steps of nights without values were taken as 0" in note for note in read.repairs)


def test_traces_in_a_dataframe_are_those_of_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rain = ["T" if value == 0 and number % 4 == 0 else str(value) for number, value in enumerate(RAIN)]
    table = pd.DataFrame({"time": DAYS, "theta": THETA, "R": rain})
    table.to_csv(tmp_path / "a.csv", index=False)
    units = {"theta": "degC", "R": "mm"}
    of_frame, of_file = varwg.read_observations(table, units=units), varwg.read_observations(tmp_path / "a.csv", units=units)
    np.testing.assert_array_equal(of_frame.values, of_file.values)
    np.testing.assert_array_equal(of_frame.values[0, 1], RAIN)
    assert any("cells such as 'T', taken as 0" in note for note in of_frame.repairs)


def test_reanalyses_in_degrees_celsius_keep_their_units() -> None:
    table = pd.DataFrame({"t2m": THETA, "tp": RAIN}, index=DAYS)
    read = varwg.read_observations(table, units={"t2m": "degC", "tp": "mm"})
    np.testing.assert_array_equal(read.values[0], [THETA, RAIN])


def test_a_place_that_cannot_be_read_is_told(caplog: pytest.LogCaptureFixture) -> None:
    table = pd.DataFrame({"theta": THETA, "lat": ["north of Bern"] * DAYS.size}, index=DAYS)
    with caplog.at_level(logging.WARNING, "varwg.io"):
        varwg.read_observations(table, units={"theta": "degC"})
    assert "lat holds 'north of Bern', which is no latitude that can be read" in caplog.text


def test_months_are_refused_as_such(tmp_path: Path) -> None:
    rows = [f"   {year}  {month:2d}   8.1   1.2   {50 + month}.5" for year in range(1948, 1950) for month in range(1, 13)]
    (tmp_path / "a.txt").write_text("Heathrow\n   yyyy  mm   tmax   tmin   rain\n" + "\n".join(rows))
    with pytest.raises(DataError, match="years and months, but daily values or finer ones are needed"):
        varwg.read_observations(tmp_path / "a.txt")
