"""Tables of loggers, columns named after variable and station, ISD-Lite, and files that are stations."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import varwg
from varwg.errors import DataError
from varwg.io._layout import stations_in_names

DAYS = pd.date_range("2001-01-01", periods=731)
HOURS = pd.date_range("2001-01-01", periods=731 * 24, freq="h")


def weather(times: Any, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    theta = 10.0 - 9.0 * np.cos(2 * np.pi * times.day_of_year.to_numpy() / 365.25) + rng.normal(size=times.size)
    rain = np.where(rng.random(times.size) < 0.3, rng.gamma(0.8, 3.0, times.size), 0.0)
    return pd.DataFrame({"theta": theta.round(3), "R": rain.round(1)}, index=times)


HERE, THERE = weather(DAYS, 1), weather(DAYS, 2)


def values(found: Any, name: str, station: str) -> np.ndarray:
    return np.asarray(found.values[found.stations.index(station), [v.name for v in found.variables].index(name)])


# ---- stations in names of columns ----


@pytest.mark.parametrize("form", ["{v}_{s}", "{s}_{v}", "{v} {s}", "{s}.{v}", "{v}-{s} [{u}]", "{s} {v} ({u})"])
@pytest.mark.parametrize("door", ["file", "frame"])
def test_columns_named_after_variable_and_station(form: str, door: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    parts = {}
    for station, table in (("Davos", HERE), ("St_Gallen", THERE)):
        for name, unit in (("theta", "degC"), ("R", "mm")):
            parts[form.format(v=name, s=station, u=unit)] = table[name]
    frame = pd.DataFrame(parts).rename_axis("time")
    source: Any = frame
    if door == "file":
        source = tmp_path / "two.csv"
        frame.to_csv(source)
    with caplog.at_level(logging.WARNING):
        found = varwg.read_observations(source)
    assert set(found.stations) == {"Davos", "St_Gallen"}
    assert [v.aggregation for v in found.variables] == ["mean", "sum"]
    np.testing.assert_allclose(values(found, "theta", "St_Gallen"), THERE["theta"])
    np.testing.assert_allclose(values(found, "R", "Davos"), HERE["R"])
    assert "at the station" in caplog.text


@pytest.mark.parametrize(
    "names",
    [
        ("temp_min", "temp_max", "temp_mean"),
        ("temp_air", "temp_soil", "rain"),
        ("temp_2m", "temp_10m", "rain"),
        ("theta", "R_1", "R_2"),
        ("wind_10", "wind_50", "theta"),
        ("rain_raw", "rain_corrected", "theta"),
    ],
)
def test_heights_extremes_and_kinds_of_measurement_are_no_stations(names: tuple[str, ...]) -> None:
    assert stations_in_names(pd.DataFrame(dict.fromkeys(names, HERE["theta"]))) is None


def test_units_that_differ_between_stations_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"theta_A [degC]": HERE["theta"], "theta_B [K]": THERE["theta"] + 273.15}).rename_axis("time")
    frame.to_csv(tmp_path / "two.csv")
    with pytest.raises(DataError, match=r"theta is in 'degC' at one station and in 'K' at B"):
        varwg.read_observations(tmp_path / "two.csv")


def test_stations_in_a_line_above_the_variables(tmp_path: Path) -> None:
    """As spreadsheets write merged cells, and as pandas writes columns of two levels."""
    rows = [";Davos;;Chur;", "Datum;Temp (°C);Regen (mm);Temp (°C);Regen (mm)"]
    for (day, a), (_, b) in zip(HERE.iterrows(), THERE.iterrows(), strict=True):
        cells = (f"{value:.3f}".replace(".", ",") for value in (*a, *b))
        rows.append(f"{day:%d.%m.%Y};{';'.join(cells)}")
    (tmp_path / "merged.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    found = varwg.read_observations(tmp_path / "merged.csv")
    np.testing.assert_allclose(values(found, "Temp", "Chur"), THERE["theta"])
    np.testing.assert_allclose(values(found, "Regen", "Davos"), HERE["R"])
    for levels in (("theta", "R"), ("temperature", "precipitation")):
        columns = {
            (name, s): t[k] for name, k in zip(levels, ("theta", "R"), strict=True) for s, t in (("Davos", HERE), ("Chur", THERE))
        }
        frame = pd.DataFrame(columns).rename_axis("time")
        frame.to_csv(tmp_path / "levels.csv")
        for source in (frame, tmp_path / "levels.csv"):
            found = varwg.read_observations(source)
            np.testing.assert_allclose(values(found, levels[1], "Chur"), THERE["R"])


def test_files_of_the_same_variables_and_times_are_stations(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.csv" for name in ("davos", "chur")]
    for path, table in zip(paths, (HERE, THERE), strict=True):
        table.rename_axis("date").to_csv(path)
    found = varwg.read_observations(paths)
    assert found.stations == ("davos", "chur")
    np.testing.assert_allclose(values(found, "theta", "chur"), THERE["theta"])
    years = [tmp_path / f"{year}.csv" for year in (2001, 2002)]
    for path in years:
        HERE.loc[path.stem].rename_axis("date").to_csv(path)
    assert varwg.read_observations([str(path) for path in years]).stations == ("site",)


# ---- loggers ----


def logger_file(path: Path, columns: tuple[str, ...], rows: list[str], delimiter: str = ",") -> Path:
    header = delimiter.join(f'"{name}"' for name in ("#", "Date Time, GMT+01:00", *columns))
    path.write_text("\n".join(['"Plot Title: Wald 7"', header, *rows]), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize(("form", "delimiter"), [("%m/%d/%y %I:%M:%S %p", ","), ("%d.%m.%Y %H:%M:%S", ";")])
def test_a_file_of_a_hobo_logger(form: str, delimiter: str, tmp_path: Path) -> None:
    """Serial numbers behind names, a count of rows, years of two digits, and a gauge that counts on."""
    hours = weather(HOURS)
    total = hours["R"].cumsum()
    sensor = " (LGR S/N: 2015, SEN S/N: 2016, LBL: Luft)"
    rows = []
    for number, (time, theta, rain) in enumerate(zip(HOURS, hours["theta"], total, strict=True), 1):
        cells = [f"{theta:.3f}", f"{rain:.1f}", ""]
        rows.append(
            delimiter.join([str(number), f"{time:{form}}", *(c.replace(".", "." if delimiter == "," else ",") for c in cells)])
        )
    columns = ("Temp, °C" + sensor, "Rain, mm" + sensor, "Host Connected (LGR S/N: 2015)")
    found = varwg.read_observations(logger_file(tmp_path / "hobo.csv", columns, rows, delimiter))
    assert [(v.name, v.aggregation) for v in found.variables] == [("Temp", "mean"), ("Rain", "sum")]
    np.testing.assert_allclose(found.values[0, 0], hours["theta"].to_numpy().reshape(-1, 24).mean(axis=1), atol=1e-9)
    np.testing.assert_allclose(found.values[0, 1, 1:], hours["R"].to_numpy().reshape(-1, 24).sum(axis=1)[1:], atol=1e-6)


def test_two_sensors_of_one_logger_keep_their_labels(tmp_path: Path) -> None:
    rows = [f"{n},{t:%m/%d/%Y %H:%M:%S},{x},{x + 1}" for n, (t, x) in enumerate(HERE["theta"].items(), 1)]
    columns = tuple(f"Temp, °C (LGR S/N: 1, SEN S/N: {n}, LBL: {label})" for n, label in ((2, "Luft"), (3, "Boden")))
    found = varwg.read_observations(logger_file(tmp_path / "hobo.csv", columns, rows))
    assert [v.name for v in found.variables] == ["Temp (Luft)", "Temp (Boden)"]


# ---- services ----


def test_hours_of_isd_lite(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No header, tenths, traces of -1, missing values of -9999, a file for each year; the last has one day."""
    hours = weather(HOURS)
    hours.iloc[5, 0] = np.nan
    trace = hours["R"] == 0.1
    paths = []
    for year in (2001, 2002, 2003):
        lines = []
        for time, theta, rain in hours.loc[str(year)].itertuples():
            shown = -9999 if np.isnan(theta) else round(10 * theta)
            amount = -1 if rain == 0.1 else round(10 * rain)
            cells = (shown, -9999, 10132 + time.hour + time.day, 230, 35 + time.day, 4, amount, -9999)
            lines.append(f"{time:%Y %m %d %H}{''.join(f'{cell:6d}' for cell in cells)}")
        paths.append(tmp_path / f"103840-99999-{year}.gz")
        with gzip.open(paths[-1], "wt") as stream:
            stream.write("\n".join(lines) + "\n")
    with caplog.at_level(logging.INFO):
        found = varwg.read_observations(paths)
    assert found.stations == ("103840-99999",)
    assert "clouds and amounts of six hours are not read" in caplog.text
    expected = hours["R"].where(~trace, 0.0).to_numpy().reshape(-1, 24).sum(axis=1)
    np.testing.assert_allclose(values(found, "R", "103840-99999"), expected, atol=1e-9)
    np.testing.assert_allclose(values(found, "U", "103840-99999"), 3.5 + 0.1 * DAYS.day)
    np.testing.assert_allclose(values(found, "pressure", "103840-99999"), 1013.2 + 0.1 * (11.5 + DAYS.day))
    theta = hours["theta"].round(1).to_numpy().reshape(-1, 24)
    np.testing.assert_allclose(values(found, "theta", "103840-99999"), np.nanmean(theta, axis=1), atol=0.05)


def test_a_damaged_line_of_isd_lite_is_named(tmp_path: Path) -> None:
    line = "2001 01 01 {:02d}   -12 -9999 10132   230    35     4     0 -9999"
    lines = [line.format(hour) for hour in range(5)] + ["2001 01 01 05   -12"]
    (tmp_path / "103840-99999-2001").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"103840-99999-2001, line 6 has not twelve whole numbers"):
        varwg.read_weather(tmp_path / "103840-99999-2001")


def test_american_units_of_the_iowa_environmental_mesonet(tmp_path: Path) -> None:
    rows = ["station,valid,tmpf,relh,sknt,p01i,alti,mslp"]
    rows += [
        f"KXYZ,{t:%Y-%m-%d %H:%M},{x * 1.8 + 32:.3f},{80 + t.day / 10},{10 + t.day / 10},{r / 25.4:.4f},{29 + t.day / 100:.2f},M"
        for t, x, r in weather(HOURS).itertuples()
    ]
    (tmp_path / "asos.csv").write_text("\n".join(rows))
    found = varwg.read_observations(tmp_path / "asos.csv")
    np.testing.assert_allclose(
        values(found, "theta", "KXYZ"), weather(HOURS)["theta"].to_numpy().reshape(-1, 24).mean(axis=1), atol=1e-3
    )
    np.testing.assert_allclose(values(found, "U", "KXYZ"), (10 + DAYS.day / 10) * 1852 / 3600)
    assert values(found, "R", "KXYZ").sum() == pytest.approx(weather(HOURS)["R"].sum(), rel=1e-3)


@pytest.mark.parametrize(
    ("unit", "metres"),
    [("Bft", 0.836 * 3.0**1.5), ("Beaufort", 0.836 * 3.0**1.5), ("nudos", 3 * 1852 / 3600), ("Knoten", 3 * 1852 / 3600)],
)
def test_forces_and_knots_of_wind(unit: str, metres: float) -> None:
    data = xr.Dataset(
        {"wind": ("time", np.tile([2.0, 4.0, 3.0], 300), {"units": unit})}, {"time": pd.date_range("2001-01-01", periods=900)}
    )
    found = varwg.read_observations(data)
    assert found.variables[0].units == "m s-1"
    assert found.values[0, 0, 2] == pytest.approx(metres)


def test_a_dim_that_nobody_knows_may_be_that_of_stations() -> None:
    both = np.stack([HERE["theta"], THERE["theta"]], axis=1)
    found = varwg.read_observations(xr.Dataset({"theta": (("time", "nstn"), both, {"units": "degC"})}, {"time": DAYS}))
    assert len(found.stations) == 2
    with pytest.raises(DataError, match=r"if it counts stations, call it 'station'"):
        varwg.read_observations(xr.Dataset({"t2m": (("time", "thing"), both, {"units": "degC"})}, {"time": DAYS}))


def test_nights_of_clocks_go_before_columns_that_differ_by_chance(tmp_path: Path) -> None:
    clock = HOURS.tz_localize("Etc/GMT-1").tz_convert("Europe/Berlin").tz_localize(None)
    pd.DataFrame({"theta": weather(HOURS)["theta"].round(1).to_numpy()}, index=clock).rename_axis("time").to_csv(
        tmp_path / "clock.csv"
    )
    with pytest.raises(DataError, match="clocks go back from summer time"):
        varwg.read_observations(tmp_path / "clock.csv")
