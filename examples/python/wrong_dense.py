"""A fully connected layer that is wrong on purpose: its bias gradient is that of the last row of the batch, not the sum
over all rows.

    npx gradcheck check --process "python3 examples/python/wrong_dense.py"

    y[n, o] = bias[o] + sum over i of weight[o, i] x[n, i]

x [batch, in], weight [out, in], bias [out], y [batch, out].
"""

from serve import serve

DESCRIPTION = {
    "protocol": 1,
    "name": "wrong dense",
    "arguments": {
        "x": {"shape": [3, 4], "axes": ["batch", "feature"]},
        "weight": {"shape": [2, 4], "axes": ["out", "in"], "role": "parameter"},
        "bias": {"shape": [2], "axes": ["out"], "role": "parameter"},
    },
    "outputs": ["y"],
}


def forward(request):
    ([batch, features], x), (_, weight), ([outs], bias) = (request["arguments"][name] for name in ("x", "weight", "bias"))
    y = [
        bias[o] + sum(weight[o * features + i] * x[n * features + i] for i in range(features))
        for n in range(batch)
        for o in range(outs)
    ]
    return {"y": ([batch, outs], y)}


def backward(request):
    ([batch, features], x), (_, weight), ([outs], _) = (request["arguments"][name] for name in ("x", "weight", "bias"))
    _, dy = request["cotangents"]["y"]
    dx, dweight, dbias = [0.0] * len(x), [0.0] * len(weight), [0.0] * outs
    for n in range(batch):
        for o in range(outs):
            slope = dy[n * outs + o]
            dbias[o] = slope  # the fault: = where += belongs
            for i in range(features):
                dx[n * features + i] += slope * weight[o * features + i]
                dweight[o * features + i] += slope * x[n * features + i]
    return {"x": ([batch, features], dx), "weight": ([outs, features], dweight), "bias": ([outs], dbias)}


if __name__ == "__main__":
    serve(DESCRIPTION, forward, backward)
