"""EM of Gaussian mixtures by scikit-learn's GaussianMixture in float64, step by step: its own E-step and M-step by turns, from a given
start. Prints JSON for test/theory/mixtureFitGolden.test.ts.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
/tmp/golden/bin/python test/golden/mixtureFit.py > test/golden/mixtureFit.json

Starts from which EM magnifies small differences (on its way past a saddle of the likelihood) are passed over: no two programs in different
precisions could agree there. A fixed covariance and equal weights, which scikit-learn does not have, are set again after each of its M-steps.
"""

import json
import platform

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky

STEPS = 8
REG_COVAR = 1e-6


def f32(x):
    """What float32 makes of it, so that both sides start from the same numbers."""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def flat(x):
    return [float(f"{v:.10g}") for v in np.asarray(x).ravel()]


def clusters(rng, n, k, components, apart, offset):
    """Points of elongated clusters of different sizes; far from the origin with an offset."""
    centres = apart * rng.standard_normal((components, k))
    sizes = rng.multinomial(n, rng.dirichlet(4 * np.ones(components)))
    parts = [c + rng.standard_normal((s, k)) @ (rng.standard_normal((k, k)) / np.sqrt(k) * rng.uniform(0.5, 1.2)) for c, s in zip(centres, sizes)]
    return f32(np.round(np.concatenate(parts) + offset, 4))


def start(rng, kind, x, components):
    """Centres on points, widths of a cluster (with those of the whole EM would start next to a saddle), uneven weights."""
    k = x.shape[1]
    means = x[rng.choice(len(x), components, replace=False)]
    shape = {"spherical": (components,), "diag": (components, k), "full": (components, k), "fixed": (components,)}[kind]
    sigma = f32(np.round(rng.uniform(0.6, 1.2, shape), 3))
    weights = f32(rng.dirichlet(5 * np.ones(components)))
    return means, sigma, weights / weights.sum()


def em(kind, equal, x, means, covariances, weights, count=STEPS):
    covariance_type = "spherical" if kind == "fixed" else kind
    model = GaussianMixture(len(means), covariance_type=covariance_type, reg_covar=REG_COVAR, max_iter=1)

    def hold():
        if equal:
            model.weights_ = np.full(len(means), 1 / len(means))
        if kind == "fixed":
            model.covariances_ = covariances
        model.precisions_cholesky_ = _compute_precision_cholesky(model.covariances_, covariance_type)

    model.weights_, model.means_, model.covariances_ = weights, means, covariances
    hold()
    steps = []
    for _ in range(count + 1):
        log_likelihood, log_responsibilities = model._e_step(x)
        steps.append(
            {
                "logLikelihood": float(log_likelihood),
                "means": flat(model.means_),
                "covariances": flat(model.covariances_),
                "weights": flat(model.weights_),
            }
        )
        last = np.exp(log_responsibilities[:8])
        model._m_step(x, log_responsibilities)
        hold()
    return steps, flat(last)


def is_stable(kind, equal, x, steps):
    """Whether a difference of 1e-6 of the points' width, put in at some steps, never comes to three times that."""
    off = 1e-6 * x.std(axis=0).max()
    rng = np.random.default_rng(0)
    for i in range(0, STEPS, 2):
        means, covariances, weights = (np.array(steps[i][name]) for name in ["means", "covariances", "weights"])
        means = means.reshape(len(weights), -1)
        covariances = covariances.reshape(means.shape + means.shape[1:]) if kind == "full" else covariances
        covariances = covariances.reshape(means.shape) if kind == "diag" else covariances
        other, _ = em(kind, equal, x, means + off * rng.choice([-1, 1], means.shape), covariances, weights, STEPS - i)
        apart = [np.abs(np.subtract(a["means"], b["means"])).max() for a, b in zip(steps[i:], other)]
        if max(apart) > 3 * off:
            return False
    return True


def case(label, kind, equal, n, k, components, apart, offset, seed):
    rng = np.random.default_rng(seed)
    while True:
        x = clusters(rng, n, k, components, apart, offset)
        means, sigma, weights = start(rng, kind, x, components)
        if kind == "fixed":
            sigma = np.full(components, f32(0.7))
        covariances = sigma**2 if kind != "full" else np.array([np.diag(s**2) for s in sigma])
        steps, responsibilities = em(kind, equal, x, means, covariances, weights)
        if is_stable(kind, equal, x, steps):
            break
    return {
        "label": label,
        "kind": kind,
        "equal": equal,
        "shape": [n, k],
        "components": components,
        "points": flat(x),
        "steps": steps,
        "responsibilities": responsibilities,
    }


cases = []
for i, kind in enumerate(["spherical", "diag", "full", "fixed"]):
    cases += [
        case("near the origin", kind, False, 90, 2, 4, 2.0, 0.0, 100 + i),
        case("far from the origin", kind, False, 80, 3, 3, 3.0, np.array([1000.0, -3000.0, 500.0]), 200 + i),
        case("clusters far apart", kind, False, 80, 2, 4, 8.0 if kind == "fixed" else 30.0, 0.0, 300 + i),
        case("more dimensions", kind, kind == "fixed", 120, 8, 3, 1.0, 0.0, 400 + i),
        case("equal weights", kind, True, 60, 1, 3, 2.0, 5.0, 500 + i),
    ]
versions = {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__}
print(json.dumps({"versions": versions, "cases": cases}))
