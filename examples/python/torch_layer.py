"""A module of PyTorch, by its own name and with its own parameters.

    npx gradcheck check --process "python3 examples/python/torch_layer.py"
"""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from gradcheck import serve

serve(torch.nn.Conv2d(2, 3, kernel_size=(3, 2), stride=2), inputs={"x": (2, 2, 7, 6)})
