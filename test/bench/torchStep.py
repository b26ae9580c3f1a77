"""One VICReg training step in PyTorch, the yardstick of the benchmark `trainingStep`: the same networks, loss and update.

Both views forward, loss, backward and SGD update, of a ResNet-18 with the CIFAR stem (3x3, stride 1, no max-pool), features
8 * width, and a projector 512-512-512 with batch normalisation, in float32. Prints one JSON line.
"""

import argparse
import json
import resource
import statistics
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=64, help="channels of the first stage")
    parser.add_argument("--batch", type=int, default=32, help="images of each of the two views")
    parser.add_argument("--steps", type=int, default=10, help="timed steps")
    parser.add_argument("--warmup", type=int, default=3, help="steps before them")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--channels-last", action="store_true", help="NHWC in memory, in place of PyTorch's default NCHW")
    return parser.parse_args()


options = arguments()

import torch  # noqa: E402  (after the arguments: --help should not wait for it)
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += shortcut
        return self.relu(y)


class ResNet18(nn.Sequential):
    def __init__(self, width):
        stem = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        blocks, channels = [], width
        for stage in range(4):
            filters = width * 2**stage
            blocks += [BasicBlock(channels, filters, 1 if stage == 0 else 2), BasicBlock(filters, filters, 1)]
            channels = filters
        super().__init__(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def projector(features, sizes):
    layers = []
    for size in sizes[:-1]:
        layers += [nn.Linear(features, size), nn.BatchNorm1d(size), nn.ReLU(inplace=True)]
        features = size
    return nn.Sequential(*layers, nn.Linear(features, sizes[-1], bias=False))


def off_diagonal(x):
    n = x.shape[0]
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


def vicreg(za, zb):
    """As facebookresearch/vicreg's main_vicreg.py: coefficients 25, 25, 1, the variance terms' mean."""
    n, k = za.shape
    invariance = F.mse_loss(za, zb)
    za, zb = za - za.mean(0), zb - zb.mean(0)
    std_a, std_b = torch.sqrt(za.var(0) + 1e-4), torch.sqrt(zb.var(0) + 1e-4)
    variance = F.relu(1 - std_a).mean() / 2 + F.relu(1 - std_b).mean() / 2
    cov_a, cov_b = za.T @ za / (n - 1), zb.T @ zb / (n - 1)
    covariance = off_diagonal(cov_a).pow(2).sum() / k + off_diagonal(cov_b).pow(2).sum() / k
    return 25 * invariance + 25 * variance + covariance


def main():
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    width, batch = options.width, options.batch
    network = nn.Sequential(ResNet18(width), projector(8 * width, [512, 512, 512])).train()
    views = [torch.rand(batch, 3, 32, 32) for _ in range(2)]
    if options.channels_last:
        network = network.to(memory_format=torch.channels_last)
        views = [view.contiguous(memory_format=torch.channels_last) for view in views]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = vicreg(network(views[0]), network(views[1]))
        loss.backward()
        optimizer.step()
        return loss.item()

    def timed():
        start = time.perf_counter()
        step()
        return 1000 * (time.perf_counter() - start)

    for _ in range(options.warmup):
        step()
    times = [timed() for _ in range(options.steps)]
    median = statistics.median(times)
    layout = "-channels-last" if options.channels_last else ""
    line = {
        "name": f"torch-vicreg-resnet18-w{width}-2x{batch}{layout}",
        "ms_min": round(min(times), 1),
        "ms_median": round(median, 1),
        "images_per_s": round(2 * batch * 1000 / median),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    print(json.dumps(line))


main()
