"""Tables of text as people write them: dates either way round, any language, decimal commas, footers, places, encodings."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import varwg
from varwg.errors import DataError
from varwg.io._layout import split_unit
from varwg.io._series import place_number
from varwg.io._written_times import parse_times

DAYS = pd.date_range("2001-01-01", periods=800)
HOURS = pd.date_range("2001-01-01", periods=800 * 24, freq="h")
UNITS = {"theta": "degC", "R": "mm"}


def temperature(size: int = DAYS.size, seed: int = 0) -> np.ndarray:
    return np.round(10.0 + 5.0 * np.random.default_rng(seed).normal(size=size), 2)


def lines_of(times: pd.DatetimeIndex, form: str, values: np.ndarray, sign: str = ",") -> list[str]:
    return [f"{time}{sign}{value}" for time, value in zip(times.strftime(form), values, strict=True)]


def read(tmp_path: Path, text: str, name: str = "table.csv", encoding: str = "utf-8") -> varwg.Observations:
    (tmp_path / name).write_bytes(text.encode(encoding))
    return varwg.read_observations(tmp_path / name)


@pytest.mark.parametrize(
    "form",
    [
        "%m/%d/%Y",
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%d-%b-%Y",
        "%d %B %Y",
        "%Y%j",
        "%d.%m.%Y",
        "%Y/%m/%d",
        '"%b %d, %Y"',
        "%b %d %Y",
        "%d%b%Y",
        "%Y %b %d",
        "%Y-%j",
        '"%a, %d %b %Y"',
        '"%A, %B %d, %Y"',
        "%Y年%m月%d日",
    ],
)
def test_dates_are_read_whatever_comes_first(form: str, tmp_path: Path) -> None:
    found = read(tmp_path, "date,theta\n" + "\n".join(lines_of(DAYS, form, temperature())))
    np.testing.assert_array_equal(found.times, DAYS.to_numpy())
    np.testing.assert_array_equal(found.values[0, 0], temperature())


@pytest.mark.parametrize(
    "form",
    [
        "%m/%d/%Y %I:%M %p",
        "%d/%m/%Y %H:%M",
        "%Y%m%d:%H%M",
        "%d-%m-%Y %H:%M:%S",
        "%d%b%Y:%H:%M:%S",
        "%d-%b-%Y %I:%M %p",
        "%Y-%m-%d %I:%M %p",
    ],
)
def test_hours_are_read_whatever_comes_first(form: str, tmp_path: Path) -> None:
    values = temperature(HOURS.size)
    found = read(tmp_path, "date,theta\n" + "\n".join(lines_of(HOURS, form, values)))
    np.testing.assert_allclose(found.values[0, 0], values.reshape(-1, 24).mean(axis=1))


def test_what_comes_first_is_told_and_refused_where_it_is_open(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "varwg.io"):
        assert str(parse_times(["01/02/2001", "01/13/2001"], "file")[0])[:10] == "2001-01-02"
    assert "with the month first" in caplog.text
    with pytest.raises(DataError, match="with the day or with the month first"):
        parse_times(["01/02/2001", "02/02/2001"], "file")
    with pytest.raises(DataError, match="not all written in one way"):
        parse_times(["13/01/2001", "01/13/2001"], "file")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12/31/01", "two digits"),
        ("31-Dec-01", "two digits"),
        ("11323", "since 1970-01-01 or since 1899-12-30"),
        ("51910", "modified Julian days"),
        ("730852", "MATLAB"),
        ("17", "not clear what they count"),
    ],
)
def test_numbers_that_can_be_several_dates_are_told_as_such(text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        parse_times([text, text], "file")
    with pytest.raises(DataError, match=reason):
        varwg.read_observations(pd.DataFrame({"theta": [1.0, 2.0]}, index=pd.Index([text, text], name="time")))


@pytest.mark.parametrize(
    "months",
    [
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "ledna února března dubna května června července srpna září října listopadu prosince",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    ],
)
@pytest.mark.parametrize(
    "form", ["{day}. {month} {year}", "{day} {month} {year}", "{year}-{month}-{day:02d}", "{day:02d}-{month}-{year}"]
)
def test_months_have_names_in_the_languages_of_services(form: str, months: str) -> None:
    names = months.split()
    texts = [form.format(day=day.day, month=names[day.month - 1], year=day.year) for day in DAYS]
    np.testing.assert_array_equal(parse_times(texts, "file"), DAYS.to_numpy())


#: Times as numbers, and a word of the sentence on what they were read as.
NUMBERS: list[tuple[str, Callable[[pd.DatetimeIndex], list[str]]]] = [
    ("spreadsheets", lambda times: [repr((time - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")) for time in times]),
    ("spreadsheets", lambda times: [f"{(time - pd.Timestamp('1899-12-30')) / pd.Timedelta('1D'):.5f}" for time in times]),
    ("Julian days", lambda times: [f"{time.to_julian_date():.6f}" for time in times]),
    (" seconds since 1970", lambda times: [f"{time.timestamp():.0f}" for time in times]),
    ("milliseconds", lambda times: [f"{1000 * time.timestamp():.0f}" for time in times]),
    ("nanoseconds", lambda times: [str(time.value) for time in times.as_unit("ns")]),
    (
        "decimal years",
        lambda times: [
            f"{time.year + (time - pd.Timestamp(time.year, 1, 1)) / pd.Timedelta('1D') / (365 + time.is_leap_year):.7f}"
            for time in times
        ],
    ),
]


@pytest.mark.parametrize(("meaning", "written"), NUMBERS)
@pytest.mark.parametrize("times", [DAYS, HOURS[: 800 * 3]], ids=["days", "hours"])
def test_numbers_with_one_meaning_are_times_and_the_log_says_which(
    meaning: str, written: Callable[[pd.DatetimeIndex], list[str]], times: pd.DatetimeIndex, caplog: pytest.LogCaptureFixture
) -> None:
    texts = written(times)
    with caplog.at_level(logging.WARNING, "varwg.io"):
        np.testing.assert_array_equal(parse_times(texts, "file"), times.to_numpy())
    assert meaning in caplog.text
    if times is DAYS:
        numbers = pd.to_numeric(pd.Series(texts))
        found = varwg.read_observations(pd.DataFrame({"theta": temperature(), "date": numbers}), units={"theta": "degC"})
        np.testing.assert_array_equal(found.times, DAYS.to_numpy())
        assert any(meaning in note for note in found.repairs)


@pytest.mark.parametrize("place_in_day", [0.0, 0.5])
@pytest.mark.parametrize("length", [0.0, 365.25])
def test_decimal_years_of_days_with_few_decimals_stand_anywhere_in_their_day(place_in_day: float, length: float) -> None:
    texts = [f"{day.year + (day.day_of_year - 1 + place_in_day) / (length or 365 + day.is_leap_year):.4f}" for day in DAYS]
    np.testing.assert_array_equal(parse_times(texts, "file"), DAYS.to_numpy())


def test_decimal_years_that_do_not_tell_days_apart_are_refused() -> None:
    with pytest.raises(DataError, match="do not tell the days apart"):
        parse_times([f"{day.year + (day.day_of_year - 1) / 365:.2f}" for day in DAYS], "file")


def test_dates_that_a_float_has_been_made_of() -> None:
    np.testing.assert_array_equal(parse_times([f"{day:%Y%m%d}.0" for day in DAYS], "file"), DAYS.to_numpy())
    digits = pd.Index([int(f"{day:%Y%j}") for day in DAYS], name="date")
    found = varwg.read_observations(pd.DataFrame({"theta": temperature()}, index=digits), units={"theta": "degC"})
    np.testing.assert_array_equal(found.times, DAYS.to_numpy())


def test_a_count_of_rows_is_no_time() -> None:
    table = pd.DataFrame({"theta": temperature()}, index=range(36_892, 36_892 + DAYS.size))
    for name in (None, "number"):
        with pytest.raises(DataError, match="the times are int64"):
            varwg.read_observations(table.set_axis(range(DAYS.size)).rename_axis(name))
    with pytest.raises(DataError, match="the times are int64"):
        varwg.read_observations(table)


def test_a_workbook_is_read_by_its_first_sheet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Messwerte"
    for row in (["Station Davos"], [], ["Datum", "Temperatur [°C]"], *zip(DAYS.to_pydatetime(), temperature(), strict=True)):
        sheet.append(row)
    book.create_sheet("Legende")
    book.save(tmp_path / "a.xlsx")
    with caplog.at_level(logging.WARNING, "varwg.io"):
        found = varwg.read_observations(tmp_path / "a.xlsx")
    np.testing.assert_array_equal(found.values[0, 0], temperature())
    np.testing.assert_array_equal(found.times, DAYS.to_numpy())
    assert "the sheet 'Messwerte' was read; the others (Legende) were left out" in caplog.text


def test_a_workbook_asks_for_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(DataError, match="pip install openpyxl, or save the sheet as CSV"):
        varwg.read_observations(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    "names",
    [
        ("jaar", "maand", "dag", "uur"),
        ("anno", "mese", "giorno", "ora"),
        ("año", "mes", "día", "hora"),
        ("Année", "Mois", "Jour", "Heure"),
        ("ano", "mês", "dia", "Hora UTC"),
        ("rok", "měsíc", "den", "hodina"),
        ("Jahr", "Monat", "Tag", "Stunde (MEZ)"),
    ],
)
def test_parts_of_dates_in_the_languages_of_services(names: tuple[str, ...], tmp_path: Path) -> None:
    values = temperature(HOURS.size)
    parts = (HOURS.year, HOURS.month, HOURS.day, HOURS.hour)
    table = pd.DataFrame(dict(zip(names, parts, strict=True)) | {"theta": values})
    table.to_csv(tmp_path / "a.csv", index=False)
    for found in (varwg.read_observations(tmp_path / "a.csv"), varwg.read_observations(table, units={"theta": "degC"})):
        np.testing.assert_allclose(found.values[0, 0], values.reshape(-1, 24).mean(axis=1))


@pytest.mark.parametrize("clock", ["%H:%M", "%H00 UTC", "%H:%M:%S", "%H"])
def test_a_date_and_a_time_of_day_in_two_columns(clock: str, tmp_path: Path) -> None:
    values = temperature(HOURS.size)
    rows = [
        f"{day};{hour};{str(value).replace('.', ',')}"
        for day, hour, value in zip(HOURS.strftime("%d/%m/%Y"), HOURS.strftime(clock), values, strict=True)
    ]
    found = read(tmp_path, "Data;Hora UTC;theta\n" + "\n".join(rows))
    np.testing.assert_allclose(found.values[0, 0], values.reshape(-1, 24).mean(axis=1))


@pytest.mark.parametrize("name", ["", "Messzeitpunkt", "observed_at", "Unnamed: 0"])
def test_times_below_an_unknown_name_are_found(name: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"{name},theta\n" + "\n".join(lines_of(DAYS, "%Y-%m-%d", temperature())))
    np.testing.assert_array_equal(found.values[0, 0], temperature())


def test_columns_that_repeat_the_times_are_left_out_and_told() -> None:
    table = pd.DataFrame({"theta": temperature(), "year": DAYS.year, "Month": DAYS.month, "doy": DAYS.day_of_year}, index=DAYS)
    found = varwg.read_observations(table, units={"theta": "degC"})
    assert found.names == ("theta",)
    assert any("year, Month, doy repeat the times" in note for note in found.repairs)


@pytest.mark.parametrize(
    ("sign", "write", "values"),
    [
        ("\t", lambda value: f"{value:.2f}".replace(".", ","), temperature()),
        (",", lambda value: '"' + f"{value:.2f}".replace(".", ",") + '"', temperature()),
        (";", lambda value: f"{value:.2f}".replace("-", "−"), temperature()),
        (";", lambda value: f"{value:,.1f}", np.round(1000.0 + 100.0 * temperature(), 1)),
        (";", lambda value: f"{value:,.1f}".replace(",", " ").replace(".", ",").replace(" ", "."), 100.0 * temperature()),
        ("|", lambda value: f"{value:.2f}", temperature()),
        ("   ", lambda value: f"{value:.2f}", temperature()),
    ],
)
def test_numbers_with_commas_thousands_and_other_signs(
    sign: str, write: Callable[[float], str], values: np.ndarray, tmp_path: Path
) -> None:
    rows = [f"{day:%Y-%m-%d}{sign}{write(value)}{sign}{day.day}" for day, value in zip(DAYS, values, strict=True)]
    name = "a.txt" if sign == "\t" else "a.csv"
    found = read(tmp_path, f"date{sign}flow{sign}theta\n" + "\n".join(rows), name).values[0, 0]
    np.testing.assert_allclose(found, np.round(values, 2), rtol=1e-12)


def test_thousands_without_decimals_are_known_beside_smaller_numbers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    flow = np.random.default_rng(0).integers(500, 3000, DAYS.size)
    rows = [
        f"{day:%Y-%m-%d};{f'{number:,}'.replace(',', '.')};{str(value).replace('.', ',')}"
        for day, number, value in zip(DAYS, flow, temperature(), strict=True)
    ]
    with caplog.at_level(logging.WARNING, "varwg.io"):
        found = read(tmp_path, "date;flow;theta\n" + "\n".join(rows))
    np.testing.assert_array_equal(found.values[0, 0], flow)
    assert "between thousands" in caplog.text
    fixed = "date;flow;theta\n" + "\n".join(
        f"{day:%Y-%m-%d};{value:.3f};{day.day},5" for day, value in zip(DAYS, flow / 997, strict=True)
    )
    np.testing.assert_allclose(read(tmp_path, fixed).values[0, 0], flow / 997, atol=6e-4)


def test_what_is_below_and_between_the_rows_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = ["date,theta,R", *(f"{line},{number % 7}" for number, line in enumerate(lines_of(DAYS, "%Y-%m-%d", temperature())))]
    lines[400:400] = ["# the sensor was replaced", ",,", lines[0], lines[399]]
    lines[50] = lines[50].rsplit(",", 1)[0]
    with caplog.at_level(logging.WARNING, "varwg.io"):
        found = read(tmp_path, "\n".join([*lines, "Mean,9.1,0.5", "Source: a service"]))
    np.testing.assert_array_equal(found.values[0, 0], temperature())
    for told in ("the header comes again in line 403", "repeat another one in all their cells", "the last 2 lines", "line is 51"):
        assert told.replace("line is", "is line") in caplog.text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    text = "date\ttheta [°C]\r\n" + "\r\n".join(lines_of(DAYS, "%Y-%m-%d", temperature(), "\t"))
    np.testing.assert_array_equal(read(tmp_path, text, "a.txt", encoding).values[0, 0], temperature())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("47.5", 47.5),
        ("47,5", 47.5),
        ("33.5 S", -33.5),
        ("70,6° W", -70.6),
        ("47° 22' 30\" N", 47.375),
        ("-47:30:00", -47.5),
        ("47:30 N", 47.5),
        ("556 m a.s.l.", 556.0),
        ("1640 ft", 499.872),
        ("0.4 km", 400.0),
        ("unknown", np.nan),
    ],
)
def test_places_in_all_spellings(text: str, number: float) -> None:
    np.testing.assert_allclose(place_number(text), number)


def test_places_above_a_table_and_beside_its_rows(tmp_path: Path) -> None:
    rows = "\n".join(lines_of(DAYS, "%Y-%m-%d", temperature()))
    found = read(tmp_path, f"# Lat: 33° 30' S\n# Lon: 70.6 W\n# Alt: 1640 ft\ndate,theta\n{rows}")
    np.testing.assert_allclose((found.latitude[0], found.longitude[0], found.elevation[0]), (-33.5, -70.6, 499.872))
    beside = "date,theta,lat,elevation (ft)\n" + "\n".join(f"{row},33.5S,1640" for row in rows.split("\n"))
    found = read(tmp_path, beside)
    np.testing.assert_allclose((found.latitude[0], found.elevation[0]), (-33.5, 499.872))


def rows_of_two() -> pd.DataFrame:
    parts = [pd.DataFrame({"date": DAYS, "theta": temperature(seed=seed), "XYZ": 10384 + seed}) for seed in (0, 1)]
    return pd.concat(parts, ignore_index=True)


def test_rows_of_two_stations_without_a_name_of_stations(tmp_path: Path) -> None:
    table = rows_of_two()
    table.to_csv(tmp_path / "a.csv", index=False)
    for data in (tmp_path / "a.csv", table, table.set_index("date")):
        with pytest.raises(DataError, match="the column 'XYZ' tells them apart"):
            varwg.read_observations(data)
    placed = table.assign(lat=table.XYZ - 10336.0, lon=9.0).drop(columns="XYZ")
    placed.to_csv(tmp_path / "b.csv", index=False)
    for data in (tmp_path / "b.csv", placed):
        found = varwg.read_observations(data, units={"theta": "degC"})
        assert found.stations == ("48N_9E", "49N_9E")
        np.testing.assert_array_equal(found.values[:, 0], [temperature(seed=0), temperature(seed=1)])
        np.testing.assert_array_equal(found.latitude, [48.0, 49.0])


def test_tables_with_a_row_for_each_variable(tmp_path: Path) -> None:
    kelvin = pd.DataFrame({"date": DAYS, "parameter": "theta", "value": temperature() + 273.15, "unit": "K"})
    rain = pd.DataFrame({"date": DAYS, "parameter": "R", "value": np.arange(DAYS.size) % 7.0, "unit": "mm"})
    table = pd.concat([kelvin, rain])
    table.to_csv(tmp_path / "a.csv", index=False)
    for data in (tmp_path / "a.csv", table, table.set_index("date")):
        found = varwg.read_observations(data)
        assert found.names == ("theta", "R")
        np.testing.assert_allclose(found.values[0], [temperature(), np.arange(DAYS.size) % 7.0], atol=1e-9)
    with pytest.raises(DataError, match="has the units K, degC"):
        varwg.read_observations(pd.concat([table, kelvin.assign(date=DAYS + pd.Timedelta("2000D"), unit="degC")]))
    with pytest.raises(DataError, match="two values of theta for date"):
        varwg.read_observations(pd.concat([table, kelvin.assign(value=1.0)]))


@pytest.mark.parametrize(
    "columns",
    [
        [("theta", "K"), ("R", "inch")],
        [("A", "theta", "K"), ("A", "R", "inch")],
        [("theta", "A", "K"), ("R", "A", "inch")],
    ],
)
def test_units_in_a_level_of_the_columns(columns: list[tuple[str, ...]]) -> None:
    values = np.column_stack([temperature() + 273.15, np.arange(DAYS.size) % 7.0])
    found = varwg.read_observations(pd.DataFrame(values, index=DAYS, columns=pd.MultiIndex.from_tuples(columns)))
    assert (found.names, found.stations) == (("theta", "R"), ("A" if len(columns[0]) == 3 else "site",))
    np.testing.assert_allclose(found.values[0], [temperature(), 25.4 * (np.arange(DAYS.size) % 7.0)], atol=1e-9)


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Temperature, °C", ("Temperature", "°C")),
        ("Niederschlag in mm", ("Niederschlag", "mm")),
        ("G(h)", ("G(h)", "")),
        ("TEMPERATURA DO AR, HORARIA (°C)", ("TEMPERATURA DO AR, HORARIA", "°C")),
        ("water in lake", ("water in lake", "")),
    ],
)
def test_units_behind_names(cell: str, parts: tuple[str, str]) -> None:
    assert split_unit(cell) == parts


def test_cells_of_a_header_in_quotes_hold_commas(tmp_path: Path) -> None:
    rows = [f"{row},0.5" for row in lines_of(DAYS, "%Y-%m-%d", temperature())]
    found = read(tmp_path, 'date,"theta, °C","R, mm"\n' + "\n".join(rows) + "\n2003-04-01,1.0,2.5\n")
    np.testing.assert_array_equal(found.values[0, 0, : DAYS.size], temperature())
    assert found.names == ("theta", "R")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"2001-01-01,5.0\n2001-01-02,6.0\n", "has no header"),
        (b"PK\x03\x04" + bytes(40), "spreadsheet"),
        (b"PAR1" + bytes(40), "Parquet"),
        (b'{"time": ["2001-01-01"]}', "JSON"),
    ],
)
def test_files_that_are_no_tables_of_text_are_told_what_they_are(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "file.dat").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        varwg.read_observations(tmp_path / "file.dat")


LOGGER = (
    '"TOA5","CR1000","CR1000","12345","CR1000.Std.32","CPU:prog.CR1","1234","Day"\n'
    '"TIMESTAMP","RECORD","RH","rain_mm"\n"TS","RN","%","mm"\n"","","Smp","Tot"\n'
)
PREAMBLE_OF_PRISM = "PRISM Time Series Data\nLocation:  Lat: 40.0000   Lon: -105.0000   Elev: 5000ft\nDataset: AN81d\n"


def test_a_file_of_a_logger_with_three_lines_of_names(tmp_path: Path) -> None:
    rows = [f'"{day:%Y-%m-%d %H:%M:%S}",{n},{60 + n % 30},{n % 5}' for n, day in enumerate(DAYS)]
    found = read(tmp_path, LOGGER + "\n".join(rows), "a.dat")
    assert found.names == ("RH", "rain_mm")
    np.testing.assert_allclose(found.values[0], [0.6 + 0.01 * (np.arange(800) % 30), np.arange(800) % 5])
    assert any("RECORD was left out: it rises from step to step" in note for note in found.repairs)


def test_gap_filled_values_of_fluxnet_are_not_in_fahrenheit(tmp_path: Path) -> None:
    ends = HOURS + pd.Timedelta("1h")
    values = temperature(HOURS.size)
    rows = [f"{a:%Y%m%d%H%M},{b:%Y%m%d%H%M},{v},0,0.5" for a, b, v in zip(HOURS, ends, values, strict=True)]
    found = read(tmp_path, "TIMESTAMP_START,TIMESTAMP_END,TA_F,TA_F_QC,P_F\n" + "\n".join([*rows[:-1], rows[-1][:-3] + "0.7"]))
    assert found.names == ("theta", "R")
    np.testing.assert_allclose(found.values[0, 0], values.reshape(-1, 24).mean(axis=1))
    assert found.values[0, 1, 0] == 12.0


def test_hours_of_meteo_france_have_a_column_t_that_is_no_time(tmp_path: Path) -> None:
    values = temperature(HOURS.size)
    rows = [
        f"01089001;AMBERIEU;45.9765;5.3293;250;{h:%Y%m%d%H};{n % 7};{v}"
        for n, (h, v) in enumerate(zip(HOURS, values, strict=True))
    ]
    found = read(tmp_path, "NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHH;RR1;T\n" + "\n".join(rows))
    assert (found.names, found.stations) == (("R", "theta"), ("01089001",))
    np.testing.assert_allclose((found.latitude[0], found.elevation[0]), (45.9765, 250.0))
    np.testing.assert_allclose(found.values[0, 1], values.reshape(-1, 24).mean(axis=1))


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (PREAMBLE_OF_PRISM + "Date,tmean (degrees F)", lambda day, value: f"{day:%Y-%m-%d},{value * 1.8 + 32:.5f}"),
        ("Datum;Temperatur °C", lambda day, value: f"{day:%d.%m.%Y};{f'{value:.2f}'.replace('.', ',')}"),
        ("Datum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:", lambda day, value: f"{day:%Y-%m-%d};00:00:00;{value};G;;"),
        ("time,theta", lambda day, value: f"{day:%Y-%m-%d %H:%M:%S} CET,{value}"),
    ],
)
def test_layouts_of_services_and_loggers(head: str, row: Callable[[pd.Timestamp, float], str], tmp_path: Path) -> None:
    text = head + "\n" + "\n".join(row(day, value) for day, value in zip(DAYS, temperature(), strict=True))
    found = read(tmp_path, text)
    np.testing.assert_allclose(found.values[0, 0], temperature(), atol=1e-4)
    if "Elev" in head:
        np.testing.assert_allclose((found.latitude[0], found.longitude[0], found.elevation[0]), (40.0, -105.0, 1524.0))


def test_a_footer_is_told_only_where_a_table_is_above_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "varwg.io"), pytest.raises(DataError, match="not written in a way"):
        read(tmp_path, "time,theta\n" + "\n".join(f"{day:%Y-%m-%d} CEST,5.0" for day in DAYS))
    assert "no time and were left out" not in caplog.text
