"""Golden values for lib/training's optimizers: python3 optimizers.py > optimizers.json (needs numpy and torch).

SGD and AdamW are torch.optim's own, in float64. LARS, which torch lacks, is transcribed in NumPy from its formulas:
You, Gitman and Ginsburg 2017, with the clipping and the exclusions of solo-learn, and the variant of facebookresearch/vicreg.
"""

import json

import numpy as np
import torch

SHAPES = {"fc.weight": (3, 4), "fc.bias": (4,), "bn.weight": (4,), "zero.weight": (2, 2), "late.weight": (2, 3)}
RATES = [0.3, 0.2, 0.05, 0.4, 0.1]
STEPS = len(RATES)

rng = np.random.default_rng(0)
start = {name: np.round(rng.normal(size=shape), 3) for name, shape in SHAPES.items()}
start["zero.weight"] = np.zeros((2, 2))
gradients = [{name: np.round(rng.normal(size=shape), 3) for name, shape in SHAPES.items()} for _ in range(STEPS)]
for step in (0, 1):  # as prototypes that are frozen at first
    del gradients[step]["late.weight"]


def listed(values):
    return {name: np.asarray(value).ravel().tolist() for name, value in values.items()}


def run_torch(make, decay):
    weights = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in start.items()}
    groups = [
        {"params": [w for w in weights.values() if w.ndim > 1], "weight_decay": decay},
        {"params": [w for w in weights.values() if w.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = make(groups)
    steps = []
    for rate, own in zip(RATES, gradients):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, w in weights.items():
            w.grad = torch.tensor(own[name], dtype=torch.float64) if name in own else None
        optimizer.step()
        steps.append(listed({name: w.detach().numpy() for name, w in weights.items()}))
    return steps


def run_lars(trust, decay, momentum, clip, denominator):
    weights = {name: value.copy() for name, value in start.items()}
    velocity = {name: np.zeros_like(value) for name, value in start.items()}
    steps = []
    for rate, own in zip(RATES, gradients):
        for name, g in own.items():
            w = weights[name]
            d = g
            if w.ndim > 1 and denominator == "sum":
                if np.linalg.norm(w) > 0 and np.linalg.norm(g) > 0:
                    q = trust * np.linalg.norm(w) / (np.linalg.norm(g) + decay * np.linalg.norm(w) + 1e-8)
                    if clip:
                        q = min(q / rate, 1)
                    d = q * (g + decay * w)
            elif w.ndim > 1:
                d = g + decay * w
                if np.linalg.norm(w) > 0 and np.linalg.norm(d) > 0:
                    d = d * (trust * np.linalg.norm(w) / np.linalg.norm(d))
            velocity[name] = momentum * velocity[name] + d
            weights[name] = w - rate * velocity[name]
        steps.append(listed(weights))
    return steps


runs = {
    "sgd": run_torch(lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9), 0.05),
    "sgdNesterov": run_torch(lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.8, nesterov=True), 0.05),
    "sgdPlain": run_torch(lambda groups: torch.optim.SGD(groups, lr=1), 0.0),
    "adamW": run_torch(lambda groups: torch.optim.AdamW(groups, lr=1), 0.1),
    "adamWEpsilon": run_torch(lambda groups: torch.optim.AdamW(groups, lr=1, betas=(0.8, 0.95), eps=0.1), 0.0),
    "larsClipped": run_lars(0.5, 0.05, 0.9, True, "sum"),
    "larsNotClipped": run_lars(0.02, 0.05, 0.9, False, "sum"),
    "larsUpdate": run_lars(0.1, 0.05, 0.9, False, "update"),
}
print(
    json.dumps(
        {
            "versions": {"numpy": np.__version__, "torch": torch.__version__.split("+")[0]},
            "shapes": {name: list(shape) for name, shape in SHAPES.items()},
            "rates": RATES,
            "start": listed(start),
            "gradients": [listed(own) for own in gradients],
            "runs": runs,
        }
    )
)
