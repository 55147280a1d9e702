"""A pair of functions in Python, wrong on purpose: the slope of x phi(x) without its second term.

    npx gradcheck check --process "python3 examples/python/wrong_gelu.py"

gradcheck.py stands in the package's folder `python`; copy it beside your layer.
"""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from gradcheck import serve


def phi(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


serve(
    lambda x: [value * phi(value) for value in x],
    lambda dy, x: [d * phi(value) for d, value in zip(dy, x)],
    inputs={"x": (5,)},
    name="wrong gelu",
)
