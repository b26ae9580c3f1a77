"""Golden values of lib/information/mutualInformation and its neighbours: float64 NumPy and SciPy, on float32 values. The mutual
information is entropies of SciPy's multivariate normal, not a ratio of determinants; expectations are Gauss-Hermite quadrature.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1
/tmp/golden/bin/python test/golden/mutualInformation.py > test/golden/mutualInformation.json
"""

import itertools
import json
import platform

import numpy as np
import scipy
from scipy.stats import multivariate_normal


def float32(x):
    return np.asarray(x, np.float32).astype(np.float64)


def expectation(f, mean, covariance, nodes=12):
    """E f over a Gaussian by Gauss-Hermite quadrature, exact for polynomials of degree below 2 nodes."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    factor = np.linalg.cholesky(covariance)
    grid = np.array(list(itertools.product(points, repeat=len(mean))))
    weight = np.prod(list(itertools.product(weights, repeat=len(mean))), axis=1) / (2 * np.pi) ** (len(mean) / 2)
    return weight @ f(grid @ factor.T + mean)


def log_conditional(z, x, w, b, c):
    return multivariate_normal(np.zeros(len(c)), c).logpdf(z - x @ w.T - b).reshape(len(z))


def case(name, k, m, seed, strength):
    rng = np.random.default_rng(seed)
    size = k + m
    a = rng.standard_normal((size, 2 * size)) / np.sqrt(2 * size)
    a[k:] += strength * a[:k][np.arange(m) % k]
    covariance = float32(a @ a.T)
    covariance = (covariance + covariance.T) / 2
    mean = float32(rng.standard_normal(size))
    w, b = float32(rng.standard_normal((k, m))), float32(rng.standard_normal(k))
    root = rng.standard_normal((k, k))
    c = float32(root @ root.T + np.eye(k) / 2)
    c = (c + c.T) / 2
    draws = float32(rng.multivariate_normal(mean, covariance, size=6))
    entropy = lambda s: multivariate_normal(np.zeros(len(s)), s).entropy()
    zz, zx, xx = covariance[:k, :k], covariance[:k, k:], covariance[k:, k:]
    true_w = zx @ np.linalg.inv(xx)
    true_b, true_c = mean[:k] - true_w @ mean[k:], zz - true_w @ zx.T
    log = lambda w, b, c: lambda v: log_conditional(v[:, :k], v[:, k:], w, b, c)
    return {
        "name": name,
        "split": k,
        "size": size,
        "mean": mean.tolist(),
        "covariance": covariance.ravel().tolist(),
        "q": {"map": w.ravel().tolist(), "offset": b.tolist(), "covariance": c.ravel().tolist()},
        "samples": {"count": 6, "z": draws[:, :k].ravel().tolist(), "x": draws[:, k:].ravel().tolist()},
        "values": {
            "information": float(entropy(zz) + entropy(xx) - entropy(covariance)),
            "entropy": float(entropy(zz)),
            "expected": float(expectation(log(w, b, c), mean, covariance)),
            "atTruth": float(expectation(log(true_w, true_b, true_c), mean, covariance)),
        },
        "logs": log(w, b, c)(draws).tolist(),
    }


print(
    json.dumps(
        {
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
            "cases": [
                case("one and one", 1, 1, 1, 1.0),
                case("one and two", 1, 2, 2, 2.0),
                case("two and one", 2, 1, 3, 3.0),
                case("two and two", 2, 2, 4, 1.5),
                case("three and two, almost independent", 3, 2, 5, 0.0),
            ],
        }
    )
)
