"""EM by scikit-learn's GaussianMixture, its own E-steps and M-steps by turns without what else `fit` does: the yardstick of the benches
`mixtureFit/…`.

    sklearnMixtureFit.py KIND       times it on random points, and prints one JSON line
    sklearnMixtureFit.py --check F  computes it on the points in F (written by mixtureFit.ts) and compares: exit code 1 if a mean
                                    log-likelihood or a mean is off by more than 1e-5 (means relative to the largest)
"""

import yardstick

TOLERANCE = 1e-5


def fit(x, kind, components, steps):
    """From the first points as centres, with deviations of 1: means, and the log-likelihoods at the start and after each step."""
    covariance_type = {"diagonal": "diag"}.get(kind, kind)
    k = x.shape[1]
    model = GaussianMixture(components, covariance_type=covariance_type)
    model.weights_ = np.full(components, 1 / components, dtype=x.dtype)
    model.means_ = x[:components].copy()
    ones = {"spherical": np.ones(components), "diag": np.ones((components, k)), "full": np.tile(np.eye(k), (components, 1, 1))}
    model.covariances_ = ones[covariance_type].astype(x.dtype)
    model.precisions_cholesky_ = model.covariances_.copy()
    log_likelihoods = []
    for _ in range(steps):
        log_likelihood, log_responsibilities = model._e_step(x)
        log_likelihoods.append(float(log_likelihood))
        model._m_step(x, log_responsibilities)
    log_likelihoods.append(float(model._e_step(x)[0]))
    return model.means_, log_likelihoods


def check(path):
    written = yardstick.load(path)
    decode = lambda numbers: np.frombuffer(yardstick.float32_bytes(numbers), np.float32).reshape(numbers["shape"]).astype(np.float64)
    ours = np.array(written["logLikelihoods"])
    means, theirs = fit(decode(written["points"]), written["kind"], written["components"], len(ours) - 1)
    off = {
        "logLikelihoods": np.abs(ours / theirs - 1).max(),
        "means": np.abs(decode(written["means"]) - means).max() / np.abs(means).max(),
    }
    line = {"name": f"mixtureFit/{written['kind']}/check", "value": ours[-1], "sklearn_value": theirs[-1]}
    yardstick.report(line, off, TOLERANCE, f"sklearnMixtureFit: expected {written['kind']} as in scikit-learn")


def measure(options):
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((options.components, options.dimension))
    x = rng.standard_normal((options.points, options.dimension)) + centres[np.arange(options.points) % options.components]
    x = x.astype(np.float32 if options.float32 else np.float64)
    work = lambda: fit(x, options.kind, options.components, options.iterations)
    facts = {"steps": options.iterations, "dtype": str(x.dtype), "threads": options.threads, "sklearn": sklearn.__version__}
    yardstick.time_runs(options, f"mixtureFit/{options.kind}/sklearn", work, facts)


parser = yardstick.parser(__doc__)
parser.add_argument("kind", nargs="?", choices=["spherical", "diagonal", "full"])
parser.add_argument("--points", type=int, default=10000)
parser.add_argument("--components", type=int, default=64)
parser.add_argument("--dimension", type=int, default=64)
parser.add_argument("--iterations", type=int, default=3, help="steps of EM")
parser.add_argument("--float32", action="store_true", help="points of float32, in place of float64")
options = parser.parse_args()
if (options.kind is None) == (options.check is None):
    parser.error("expected either the KIND of covariance or --check FILE")
yardstick.limit_threads(options.threads)

import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from sklearn.mixture import GaussianMixture  # noqa: E402

if options.check:
    check(options.check)
else:
    measure(options)
