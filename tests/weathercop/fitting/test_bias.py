"""Rank tables: simulated scores become standard normal, in order, without a jump at the ends of a table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from weathercop._latent import RankTables


@pytest.fixture(scope="module")
def skewed() -> np.ndarray:
    """Scores of two stations and one variable that are far from normal, in the order of a uniform grid of ranks."""
    normal = special.ndtri((np.arange(40_000) + 0.5) / 40_000)
    return np.stack([np.sinh(0.7 * normal) + 0.4, 0.5 * normal - 1.0])[:, None]


def test_the_identity_changes_nothing(rng: np.random.Generator) -> None:
    scores = 2.0 * rng.standard_normal(1000)
    assert np.allclose(RankTables.identity(2, 3).apply(scores, 1, 2), scores, rtol=0, atol=1e-12)


def test_scores_become_standard_normal(skewed: np.ndarray) -> None:
    tables = RankTables.of(skewed)
    for station in range(2):
        mapped = tables.apply(skewed[station, 0], station, 0)
        inside = np.abs(mapped) < 2.8
        expected = stats.norm.ppf((np.arange(mapped.size) + 0.5) / mapped.size)
        assert np.allclose(mapped[inside], expected[inside], rtol=0, atol=5e-3)


def test_the_map_is_increasing_and_continuous(skewed: np.ndarray) -> None:
    tables = RankTables.of(skewed)
    scores = np.linspace(-12.0, 12.0, 200_001)
    steps = np.diff(tables.apply(scores, 0, 0))
    assert np.all(steps > 0)
    assert steps.max() < 20 * np.diff(scores).max()
    beyond = scores > tables.high[0, 0] + 1e-3
    assert np.allclose(np.diff(tables.apply(scores[beyond], 0, 0)), np.diff(scores[beyond]))


def test_several_stations_go_together(skewed: np.ndarray, rng: np.random.Generator) -> None:
    tables, scores = RankTables.of(skewed), rng.standard_normal((3, 2, 50))
    together = tables.apply(scores, np.array([1, 0, 1]), np.array([0, 0, 0]))
    assert np.array_equal(
        together, np.stack([tables.apply(own, station, 0) for own, station in zip(scores, (1, 0, 1), strict=True)])
    )


def test_missing_scores_are_not_hidden(skewed: np.ndarray) -> None:
    mapped = RankTables.of(skewed).apply(np.array([np.nan, 0.0]), 0, 0)
    assert np.isnan(mapped).tolist() == [True, False]
