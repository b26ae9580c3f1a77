"""Golden values of SciPy and NumPy for test/statistics: correlations within groups, granulated Kendall, bootstrap intervals.

python -m venv /tmp/golden && /tmp/golden/bin/pip install scipy==1.17.1 numpy==2.4.6
/tmp/golden/bin/python test/golden/correlationSummary.py
"""

import itertools
import json
import platform
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20230607)
grid = list(itertools.product([100, 400, 1600], [8, 16, 32], [0.1, 0.2, 0.4, 0.8]))
labels = np.array([g[0] for g in grid])
n = len(grid)
# A trivial cause, the number of labels, moves both; a smaller one goes the other way within it.
own = rng.normal(size=n)
x = np.round(np.log(labels) * 1.5 + own, 3)
y = np.round(np.log(labels) * 0.7 - 0.4 * own + 0.5 * rng.normal(size=n), 3)
tied = np.round(x)


def partial(u, v):
    """Pearson's coefficient of the residuals of least squares on one indicator a group."""
    design = (labels[:, None] == np.unique(labels)).astype(float)
    residuals = [w - design @ np.linalg.lstsq(design, w, rcond=None)[0] for w in (u, v)]
    return stats.pearsonr(*residuals).statistic


def kendall_within(u, v):
    """tau-b of the pairs of one group, from matrices of signs."""
    own_group = np.triu(labels[:, None] == labels, 1)
    su = np.sign(u[:, None] - u)[own_group]
    sv = np.sign(v[:, None] - v)[own_group]
    return (su * sv).sum() / np.sqrt((su**2).sum() * (sv**2).sum())


def granulated(u, v):
    """SciPy's tau in each group of settings that differ in one alone; no ties, so tau-b is tau-a."""
    psi = []
    for axis in range(3):
        groups = {}
        for i, g in enumerate(grid):
            groups.setdefault(g[:axis] + g[axis + 1 :], []).append(i)
        psi.append(float(np.mean([stats.kendalltau(u[i], v[i]).statistic for i in groups.values()])))
    return {"axes": psi, "psi": float(np.mean(psi))}


def within(u, v):
    return {
        "pearson": partial(u, v),
        "spearman": partial(stats.rankdata(u), stats.rankdata(v)),
        "kendall": kendall_within(u, v),
    }


def overall(u, v):
    return {
        "pearson": stats.pearsonr(u, v).statistic,
        "spearman": stats.spearmanr(u, v).statistic,
        "kendall": stats.kendalltau(u, v).statistic,
    }


def interval(coefficient):
    found = stats.bootstrap(
        (x, y), coefficient, paired=True, n_resamples=20000, method="BCa", vectorized=False, rng=np.random.default_rng(1)
    )
    return [found.confidence_interval.low, found.confidence_interval.high]


golden = {
    "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "grid": [list(g) for g in grid],
    "x": x.tolist(),
    "tied": tied.tolist(),
    "y": y.tolist(),
    "overall": {k: float(v) for k, v in overall(x, y).items()},
    "within": {k: float(v) for k, v in within(x, y).items()},
    "tiedWithin": {k: float(v) for k, v in within(tied, y).items()},
    "granulated": granulated(x, y),
    "pearsonInterval": [float(v) for v in interval(lambda a, b: stats.pearsonr(a, b).statistic)],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
