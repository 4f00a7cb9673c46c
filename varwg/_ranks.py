"""Between uniform ranks and standard-normal scores: the one place where ranks are clipped."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from varwg._arrays import FloatArray

#: Ranks are kept this far inside the unit interval; as scores that is +-7.03.
RANK_MARGIN: Final = 1e-12
#: Outermost score that a rank can have, after clipping.
LAST_SCORE: Final = float(-special.ndtri(RANK_MARGIN))


def clip_ranks(ranks: ArrayLike) -> FloatArray:
    """Ranks moved inside [1e-12, 1 - 1e-12]; NaN stays NaN."""
    return np.clip(np.asarray(ranks, dtype=np.float64), RANK_MARGIN, 1.0 - RANK_MARGIN)


def ranks_from_scores(scores: ArrayLike) -> FloatArray:
    """Standard-normal scores z to uniform ranks u = Phi(z), not clipped."""
    return np.asarray(special.ndtr(np.asarray(scores, dtype=np.float64)), dtype=np.float64)


def scores_from_ranks(ranks: ArrayLike) -> FloatArray:
    """Uniform ranks u to standard-normal scores z = Phi^-1(u), finite because ranks are clipped first."""
    return np.asarray(special.ndtri(clip_ranks(ranks)), dtype=np.float64)


def inside_unit_interval(ranks: ArrayLike) -> FloatArray:
    """Ranks moved off exactly 0 and 1 and nothing more: conditional ranks far below 1e-12 are still exact."""
    values = np.asarray(ranks, dtype=np.float64)
    return np.clip(values, np.finfo(np.float64).tiny, 1.0 - np.finfo(np.float64).epsneg)
