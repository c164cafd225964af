"""The data files that the tasks read: known by name, SHA-256 and size. No file is read here."""

from __future__ import annotations

from ..checks import one_of

# Of the unpacked files.
SHA256 = {
    "mnist/train-images-idx3-ubyte": ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "mnist/train-labels-idx1-ubyte": ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "mnist/t10k-images-idx3-ubyte": ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "mnist/t10k-labels-idx1-ubyte": ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    "fashion/train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "fashion/train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "fashion/t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "fashion/t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "ptb/ptb.train.txt": "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    "ptb/ptb.valid.txt": "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    "ptb/ptb.test.txt": "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
}

SIZE = {  # bytes of the unpacked files
    "mnist/train-images-idx3-ubyte": 47_040_016,
    "mnist/train-labels-idx1-ubyte": 60_008,
    "mnist/t10k-images-idx3-ubyte": 7_840_016,
    "mnist/t10k-labels-idx1-ubyte": 10_008,
    "fashion/train-images-idx3-ubyte": 47_040_016,
    "fashion/train-labels-idx1-ubyte": 60_008,
    "fashion/t10k-images-idx3-ubyte": 7_840_016,
    "fashion/t10k-labels-idx1-ubyte": 10_008,
    "ptb/ptb.train.txt": 5_101_618,
    "ptb/ptb.valid.txt": 399_782,
    "ptb/ptb.test.txt": 449_945,
}
SLACK = 1_000_000  # bytes beyond that: a file of another edition is read, and told by its digest


def sha256_of(name: str) -> str:
    """SHA-256 of the unpacked file: what `fetch(name)` verified, for a manifest to record."""
    return SHA256[one_of("name", name, SHA256)]
