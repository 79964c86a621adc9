"""Logistic regression on dense and sparse features together, the same result on every run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Answers = NDArray[np.bool_]

_MEMORY: Final = 10  #: steps that L-BFGS remembers
_STEPS: Final = 60
_CLOSE: Final = 1e-3  #: of the first gradient's size; smaller changes little after rounding to a byte


@dataclass(frozen=True)
class Matrix:
    """Rows of features: `dense` (rows, names), and sparse (bucket, value) pairs from `starts[i]` to `starts[i + 1]`."""

    dense: Floats
    starts: Ints
    buckets: Ints
    values: Floats
    width: int  #: how many buckets there are

    def __len__(self) -> int:
        return len(self.dense)

    @classmethod
    def of_dense(cls, dense: Floats) -> "Matrix":
        """Rows without sparse features."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(dense, np.zeros(len(dense) + 1, dtype=np.int64), nothing, np.zeros(0), 0)

    def product(self, weights: Floats) -> Floats:
        """Each row's sum of weighted features; `weights` holds the dense ones first."""
        names = self.dense.shape[1]
        sums: Floats = self.dense @ weights[:names]
        return sums + self._sparse @ weights[names:].astype(np.float32) if len(self.buckets) else sums

    def transposed(self, errors: Floats) -> Floats:
        """Each feature's sum over the rows' errors."""
        hashed = self._turned @ errors.astype(np.float32) if len(self.buckets) else np.zeros(self.width)
        return np.concatenate([self.dense.T @ errors, hashed])

    @cached_property
    def _sparse(self) -> Any:
        shape = len(self), self.width
        return csr_array((self.values.astype(np.float32), self.buckets, self.starts), shape=shape)

    @cached_property
    def _turned(self) -> Any:
        return self._sparse.T.tocsr()

    def only(self, rows: NDArray[np.bool_]) -> "Matrix":
        """Some of the rows."""
        lengths = np.diff(self.starts)
        kept = np.repeat(rows, lengths)
        starts = np.concatenate([[0], np.cumsum(lengths[rows])])
        return Matrix(self.dense[rows], starts, self.buckets[kept], self.values[kept], self.width)

    def without_buckets(self) -> "Matrix":
        """The dense features alone."""
        return Matrix.of_dense(self.dense)


def stacked(parts: Sequence[Matrix]) -> Matrix:
    """Several matrices one below the other."""
    ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends, strict=False)]
    return Matrix(
        np.vstack([part.dense for part in parts]),
        np.concatenate([*starts, ends[-1:]]).astype(np.int64),
        np.concatenate([part.buckets for part in parts]),
        np.concatenate([part.values for part in parts]),
        parts[0].width,
    )


def fitted(rows: Matrix, answers: Answers, importance: Floats, strength: float) -> tuple[float, Floats]:
    """Bias and weights of the logistic regression of yes/no `answers` on the rows.

    `strength` is C: what the data count against the squared size of the weights. The bias is not held back.
    """
    sign = np.where(answers, 1.0, -1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        margin = sign * (rows.product(point[1:]) + point[0])
        errors = -sign * importance * strength / (1 + np.exp(np.clip(margin, -500, 500)))
        gradient = np.concatenate([[errors.sum()], rows.transposed(errors) + point[1:]])
        value = strength * float(importance @ np.logaddexp(0, -margin)) + 0.5 * float(point[1:] @ point[1:])
        return value, gradient

    best = minimised(loss, np.zeros(1 + rows.dense.shape[1] + rows.width))
    return float(best[0]), best[1:]


def minimised(loss: Callable[[Floats], tuple[float, Floats]], point: Floats) -> Floats:
    """Where a smooth convex function is least, by L-BFGS with a halving line search (Nocedal & Wright, ch. 7)."""
    value, gradient = loss(point)
    first = float(np.linalg.norm(gradient)) or 1.0
    past: list[tuple[Floats, Floats]] = []
    for _ in range(_STEPS):
        if np.linalg.norm(gradient) < _CLOSE * first:
            break
        direction = _direction(gradient, past)
        step = 1.0 if past else 1 / first
        while step > 1e-10:
            new_value, new_gradient = loss(point + step * direction)
            if new_value <= value + 1e-4 * step * float(gradient @ direction):
                break
            step /= 2
        moved, turned = step * direction, new_gradient - gradient
        point, value, gradient = point + moved, new_value, new_gradient
        if float(moved @ turned) > 0:
            past = [*past[1 - _MEMORY :], (moved, turned)]
    return point


def _direction(gradient: Floats, past: Sequence[tuple[Floats, Floats]]) -> Floats:
    """The two loops of L-BFGS: the gradient bent by what the last steps taught about the curvature."""
    direction = -gradient
    shares = []
    for moved, turned in reversed(past):
        share = float(moved @ direction) / float(moved @ turned)
        direction = direction - share * turned
        shares.append(share)
    if past:
        moved, turned = past[-1]
        direction = direction * (float(moved @ turned) / float(turned @ turned))
    for (moved, turned), share in zip(past, reversed(shares), strict=True):
        direction = direction + (share - float(turned @ direction) / float(moved @ turned)) * moved
    return direction
