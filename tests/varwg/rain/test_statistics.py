"""Rain statistics on series small enough to count by hand, and identities on any series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg import daily_times
from varwg.errors import DataError, RngError
from varwg.rain import exceedance, hydrological_years, is_wet, random_dryness, spell_lengths, transition_counts, transition_matrix

RAIN = np.array([0.0, 2.0, 3.0, 0.5, np.nan, 1.0, 1.0, 1.0, 0.0, 0.0])


def test_a_millimetre_is_wet_whatever_rounding_took_of_it_and_less_is_not() -> None:
    assert is_wet(np.array([1.0, 1.0 - 5e-7, 0.999, np.nan])).tolist() == [True, True, False, False]


def test_transitions_counted_by_hand() -> None:
    assert transition_counts(RAIN).tolist() == [[1, 1], [2, 3]]
    np.testing.assert_allclose(transition_matrix(RAIN), [[0.5, 0.5], [0.4, 0.6]])
    np.testing.assert_allclose(transition_matrix(RAIN, threshold=0.1), [[1 / 2, 1 / 2], [1 / 5, 4 / 5]])


def test_spells_counted_by_hand() -> None:
    dry, wet = spell_lengths(RAIN)
    assert dry.tolist() == [1, 1, 2]
    assert wet.tolist() == [2, 3]


rain_series = st.lists(st.one_of(st.floats(0.0, 50.0), st.just(float("nan"))), min_size=2, max_size=60).map(np.array)


@given(rain=rain_series)
def test_spells_cover_all_observed_days_and_transitions_all_pairs(rain: np.ndarray) -> None:
    dry, wet = spell_lengths(rain)
    assert dry.sum() == np.sum(rain < 1.0)
    assert wet.sum() == np.sum(rain >= 1.0)
    counts = transition_counts(rain)
    assert counts.sum() == np.sum(np.isfinite(rain[1:]) & np.isfinite(rain[:-1]))
    if counts.sum(axis=1).all():
        np.testing.assert_allclose(transition_matrix(rain).sum(axis=1), 1.0)


def test_without_wet_days_there_is_no_matrix() -> None:
    with pytest.raises(DataError, match="no wet day"):
        transition_matrix(np.zeros(50))


def test_exceedance_of_known_values() -> None:
    values, probabilities = exceedance(np.array([3.0, np.nan, 1.0, 2.0]))
    assert values.tolist() == [3.0, 2.0, 1.0]
    assert probabilities.tolist() == [0.25, 0.5, 0.75]
    with pytest.raises(DataError, match="no observed value"):
        exceedance(np.array([np.nan]))


@pytest.mark.parametrize(
    ("first_month", "day", "year"),
    [
        (11, "2000-10-31", 2000),
        (11, "2000-11-01", 2001),
        (10, "2000-10-01", 2001),
        (1, "2000-12-31", 2000),
        (1, "2001-01-01", 2001),
        (12, "1969-12-01", 1970),
    ],
)
def test_hydrological_years_turn_on_their_first_month(first_month: int, day: str, year: int) -> None:
    assert hydrological_years(np.array([day], dtype="datetime64[h]"), first_month=first_month).tolist() == [year]


def test_every_hydrological_year_has_365_or_366_days() -> None:
    years = hydrological_years(daily_times("1999-11-01", 3653))
    assert set(np.bincount(years)[2000:].tolist()) == {365, 366}
    with pytest.raises(DataError, match="first_month is 0"):
        hydrological_years(daily_times("2000-01-01", 5), first_month=0)


def test_random_dryness_dries_its_spells_and_nothing_else() -> None:
    rain = np.full((2, 20_000), 5.0)
    rain[0, 7] = np.nan
    dried, inside = random_dryness(rain, spells_per_year=2.0, mean_length=10.0, rng=np.random.default_rng(1))
    assert np.array_equal(dried[1] == 0.0, inside)
    assert np.isnan(dried[0, 7])
    np.testing.assert_array_equal(dried[:, ~inside], rain[:, ~inside])


def test_random_dryness_has_the_expected_share() -> None:
    """Days outside spells: exp(-rate x length) = 0.948; 4e5 days scatter by 0.0015, tolerance 5 of that."""
    _, inside = random_dryness(np.ones(400_000), spells_per_year=2.0, mean_length=9.75, rng=np.random.default_rng(2))
    assert 1.0 - inside.mean() == pytest.approx(np.exp(-2.0 * 9.75 / 365.2425), abs=0.0075)


def test_random_dryness_without_spells_is_neutral_and_nonsense_is_refused() -> None:
    rng = np.random.default_rng(0)
    dried, inside = random_dryness(RAIN, spells_per_year=0.0, mean_length=5.0, rng=rng)
    assert dried.tobytes() == RAIN.tobytes()
    assert not inside.any()
    with pytest.raises(DataError, match="at least 0 and 1"):
        random_dryness(RAIN, spells_per_year=1.0, mean_length=0.5, rng=rng)
    with pytest.raises(RngError):
        random_dryness(RAIN, spells_per_year=1.0, mean_length=5.0, rng=1)  # type: ignore[arg-type]
