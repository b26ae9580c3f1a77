"""Golden values of SimCLR, Barlow Twins and the objectives with an entropy term: independent float64 NumPy transcriptions, on float32
values. NT-Xent goes pair by pair; the cross-correlation, the K × K determinants and the pairwise densities are written out whole.

python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6
/tmp/golden/bin/python test/golden/objectivesContrastive.py > test/golden/objectivesContrastive.json
"""

import json
import platform

import numpy as np


def unit(z):
    return z / np.linalg.norm(z, axis=1, keepdims=True)


def simclr(za, zb, temperature):
    z = np.concatenate([unit(za), unit(zb)])
    n = len(za)
    losses = []
    for i in range(2 * n):
        positive = (i + n) % (2 * n)
        others = [j for j in range(2 * n) if j != i]
        shares = np.exp(z[others] @ z[i] / temperature)
        losses.append(-np.log(np.exp(z[positive] @ z[i] / temperature) / shares.sum()))
    return np.mean(losses)


def barlow_twins(za, zb, lamb, scale, epsilon=1e-5):
    n, k = za.shape
    a = (za - za.mean(0)) / np.sqrt(za.var(0) + epsilon)
    b = (zb - zb.mean(0)) / np.sqrt(zb.var(0) + epsilon)
    c = a.T @ b / n
    on = ((np.diag(c) - 1) ** 2).sum()
    off = (c[~np.eye(k, dtype=bool)] ** 2).sum()
    return {"onDiagonal": scale * on, "offDiagonal": scale * lamb * off}


def log_det(z, beta):
    k = z.shape[1]
    return np.linalg.slogdet(np.eye(k) + beta * np.atleast_2d(np.cov(z.T)))[1] / 2


def centre_entropy(z, sigma, alpha=0.5):
    squares = ((z[:, None] - z[None]) ** 2).sum(-1)
    distance = alpha * (1 - alpha) * squares / (2 * sigma**2) if alpha else squares / (2 * sigma**2)
    return -np.log(np.exp(-distance).mean(1)).mean()


def vicreg_log_det(za, zb, invariance=25, entropy=50, beta=10):
    h = (log_det(za, beta) + log_det(zb, beta)) / 2
    return {"invariance": invariance * np.mean((za - zb) ** 2), "entropy": -entropy * h / za.shape[1]}


def vicreg_pair_dist(za, zb, invariance=25, entropy=25, sigma=0.25, alpha=0.5):
    width = sigma * np.sqrt(za.shape[1])
    h = (centre_entropy(za, width, alpha) + centre_entropy(zb, width, alpha)) / 2
    return {"invariance": invariance * np.mean((za - zb) ** 2), "entropy": -entropy * h}


def regression(p, t):
    return np.mean(((unit(p) - unit(t)) ** 2).sum(1))


def byol(pa, pb, ta, tb):
    return regression(pa, tb) + regression(pb, ta)


def byol_log_det(za, zb, *rest):
    k = za.shape[1]
    h = (log_det(np.sqrt(k) * unit(za), 1) + log_det(np.sqrt(k) * unit(zb), 1)) / 2
    return {"regression": byol(*rest), "entropy": -h / k}


def byol_pair_dist(za, zb, *rest):
    h = (centre_entropy(unit(za), 0.2) + centre_entropy(unit(zb), 0.2)) / 2
    return {"regression": byol(*rest), "entropy": -0.1 * h}


def case(name, n, k, scale, mean, noise, seed):
    rng = np.random.default_rng(seed)
    base = scale * rng.standard_normal((n, k)) @ (np.eye(k) + 0.3 * rng.standard_normal((k, k))) + mean
    fields = {
        field: (base + noise * rng.standard_normal((n, k))).astype(np.float32) for field in ["za", "zb", "pa", "pb", "ta", "tb"]
    }
    za, zb, *rest = [z.astype(np.float64) for z in fields.values()]
    return {
        "name": name,
        "n": n,
        "k": k,
        "fields": {field: z.ravel().tolist() for field, z in fields.items()},
        "terms": {
            "SimCLR": {"contrastive": simclr(za, zb, 0.2)},
            "SimCLR 0.5": {"contrastive": simclr(za, zb, 0.5)},
            "Barlow Twins": barlow_twins(za, zb, 0.0051, 0.1),
            "Barlow Twins, the paper's": barlow_twins(za, zb, 0.005, 1),
            "VICReg + LogDet": vicreg_log_det(za, zb),
            "VICReg + LogDet, other": vicreg_log_det(za, zb, 10, 5, 1),
            "VICReg + PairDist": vicreg_pair_dist(za, zb),
            "VICReg + PairDist, KL": vicreg_pair_dist(za, zb, 10, 5, 0.5, None),
            "BYOL + LogDet": byol_log_det(za, zb, *rest),
            "BYOL + PairDist": byol_pair_dist(za, zb, *rest),
        },
    }


print(
    json.dumps(
        {
            "versions": {"python": platform.python_version(), "numpy": np.__version__},
            "cases": [
                case("more embeddings than dimensions", 12, 5, 1.0, 0.0, 0.3, 1),
                case("more dimensions than embeddings", 6, 14, 0.7, 0.3, 0.2, 2),
                case("a batch of two", 2, 3, 1.0, 0.0, 0.5, 3),
                case("small", 8, 4, 0.05, 0.0, 0.02, 4),
                case("spread", 8, 6, 3.0, 1.0, 1.0, 5),
            ],
        }
    )
)
