"""Golden values of lib/information: float64 NumPy and SciPy, on float32 values. The divergences are those of Gaussians with full
covariance matrices, not the isotropic formulas; the determinant is of the K × K matrix, whatever N is.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1
/tmp/golden/bin/python test/golden/information.py > test/golden/information.json
"""

import json
import platform

import numpy as np
import scipy
from scipy.linalg import svdvals
from scipy.spatial.distance import pdist
from scipy.special import logsumexp
from scipy.stats import multivariate_normal


def kl(mean_p, cov_p, mean_q, cov_q):
    inverse = np.linalg.inv(cov_q)
    delta = mean_q - mean_p
    logs = np.linalg.slogdet(cov_q)[1] - np.linalg.slogdet(cov_p)[1]
    return (np.trace(inverse @ cov_p) + delta @ inverse @ delta - len(delta) + logs) / 2


def chernoff(alpha):
    """-ln of the integral of p^alpha q^(1 - alpha), by completing the square in natural parameters."""

    def divergence(mean_p, cov_p, mean_q, cov_q):
        def log_partition(eta, precision):
            return eta @ np.linalg.solve(precision, eta) / 2 - np.linalg.slogdet(precision)[1] / 2

        precision_p, precision_q = np.linalg.inv(cov_p), np.linalg.inv(cov_q)
        eta_p, eta_q = precision_p @ mean_p, precision_q @ mean_q
        mixed = log_partition(
            alpha * eta_p + (1 - alpha) * eta_q, alpha * precision_p + (1 - alpha) * precision_q
        )
        return alpha * log_partition(eta_p, precision_p) + (1 - alpha) * log_partition(eta_q, precision_q) - mixed

    return divergence


def pair_dist(z, sigmas, divergence, weights):
    n, k = z.shape
    covariances = [s**2 * np.eye(k) for s in sigmas]
    d = np.array([[divergence(z[i], covariances[i], z[j], covariances[j]) for j in range(n)] for i in range(n)])
    own = sum(w * multivariate_normal(z[i], covariances[i]).entropy() for i, w in enumerate(weights))
    return own - weights @ logsumexp(-d, b=weights[None, :], axis=1)


def log_det(z, beta, centred):
    n, k = z.shape
    covariance = np.atleast_2d(np.cov(z.T)) if centred else z.T @ z / n
    return np.linalg.slogdet(np.eye(k) + beta * covariance)[1] / 2


def rank_me(z):
    s = svdvals(z)
    p = s / s.sum() + 1e-7
    return np.exp(-(p * np.log(p)).sum())


def unit(z):
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def case(name, n, k, scale, mean, seed):
    rng = np.random.default_rng(seed)
    z = (scale * rng.standard_normal((n, k)) @ (np.eye(k) + 0.3 * rng.standard_normal((k, k))) + mean).astype(np.float32)
    other = (z + 0.3 * scale * rng.standard_normal((n, k))).astype(np.float32)
    sigmas = rng.uniform(0.5, 2, n).astype(np.float32)
    weights = rng.dirichlet(np.full(n, 3.0))
    x, y, s = z.astype(np.float64), other.astype(np.float64), sigmas.astype(np.float64)
    equal, one = np.full(n, 1 / n), np.full(n, 0.7)
    divergences = {"kl": kl, "bhattacharyya": chernoff(0.5), "chernoff 0.3": chernoff(0.3)}
    values = {
        "logDet 1": log_det(x, 1, True),
        "logDet 20": log_det(x, 20, True),
        "logDet uncentred": log_det(x, 0.5, False),
        "rankMe": rank_me(x),
        "alignment 2": np.mean(np.linalg.norm(unit(x) - unit(y), axis=1) ** 2),
        "alignment 1": np.mean(np.linalg.norm(unit(x) - unit(y), axis=1)),
        "uniformity 2": np.log(np.mean(np.exp(-2 * pdist(unit(x)) ** 2))),
        "uniformity 40": logsumexp(-40 * pdist(unit(x)) ** 2) - np.log(n * (n - 1) / 2),
    }
    for label, divergence in divergences.items():
        values[f"pairDist {label}"] = pair_dist(x, one, divergence, equal)
        values[f"pairDist weighted {label}"] = pair_dist(x, one, divergence, weights)
        values[f"pairDist own sigmas {label}"] = pair_dist(x, s, divergence, weights)
    return {
        "name": name,
        "n": n,
        "k": k,
        "z": z.ravel().tolist(),
        "other": other.ravel().tolist(),
        "sigmas": sigmas.tolist(),
        "weights": weights.tolist(),
        "values": {label: float(value) for label, value in values.items()},
    }


print(
    json.dumps(
        {
            "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
            "cases": [
                case("more rows than dimensions", 16, 5, 0.6, 0.0, 1),
                case("more dimensions than rows", 7, 12, 0.5, 1.0, 2),
                case("two rows", 2, 3, 1.0, 0.0, 3),
                case("one dimension", 6, 1, 1.0, 0.0, 4),
                case("far from the origin", 9, 4, 0.5, 20.0, 5),
                case("spread", 8, 3, 6.0, 0.0, 6),
            ],
        }
    )
)
