"""Make daleslaw_lib/tasks/mnist_subset.npz, the digits that come with the package.

    python -m tools.make_mnist_subset

The first images of each file, in file order. Another zlib may pack the same arrays into other
bytes: put the SHA-256 printed at the end into `daleslaw_lib/tasks/mnist.py`.
"""

import hashlib
import os

import numpy as np

from daleslaw_lib.tasks import data, mnist

N_TEST = 1_000


def main() -> None:
    n_images = {"train": mnist.N_IMAGES["subset"], "test": N_TEST}
    arrays = {key: data.read_idx(data.fetch(name))[: n_images[key[2:]]] for key, name in mnist.FILES.items()}
    part = mnist.SUBSET.with_name(f"{mnist.SUBSET.stem}.part.npz")
    np.savez_compressed(part, **arrays)
    os.replace(part, mnist.SUBSET)
    content = mnist.SUBSET.read_bytes()
    print(f"{mnist.SUBSET}: {len(content):,} bytes")
    print(f'SUBSET_SHA256 = "{hashlib.sha256(content).hexdigest()}"')


if __name__ == "__main__":
    main()
