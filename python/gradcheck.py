"""Serves a layer in Python to gradcheck: one file, the standard library; numpy arrays where numpy is there, nested lists otherwise.

A pair of functions, where backward takes what arrives at the output and then what forward took:

    from gradcheck import serve
    serve(lambda x, w: x @ w.T, lambda dy, x, w: (dy @ w, dy.T @ x), inputs={"x": (3, 4), "w": (2, 4)})

An object with forward(x) and backward(dy), which keeps its parameters and their gradients (W and dW, weight and weight_grad, ...):

    serve(Dense(4, 3), inputs={"x": (5, 4)})

A torch.nn.Module, or the apply of a torch.autograd.Function; gradients are those of torch.autograd:

    serve(torch.nn.GELU(), inputs={"x": (2, 3)})

Then: gradcheck check --process "python3 this_file.py"

An input is a shape, or a dictionary of what else there is to know of it: {"shape": (5,), "integer": True, "range": [0, 2],
"differentiable": False}, {"shape": (3,), "range": [0.1, 10]}. What layers print goes to standard error.
"""

import base64
import json
import sys
import traceback
from array import array

try:
    import numpy
except ImportError:
    numpy = None

__all__ = ["serve"]

# How gradients are commonly named after their parameter.
HABITS = ("d{}", "d_{}", "grad_{}", "{}_grad", "{}Grad", "g{}")


def serve(layer, backward=None, *, inputs, outputs=("y",), name=None, dtype="float64", parameters=None, config=None):
    """Answers gradcheck's questions about a layer on standard input and output, until they end.

    layer: a function, with `backward` beside it; an object with forward and backward; a torch.nn.Module; a function of torch tensors.
    inputs: by name, in the order in which forward takes them. parameters: {"W": "dW"}, found by habit unless said.
    Raises TypeError where the layer is none of these, and ValueError where a parameter is not where it is said to be.
    """
    specs = {key: dict(spec) if isinstance(spec, dict) else {"shape": spec} for key, spec in inputs.items()}
    for spec in specs.values():
        spec["shape"] = list(spec["shape"])
        if spec.get("integer"):
            spec.setdefault("differentiable", False)
    outputs = list(outputs)
    if backward is not None:
        served = _Pair(layer, backward, specs)
    elif hasattr(layer, "named_parameters") or not hasattr(layer, "backward"):
        served = _Torch(layer, specs, dtype)
    else:
        served = _Object(layer, specs, parameters)
    description = {
        "protocol": 1,
        "name": name or getattr(layer, "__name__", None) or type(layer).__name__,
        "arguments": {**specs, **served.parameters},
        "outputs": outputs,
        "dtype": dtype,
        "encoding": "base64",
        "config": config or {},
    }
    _answer_all(description, served, outputs)


class _Pair:
    def __init__(self, forward, backward, specs):
        self._forward, self._backward, self._specs, self.parameters = forward, backward, specs, {}

    def forward(self, args):
        return self._forward(*args.values())

    def backward(self, args, cotangents):
        returned = self._backward(*cotangents, *args.values())
        if isinstance(returned, dict):
            return returned
        wanted = [key for key, spec in self._specs.items() if spec.get("differentiable", True)]
        return dict(zip(wanted, returned if isinstance(returned, tuple) else (returned,)))


class _Object:
    def __init__(self, layer, specs, parameters):
        self._layer, self._specs = layer, specs
        self._places = self._found() if parameters is None else parameters
        for place in [*self._places, *self._places.values()]:
            if not hasattr(layer, place):
                raise ValueError(f"{type(layer).__name__} has no attribute {place}")
        self.parameters = {
            key: {"shape": list(_shape(getattr(layer, key))), "role": "parameter"} for key in self._places
        }

    def _found(self):
        found = {}
        for key in vars(self._layer):
            for habit in HABITS:
                if hasattr(self._layer, habit.format(key)):
                    found[key] = habit.format(key)
        return found

    def forward(self, args):
        for key in self._places:
            setattr(self._layer, key, args[key])
        return self._layer.forward(*(args[key] for key in self._specs))

    def backward(self, args, cotangents):
        # Buffers start at 0, for layers that add to them.
        for key, gradient in self._places.items():
            setattr(self._layer, gradient, _zeros(self.parameters[key]["shape"]))
        self.forward(args)
        returned = self._layer.backward(*cotangents)
        wanted = [key for key, spec in self._specs.items() if spec.get("differentiable", True)]
        gradients = dict(zip(wanted, returned if isinstance(returned, tuple) else (returned,)))
        gradients.update({key: getattr(self._layer, gradient) for key, gradient in self._places.items()})
        return gradients


class _Torch:
    def __init__(self, module, specs, dtype):
        import torch

        if not callable(module):
            raise TypeError(f"{module!r} is neither a function, nor an object with forward and backward")
        self._torch, self._module, self._specs = torch, module, specs
        self._dtype = getattr(torch, dtype)
        named = list(module.named_parameters()) if hasattr(module, "named_parameters") else []
        if named:
            module.to(self._dtype)
        self._named = dict(module.named_parameters()) if named else {}
        self.parameters = {key: {"shape": list(value.shape), "role": "parameter"} for key, value in self._named.items()}

    def _run(self, args):
        torch = self._torch
        tensors = {}
        for key, value in args.items():
            if key in self._named:
                with torch.no_grad():
                    self._named[key].copy_(torch.as_tensor(value))
                tensors[key] = self._named[key]
            elif self._specs[key].get("integer"):
                tensors[key] = torch.as_tensor(value).long()
            else:
                tensors[key] = torch.as_tensor(value).to(self._dtype)
                tensors[key].requires_grad_(self._specs[key].get("differentiable", True))
        outputs = self._module(*(tensors[key] for key in self._specs))
        return tensors, outputs if isinstance(outputs, tuple) else (outputs,)

    def forward(self, args):
        return tuple(output.detach().numpy() for output in self._run(args)[1])

    def backward(self, args, cotangents):
        tensors, outputs = self._run(args)
        wanted = {key: tensor for key, tensor in tensors.items() if tensor.requires_grad}
        cotangents = [self._torch.as_tensor(value).to(self._dtype) for value in cotangents]
        gradients = self._torch.autograd.grad(outputs, list(wanted.values()), cotangents, allow_unused=True)
        # One that is not connected is missing, not 0.
        return {key: value.numpy() for key, value in zip(wanted, gradients) if value is not None}


def _answer_all(description, served, outputs):
    answers, sys.stdout = sys.stdout, sys.stderr  # what a layer prints must not come between the answers

    def answer(request):
        if request["method"] == "describe":
            return description
        arguments = request["arguments"]
        specs = description["arguments"]
        args = {key: _decoded(arguments[key], specs[key].get("integer", False)) for key in specs}
        if request["method"] == "forward":
            returned = served.forward(args)
            results = returned if isinstance(returned, dict) else dict(zip(outputs, _tuple(returned, outputs)))
            return {"outputs": {key: _encoded(value) for key, value in results.items()}}
        cotangents = [_decoded(request["cotangents"][key]) for key in outputs if key in request["cotangents"]]
        gradients = served.backward(args, cotangents)
        return {"gradients": {key: _encoded(value) for key, value in gradients.items() if value is not None}}

    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"id": request["id"], "result": answer(request)}
        except Exception as error:
            traceback.print_exc()
            reply = {"id": request["id"], "error": {"message": f"{type(error).__name__}: {error}{_place(error)}"}}
        # Without the flush the answer stays in a buffer.
        print(json.dumps(reply), file=answers, flush=True)


def _place(error):
    """Where it was thrown, outside of this file."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def _tuple(returned, outputs):
    return returned if isinstance(returned, tuple) or (isinstance(returned, list) and len(outputs) > 1) else (returned,)


def _decoded(tensor, integer=False):
    shape = tensor["shape"]
    if "base64" in tensor:
        raw = base64.b64decode(tensor["base64"])
        if numpy is not None:
            flat = numpy.frombuffer(raw, "<f8").copy()
        else:
            flat = array("d", raw)
            if sys.byteorder == "big":
                flat.byteswap()
    else:
        flat = [float(value) for value in tensor["data"]]  # "NaN" and "Infinity" too
    if numpy is not None:
        return numpy.asarray(flat, dtype="int64" if integer else "float64").reshape(shape)
    return _nested([int(value) for value in flat] if integer else list(flat), shape)


def _encoded(value):
    if numpy is not None:
        value = numpy.asarray(value)
        return {"shape": list(value.shape), "base64": base64.b64encode(value.astype("<f8").tobytes()).decode()}
    flat = array("d", _flat(value))
    if sys.byteorder == "big":
        flat.byteswap()
    return {"shape": _shape(value), "base64": base64.b64encode(flat.tobytes()).decode()}


def _nested(flat, shape):
    if not shape:
        return flat[0]
    stride = len(flat) // shape[0] if shape[0] else 0
    return [_nested(flat[i * stride : (i + 1) * stride], shape[1:]) for i in range(shape[0])]


def _flat(value):
    return [number for item in value for number in _flat(item)] if isinstance(value, (list, tuple)) else [value]


def _shape(value):
    if hasattr(value, "shape"):
        return list(value.shape)
    return [len(value), *(_shape(value[0]) if value else [])] if isinstance(value, (list, tuple)) else []


def _zeros(shape):
    if numpy is not None:
        return numpy.zeros(shape)
    return _nested([0.0] * _size(shape), shape)


def _size(shape):
    size = 1
    for extent in shape:
        size *= extent
    return size
