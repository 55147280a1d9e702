"""A two-dimensional convolution in plain Python, written twice, and checked from outside.

    npx gradcheck check --process "python3 examples/python/conv2d.py"

    y[n, o, r, s] = bias[o] + sum over i, p, q of weight[o, i, p, q] x[n, i, r stride + p - padding, s stride + q - padding]

x [batch, in, rows, columns], weight [out, in, kernel rows, kernel columns], bias [out], y [batch, out, rows, columns],
with zeros around x. "loops" is the formula as it stands; "windows" unrolls what the kernel sees at every place into one
list and multiplies lists. Both are compared with each other and with the built-in conv2d, which is why the config has its
words.
"""

from operator import mul

from serve import serve


def case(batch, channels, rows, columns, filters, kernel, stride=(1, 1), padding=(0, 0)):
    return {
        "config": {
            "inChannels": channels,
            "outChannels": filters,
            "kernel": kernel,
            "stride": stride,
            "padding": padding,
        },
        "arguments": {
            "x": {"shape": [batch, channels, rows, columns], "axes": ["batch", "channel", "row", "column"], "linear": True},
            "weight": {
                "shape": [filters, channels, *kernel],
                "axes": ["out", "in", "kernel row", "kernel column"],
                "role": "parameter",
                "linear": True,
            },
            "bias": {"shape": [filters], "axes": ["out"], "role": "parameter", "linear": True},
        },
    }


CASES = [
    case(1, 1, 3, 3, 1, (2, 2)),
    case(2, 2, 6, 5, 3, (3, 3), stride=(2, 1)),
    case(1, 2, 7, 5, 2, (2, 3), stride=(3, 2), padding=(1, 1)),
]

DESCRIPTION = {
    "protocol": 1,
    "name": "python conv2d",
    "cases": CASES,
    "outputs": ["y"],
    "implementations": ["loops", "windows"],
    "reference": {"layer": "conv2d", "arguments": {"x": "input"}, "outputs": {"y": "output"}},
}


class Sizes:
    """The extents that arguments and config agree on."""

    def __init__(self, arguments, config):
        self.batch, self.channels, self.rows, self.columns = arguments["x"][0]
        self.filters, _, self.kernel_rows, self.kernel_columns = arguments["weight"][0]
        self.stride, self.padding = config["stride"], config["padding"]
        self.out_rows = (self.rows + 2 * self.padding[0] - self.kernel_rows) // self.stride[0] + 1
        self.out_columns = (self.columns + 2 * self.padding[1] - self.kernel_columns) // self.stride[1] + 1
        self.out_shape = [self.batch, self.filters, self.out_rows, self.out_columns]


def terms(z):
    """Positions in y, weight and x of every product, and the filter, in the order of the formula."""
    at = 0
    for n in range(z.batch):
        for o in range(z.filters):
            for r in range(z.out_rows):
                for s in range(z.out_columns):
                    for i in range(z.channels):
                        for p in range(z.kernel_rows):
                            row = r * z.stride[0] + p - z.padding[0]
                            if not 0 <= row < z.rows:
                                continue
                            for q in range(z.kernel_columns):
                                column = s * z.stride[1] + q - z.padding[1]
                                if not 0 <= column < z.columns:
                                    continue
                                w = ((o * z.channels + i) * z.kernel_rows + p) * z.kernel_columns + q
                                x = ((n * z.channels + i) * z.rows + row) * z.columns + column
                                yield at, w, x
                    at += 1


def filter_of(z, at):
    return at // (z.out_rows * z.out_columns) % z.filters


def loops_forward(z, x, weight, bias):
    y = [bias[filter_of(z, at)] for at in range(z.batch * z.filters * z.out_rows * z.out_columns)]
    for at, w, source in terms(z):
        y[at] += weight[w] * x[source]
    return y


def loops_backward(z, x, weight, dy):
    dx, dweight, dbias = [0.0] * len(x), [0.0] * len(weight), [0.0] * z.filters
    for at, w, source in terms(z):
        dx[source] += dy[at] * weight[w]
        dweight[w] += dy[at] * x[source]
    for at, slope in enumerate(dy):
        dbias[filter_of(z, at)] += slope
    return dx, dweight, dbias


def window(z, n, r, s):
    """Positions in x of what the kernel sees at one place, None where it sees padding; in the order of a filter's weights."""
    rows = range(r * z.stride[0] - z.padding[0], r * z.stride[0] - z.padding[0] + z.kernel_rows)
    columns = range(s * z.stride[1] - z.padding[1], s * z.stride[1] - z.padding[1] + z.kernel_columns)
    return [
        ((n * z.channels + i) * z.rows + row) * z.columns + column if 0 <= row < z.rows and 0 <= column < z.columns else None
        for i in range(z.channels)
        for row in rows
        for column in columns
    ]


def windows_of(z, n):
    return [window(z, n, r, s) for r in range(z.out_rows) for s in range(z.out_columns)]


def rows_of(weight, filters):
    size = len(weight) // filters
    return [weight[o * size : (o + 1) * size] for o in range(filters)]


def windows_forward(z, x, weight, bias):
    y = []
    for n in range(z.batch):
        seen = [[0.0 if at is None else x[at] for at in places] for places in windows_of(z, n)]
        for o, row in enumerate(rows_of(weight, z.filters)):
            y += [bias[o] + sum(map(mul, row, values)) for values in seen]
    return y


def windows_backward(z, x, weight, dy):
    dx, dbias = [0.0] * len(x), [0.0] * z.filters
    filters = rows_of(weight, z.filters)
    drows = [[0.0] * len(row) for row in filters]
    at = 0
    for n in range(z.batch):
        places_of = windows_of(z, n)
        for o, row in enumerate(filters):
            for places in places_of:
                slope = dy[at]
                at += 1
                dbias[o] += slope
                for w, source in enumerate(places):
                    if source is not None:
                        dx[source] += slope * row[w]
                        drows[o][w] += slope * x[source]
    return dx, [value for row in drows for value in row], dbias


IMPLEMENTATIONS = {"loops": (loops_forward, loops_backward), "windows": (windows_forward, windows_backward)}


def forward(request):
    arguments = request["arguments"]
    z = Sizes(arguments, CASES[request["case"]]["config"])
    run, _ = IMPLEMENTATIONS[request["implementation"]]
    return {"y": (z.out_shape, run(z, arguments["x"][1], arguments["weight"][1], arguments["bias"][1]))}


def backward(request):
    arguments = request["arguments"]
    z = Sizes(arguments, CASES[request["case"]]["config"])
    _, run = IMPLEMENTATIONS[request["implementation"]]
    gradients = run(z, arguments["x"][1], arguments["weight"][1], request["cotangents"]["y"][1])
    return {name: (arguments[name][0], values) for name, values in zip(("x", "weight", "bias"), gradients)}


if __name__ == "__main__":
    serve(DESCRIPTION, forward, backward)
