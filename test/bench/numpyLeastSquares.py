"""Minimum-norm least squares by NumPy's lstsq (LAPACK's gelsd), float64: the yardstick of the benches `leastSquares/…`.

    numpyLeastSquares.py            times it on random samples, and prints one JSON line
    numpyLeastSquares.py --check F  solves the samples in F (written by leastSquares.ts) and compares: exit code 1 if the
                                    residual is off by more than 1e-5 of itself, or the rank differs
"""

import json
import sys

import yardstick

TOLERANCE = 1e-5


def check(path):
    written = yardstick.load(path)
    decode = lambda numbers: np.frombuffer(yardstick.float32_bytes(numbers), np.float32).reshape(numbers["shape"])
    z, y = (decode(written[name]).astype(np.float64) for name in "zy")
    weights, _, rank, _ = np.linalg.lstsq(z, y, rcond=None)
    residual = float(np.linalg.norm(z @ weights - y))
    off = abs(written["residual"] - residual) / residual
    line = {"name": f"{written['name']}/check", "residual": written["residual"], "numpy_residual": residual}
    print(json.dumps({**line, "rank": written["rank"], "numpy_rank": int(rank), "relative_error": off}))
    if not (off <= TOLERANCE and rank == written["rank"]):
        sys.exit(f"numpyLeastSquares: expected rank {rank} and NumPy's residual to {TOLERANCE}, got {written['rank']}, off {off}")


def measure(options):
    generator = np.random.default_rng(0)
    z = generator.standard_normal((options.rows, options.dimension))
    y = generator.standard_normal((options.rows, options.outputs))
    work = lambda: np.linalg.lstsq(z, y, rcond=None)
    facts = {"threads": options.threads, "numpy": np.__version__}
    yardstick.time_runs(options, f"leastSquares/{options.rows}x{options.dimension}/numpy", work, facts)


parser = yardstick.parser(__doc__)
parser.add_argument("--rows", type=int, default=5000)
parser.add_argument("--dimension", type=int, default=512)
parser.add_argument("--outputs", type=int, default=10)
options = parser.parse_args()

yardstick.limit_threads(options.threads)

import numpy as np  # noqa: E402

if options.check:
    check(options.check)
else:
    measure(options)
