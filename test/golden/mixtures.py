"""Golden values of lib/information's mixtures: log-densities by scikit-learn's GaussianMixture with its parameters set and by SciPy's
multivariate_normal, pairwise divergences and bounds in float64 NumPy by general formulas for full covariances (Chernoff through the
Gaussians' natural parameters), the best alpha by SciPy's bounded search, entropies in one dimension by quadrature. On float32 values.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
/tmp/golden/bin/python test/golden/mixtures.py > test/golden/mixtures.json
"""

import json
import platform

import numpy as np
import scipy
import sklearn
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture


def f32(x):
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def digits(x):
    """As many digits as tell one float32 from the next."""
    return [float(f"{value:.9g}") for value in np.ravel(x)]


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


def pairwise(means, covariances, divergence):
    n = len(means)
    return np.array([[divergence(means[i], covariances[i], means[j], covariances[j]) for j in range(n)] for i in range(n)])


def bound(means, covariances, weights, divergence):
    own = sum(w * multivariate_normal(m, c).entropy() for w, m, c in zip(weights, means, covariances))
    return own - weights @ logsumexp(-pairwise(means, covariances, divergence), b=weights[None, :], axis=1)


def score_samples(kind, means, covariances, weights, z):
    """scikit-learn's log-density with these parameters; its precisions_cholesky is the transposed inverse of a Cholesky factor."""
    own = {"isotropic": "spherical", "diagonal": "diag", "full": "full", "full shared": "tied"}[kind]
    model = GaussianMixture(len(means), covariance_type=own)
    model.weights_, model.means_ = weights, means
    if own == "spherical":
        model.precisions_cholesky_ = np.array([1 / np.sqrt(c[0, 0]) for c in covariances])
    elif own == "diag":
        model.precisions_cholesky_ = np.array([1 / np.sqrt(np.diag(c)) for c in covariances])
    else:
        inverses = np.array([np.linalg.inv(np.linalg.cholesky(c)).T for c in covariances])
        model.precisions_cholesky_ = inverses[0] if own == "tied" else inverses
    return model.score_samples(z)


def case(kind, n, k, spread, seed):
    rng = np.random.default_rng(seed)
    means = f32(spread * rng.standard_normal((n, k)))
    z = f32(1.5 * spread * rng.standard_normal((5, k)))
    weights = f32(rng.dirichlet(np.full(n, 3.0)))
    if kind == "isotropic":
        given = f32(rng.uniform(0.5, 2, n))
        covariances = [s**2 * np.eye(k) for s in given]
    elif kind == "diagonal":
        given = f32(rng.uniform(0.5, 2, (n, k)))
        covariances = [np.diag(s**2) for s in given]
    else:
        count = 1 if kind == "full shared" else n
        roots = rng.standard_normal((count, k, k + 2))
        given = np.array([f32(r @ r.T / k + 0.1 * np.eye(k)) for r in roots])
        covariances = list(given) * (n if count == 1 else 1)
    own = [multivariate_normal(m, c).logpdf(z) for m, c in zip(means, covariances)]
    best = minimize_scalar(
        lambda alpha: -bound(means, covariances, weights, chernoff(alpha)), bounds=(0, 1), method="bounded", options={"xatol": 1e-9}
    )
    values = {
        "logDensity sklearn": score_samples(kind, means, covariances, weights, z),
        "logDensity scipy": logsumexp(np.array(own).T, b=weights, axis=1),
        "kl": pairwise(means, covariances, kl).ravel(),
        "bhattacharyya": pairwise(means, covariances, chernoff(0.5)).ravel(),
        "chernoff 0.3": pairwise(means, covariances, chernoff(0.3)).ravel(),
        "bound kl": [bound(means, covariances, weights, kl)],
        "bound bhattacharyya": [bound(means, covariances, weights, chernoff(0.5))],
        "bound chernoff 0.3": [bound(means, covariances, weights, chernoff(0.3))],
        "bound best": [-best.fun],
        "alpha best": [best.x],
    }
    if k == 1:

        def integrand(x):
            log_p = logsumexp([multivariate_normal(m, c).logpdf(x) for m, c in zip(means, covariances)], b=weights)
            return -np.exp(log_p) * log_p

        values["entropy"] = [quad(integrand, -60, 60, points=sorted(means.ravel()), limit=500, epsabs=1e-9)[0]]
    return {
        "kind": kind,
        "n": n,
        "k": k,
        "means": digits(means),
        "given": digits(given),
        "weights": digits(weights),
        "z": digits(z),
        "values": {label: [float(v) for v in value] for label, value in values.items()},
    }


kinds = ["isotropic", "diagonal", "full", "full shared"]
sizes = [(2, 1, 1.0), (5, 3, 0.7), (7, 12, 0.4), (6, 4, 6.0), (3, 24, 0.3)]
versions = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}
cases = [case(kind, *size, 10 * i + j) for i, kind in enumerate(kinds) for j, size in enumerate(sizes)]
print(json.dumps({"versions": versions, "cases": cases}))
