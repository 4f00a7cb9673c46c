"""Episodes: their lengths, sizes, signs and shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from varwg.scenarios._score_shift import episode_series, triangles
from varwg.streams import Streams


def series(n_days: int, mean_arrival: float, seed: int = 1) -> np.ndarray:
    return episode_series(n_days, mean_arrival, streams=Streams.of(np.random.default_rng(seed)))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_a_triangle_has_mean_one_and_is_symmetric(lengths: list[int]) -> None:
    windows = np.split(triangles(np.array(lengths)), np.cumsum(lengths)[:-1])
    for window, length in zip(windows, lengths, strict=True):
        assert window.size == length and window.mean() == pytest.approx(1.0)
        assert np.allclose(window, window[::-1]) and window.max() == pytest.approx(window[(length - 1) // 2])


def episodes(values: np.ndarray) -> list[np.ndarray]:
    """Runs of one sign."""
    return np.split(values, np.flatnonzero(np.diff(np.sign(values))) + 1)


def test_signs_alternate_and_lengths_are_one_and_an_exponential_number() -> None:
    """Mean length within 0.4 days of 11 (4 standard errors of 9000 episodes), none shorter than a day."""
    runs = episodes(series(100_000, 10.0))[:-1]
    lengths = np.array([run.size for run in runs])
    assert abs(lengths.mean() - 11.0) < 0.45 and lengths.min() >= 1
    assert abs(lengths.std() - 10.0) < 0.6


def test_amplitudes_are_half_normal() -> None:
    """Mean absolute deviation sqrt(2 / pi), mean square 1: within 0.03 and 0.06, 4 standard errors of 9000 episodes."""
    amplitudes = np.array([run.mean() for run in episodes(series(100_000, 10.0))[:-1]])
    assert abs(np.abs(amplitudes).mean() - np.sqrt(2.0 / np.pi)) < 0.03
    assert abs(np.mean(amplitudes**2) - 1.0) < 0.06


def test_a_longer_series_begins_with_the_shorter_one() -> None:
    assert np.array_equal(series(1000, 10.0)[:300], series(300, 10.0))


def test_the_first_episode_may_be_warm_or_cold() -> None:
    """Twenty fair coins all alike: once in half a million."""
    assert {float(np.sign(series(5, 10.0, seed)[0])) for seed in range(20)} == {-1.0, 1.0}


def test_episodes_of_a_day() -> None:
    assert series(50, 0.0).size == 50
    assert np.all(np.sign(series(50, 0.0)[1:]) == -np.sign(series(50, 0.0)[:-1]))
