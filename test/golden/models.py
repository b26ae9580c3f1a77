"""Golden values of the encoders: outputs and gradients of small networks of torchvision and timm, in float64, and the sizes of
the published ones. Weights, images and upstream gradients come from a formula, so that none is stored.

Run: python test/golden/models.py > test/golden/models.json   (torch, torchvision, timm)
"""

import json
import platform

import numpy as np
import timm
import torch
import torchvision
from timm.models import ConvNeXt, VisionTransformer
from torch import nn
from torchvision.models.resnet import Bottleneck, ResNet


def waves(shape, number):
    """Pseudo-random numbers from -1 to 1 in row-major order; `number` tells tensors apart."""
    index = np.arange(int(np.prod(shape)), dtype=np.float64)
    return np.sin(0.0123 * index * index + 12.9898 * index + 78.233 * number * number).reshape(shape)


def weight(name, shape, number):
    """In PyTorch's own axes."""
    wave = waves(shape, number)
    if name.endswith(("cls_token", "pos_embed")):
        return 0.5 * wave
    if len(shape) > 1:
        return wave * np.sqrt(2 / np.prod(shape[1:]))
    if name.endswith(("weight", "running_var", "gamma")):
        return 1 + 0.3 * wave
    return 0.3 * wave


class NarrowResNet(ResNet):
    """torchvision's ResNet of bottlenecks with fewer channels; its forward pass and its blocks are torchvision's."""

    def __init__(self, layers, width, classes):
        super().__init__(Bottleneck, layers, num_classes=classes)
        self.inplanes = width
        self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        for stage, blocks in enumerate(layers):
            made = self._make_layer(Bottleneck, width * 2**stage, blocks, stride=1 if stage == 0 else 2)
            setattr(self, f"layer{stage + 1}", made)
        self.fc = nn.Linear(width * 8 * 4, classes)


def values(network, height, width):
    network = network.double().eval()
    state = {name: tensor for name, tensor in network.state_dict().items() if "num_batches_tracked" not in name}
    for number, name in enumerate(sorted(state)):
        state[name].copy_(torch.from_numpy(weight(name, tuple(state[name].shape), number)))
    images = torch.from_numpy(waves((2, height, width, 3), 1000)).permute(0, 3, 1, 2).requires_grad_()
    output = network(images)
    (output * torch.from_numpy(waves(tuple(output.shape), 2000))).sum().backward()
    gradients = {"images": images.grad.permute(0, 2, 3, 1)}
    gradients |= {name: parameter.grad for name, parameter in network.named_parameters()}
    return {
        "output": output.detach().numpy().tolist(),
        # of each gradient, in PyTorch's axes: its length, and its product with waves(shape, 3000)
        "gradients": {
            name: [float(g.norm()), float((g.numpy() * waves(tuple(g.shape), 3000)).sum())]
            for name, g in gradients.items()
        },
    }


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


vit = {"patch_size": 4, "embed_dim": 12, "depth": 2, "num_heads": 3, "num_classes": 5}
published = {
    "timm": [f"convnext_{size}" for size in ("atto", "femto", "pico", "nano", "tiny")]
    + [f"vit_{size}_patch16_224" for size in ("tiny", "small", "base")],
    "torchvision": ["resnet18", "resnet34", "resnet50", "resnet101"],
}
golden = {
    "versions": {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "timm": timm.__version__,
    },
    "parameters": {name: parameters(timm.create_model(name)) for name in published["timm"]}
    | {name: parameters(getattr(torchvision.models, name)()) for name in published["torchvision"]},
    "resnet50": values(NarrowResNet([3, 4, 6, 3], 2, 5), 64, 48),
    "convNext": values(ConvNeXt(depths=(1, 2, 1, 1), dims=(4, 8, 12, 16), patch_size=4, num_classes=5), 64, 32),
    "vit": values(VisionTransformer(img_size=(8, 12), **vit), 8, 12),
    "vitMean": values(VisionTransformer(img_size=(8, 12), class_token=False, global_pool="avg", **vit), 8, 12),
}
print(json.dumps(golden, indent=1))
