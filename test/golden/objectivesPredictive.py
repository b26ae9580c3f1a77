"""Golden values of BYOL, SimSiam, MoCo v2 and SwAV: an independent transcription in NumPy float64 of the papers' equations.

Run: python test/golden/objectivesPredictive.py > test/golden/objectivesPredictive.json
"""

import json
import platform

import numpy as np


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def byol(e):
    def regression(p, t):
        return np.mean(np.sum((unit(p) - unit(t)) ** 2, axis=1))

    return regression(e["pa"], e["tb"]) + regression(e["pb"], e["ta"])


def simsiam(e):
    def distance(p, z):
        return -np.mean(np.sum(unit(p) * unit(z), axis=1))

    return distance(e["pa"], e["zb"]) / 2 + distance(e["pb"], e["za"]) / 2


def info_nce(q, k, queue, temperature):
    q, k = unit(q), unit(k)
    logits = np.concatenate([np.sum(q * k, axis=1, keepdims=True), q @ queue.T], axis=1) / temperature
    logits = logits - logits.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[:, 0])


def sinkhorn(scores, epsilon=0.05, iterations=3):
    q = np.exp((scores - scores.max()) / epsilon).T
    q = q / q.sum()
    prototypes, samples = q.shape
    for _ in range(iterations):
        q = q / q.sum(axis=1, keepdims=True) / prototypes
        q = q / q.sum(axis=0, keepdims=True) / samples
    return (q * samples).T


def swav(e, use_queue, temperature=0.1):
    a, b = unit(e["za"]) @ e["prototypes"].T, unit(e["zb"]) @ e["prototypes"].T
    loss = 0.0
    for own, other, queue in ((a, b, e["queueA"]), (b, a, e["queueB"])):
        with_queue = np.concatenate([queue @ e["prototypes"].T, own]) if use_queue else own
        q = sinkhorn(with_queue)[-len(own):]
        logits = other / temperature
        logs = logits - logits.max(axis=1, keepdims=True)
        logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
        loss -= np.mean(np.sum(q * logs, axis=1))
    return loss / 2


def case(name, n, k, length, prototypes, noise, seed):
    rng = np.random.default_rng(seed)
    base = rng.standard_normal((n, k)) + 0.5
    fields = {f: base + noise * rng.standard_normal((n, k)) for f in ("za", "zb", "pa", "pb", "ta", "tb")}
    fields["queueA"] = unit(rng.standard_normal((length, k)))
    fields["queueB"] = unit(rng.standard_normal((length, k)))
    fields["prototypes"] = unit(rng.standard_normal((prototypes, k)))
    # float32 first, so that both sides see the same numbers
    fields = {f: v.astype(np.float32) for f, v in fields.items()}
    e = {f: v.astype(np.float64) for f, v in fields.items()}
    asked = info_nce(e["za"], e["tb"], e["queueB"], 0.2)
    answered = info_nce(e["zb"], e["ta"], e["queueA"], 0.2)
    return {
        "name": name,
        "n": n,
        "k": k,
        "length": length,
        "prototypes": prototypes,
        "fields": {f: [float(x) for x in v.ravel()] for f, v in fields.items()},
        "byol": byol(e),
        "simsiam": simsiam(e),
        "mocoAsymmetric": asked,
        "mocoSymmetric": (asked + answered) / 2,
        "swav": swav(e, False),
        "swavWithQueue": swav(e, True),
        "assignmentOfA": [float(x) for x in sinkhorn(e["za"] @ e["prototypes"].T, 0.7, 4).ravel()],
    }


print(
    json.dumps(
        {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "cases": [
                case("views alike", 8, 5, 16, 6, 0.1, 1),
                case("views far apart", 7, 9, 7, 4, 2.0, 2),
                case("batch of two", 2, 3, 5, 2, 0.5, 3),
                case("more prototypes than samples", 4, 6, 12, 11, 0.3, 4),
                case("one dimension", 5, 1, 6, 3, 0.2, 5),
            ],
        },
        indent=1,
    )
)
