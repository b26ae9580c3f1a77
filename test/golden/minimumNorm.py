"""Golden values of minimum-norm least squares: SciPy's lstsq (gelsd) in float64, on matrices made by integer formulas that the
test repeats exactly, so that only the results are stored.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1
/tmp/golden/bin/python test/golden/minimumNorm.py > test/golden/minimumNorm.json
"""

import json
import platform
from fractions import Fraction
from math import sqrt

import numpy as np
import scipy
from scipy.linalg import lstsq


def hashed(seed, count):
    """Whole numbers -2048 … 2047 from 32-bit mixing (MurmurHash3's finalizer) of seed and index."""
    u = (np.arange(count, dtype=np.uint64) + np.uint64(seed) * np.uint64(1_000_003)).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        u ^= u >> np.uint32(shift)
        u = (u.astype(np.uint64) * np.uint64(factor)).astype(np.uint32)
    u ^= u >> np.uint32(16)
    return (u >> np.uint32(20)).astype(np.int64) - 2048


def uniform(seed, n, k):
    """Multiples of 2^-12 in [-1/2, 1/2)."""
    return hashed(seed, n * k).reshape(n, k) / 4096


def labels(seed, n, r):
    return np.eye(r)[(hashed(seed, n) + 2048) % r]


def product(seed, n, rank, k):
    """Of this rank exactly: whole numbers, so that the product is exact."""
    return np.floor(hashed(seed, n * rank).reshape(n, rank) / 256) @ np.floor(
        hashed(seed + 1, rank * k).reshape(rank, k) / 256
    )


def collinear(seed, n, half, power):
    """[X, X + 2^-power E], exact in float64 up to power 38."""
    x = uniform(seed, n, half)
    return np.hstack([x, x + 2.0**-power * uniform(seed + 1, n, half)])


def relu(seed, n, k):
    """As embeddings often are: cut at 0, every 16th column dead, the column after it a copy of the one after that."""
    z = np.maximum(uniform(seed, n, k), 0)
    z[:, ::16] = 0
    z[:, 1::16] = z[:, 2::16]
    return z


CASES = {
    "tall": uniform(1, 60, 7),
    "square": uniform(2, 12, 12),
    "wide": uniform(3, 9, 25),
    "one row": uniform(4, 1, 6),
    "one column": uniform(5, 20, 1),
    "rank 4 of 10": product(6, 50, 4, 10),
    "rank 3, wide": product(8, 12, 3, 30),
    "collinear to 1e-6": collinear(10, 80, 6, 20),
    "collinear to 1e-9": collinear(12, 80, 6, 30),
    "huge": uniform(14, 40, 5) * 2.0**400,
    "tiny": uniform(15, 40, 5) * 2.0**-400,
    "zero": np.zeros((10, 3)),
    "duplicated and dead columns": relu(16, 300, 48),
    "5000 x 512": relu(17, 5000, 512),
}


def exact_residual(z, y):
    """By rational arithmetic, for a z of full column rank: the root of tr(Y'Y - Y'Z (Z'Z)^-1 Z'Y)."""
    k = z.shape[1]
    columns = [[Fraction(float(x)) for x in column] for column in np.hstack([z, y]).T]
    gram = [[sum(a * b for a, b in zip(p, q)) for q in columns] for p in columns]
    for j in range(k):
        for i in range(j + 1, len(gram)):
            factor = gram[i][j] / gram[j][j]
            gram[i] = [a - factor * b for a, b in zip(gram[i], gram[j])]
    return sqrt(sum(gram[i][i] for i in range(k, len(gram))))


def measured(i, name, z):
    n, k = z.shape
    y = labels(100 + i, n, 3)
    weights, _, rank, singular = lstsq(z, y, cond=max(n, k) * 2.0**-52, lapack_driver="gelsd")
    kept = singular[:rank]
    return {
        "n": n,
        "K": k,
        "condition": float(kept[0] / kept[-1]) if rank else None,
        "spectralNorm": float(singular[0]),
        "rank": int(rank),
        "residual": float(np.linalg.norm(z @ weights - y)),
        # SciPy's own rounding grows with the condition.
        "exactResidual": exact_residual(z, y) if name.startswith("collinear") else None,
        "weightNorm": float(np.linalg.norm(weights)),
        "lastWeights": [float(w) for w in weights[-1]],
    }


print(
    json.dumps(
        {
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
            "cases": {name: measured(i, name, z) for i, (name, z) in enumerate(CASES.items())},
        },
        indent=1,
    )
)
