"""A RandomState that draws as a Generator does, so that a program before the second step can be compared with it after.

Its old methods are written down here once more, from NumPy's documentation and not from the codemod's tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class OldKind(np.random.Generator):
    """The methods of RandomState on the bits of the generator that `default_rng` makes."""

    def __init__(self, seed: Any = None) -> None:
        super().__init__(np.random.default_rng(seed).bit_generator)

    def __deepcopy__(self, memo: dict[int, Any]) -> OldKind:
        copied = OldKind()
        copied.set_state(self.get_state())
        return copied

    def tomaxint(self) -> int:
        """A whole number of any size."""
        return self.integers(0, np.iinfo(np.int_).max, dtype=int, endpoint=True)

    def seed(self, seed: Any = None) -> None:
        """Start anew."""
        self.bit_generator.state = np.random.default_rng(seed).bit_generator.state

    def get_state(self) -> Any:
        """What `set_state` takes."""
        return self.bit_generator.state

    def set_state(self, state: Any) -> None:
        """Go on from there."""
        self.bit_generator.state = state

    def rand(self, *sizes: int) -> Any:
        """Uniform numbers, one where no size is given."""
        return self.random(sizes) if sizes else self.random()

    def randn(self, *sizes: int) -> Any:
        """Normal numbers, one where no size is given."""
        return self.standard_normal(sizes) if sizes else self.standard_normal()

    def random_sample(self, size: Any = None) -> Any:
        """Uniform numbers."""
        return self.random(size)

    def randint(self, low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Any:
        """Whole numbers below the last one; one of them is an `int`."""
        return self.integers(low, high, size, dtype)

    def random_integers(self, low: Any, high: Any = None, size: Any = None) -> Any:
        """Whole numbers from 1, or from `low`, to the last one."""
        low, high = (1, low) if high is None else (low, high)
        return self.integers(low, high, size, endpoint=True)
