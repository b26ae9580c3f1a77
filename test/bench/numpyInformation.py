"""The entropy estimators in NumPy, float32 and in place, as whoever minds the time writes them: the yardstick of the benches
`information/…`.

    numpyInformation.py NAME        times it on random embeddings, and prints one JSON line
    numpyInformation.py --check F   computes it on the embeddings in F (written by information.ts) and compares: exit code 1 if the
                                    value or the gradient is off by more than 1e-4 (the gradient relative to its largest entry)
"""

import yardstick

TOLERANCE = 1e-4


def kernel(z, sigma):
    """exp(-d² / 2 sigma²) of all pairs: the product is symmetric, for which NumPy's matmul takes half the work."""
    x = (z - z.mean(axis=0)) / np.float32(sigma)
    half = np.einsum("ij,ij->i", x, x) / 2
    g = x @ x.T
    g -= half[:, None]
    g -= half
    np.minimum(g, 0, out=g)
    np.exp(g, out=g)
    np.fill_diagonal(g, 1)
    return g


def component_entropy(k, sigma):
    return k / 2 * np.log(2 * np.pi * np.e * sigma**2)


def pair_dist(z, sigma):
    """Kolchinsky & Tracey 2017, the upper bound."""
    return component_entropy(z.shape[1], sigma) - np.log(kernel(z, sigma).mean(axis=1)).mean(), None


def pair_dist_gradient(z, sigma):
    n, k = z.shape
    g = kernel(z, sigma)
    sums = g.sum(axis=1)
    value = component_entropy(k, sigma) - np.log(sums / n).mean()
    inverse = 1 / sums
    g *= inverse[:, None] + inverse
    gradient = g.sum(axis=1, keepdims=True) * z
    gradient -= g @ z
    gradient /= np.float32(n * sigma**2)
    return value, gradient


def covariance(z, beta):
    """I + beta times the covariance, and the centred rows."""
    x = z - z.mean(axis=0)
    a = x.T @ x
    a *= np.float32(beta / (len(z) - 1))
    a[np.diag_indices_from(a)] += 1
    return a, x


def log_det(z, beta):
    """Zhouyin & Liu 2021, by Cholesky, which takes half the time of slogdet's LU."""
    return np.log(np.linalg.cholesky(covariance(z, beta)[0]).diagonal()).sum(), None


def log_det_gradient(z, beta):
    a, x = covariance(z, beta)
    value = np.log(np.linalg.cholesky(a).diagonal()).sum()
    gradient = x @ np.linalg.inv(a)
    gradient *= np.float32(beta / (len(z) - 1))
    return value, gradient


ESTIMATORS = {
    "pairDist": pair_dist,
    "pairDistGradient": pair_dist_gradient,
    "logDet": log_det,
    "logDetGradient": log_det_gradient,
}


def check(path):
    written = yardstick.load(path)
    decode = lambda numbers: np.frombuffer(yardstick.float32_bytes(numbers), np.float32).reshape(numbers["shape"])
    value, gradient = ESTIMATORS[written["estimator"]](decode(written["z"]), written["setting"])
    off = {"value": abs(written["value"] - value) / abs(value)}
    if gradient is not None:
        off["gradient"] = np.abs(decode(written["gradient"]) - gradient).max() / np.abs(gradient).max()
    line = {"name": f"information/{written['estimator']}/check", "value": written["value"], "numpy_value": float(value)}
    yardstick.report(line, off, TOLERANCE, f"numpyInformation: expected {written['estimator']} as in NumPy")


def measure(options):
    z = np.random.default_rng(0).standard_normal((options.rows, options.dimension), dtype=np.float32)
    work = lambda: ESTIMATORS[options.name](z, options.setting)
    facts = {"threads": options.threads, "numpy": np.__version__}
    yardstick.time_runs(options, f"information/{options.name}/numpy", work, facts)


parser = yardstick.parser(__doc__)
parser.add_argument("name", nargs="?", choices=list(ESTIMATORS))
parser.add_argument("--rows", type=int, default=4096)
parser.add_argument("--dimension", type=int, default=512)
parser.add_argument("--setting", type=float, default=1.0, help="pairDist's sigma or logDet's beta")
options = parser.parse_args()
if (options.name is None) == (options.check is None):
    parser.error("expected either the NAME of an estimator or --check FILE")

yardstick.limit_threads(options.threads)

import numpy as np  # noqa: E402

if options.check:
    check(options.check)
else:
    measure(options)
