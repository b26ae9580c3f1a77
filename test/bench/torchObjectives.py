"""The objectives in plain PyTorch, as lightly, solo-learn and the papers write them: the yardstick of the benches `objectives/…`.

    torchObjectives.py NAME        times loss and gradients on random embeddings, and prints one JSON line
    torchObjectives.py --check F   computes them on the inputs in F (written by objectiveValues.ts) and compares: exit code 1 if
                                   the loss or a gradient is off by more than 1e-4 (a gradient relative to its largest entry)
"""

import math

import yardstick

TOLERANCE = 1e-4


def off_diagonal(x):
    """facebookresearch/vicreg and barlowtwins: a flattened view of the off-diagonal elements."""
    n = x.shape[0]
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


def vicreg(v):
    """facebookresearch/vicreg, main_vicreg.py."""
    x, y = v["za"], v["zb"]
    n, k = x.shape
    repr_loss = F.mse_loss(x, y)
    x, y = x - x.mean(dim=0), y - y.mean(dim=0)
    std_x, std_y = torch.sqrt(x.var(dim=0) + 0.0001), torch.sqrt(y.var(dim=0) + 0.0001)
    std_loss = torch.mean(F.relu(1 - std_x)) / 2 + torch.mean(F.relu(1 - std_y)) / 2
    cov_x, cov_y = (x.T @ x) / (n - 1), (y.T @ y) / (n - 1)
    cov_loss = off_diagonal(cov_x).pow_(2).sum().div(k) + off_diagonal(cov_y).pow_(2).sum().div(k)
    return 25 * repr_loss + 25 * std_loss + cov_loss


def simclr(v, temperature=0.2):
    """lightly, NTXentLoss, with solo-learn's temperature."""
    a, b = F.normalize(v["za"], dim=1), F.normalize(v["zb"], dim=1)
    n = a.shape[0]
    others = ~torch.eye(n, dtype=torch.bool)
    aa, ab = (a @ a.T / temperature)[others].view(n, -1), a @ b.T / temperature
    bb, ba = (b @ b.T / temperature)[others].view(n, -1), b @ a.T / temperature
    logits = torch.cat([torch.cat([ab, aa], dim=1), torch.cat([ba, bb], dim=1)])
    return F.cross_entropy(logits, torch.arange(n).repeat(2))


def barlow_twins(v, redundancy=0.0051, scale=0.1):
    """solo-learn, barlow_loss_func: the embeddings normalised by a batch normalisation without weights."""
    x, y = v["za"], v["zb"]
    n, k = x.shape
    x, y = F.batch_norm(x, None, None, training=True), F.batch_norm(y, None, None, training=True)
    c = x.T @ y / n
    difference = (c - torch.eye(k)).pow(2)
    difference[~torch.eye(k, dtype=torch.bool)] *= redundancy
    return scale * difference.sum()


def byol(v):
    """solo-learn, byol_loss_func, summed over the views."""
    regression = lambda p, t: 2 - 2 * F.cosine_similarity(p, t.detach(), dim=-1).mean()
    return regression(v["pa"], v["tb"]) + regression(v["pb"], v["ta"])


def simsiam(v):
    """facebookresearch/simsiam, main_simsiam.py."""
    criterion = lambda p, z: F.cosine_similarity(p, z.detach(), dim=1).mean()
    return -0.5 * (criterion(v["pa"], v["zb"]) + criterion(v["pb"], v["za"]))


def moco(v, temperature=0.2):
    """solo-learn, moco_loss_func; each view asks the other's keys and their queue, [K, length]."""

    def loss(query, key, queue):
        query, key = F.normalize(query, dim=-1), F.normalize(key, dim=-1)
        positive = torch.einsum("nc,nc->n", query, key).unsqueeze(-1)
        negative = torch.einsum("nc,ck->nk", query, queue)
        logits = torch.cat([positive, negative], dim=1) / temperature
        return F.cross_entropy(logits, torch.zeros(query.shape[0], dtype=torch.long))

    return (loss(v["za"], v["tb"], v["queueB"].T) + loss(v["zb"], v["ta"], v["queueA"].T)) / 2


def swav(v, temperature=0.1, epsilon=0.05, iterations=3):
    """lightly, SwaVLoss and its sinkhorn, without a queue; the prototypes, [K, P], are divided by their lengths here."""

    @torch.no_grad()
    def sinkhorn(out):
        q = torch.exp(out / epsilon).t()
        q = q / q.sum()
        prototypes, n = q.shape
        for _ in range(iterations):
            q = q / q.sum(dim=1, keepdim=True) / prototypes
            q = q / q.sum(dim=0, keepdim=True) / n
        return (q * n).t()

    weight = F.normalize(v["prototypes"], dim=0)
    scores = [F.normalize(z, dim=1) @ weight for z in (v["za"], v["zb"])]
    swapped = lambda q, score: -(q * F.log_softmax(score / temperature, dim=1)).sum(dim=1).mean()
    return (swapped(sinkhorn(scores[0]), scores[1]) + swapped(sinkhorn(scores[1]), scores[0])) / 2


def logdet(z, beta):
    """Zhouyin & Liu 2021, of the covariance; by the Cholesky factor of the smaller Gram matrix, as whoever minds the time takes it."""
    n, k = z.shape
    z = z - z.mean(dim=0)
    gram = z @ z.T if n <= k else z.T @ z
    factor = torch.linalg.cholesky(torch.eye(min(n, k)) + beta / (n - 1) * gram)
    return factor.diagonal().log().sum()


def pairdist(z, sigma):
    """Kolchinsky & Tracey 2017, Bhattacharyya's distance, without the components' own entropy."""
    n = z.shape[0]
    squares = z.pow(2).sum(dim=1)
    distances = (squares[:, None] + squares[None, :] - 2 * z @ z.T).clamp(min=0)
    return -(torch.logsumexp(-distances / (8 * sigma**2), dim=1) - math.log(n)).mean()


def both(v, entropy):
    return entropy(v["za"]) + entropy(v["zb"])


def vicreg_logdet(v):
    k = v["za"].shape[1]
    return 25 * F.mse_loss(v["za"], v["zb"]) - 50 / (2 * k) * both(v, lambda z: logdet(z, 10))


def vicreg_pairdist(v):
    k = v["za"].shape[1]
    return 25 * F.mse_loss(v["za"], v["zb"]) - 25 / 2 * both(v, lambda z: pairdist(z, 0.25 * k**0.5))


def byol_logdet(v):
    k = v["za"].shape[1]
    return byol(v) - 1 / (2 * k) * both(v, lambda z: logdet(k**0.5 * F.normalize(z, dim=1), 1))


def byol_pairdist(v):
    return byol(v) - 0.1 / 2 * both(v, lambda z: pairdist(F.normalize(z, dim=1), 0.2))


OBJECTIVES = {
    "vicreg": vicreg,
    "simclr": simclr,
    "barlowTwins": barlow_twins,
    "byol": byol,
    "simsiam": simsiam,
    "moco": moco,
    "swav": swav,
    "vicregLogDet": vicreg_logdet,
    "vicregPairDist": vicreg_pairdist,
    "byolLogDet": byol_logdet,
    "byolPairDist": byol_pairdist,
}
FREE = ("za", "zb", "pa", "pb", "prototypes")


def loss_and_gradients(name, values):
    variables = {key: value for key, value in values.items() if value.requires_grad}
    loss = OBJECTIVES[name](values)
    gradients = torch.autograd.grad(loss, list(variables.values()), allow_unused=True)
    return loss.item(), dict(zip(variables, gradients))


def check(path):
    written = yardstick.load(path)

    def tensors(numbers):
        decode = lambda value: torch.frombuffer(bytearray(yardstick.float32_bytes(value)), dtype=torch.float32)
        return {key: decode(value).reshape(value["shape"]) for key, value in numbers.items()}

    inputs = {key: value.requires_grad_(key in FREE) for key, value in tensors(written["inputs"]).items()}
    loss, gradients = loss_and_gradients(written["objective"], inputs)
    ours = tensors(written["gradients"])
    off = {"loss": abs(written["loss"] - loss) / max(abs(loss), 1e-6)}
    for key, gradient in gradients.items():
        gradient = torch.zeros_like(inputs[key]) if gradient is None else gradient
        own = ours.get(key, torch.zeros_like(gradient))
        scale = max(gradient.abs().max().item(), own.abs().max().item(), 1e-12)
        off[f"gradient_{key}"] = (own - gradient).abs().max().item() / scale
    line = {"name": f"objectives/{written['objective']}/check", "loss": written["loss"], "torch_loss": loss}
    yardstick.report(line, off, TOLERANCE, f"torchObjectives: expected {written['objective']} as in torch")


def measure(options):
    n, k = options.batch, options.dimension
    image = torch.randn(n, k)
    view = lambda: image + 0.5 * torch.randn(n, k)
    values = {key: view().requires_grad_(key in FREE) for key in ("za", "zb", "pa", "pb", "ta", "tb")}
    values["queueA"], values["queueB"] = (F.normalize(torch.randn(options.queue, k), dim=1) for _ in range(2))
    values["prototypes"] = F.normalize(torch.randn(k, options.prototypes), dim=0).requires_grad_()
    work = lambda: loss_and_gradients(options.name, values)
    facts = {"threads": torch.get_num_threads(), "torch": torch.__version__}
    yardstick.time_runs(options, f"objectives/{options.name}/torch", work, facts)


parser = yardstick.parser(__doc__)
parser.add_argument("name", nargs="?", choices=list(OBJECTIVES))
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--dimension", type=int, default=2048)
parser.add_argument("--queue", type=int, default=4096)
parser.add_argument("--prototypes", type=int, default=3000)
options = parser.parse_args()
if (options.name is None) == (options.check is None):
    parser.error("expected either the NAME of an objective or --check FILE")

import torch  # noqa: E402  (after the arguments: --help should not wait for it)
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(options.threads)
torch.manual_seed(0)
if options.check:
    check(options.check)
else:
    measure(options)
