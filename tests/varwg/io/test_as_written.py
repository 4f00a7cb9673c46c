"""Tables without headers, in other encodings, with units in cells or words for hours: read right, or refused with what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import varwg
from varwg.errors import DataError

DAYS = pd.date_range("2001-01-01", periods=731)
_RNG = np.random.default_rng(61)
THETA = np.round(10 - 9 * np.cos(2 * np.pi * DAYS.day_of_year.to_numpy() / 365.25) + _RNG.normal(0, 2, DAYS.size), 1)
RAIN = np.round(np.where(_RNG.random(DAYS.size) < 0.4, _RNG.gamma(0.8, 6.0, DAYS.size) + 0.2, 0.0), 1)
LOW, HIGH = np.round(THETA - 4, 1), np.round(THETA + 4, 1)


def table(*columns: Iterable[object], header: str = "", sign: str = ",") -> str:
    rows = (sign.join(map(str, row)) for row in zip(*columns, strict=True))
    return "\n".join([header, *rows] if header else rows) + "\n"


def uscrn() -> str:
    """Days of USCRN: 28 columns with blanks between them and no header; -9999 is missing."""
    beside = ["C", 30.0, 5.0, 15.0, *[-9999.0] * 3, *[-99.0] * 5, *[-9999.0] * 5]
    rows = [
        f"53131 {day:%Y%m%d}  2.622 -110.95   32.24 {high:7.1f} {low:7.1f} {(high + low) / 2:7.1f} {mean:7.1f} {rain:7.1f} "
        + " ".join(map(str, [f"{12 + day.day / 10:8.2f}", *beside]))
        for day, high, low, mean, rain in zip(DAYS, HIGH, LOW, THETA, RAIN, strict=True)
    ]
    return "\n".join(rows) + "\n"


def imgw() -> str:
    """Days of stations of climate of IMGW: in quotes, without a header, 8 behind what was not measured."""
    rows = []
    for number, (day, high, low, mean, rain) in enumerate(zip(DAYS, HIGH, LOW, THETA, RAIN, strict=True)):
        status = "8" if number == 5 else "9" if not rain else ""
        rows.append(
            f'"249180010","BRENNA","{day.year}","{day:%m}","{day:%d}",{high},"",{low},"",{mean},"",{low - 2:.1f},"",'
            f'{0 if number == 5 else rain},"{status}","",{number % 3},""'
        )
    return "\r\n".join(rows) + "\r\n"


def jma() -> str:
    """The Japan Meteorological Agency: stations above variables, and columns of quality that repeat the names."""
    head = (
        "ダウンロードした時刻：2024/01/01 12:00:00\n\n,東京,東京,東京,東京,東京,東京\n"
        "年月日,平均気温(℃),平均気温(℃),平均気温(℃),降水量の合計(mm),降水量の合計(mm),降水量の合計(mm)\n"
        ",,品質情報,均質番号,,品質情報,均質番号\n"
    )
    dates = [f"{day.year}/{day.month}/{day.day}" for day in DAYS]
    eight, one = np.full(DAYS.size, 8), np.ones(DAYS.size, dtype=int)
    return head + table(dates, THETA, eight, one, RAIN, eight, one)


GONE = np.where(np.arange(DAYS.size) == 5, np.nan, RAIN)
FOUND: dict[str, tuple[str | Callable[[], str], str, dict[str, np.ndarray]]] = {
    "USCRN": (uscrn, "utf-8", {"theta_max": HIGH, "theta_min": LOW, "theta": THETA, "R": RAIN}),
    "IMGW": (imgw, "utf-8", {"theta_max": HIGH, "theta_min": LOW, "theta": THETA, "R": GONE}),
    "JMA, Shift-JIS": (jma, "cp932", {"theta": THETA, "R": RAIN}),
    "JMA, UTF-8": (jma, "utf-8", {"theta": THETA, "R": RAIN}),
    "KMA": (
        "지점,지점명,일시,평균기온(°C),최저기온(°C),일강수량(mm)\n"
        + table(["108"] * DAYS.size, ["서울"] * DAYS.size, DAYS.date, THETA, LOW, RAIN),
        "cp949",
        {"theta": THETA, "theta_min": LOW, "R": RAIN},
    ),
    "CMA": (table(DAYS.date, THETA, RAIN, header="日期,平均气温,降水量"), "gbk", {"theta": THETA, "R": RAIN}),
    "CWA": (table(DAYS.date, THETA, RAIN, header="日期,氣溫,降水量"), "big5", {"theta": THETA, "R": RAIN}),
    "Russian": (table(DAYS.date, THETA, RAIN, header="Дата;Температура;Осадки", sign=";"), "cp1251", {"theta": THETA, "R": RAIN}),
    "German": (table(DAYS.date, THETA, RAIN, header="Datum;Temperatur [°C];Größe [mm]", sign=";"), "latin-1", {"theta": THETA}),
    "units in cells": (
        table(DAYS.date, [f"{v} °C" for v in THETA], [f"{v} mm" for v in RAIN], header="date,tavg,prcp"),
        "utf-8",
        {"theta": THETA, "R": RAIN},
    ),
    "exponents of Fortran": (
        table(DAYS.date, [f"{v:.5e}".replace("e", "D") for v in THETA], RAIN, header="date,tavg,prcp"),
        "utf-8",
        {"theta": THETA, "R": RAIN},
    ),
    "single quotes": (
        table([f"'{d}'" for d in DAYS.date], [f"'{v}'" for v in THETA], RAIN, header="'date','tavg','prcp'"),
        "utf-8",
        {"theta": THETA, "R": RAIN},
    ),
    "one code in rain": (
        table(DAYS.date, THETA, np.where(np.isnan(GONE), 999.9, RAIN), header="date,tavg,prcp"),
        "utf-8",
        {"theta": THETA, "R": GONE},
    ),
    "two rows of names, three columns": (
        "Date,Temperature,\n,mean,max\n" + table(DAYS.date, THETA, HIGH),
        "utf-8",
        {"theta": THETA, "theta_max": HIGH},
    ),
    "thousands": (
        table(DAYS.date, THETA, [f"1\u00a0{v:05.1f}" for v in RAIN], header="date;tavg;pressure [hPa]", sign=";"),
        "utf-8",
        {"theta": THETA, "pressure": 1000 + RAIN},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FOUND))
def test_values_are_those_that_were_written(name: str, tmp_path: Path) -> None:
    text, encoding, wanted = FOUND[name]
    (tmp_path / "table.csv").write_bytes((text if isinstance(text, str) else text()).encode(encoding))
    read = varwg.read_observations(tmp_path / "table.csv")
    roles = [variable.role for variable in read.variables]
    for role, values in wanted.items():
        np.testing.assert_allclose(read.values[0, roles.index(role)], values, atol=1e-6, err_msg=role)
    assert len(read.stations) == 1


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (table(DAYS.date, THETA, RAIN, header="时日,甲,乙"), "gbk", "whose encoding is not known.*save it as UTF-8"),
        (
            table(DAYS.date, *[RAIN] * 24, header=",".join(["date", *(f"h{n:02d}" for n in range(24))])),
            "utf-8",
            "a column for each hour",
        ),
        (
            table([1] * 400, *[RAIN[:400]] * 31, header=",".join(["month", *map(str, range(1, 32))])),
            "utf-8",
            "each day of the month",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_refused(text: str, encoding: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(text.encode(encoding))
    with pytest.raises(DataError, match=said):
        varwg.read_observations(tmp_path / "table.csv")


def test_stations_above_the_names_of_jma_are_stations(tmp_path: Path) -> None:
    text = (
        jma()
        .replace(",東京,東京,東京,東京,東京,東京", ",東京,東京,東京,大阪,大阪,大阪")
        .replace("降水量の合計(mm)", "平均気温(℃)")
    )
    (tmp_path / "table.csv").write_bytes(text.encode("cp932"))
    read = varwg.read_observations(tmp_path / "table.csv")
    assert read.stations == ("東京", "大阪")
    np.testing.assert_allclose(read.values[:, 0], np.stack([THETA, RAIN]))


def test_columns_without_a_name_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "table.csv").write_text(table(DAYS.date, THETA, HIGH, RAIN, header="date,tavg,,prcp"))
    with caplog.at_level(logging.WARNING, "varwg.io"):
        varwg.read_observations(tmp_path / "table.csv")
    assert "a column without a name" in caplog.text


def test_of_a_workbook_the_sheet_with_a_table_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    openpyxl: Any = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Weather of Bern", "see the other sheet"])
    sheet = book.create_sheet("data")
    for row in (("Date", "Tavg (°C)", "Rain (mm)"), *zip(DAYS.to_pydatetime(), THETA.tolist(), RAIN.tolist(), strict=True)):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    with caplog.at_level(logging.WARNING, "varwg.io"):
        read = varwg.read_observations(tmp_path / "book.xlsx")
    np.testing.assert_allclose(read.values[0], np.stack([THETA, RAIN]))
    assert "the sheet 'data' was read; the others (Sheet) were left out" in caplog.text


def workbook(path: Path, sheets: dict[str, tuple[tuple[str, ...], Any]]) -> Path:
    """A workbook of sheets, each of a heading and columns."""
    openpyxl: Any = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, (heading, columns) in sheets.items():
        sheet = book.create_sheet(title)
        for row in (heading, *zip(*columns, strict=True)):
            sheet.append(row)
    book.save(path)
    return path


HEADING = ("Date", "Tavg (°C)", "Rain (mm)")


def test_sheets_with_the_same_columns_are_stations(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each has its own values; a sheet of other columns or units, and one of no table, are told as left out."""
    days = DAYS.to_pydatetime()
    sheets = {
        "Bern": (HEADING, (days, THETA, RAIN)),
        "Basel": (HEADING, (days[10:], THETA[10:] + 1.0, RAIN[10:])),
        "Chur": (("Date", "Tavg (°F)", "Rain (mm)"), (days, THETA, RAIN)),
        "About": (("who", "what"), (("me",), ("this",))),
    }
    with caplog.at_level(logging.WARNING, "varwg.io"):
        read = varwg.read_observations(workbook(tmp_path / "book.xlsx", sheets))
    assert read.stations == ("Bern", "Basel")
    np.testing.assert_allclose(read.values[0], np.stack([THETA, RAIN]))
    np.testing.assert_allclose(read.values[1, :, 10:], np.stack([THETA[10:] + 1.0, RAIN[10:]]))
    assert np.isnan(read.values[1, :, :10]).all()
    assert "each is a station; the others (Chur, About) were left out" in caplog.text


def test_sheets_with_no_times_in_common_are_periods_of_one_station(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    parts: dict[str, tuple[tuple[str, ...], Any]] = {
        title: (HEADING, (DAYS.to_pydatetime()[part], THETA[part], RAIN[part]))
        for title, part in (("second", slice(99, None)), ("first", slice(0, 100)))
    }
    with caplog.at_level(logging.WARNING, "varwg.io"):
        read = varwg.read_observations(workbook(tmp_path / "book.xlsx", parts))
    np.testing.assert_array_equal(read.times, DAYS.to_numpy())
    np.testing.assert_allclose(read.values[0], np.stack([THETA, RAIN]))
    assert "they are periods of one" in caplog.text
