"""Golden values of lib/information's entropies of embeddings: float64 NumPy, SciPy and scikit-learn, on float32 values.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
/tmp/golden/bin/python test/golden/entropies.py > test/golden/entropies.json
"""

import json
import platform

import numpy as np
import scipy
import sklearn
from scipy.linalg import eigvalsh
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln
from scipy.stats import gaussian_kde, multivariate_normal
from sklearn.neighbors import KernelDensity


def moment_bound(z):
    return multivariate_normal(np.zeros(z.shape[1]), np.atleast_2d(np.cov(z.T))).entropy()


def kozachenko_leonenko(z, k):
    """The tree's own k-th other neighbour; digamma and the ball's volume from SciPy."""
    n, d = z.shape
    distances = cKDTree(z).query(z, [k + 1])[0][:, 0]
    log_volume = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1)
    return digamma(n) - digamma(k) + log_volume + d * np.mean(np.log(distances))


def kernel_density(z, bandwidth, leave_one_out):
    """scikit-learn's density: fitted to the others for each row, or once to all."""
    if not leave_one_out:
        return -KernelDensity(bandwidth=bandwidth).fit(z).score(z) / len(z)
    scores = [
        KernelDensity(bandwidth=bandwidth).fit(np.delete(z, i, axis=0)).score(z[i : i + 1]) for i in range(len(z))
    ]
    return -np.mean(scores)


def named(z, rule):
    """SciPy's factor for N rows in K dimensions (it refuses N <= K), times the root of the mean variance."""
    n, d = z.shape
    factor = n ** (-1 / (d + 4)) if rule == "scott" else (n * (d + 2) / 4) ** (-1 / (d + 4))
    if n > d:
        assert np.isclose(factor, gaussian_kde(z.T, bw_method=rule).factor, rtol=1e-12)
    return factor * np.sqrt(np.mean(np.var(z, axis=0, ddof=1)))


def case(name, n, k, scale, mean, seed):
    rng = np.random.default_rng(seed)
    z = (scale * rng.standard_normal((n, k)) @ (np.eye(k) + 0.3 * rng.standard_normal((k, k))) + mean).astype(np.float32)
    x = z.astype(np.float64)
    values = {f"kozachenkoLeonenko {own}": kozachenko_leonenko(x, own) for own in (1, 3, 5)}
    if n > k + 2:
        values["momentBound"] = moment_bound(x)
        # The same from the eigenvalues.
        logs = np.log(2 * np.pi * np.e * eigvalsh(np.atleast_2d(np.cov(x.T))))
        assert np.isclose(values["momentBound"], logs.sum() / 2, rtol=1e-9)
    for label, bandwidth in {"0.4": 0.4, "scott": named(x, "scott"), "silverman": named(x, "silverman")}.items():
        values[f"kernelDensity {label}"] = kernel_density(x, bandwidth, True)
        values[f"kernelDensity all {label}"] = kernel_density(x, bandwidth, False)
    return {
        "name": name,
        "n": n,
        "k": k,
        "z": z.ravel().tolist(),
        "values": {label: float(value) for label, value in values.items()},
    }


versions = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}
cases = [
    case("more rows than dimensions", 60, 5, 0.6, 0.0, 1),
    case("more dimensions than rows", 7, 12, 0.5, 1.0, 2),
    case("one dimension", 12, 1, 1.0, 0.0, 3),
    case("two dimensions", 90, 2, 2.0, 0.0, 4),
    case("far from the origin", 30, 4, 0.5, 20.0, 5),
    case("spread, far beyond the bandwidth", 20, 3, 40.0, 0.0, 6),
]
print(json.dumps({"versions": versions, "cases": cases}))
