"""Minimum-norm least squares by NumPy's lstsq (LAPACK's gelsd), float64: the yardstick of the benches `leastSquares/…`.

    numpyLeastSquares.py            times it on random samples, and prints one JSON line
    numpyLeastSquares.py --check F  solves the samples in F (written by leastSquares.ts) and compares: exit code 1 if the
                                    residual is off by more than 1e-5 of itself, or the rank differs
"""

import argparse
import base64
import json
import os
import resource
import statistics
import sys
import time

TOLERANCE = 1e-5


def check(path):
    with open(path) as file:
        written = json.load(file)
    decode = lambda numbers: np.frombuffer(base64.b64decode(numbers["data"]), np.float32).reshape(numbers["shape"])
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
    times = []
    for step in range(-options.warmup, options.steps):
        start = time.perf_counter()
        np.linalg.lstsq(z, y, rcond=None)
        if step >= 0:
            times.append(1000 * (time.perf_counter() - start))
    line = {
        "name": f"leastSquares/{options.rows}x{options.dimension}/numpy",
        "ms_min": round(min(times), 3),
        "ms_median": round(statistics.median(times), 3),
        "runs": options.steps,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "threads": options.threads,
        "numpy": np.__version__,
    }
    print(json.dumps(line))


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--check", metavar="FILE", help="compare with the values in FILE")
parser.add_argument("--rows", type=int, default=5000)
parser.add_argument("--dimension", type=int, default=512)
parser.add_argument("--outputs", type=int, default=10)
parser.add_argument("--steps", type=int, default=10, help="timed runs")
parser.add_argument("--warmup", type=int, default=3, help="runs before them")
parser.add_argument("--threads", type=int, required=True)
options = parser.parse_args()

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(options.threads)  # before NumPy reads them

import numpy as np  # noqa: E402

if options.check:
    check(options.check)
else:
    measure(options)
