"""What the scripts that benches are measured beside share: arguments, numbers, timing, checking. Nothing here imports NumPy or torch
before the threads are set."""

import argparse
import base64
import json
import os
import resource
import statistics
import sys
import time


def parser(doc):
    own = argparse.ArgumentParser(description=doc.splitlines()[0])
    own.add_argument("--check", metavar="FILE", help="compare with the values in FILE")
    own.add_argument("--steps", type=int, default=10, help="timed runs")
    own.add_argument("--warmup", type=int, default=3, help="runs before them")
    own.add_argument("--threads", type=int, required=True)
    return own


def limit_threads(threads):
    """To be called before NumPy is imported, which reads these once."""
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)


def load(path):
    with open(path) as file:
        return json.load(file)


def float32_bytes(numbers):
    """The bytes of what numbers.ts wrote; its shape is beside them."""
    return base64.b64decode(numbers["data"])


def time_runs(options, name, work, facts):
    """Times `work` and prints the line of it."""
    times = []
    for run in range(-options.warmup, options.steps):
        start = time.perf_counter()
        work()
        if run >= 0:
            times.append(1000 * (time.perf_counter() - start))
    line = {
        "name": name,
        "ms_min": round(min(times), 3),
        "ms_median": round(statistics.median(times), 3),
        "runs": options.steps,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **facts,
    }
    print(json.dumps(line))


def report(line, off, tolerance, expected):
    """Prints the line with the worst of the relative errors `off`, of which NaN is the worst; exit code 1 if that is above the tolerance."""
    worst = max(off, key=lambda key: off[key] if off[key] == off[key] else float("inf"))
    print(json.dumps({**line, "worst": worst, "relative_error": float(off[worst])}))
    if not off[worst] <= tolerance:
        sys.exit(f"{expected} to {tolerance}, got {off}")
