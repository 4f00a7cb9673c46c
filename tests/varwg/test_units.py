"""Units: spellings, and conversions against hand calculations."""

from __future__ import annotations

import numpy as np
import pytest

from varwg import VARIABLES
from varwg._variables import canonical, conversion, spellings_for

HOUR = 3600.0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("W/m²", "W m-2"),
        ("W m**-2", "W m-2"),
        ("Wm^-2", "W m-2"),
        ("W m⁻²", "W m-2"),
        ("W·m-2", "W m-2"),
        ("W/(m^2)", "W m-2"),
        ("kg/m2/s", "kg m-2 s-1"),
        ("kg/(m2 s)", "kg m-2 s-1"),
        ("mm/day", "mm d-1"),
        ("mm day-1", "mm d-1"),
        ("mm per hour", "mm h-1"),
        ("[mm]", "mm"),
        ("degree_Celsius", "degC"),
        ("°C", "degC"),
        ("degrees celsius", "degC"),
        ("Kelvin", "K"),
        ("percent", "%"),
        ("knots", "knot"),
        ("oktas", "okta"),
        ("hours", "h"),
        ("º C", "degC"),
        ("mm/24h", "mm d-1"),
        ("mm w.e.", "mm"),
        ("m of water equivalent", "m"),
        ("мм", "mm"),
        ("мм/сут", "mm d-1"),
        ("м/с", "m s-1"),
        ("Вт/м²", "W m-2"),
        ("°С", "degC"),
        ("гПа", "hPa"),
        ("毫米", "mm"),
        ("米/秒", "m s-1"),
        ("Millimeter", "mm"),
        ("Watts/m2", "W m-2"),
        ("hectopascal", "hPa"),
        ("kph", "km h-1"),
        ("miles/hour", "mph"),
    ],
)
def test_spellings_of_one_unit_are_equal(first: str, second: str) -> None:
    assert canonical(first) == canonical(second)


@pytest.mark.parametrize(
    ("source", "target", "step", "value", "expected"),
    [
        ("K", "degC", 86400.0, 273.15, 0.0),
        ("degF", "degC", 86400.0, 212.0, 100.0),
        ("degF", "degC", 86400.0, -40.0, -40.0),
        ("degC", "K", 86400.0, 20.0, 293.15),
        ("mm d-1", "mm", 86400.0, 3.0, 3.0),
        ("mm h-1", "mm", 86400.0, 1.0, 24.0),
        ("mm h-1", "mm", HOUR, 1.0, 1.0),
        ("mm d-1", "mm", HOUR, 24.0, 1.0),
        ("kg m-2", "mm", HOUR, 2.5, 2.5),
        ("kg m-2 s-1", "mm", 86400.0, 1e-4, 8.64),
        ("m", "mm", 86400.0, 0.002, 2.0),
        ("m s-1", "mm", HOUR, 1e-6, 3.6),
        ("0.1 mm", "mm", HOUR, 25.0, 2.5),
        ("0.1 degC", "degC", HOUR, 215.0, 21.5),
        ("in/day", "mm", 86400.0, 2.0, 50.8),
        ("cm/day", "mm", 86400.0, 2.0, 20.0),
        ("kWh/m2/day", "W m-2", HOUR, 2.4, 100.0),
        ("langley/day", "W m-2", HOUR, 100.0, 48.4259259),
        ("inHg", "hPa", HOUR, 29.92, 1013.207),
        ("km/day", "m s-1", HOUR, 86.4, 1.0),
        ("%", "1", HOUR, 55.0, 0.55),
        ("okta", "1", HOUR, 4.0, 0.5),
        ("Pa", "hPa", HOUR, 101325.0, 1013.25),
        ("kPa", "hPa", HOUR, 101.325, 1013.25),
        ("mbar", "hPa", HOUR, 1013.0, 1013.0),
        ("km/h", "m s-1", HOUR, 36.0, 10.0),
        ("knots", "m s-1", HOUR, 1.0, 0.5144444),
        ("J cm-2", "W m-2", 86400.0, 864.0, 100.0),
        ("J cm-2", "W m-2", HOUR, 36.0, 100.0),
        ("MJ m-2 d-1", "W m-2", HOUR, 8.64, 100.0),
        ("MJ m-2", "W m-2", 86400.0, 8.64, 100.0),
        ("kJ m-2", "W m-2", HOUR, 360.0, 100.0),
        ("kWh m-2", "W m-2", 86400.0, 2.4, 100.0),
        ("min", "h", HOUR, 90.0, 1.5),
        ("s", "h", HOUR, 5400.0, 1.5),
        ("h d-1", "h", 86400.0, 7.0, 7.0),
    ],
)
def test_conversions(source: str, target: str, step: float, value: float, expected: float) -> None:
    line = conversion(source, target, step_seconds=step)
    assert line is not None
    np.testing.assert_allclose(line.scale * value + line.offset, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("source", "target"), [("m", "degC"), ("mm", "W m-2"), ("furlong", "m s-1"), ("K", "hPa"), ("mm/3h", "mm")]
)
def test_units_of_other_quantities_do_not_convert(source: str, target: str) -> None:
    assert conversion(source, target) is None


def test_an_unknown_unit_converts_only_to_itself() -> None:
    assert conversion("m3/s", "m3 s-1") == (1.0, 0.0)
    assert conversion("l s-1", "m3 s-1") is None
    assert spellings_for("m3 s-1") == ("m3 s-1",)


@pytest.mark.parametrize("step", [600.0, HOUR, 86400.0])
@pytest.mark.parametrize("target", sorted({variable.units for variable in VARIABLES}))
def test_there_and_back_is_the_identity(target: str, step: float) -> None:
    value = np.array([-40.0, 0.0, 273.15])
    for spelling in spellings_for(target):
        there = conversion(spelling, target, step_seconds=step)
        back = conversion(target, spelling, step_seconds=step)
        assert there is not None, spelling
        if target == "mm" and spelling == "m s-1":
            assert back is None  # as a target, "m s-1" means a speed
            continue
        assert back is not None, spelling
        np.testing.assert_allclose(back.scale * (there.scale * value + there.offset) + back.offset, value, atol=1e-9)


@pytest.mark.parametrize("target", sorted({variable.units for variable in VARIABLES}))
def test_case_and_blanks_do_not_matter(target: str) -> None:
    for spelling in spellings_for(target):
        for variant in (spelling.upper(), spelling.lower(), spelling.replace(" ", "")):
            assert conversion(variant, target) == conversion(spelling, target)
