"""What scenarios do to the scores of a member: before the vine, after it, and after the noise of rain amounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from varwg.arrays import FloatArray, readonly_floats

if TYPE_CHECKING:
    from weathercop.scenarios.regional import RegionalScenario

#: From series (..., S, K, T) to others of the same shape.
Transform: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class MemberShift:
    """What scenarios do to the scores of one member, or of several members stacked.

    Attributes
    ----------
    regional : RegionalScenario
        The scenarios.
    shifts : array, shape (P, ..., S, T)
        Shifts of the scores of the moved primaries.
    signal : array, shape (..., S, T)
        Shift of the score of the riding variable; empty without one.
    """

    regional: RegionalScenario
    shifts: FloatArray
    signal: FloatArray

    @staticmethod
    def stack(members: Sequence[MemberShift]) -> MemberShift:
        """One for arrays with a leading axis of members; all must have the same scenarios."""
        shifts = np.stack([member.shifts for member in members], axis=1)
        signals = np.stack([member.signal for member in members])
        return MemberShift(members[0].regional, readonly_floats(shifts), readonly_floats(signals))

    def scores(self, latent: FloatArray, dependent: Transform, noisy: Transform) -> FloatArray:
        """Scores of a realisation.

        Parameters
        ----------
        latent : array, shape (..., S, K, T)
            Independent latent series; the root's are its scores.
        dependent : callable
            From independent series to dependent scores without noise (vine and rank tables); does not change its argument.
        noisy : callable
            Adds the noise of amounts, to its argument itself where it likes.

        Returns
        -------
        array, shape (..., S, K, T)
        """
        regional = self.regional
        if not regional.moved:
            return noisy(dependent(latent))
        changes = {primary.variable: n for n, primary in enumerate(regional.moved)}
        root = regional.root
        start = self._moved(latent, root) if root in changes else latent
        after = dependent(start)
        base = after
        if start is not latent:
            # The vine is run again only where somebody needs to know what it gives without the shift.
            base = dependent(latent) if regional.controlled else latent
        scores = self._ridden(self._followed(after, base))
        for variable in changes:
            if variable in regional.late:
                scores[..., variable, :] = base[..., variable, :]
        result = noisy(scores)
        for variable in regional.late:
            result = self._moved(result, variable)
        return result

    def _followed(self, after: FloatArray, base: FloatArray) -> FloatArray:
        """Scores in which controlled variables are where they should be and the others have followed.

        `after` is what the vine has made of the shifted root, `base` what it makes without shift.
        """
        regional, controlled = self.regional, self.regional.controlled
        if not controlled:
            return after
        result, wanted = after.copy(), base
        for primary in regional.moved:
            wanted = self._moved(wanted, primary.variable)
        changed = list(controlled)
        rest = wanted[..., changed, :] - after[..., changed, :]
        # The weights of a moved root are zero. One variable after the other is added, because sums inside one call may
        # depend on the number of stacked members.
        for number in range(len(controlled)):
            result += regional.weights[:, :, number][..., regional.doy] * rest[..., number : number + 1, :]
        result[..., changed, :] = wanted[..., changed, :]
        return result

    def _ridden(self, scores: FloatArray) -> FloatArray:
        """Scores with the member's own signal on top: its variable moves, others follow, moved and fixed ones do not."""
        regional = self.regional
        if regional.riding is None or not self.signal.size:
            return scores
        return np.asarray(scores + regional.riding_weights[..., regional.doy] * self.signal[..., None, :])

    def _moved(self, scores: FloatArray, variable: int) -> FloatArray:
        """A copy of scores in which those of one primary are f z + shift."""
        number = [primary.variable for primary in self.regional.moved].index(variable)
        factor = self.regional.moved[number].scenario.var_factor
        result = scores.copy()
        result[..., variable, :] = factor * scores[..., variable, :] + self.shifts[number]
        return result
