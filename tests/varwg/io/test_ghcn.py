"""GHCN-Daily in its layouts: the same station and month in fixed columns, by station and by year."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from varwg.errors import DataError
from varwg.io import read_ghcn, read_weather

STATION = "GME00102244"
STATIONS = (
    "GME00102244  51.1278   13.7543  228.0    DRESDEN-KLOTZSCHE              GSN     10488\n"
    "USW00094728  40.7789  -73.9692   42.7 NY NEW YORK CNTRL PRK TWR             HCN 72506\n"
    "XX000000001 -10.0000  -70.5000 -999.9    NOWHERE\n"
)

#: Element -> day -> (value, measurement, quality and source flag); April 2001.
VALUES = {
    "TMAX": {1: (152, "  E"), 2: (-13, "  E"), 3: (998, " XE"), 4: (161, "  E")},
    "TMIN": {1: (49, "  E"), 2: (-62, "  E"), 3: (40, "  E"), 4: (-9999, "   ")},
    "PRCP": {1: (0, "  E"), 2: (23, "  E"), 3: (0, "P E"), 4: (0, "T E")},
    "TSUN": {1: (330, "  E"), 2: (0, "  E"), 3: (61, "  E"), 4: (12, " GE")},
    "SNWD": {1: (10, "  E"), 2: (0, "  E"), 3: (0, "  E"), 4: (0, "  E")},
}
EXPECTED = {
    "theta_max": [15.2, -1.3, np.nan, 16.1],
    "theta_min": [4.9, -6.2, 4.0, np.nan],
    "R": [0.0, 2.3, np.nan, 0.0],
    "sun": [5.5, 0.0, 61 / 60, np.nan],
}


def dly() -> str:
    """Fixed columns: identifier, year, month, element, then 31 times value (5) and three flags."""
    lines = []
    for element, days in VALUES.items():
        cells = [days.get(day, (-9999, "   ")) for day in range(1, 32)]
        lines.append(f"{STATION}200104{element}" + "".join(f"{value:5d}{flags}" for value, flags in cells))
    return "\n".join(lines) + "\n"


def by_station() -> str:
    """The layout of NCEI's "access" files: all cells quoted."""
    header = ["STATION", "DATE", "LATITUDE", "LONGITUDE", "ELEVATION", "NAME"]
    header += [name for element in VALUES for name in (element, f"{element}_ATTRIBUTES")]
    rows = [header]
    for day in range(1, 5):
        row = [STATION, f"2001-04-{day:02d}", "51.1278", "13.7543", "228.0", "DRESDEN KLOTZSCHE, GM"]
        for days in VALUES.values():
            value, flags = days[day]
            row += ["", ""] if value == -9999 else [f"{value:5d}", ",".join(flags.replace(" ", "-")).replace("-", "")]
        rows.append(row)
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n"


def by_year(header: str = "") -> str:
    """The layout of "superghcnd" and "by_year": one row for each value; another station between them."""
    rows = [header] if header else []
    for day in range(1, 5):
        for element, days in VALUES.items():
            value, flags = days[day]
            if value != -9999:
                rows.append(f"{STATION},200104{day:02d},{element},{value}," + ",".join(flag.strip() for flag in flags) + ",0700")
                rows.append(f"USW00094728,200104{day:02d},{element},{100 + day},,,W,2400")
    return "\n".join(rows) + "\n"


def check(data: xr.Dataset, station: str = STATION) -> None:
    assert set(data.data_vars) == set(EXPECTED)
    for name, values in EXPECTED.items():
        found = data[name].sel(station=station, time=slice("2001-04-01", "2001-04-04")).values
        np.testing.assert_array_equal(found, values, err_msg=name)


def test_fixed_columns(tmp_path: Path) -> None:
    (tmp_path / f"{STATION}.dly").write_text(dly())
    (tmp_path / "ghcnd-stations.txt").write_text(STATIONS)
    data = read_ghcn(tmp_path / f"{STATION}.dly")
    check(data)
    assert data.sizes["time"] == 30  # the month has no 31st, whatever the columns
    assert data["station_name"].item() == "DRESDEN-KLOTZSCHE"
    assert [data[name].item() for name in ("latitude", "longitude", "elevation")] == [51.1278, 13.7543, 228.0]


def test_csv_by_station(tmp_path: Path) -> None:
    (tmp_path / f"{STATION}.csv").write_text(by_station())
    data = read_weather(tmp_path / f"{STATION}.csv")
    check(data)
    assert data["station_name"].item() == "DRESDEN KLOTZSCHE, GM"
    assert data["elevation"].item() == 228.0


@pytest.mark.parametrize("header", ["", "ID,DATE,ELEMENT,DATA_VALUE,M_FLAG,Q_FLAG,S_FLAG,OBS_TIME"])
def test_csv_by_year(tmp_path: Path, header: str) -> None:
    with gzip.open(tmp_path / "2001.csv.gz", "wt") as stream:
        stream.write(by_year(header))
    data = read_weather(tmp_path / "2001.csv.gz")
    check(data)
    np.testing.assert_array_equal(data["theta_max"].sel(station="USW00094728").values, [10.1, 10.2, 10.3, 10.4])
    check(read_weather(tmp_path / "2001.csv.gz", stations=[STATION]))


def test_stations_by_name_and_unknown_elevation(tmp_path: Path) -> None:
    (tmp_path / "2001.csv").write_text(by_year().replace("USW00094728", "XX000000001"))
    (tmp_path / "list.txt").write_text(STATIONS)
    data = read_ghcn([tmp_path / "2001.csv", tmp_path / "list.txt"], stations=["NOWHERE"])
    assert list(data["station"].values) == ["XX000000001"]
    assert data["latitude"].item() == -10.0
    assert np.isnan(data["elevation"].item())


def test_suspect_values_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.dly").write_text(dly())
    with caplog.at_level(logging.WARNING):
        read_ghcn(tmp_path / "a.dly")
    assert f"theta_max at {STATION} in a.dly: 1 of 4 values are marked by a quality flag and were set to missing." in caplog.text
    assert f"R at {STATION} in a.dly: 1 of 4 values are missing and were presumed zero and were set to missing." in caplog.text


def test_exports_in_other_units_are_refused(tmp_path: Path) -> None:
    """Orders from NCEI come in degF or degC with decimals, and do not say which."""
    (tmp_path / "order.csv").write_text(by_station().replace('"  152"', '"59.4"'))
    with pytest.raises(DataError, match=r"TMAX is '59.4', but GHCN-Daily counts in whole numbers"):
        read_ghcn(tmp_path / "order.csv")


def test_what_is_not_ghcn(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("time\ttheta\n2001-01-01\t1\n")
    with pytest.raises(DataError, match="is not of GHCN-Daily"):
        read_ghcn(tmp_path / "a.txt")
    (tmp_path / "b.dly").write_text(dly().replace("  -13", "  -1x"))
    with pytest.raises(DataError, match=r"b\.dly is damaged"):
        read_ghcn(tmp_path / "b.dly")
    (tmp_path / "c.dly").write_text(dly())
    with pytest.raises(DataError, match="no known variable of any wanted station"):
        read_ghcn(tmp_path / "c.dly", stations=["USW00094728"])
