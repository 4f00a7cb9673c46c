"""Tables in the layouts of providers, written by hand from what these document: units, names, codes, places, preambles."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import varwg

DAYS = pd.date_range("2001-01-01", "2003-12-31")
_RNG = np.random.default_rng(12)
_SEASON = -np.cos(2 * np.pi * (DAYS.day_of_year.to_numpy() - 15) / 365.25)
THETA = np.round(10 + 8 * _SEASON + _RNG.normal(0, 3, DAYS.size), 1)
LOW, HIGH = np.round(THETA - 4, 1), np.round(THETA + 4, 1)
RAIN = np.round(np.where(_RNG.random(DAYS.size) < 0.4, _RNG.gamma(0.8, 6.0, DAYS.size) + 0.2, 0.0), 1)
HUMID = np.round(np.clip(75 - 8 * _SEASON + _RNG.normal(0, 6, DAYS.size), 20, 99))
SUNNY = np.round(115 + 75 * _SEASON + _RNG.uniform(-15, 15, DAYS.size), 1)  # W m-2
WIND = np.round(_RNG.gamma(4, 0.9, DAYS.size), 1)
PRESSURE = np.round(960 + _RNG.normal(0, 6, DAYS.size), 1)
NAMES: dict[str, np.ndarray] = {
    "theta": THETA,
    "theta_min": LOW,
    "theta_max": HIGH,
    "R": RAIN,
    "rh": HUMID / 100,
    "Qsw": SUNNY,
    "U": WIND,
    "pressure": PRESSURE,
}


def lines(rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows)


def open_meteo() -> str:
    rows = zip(DAYS.date, THETA, HIGH, LOW, RAIN, np.round(SUNNY * 0.0864, 2), np.round(WIND * 3.6, 1), strict=True)
    return (
        "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n47.5,8.5,440.0,0,GMT,GMT\n\n"
        "time,temperature_2m_mean (°C),temperature_2m_max (°C),temperature_2m_min (°C),precipitation_sum (mm),"
        "shortwave_radiation_sum (MJ/m²),wind_speed_10m_mean (km/h)\n" + lines(rows)
    )


def nasa_power() -> str:
    rows = zip(
        DAYS.year, DAYS.day_of_year, THETA, HIGH, LOW, RAIN, HUMID, np.round(SUNNY * 0.0864, 2), WIND, PRESSURE / 10, strict=True
    )
    return (
        "-BEGIN HEADER-\nNASA/POWER Source Native Resolution Daily Data \n"
        "Dates (month/day/year): 01/01/2001 through 12/31/2003 in LST\n"
        "Location: latitude  47.5   longitude 8.5 \n"
        "elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 440.0 meters\n"
        "The value for missing source data that cannot be computed or is outside of the sources availability range: -999 \n"
        "parameter(s): \nT2M                   MERRA-2 Temperature at 2 Meters (C) \n"
        "T2M_MAX               MERRA-2 Temperature at 2 Meters Maximum (C) \n"
        "T2M_MIN               MERRA-2 Temperature at 2 Meters Minimum (C) \n"
        "PRECTOTCORR           MERRA-2 Precipitation Corrected (mm/day) \n"
        "RH2M                  MERRA-2 Relative Humidity at 2 Meters (%) \n"
        "ALLSKY_SFC_SW_DWN     CERES SYN1deg All Sky Surface Shortwave Downward Irradiance (MJ/m^2/day) \n"
        "WS2M                  MERRA-2 Wind Speed at 2 Meters (m/s) \n"
        "PS                    MERRA-2 Surface Pressure (kPa) \n-END HEADER-\n"
        "YEAR,DOY,T2M,T2M_MAX,T2M_MIN,PRECTOTCORR,RH2M,ALLSKY_SFC_SW_DWN,WS2M,PS\n" + lines(rows)
    )


def meteostat() -> str:
    sun, gusts = np.full(DAYS.size, ""), np.round(WIND * 7, 1)
    rows = zip(
        DAYS.date,
        THETA,
        LOW,
        HIGH,
        RAIN,
        sun,
        np.round(WIND * 50) % 360,
        np.round(WIND * 3.6, 1),
        gusts,
        PRESSURE,
        sun,
        strict=True,
    )
    return "date,tavg,tmin,tmax,prcp,snow,wdir,wspd,wpgt,pres,tsun\n" + lines(rows)


def lake_ensembl_r() -> str:
    names = (
        "datetime,Surface_Level_Barometric_Pressure_pascal,Air_Temperature_celsius,Ten_Meter_Elevation_Wind_Speed_meterPerSecond,"
        "Shortwave_Radiation_Downwelling_wattPerMeterSquared,Relative_Humidity_percent,Precipitation_millimeterPerDay\n"
    )
    times = DAYS.strftime("%Y-%m-%d %H:%M:%S")
    return names + lines(zip(times, np.round(PRESSURE * 100), THETA, WIND, SUNNY, HUMID, RAIN, strict=True))


def meteo_swiss() -> str:
    times = DAYS.strftime("%d.%m.%Y %H:%M")
    minutes = np.round(200 + 100 * _SEASON + _RNG.uniform(-90, 90, DAYS.size))
    stations = ["BER"] * DAYS.size
    rows = zip(stations, times, THETA, HIGH, LOW, RAIN, SUNNY, minutes, HUMID, WIND, PRESSURE, strict=True)
    return (
        "station_abbr;reference_timestamp;tre200d0;tre200dx;tre200dn;rre150d0;gre000d0;sre000d0;ure200d0;fkl010d0;prestad0\n"
        + lines(rows, ";")
    )


def knmi(comment: str) -> str:
    def tenths(values: np.ndarray) -> np.ndarray:
        return np.round(10 * values).astype(int)

    rain = np.where((RAIN == 0) & (np.arange(DAYS.size) % 7 == 0), -1, tenths(RAIN))
    columns = (
        [260] * DAYS.size, DAYS.strftime("%Y%m%d"), tenths(WIND), tenths(THETA), tenths(LOW), tenths(HIGH),
        np.round(SUNNY * 8.64).astype(int), rain, tenths(PRESSURE), HUMID.astype(int),
    )  # fmt: skip
    rows = [",".join(f"{value:>5}" for value in row) + "\n" for row in zip(*columns, strict=True)]
    head = (
        "# BRON: KONINKLIJK NEDERLANDS METEOROLOGISCH INSTITUUT (KNMI)\n# Opmerking: door stationsverplaatsingen\n#\n"
        "# STN         LON(east)   LAT(north)  ALT(m)      NAME\n"
        "# 260         5.180       52.100      1.90        De Bilt     \n#\n"
        "# FG        : Daily mean windspeed (in 0.1 m/s)\n"
        "# RH        : Daily precipitation amount (in 0.1 mm) (-1 for <0.05 mm)\n#\n"
    )
    return head + f"{comment}STN,YYYYMMDD,   FG,   TG,   TN,   TX,    Q,   RH,   PG,   UG\n" + "".join(rows)


def daymet() -> str:
    kept = ~((DAYS.month == 12) & (DAYS.day == 31) & DAYS.is_leap_year)
    daylight = np.round(43200 + 12000 * _SEASON, 2)
    rows = zip(
        DAYS.year, DAYS.day_of_year, daylight, RAIN, np.round(SUNNY * 86400 / daylight, 2), [0] * DAYS.size, HIGH, LOW,
        np.round(600 + 300 * _SEASON), strict=True,
    )  # fmt: skip
    return (
        "Latitude: 47.5  Longitude: 8.5\nX & Y on Lambert Conformal Conic: 1384592.71 -622190.53\n"
        "Tile: 11209\nElevation: 440 meters\n"
        "Years of Data: 2001,2002,2003\nHow to cite: Thornton; M.M., https://doi.org/10.3334/ORNLDAAC/2129\n"
        "year,yday,dayl (s),prcp (mm/day),srad (W/m^2),swe (kg/m^2),tmax (deg c),tmin (deg c),vp (Pa)\n"
        + lines(row for row, own in zip(rows, kept, strict=True) if own)
    )


def camels_us() -> str:
    daylight = np.round(43200 + 12000 * _SEASON, 2)
    texts = DAYS.strftime("%Y %m %d 12")
    rows = zip(texts, daylight, RAIN, np.round(SUNNY * 86400 / daylight, 2), HIGH, LOW, strict=True)
    return " 47.50 \n 440.00\n 2252697000\nYear Mnth Day Hr\tdayl(s)\tprcp(mm/day)\tsrad(W/m2)\ttmax(C)\ttmin(C)\n" + lines(
        rows, "\t"
    )


def camels_gb() -> str:
    rows = zip(DAYS.date, RAIN, np.round(1 + _SEASON / 2, 2), THETA, np.round(RAIN / 2 + 1, 2), SUNNY, WIND, strict=True)
    return "date,precipitation,pet,temperature,discharge_spec,shortwave_rad,windspeed\n" + lines(rows)


def bom_rain() -> str:
    rows = zip(
        ["IDCJAC0009"] * DAYS.size, ["066062"] * DAYS.size, DAYS.year, DAYS.strftime("%m"), DAYS.strftime("%d"), RAIN,
        np.where(RAIN > 0, "1", ""), ["Y"] * DAYS.size, strict=True,
    )  # fmt: skip
    return (
        "Product code,Bureau of Meteorology station number,Year,Month,Day,Rainfall amount (millimetres),"
        "Period over which rainfall was measured (days),Quality\n" + lines(rows)
    )


def bom_sun() -> str:
    codes, days = ["IDCJAC0016"] * DAYS.size, (DAYS.year, DAYS.strftime("%m"), DAYS.strftime("%d"))
    rows = zip(codes, ["066062"] * DAYS.size, *days, np.round(SUNNY * 0.0864, 2), strict=True)
    return "Product code,Bureau of Meteorology station number,Year,Month,Day,Daily global solar exposure (MJ/m*m)\n" + lines(rows)


def silo() -> str:
    source = np.where(np.arange(DAYS.size) % 9 == 0, 25, 0)
    rows = zip(
        ["10568"] * DAYS.size, DAYS.date, RAIN, source, HIGH, source, LOW, source, np.round(SUNNY * 0.0864, 2), [42] * DAYS.size,
        np.round(9 + 4 * _SEASON, 1), source, ["name=MUSTER latitude=-32.35"] * DAYS.size, strict=True,
    )  # fmt: skip
    return (
        "station,YYYY-MM-DD,daily_rain,daily_rain_source,max_temp,max_temp_source,min_temp,min_temp_source,radiation,radiation_source,"
        "vp,vp_source,metadata\n" + lines(rows)
    )


def environment_canada() -> str:
    head = ["Longitude (x)", "Latitude (y)", "Station Name", "Climate ID", "Date/Time", "Year", "Month", "Day", "Data Quality",
            "Max Temp (°C)", "Max Temp Flag", "Min Temp (°C)", "Min Temp Flag", "Mean Temp (°C)", "Mean Temp Flag",
            "Total Precip (mm)", "Total Precip Flag", "Spd of Max Gust (km/h)", "Spd of Max Gust Flag"]  # fmt: skip
    rows = [",".join(f'"{cell}"' for cell in head)]
    for number, day in enumerate(DAYS):
        gust = "<31" if number % 3 == 0 else f"{40 + number % 30}"
        cells = ["8.50", "47.50", 'ST. "MUSTER" A, B'.replace('"', ""), "6158731", day.date(), day.year, f"{day.month:02d}",
                 f"{day.day:02d}", "", HIGH[number], "", LOW[number], "", THETA[number], "", RAIN[number],
                 "T" if RAIN[number] == 0 else "", gust, ""]  # fmt: skip
        rows.append(",".join(f'"{cell}"' for cell in cells))
    return "\n".join(rows) + "\n"


Sample = tuple[Callable[[], str], dict[str, str]]
#: What each column means, by its name after reading.
SAMPLES: dict[str, Sample] = {
    "Open-Meteo": (open_meteo, {"temperature_2m_mean": "theta", "temperature_2m_max": "theta_max",
                                "temperature_2m_min": "theta_min", "precipitation_sum": "R",
                                "shortwave_radiation_sum": "Qsw", "wind_speed_10m_mean": "U"}),
    "NASA POWER": (nasa_power, {"T2M": "theta", "T2M_MAX": "theta_max", "T2M_MIN": "theta_min", "PRECTOTCORR": "R", "RH2M": "rh",
                                "ALLSKY_SFC_SW_DWN": "Qsw", "WS2M": "U", "PS": "pressure"}),
    "Meteostat": (meteostat, {"tavg": "theta", "tmin": "theta_min", "tmax": "theta_max", "prcp": "R", "wspd": "U",
                              "pres": "pressure"}),
    "LakeEnsemblR": (lake_ensembl_r, {"Air_Temperature_celsius": "theta", "Precipitation_millimeterPerDay": "R",
                                      "Surface_Level_Barometric_Pressure_pascal": "pressure", "Relative_Humidity_percent": "rh",
                                      "Ten_Meter_Elevation_Wind_Speed_meterPerSecond": "U",
                                      "Shortwave_Radiation_Downwelling_wattPerMeterSquared": "Qsw"}),
    "MeteoSwiss": (meteo_swiss, {"tre200d0": "theta", "tre200dx": "theta_max", "tre200dn": "theta_min", "rre150d0": "R",
                                 "gre000d0": "Qsw", "ure200d0": "rh", "fkl010d0": "U", "prestad0": "pressure"}),
    "KNMI": (lambda: knmi("# "), {name: name for name in NAMES}),
    "KNMI, header without comment": (lambda: knmi(""), {name: name for name in NAMES}),
    "Daymet": (daymet, {"prcp": "R", "srad": "Qsw", "tmax": "theta_max", "tmin": "theta_min"}),
    "CAMELS-US": (camels_us, {"prcp": "R", "srad": "Qsw", "tmax": "theta_max", "tmin": "theta_min"}),
    "CAMELS-GB": (camels_gb, {"precipitation": "R", "temperature": "theta", "shortwave_rad": "Qsw", "windspeed": "U"}),
    "BOM rain": (bom_rain, {"Rainfall amount": "R"}),
    "BOM radiation": (bom_sun, {"Daily global solar exposure": "Qsw"}),
    "SILO": (silo, {"daily_rain": "R", "max_temp": "theta_max", "min_temp": "theta_min", "radiation": "Qsw", "vp": "e"}),
    "Environment Canada": (environment_canada, {"Mean Temp": "theta", "Max Temp": "theta_max", "Min Temp": "theta_min",
                                                "Total Precip": "R"}),
}  # fmt: skip
#: Where the preamble or the columns say where that is: latitude, longitude, elevation.
PLACES = {
    "Open-Meteo": (47.5, 8.5, 440.0),
    "NASA POWER": (47.5, 8.5, 440.0),
    "KNMI": (52.1, 5.18, 1.9),
    "Daymet": (47.5, 8.5, 440.0),
    "CAMELS-US": (47.5, np.nan, 440.0),
    "Environment Canada": (47.5, 8.5, np.nan),
}


@pytest.mark.parametrize("provider", SAMPLES)
def test_a_table_of_a_provider_says_what_was_written(provider: str, tmp_path: Path) -> None:
    write, meanings = SAMPLES[provider]
    (tmp_path / "sample.csv").write_text(write(), encoding="utf-8")
    found = varwg.read_observations(tmp_path / "sample.csv")
    known = {variable.name: variable for variable in varwg.VARIABLES}
    days = {day: number for number, day in enumerate(DAYS.to_numpy())}
    rows = [days[time] for time in found.times]
    for name, meaning in meanings.items():
        assert name in found.names, f"{provider}: {name} is not in {found.names}"
        column = found.names.index(name)
        assert found.variables[column].units == known[meaning].units
        assert found.variables[column].standard_name == known[meaning].standard_name
        if meaning in NAMES:
            expected, own = NAMES[meaning][rows], found.values[0, column]
            present = np.isfinite(own)
            assert present.mean() > 0.99
            np.testing.assert_allclose(own[present], expected[present], atol=2e-3 * np.abs(expected).max(), rtol=2e-3)
    if provider in PLACES:
        place = (found.latitude[0], found.longitude[0], found.elevation[0])
        np.testing.assert_allclose(place, PLACES[provider])


@pytest.mark.parametrize("provider", ["Meteostat", "SILO", "CAMELS-GB", "Environment Canada"])
def test_the_same_table_as_a_dataframe_is_read_alike(provider: str, tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text(SAMPLES[provider][0](), encoding="utf-8")
    of_file = varwg.read_observations(tmp_path / "sample.csv")
    of_frame = varwg.read_observations(pd.read_csv(tmp_path / "sample.csv"))
    for name in SAMPLES[provider][1]:
        one, other = (observations.values[0, observations.names.index(name)] for observations in (of_file, of_frame))
        np.testing.assert_allclose(one, other)


def test_columns_that_say_of_what_kind_others_are_are_no_weather(tmp_path: Path) -> None:
    (tmp_path / "silo.csv").write_text(silo())
    assert not [name for name in varwg.read_observations(tmp_path / "silo.csv").names if "source" in name]


def test_rain_of_several_days_is_no_rain_of_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = bom_rain().splitlines()
    wet = next(number for number, line in enumerate(text) if line.endswith(",1,Y"))
    text[wet] = text[wet].replace(",1,Y", ",3,Y")
    (tmp_path / "bom.csv").write_text("\n".join(text) + "\n")
    assert int(np.isnan(varwg.read_observations(tmp_path / "bom.csv").values).sum()) == 1
    assert "1 values are of more than one day" in caplog.text


def test_traces_of_knmi_are_dry_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "knmi.txt.csv").write_text(knmi("# "))
    found = varwg.read_observations(tmp_path / "knmi.txt.csv")
    assert (found.values[0, found.names.index("R")] >= 0.0).all()
    assert "stands for a trace" in caplog.text and found.stations == ("260",)


def test_several_places_of_open_meteo(tmp_path: Path) -> None:
    head = (
        "location_id,latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n0,47.5,8.5,440.0,0,GMT,GMT\n"
        "1,46.9,7.4,550.0,0,GMT,GMT\n\nlocation_id,time,temperature_2m_mean (°C),precipitation_sum (mm)\n"
    )
    both = [(place, day, warm, rain) for place in (0, 1) for day, warm, rain in zip(DAYS.date, THETA + place, RAIN, strict=True)]
    (tmp_path / "places.csv").write_text(head + lines(both), encoding="utf-8")
    found = varwg.read_observations(tmp_path / "places.csv")
    assert found.stations == ("0", "1")
    assert found.latitude.tolist() == [47.5, 46.9] and found.elevation.tolist() == [440.0, 550.0]


def test_hours_of_knmi(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", "2003-12-31 23:00", freq="h")
    warm = np.round(100 + 50 * np.sin(2 * np.pi * times.hour / 24)).astype(int)
    rows = zip(
        [260] * times.size, times.strftime("%Y%m%d"), times.hour + 1, [30] * times.size, warm, [2] * times.size, strict=True
    )
    (tmp_path / "uur.csv").write_text("# BRON: KNMI\n#\n# STN,YYYYMMDD,   HH,   FH,    T,   RH\n" + lines(rows))
    data = varwg.read_weather(tmp_path / "uur.csv")
    assert data["time"].values[0] == np.datetime64("2001-01-01T00:00")
    assert data["R"].attrs["units"] == "0.1 mm"
    np.testing.assert_array_equal(data["theta"].values[0], warm)


@pytest.mark.parametrize("provider", ["ERA5", "AgERA5"])
def test_grids_of_reanalyses(provider: str, tmp_path: Path) -> None:
    """Hours of ERA5 with their codes of experiments, days of AgERA5: names, units, and the layout."""
    if provider == "ERA5":
        times = pd.date_range("2001-01-01", "2003-01-01 23:00", freq="h")
        rng = np.random.default_rng(3)
        warm = (
            283.0
            - 8 * np.cos(2 * np.pi * times.day_of_year.to_numpy() / 365.25)
            + 3 * np.sin(2 * np.pi * times.hour.to_numpy() / 24)
        )
        shape = (times.size, 2, 2)
        rain = np.where(rng.random(shape) < 0.1, rng.gamma(0.8, 5e-4, shape), 0.0)
        data = xr.Dataset(
            {
                "t2m": (("valid_time", "latitude", "longitude"), warm[:, None, None] + rng.normal(0, 1, shape), {"units": "K"}),
                "tp": (("valid_time", "latitude", "longitude"), rain, {"units": "m", "long_name": "Total precipitation"}),
            },
            {
                "valid_time": times, "latitude": [47.5, 47.25], "longitude": [8.0, 8.25], "number": 0,
                "expver": ("valid_time", np.array(["0001"] * times.size)),
            },
        )  # fmt: skip
        data.to_netcdf(tmp_path / "era5.nc")
        found = varwg.read_observations(tmp_path / "era5.nc")
        assert found.names == ("t2m", "tp") and found.hourly is not None
        assert found.variables[1].is_precipitation
        whole = 1e3 * rain.reshape(-1, 24, 4).sum(axis=1).T
        np.testing.assert_allclose(found.values[:, 1], whole, atol=1e-9)
    else:
        shape = (DAYS.size, 2, 2)
        field = np.random.default_rng(4).normal(0, 1, shape)
        data = xr.Dataset(
            {
                "Temperature_Air_2m_Mean_24h": (("time", "lat", "lon"), THETA[:, None, None] + 273.15 + field, {"units": "K"}),
                "Precipitation_Flux": (("time", "lat", "lon"), RAIN[:, None, None] * np.exp(field / 9), {"units": "mm d-1"}),
                "Solar_Radiation_Flux": (
                    ("time", "lat", "lon"),
                    SUNNY[:, None, None] * 86400 + 0 * field,
                    {"units": "J m-2 d-1"},
                ),
                "Wind_Speed_10m_Mean": (("time", "lat", "lon"), WIND[:, None, None] + 0 * field, {"units": "m s-1"}),
                "Vapour_Pressure_Mean": (("time", "lat", "lon"), 9 + np.abs(field), {"units": "hPa"}),
            },
            {"time": DAYS, "lat": [47.5, 47.4], "lon": [8.0, 8.1]},
        )
        found = varwg.read_observations(data)
        known = {variable.name: variable.standard_name for variable in varwg.VARIABLES}
        assert [own.standard_name for own in found.variables] == [known[name] for name in ("theta", "R", "Qsw", "U", "e")]
    assert varwg.io.as_grid(found).sizes["lat" if provider == "AgERA5" else "latitude"] == 2
