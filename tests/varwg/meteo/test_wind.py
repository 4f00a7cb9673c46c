"""Wind: compass points, inverses, averages, and the profile of FAO-56."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg.errors import DataError
from varwg.meteo import mean_wind, wind_at_height, wind_components, wind_polar


def test_compass_points() -> None:
    """A wind from the north blows to the south, one from the west to the east."""
    u, v = wind_components(2.0, [0.0, 90.0, 180.0, 270.0])
    np.testing.assert_allclose(u, [0, -2, 0, 2], atol=1e-12)
    np.testing.assert_allclose(v, [-2, 0, 2, 0], atol=1e-12)


@given(speed=st.floats(0.01, 60.0), direction=st.floats(0.0, 359.999))
def test_there_and_back(speed: float, direction: float) -> None:
    back = wind_polar(*wind_components(speed, direction))
    np.testing.assert_allclose(back.speed, speed, rtol=1e-12)
    difference = (back.direction - direction + 180.0) % 360.0 - 180.0
    np.testing.assert_allclose(difference, 0.0, atol=1e-9)
    assert 0.0 <= back.direction < 360.0


def test_a_calm_needs_no_direction() -> None:
    u, v = wind_components([0.0, 1.0], [np.nan, np.nan])
    np.testing.assert_array_equal(u, [0.0, np.nan])
    assert not np.signbit(u[0])
    assert np.isnan(wind_polar(0.0, 0.0).direction)
    assert v[0] == 0.0


def test_the_mean_direction_respects_the_circle() -> None:
    """350 and 10 degrees average to 0, not to 180."""
    mean = mean_wind([3.0, 3.0], [350.0, 10.0])
    np.testing.assert_allclose((mean.direction + 180.0) % 360.0, 180.0, atol=1e-9)
    np.testing.assert_allclose(mean.speed, 3.0 * np.cos(np.radians(10.0)))
    np.testing.assert_allclose(mean.steadiness, np.cos(np.radians(10.0)))


def test_opposite_winds_cancel_and_missing_ones_are_left_out() -> None:
    mean = mean_wind([[2.0, 2.0, np.nan], [np.nan] * 3], [[90.0, 270.0, 10.0], [np.nan] * 3])
    np.testing.assert_allclose(mean.speed, [0.0, np.nan], atol=1e-12)
    np.testing.assert_allclose(mean.steadiness, [0.0, np.nan], atol=1e-12)


def test_example_14_of_fao56() -> None:
    """3.2 m/s at 10 m are 2.4 m/s at 2 m."""
    assert wind_at_height(3.2, 10.0) == pytest.approx(2.4, abs=0.05)


#: Annex 2, table 2.9: factors to 2 m.
@pytest.mark.parametrize(("height", "factor"), [(1.0, 1.178), (2.0, 1.000), (3.0, 0.921), (5.0, 0.838), (10.0, 0.748)])
def test_table_2_9_of_fao56(height: float, factor: float) -> None:
    assert wind_at_height(1.0, height) == pytest.approx(factor, abs=2e-3)


def test_heights_within_the_grass_are_refused() -> None:
    with pytest.raises(DataError, match=r"a wind height is 0\.05 m"):
        wind_at_height(1.0, 0.05)
