"""Golden values of resampled crops by Pillow: python3 resizedCrop.py > resizedCrop.json (numpy and pillow).

Crops of one image of floats, each resized alone (so that nothing outside the crop enters), enlarged and reduced; not clipped.
"""

import json

import numpy as np
import PIL
from PIL import Image

rng = np.random.default_rng(7)
image = rng.uniform(size=(12, 10)).round(4).astype(np.float32)
cases = []
for name, method in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
    for top, left, height, width, h, w in (
        (0, 0, 12, 10, 12, 10),
        (2, 3, 5, 4, 12, 10),
        (7, 0, 5, 10, 12, 10),
        (1, 1, 11, 9, 4, 3),
        (3, 2, 1, 2, 6, 7),
        (0, 4, 12, 3, 5, 8),
    ):
        crop = Image.fromarray(image).crop((left, top, left + width, top + height))
        values = np.asarray(crop.resize((w, h), method), dtype=float)
        cases.append(
            {
                "interpolation": name,
                "crop": {"top": top, "left": left, "height": height, "width": width},
                "size": [h, w],
                "values": [float(f"{value:.7g}") for value in values.flatten()],
            }
        )
versions = {"numpy": np.__version__, "pillow": PIL.__version__}
print(json.dumps({"versions": versions, "image": image.astype(float).round(4).tolist(), "cases": cases}))
