"""Answers the questions of gradcheck: one JSON object a line, in on standard input, out on standard output.

Copy this file beside your layer, in whatever it is written; it needs Python 3 and nothing else.

    from serve import serve
    serve(description, forward, backward)

forward(request) returns the outputs and backward(request) the gradients, by name, as (shape, numbers) pairs with the
numbers in one flat row-major list. request["arguments"] and request["cotangents"] hold such pairs too; request["case"]
and request["implementation"] are there if the description has cases and implementations.
"""

import json
import sys
import traceback


def serve(description, forward, backward):
    answers = sys.stdout
    sys.stdout = sys.stderr  # what the layer prints must not come between the answers

    def answer(request):
        if request["method"] == "describe":
            return description
        for tensors in ("arguments", "cotangents"):
            if tensors in request:
                request[tensors] = {name: (t["shape"], t["data"]) for name, t in request[tensors].items()}
        key, results = ("outputs", forward) if request["method"] == "forward" else ("gradients", backward)
        return {key: {name: {"shape": shape, "data": data} for name, (shape, data) in results(request).items()}}

    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"id": request["id"], "result": answer(request)}
        except Exception as error:
            traceback.print_exc()
            reply = {"id": request["id"], "error": {"message": f"{type(error).__name__}: {error}"}}
        # json writes floats with all 17 digits that they may need; without the flush the answer stays in a buffer.
        print(json.dumps(reply), file=answers, flush=True)
