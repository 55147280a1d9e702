"""y = x * x, with its gradient, over the protocol; or misbehaving as its argument says.

    python3 square.py [how] [description]

`description` is JSON that goes over the right description; a key that is null there is left out.
"""

import binascii
import json
import math
import os
import struct
import sys
import time

HOW = sys.argv[1] if len(sys.argv) > 1 else "right"
DESCRIPTION = {"protocol": 1, "name": "square", "arguments": {"x": {"shape": [2, 3]}}, "outputs": ["y"]}
DESCRIPTION.update(json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
DESCRIPTION = {key: value for key, value in DESCRIPTION.items() if value is not None}


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def log(text):
    print(text, file=sys.stderr, flush=True)


def numbers(tensor):
    if "base64" in tensor:
        data = binascii.a2b_base64(tensor["base64"])
        return list(struct.unpack(f"<{len(data) // 8}d", data))
    return [float(value) for value in tensor["data"]]


def right(request):
    if request["method"] == "describe":
        return {"id": request["id"], "result": DESCRIPTION}
    x = request["arguments"]["x"]
    values = numbers(x)
    if request["method"] == "forward":
        return {"id": request["id"], "result": {"outputs": {"y": tensor(x, [v * v for v in values])}}}
    slopes = numbers(request["cotangents"]["y"])
    gradient = tensor(x, [2 * v * s for v, s in zip(values, slopes)])
    return {"id": request["id"], "result": {"gradients": {"x": gradient}}}


def tensor(like, data):
    return {"shape": like["shape"], "data": data}


def line(answer):
    return json.dumps(answer) + "\n"


def results(answer):
    """The tensors of an answer, by name."""
    return answer["result"].get("outputs") or answer["result"]["gradients"]


def changed(change):
    """Every answer but the description is changed before it is sent."""

    def reply(request):
        answer = right(request)
        if request["method"] != "describe":
            change(answer)
        say(line(answer))

    return reply


def only(method, act):
    """Right, but for the questions of one method."""
    return lambda request: act(request) if request["method"] == method else say(line(right(request)))


def gradient(change):
    return changed(lambda answer: change(answer["result"]["gradients"]) if "gradients" in answer["result"] else None)


def every(change):
    def all_tensors(answer):
        for value in results(answer).values():
            change(value)

    return changed(all_tensors)


def exits(status):
    def act(_):
        for number in range(30):
            log(f"log line {number}")
        os._exit(status)

    return act


def endlessly(text, out=sys.stdout):
    def act(_):
        while True:
            out.write(text)

    return act


def hang(_=None):
    time.sleep(1000)


def begin(request):
    say(line(right(request)).rstrip("\n"))
    hang()


def close_and_hang(stream):
    def act(_):
        os.close(stream)
        hang()

    return act


def in_base64(request):
    answer = right(request)
    if request["method"] != "describe":
        assert all("base64" in value and "data" not in value for value in request["arguments"].values())
        for value in results(answer).values():
            data = value.pop("data")
            value["base64"] = binascii.b2a_base64(struct.pack(f"<{len(data)}d", *data), newline=False).decode()
    say(line(answer))


def strict(request):
    """Fails unless numbers of differentiable tensors are written as floats and labels as integers."""
    answer = right(request)
    for name, value in {**request.get("arguments", {}), **request.get("cotangents", {})}.items():
        kind = int if name == "label" else float
        wrong = [number for number in value["data"] if type(number) is not kind]
        if wrong:
            answer = {"id": request["id"], "error": {"message": f"{name} has {wrong[0]!r}"}}
    say(line(answer))


def echo_negative_zero(request):
    """Forward is the sign bit of x, so that -0.0 is told from 0.0."""
    answer = right(request)
    if request["method"] == "forward":
        x = request["arguments"]["x"]
        answer["result"]["outputs"]["y"] = tensor(x, [math.copysign(1.0, float(value)) for value in x["data"]])
    say(line(answer))


def echo(request):
    answer = right(request)
    if request["method"] == "forward":
        x = request["arguments"]["x"]
        answer["result"]["outputs"]["y"] = tensor(x, [float(value) for value in x["data"]])
    say(line(answer))


def with_child(request):
    if request["method"] == "describe":
        import subprocess

        child = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL)
        log(f"pids {os.getpid()} {child.pid}")
    say(line(right(request)))


def by_case(request):
    """Case 0 kills the process; the others are right."""
    if request.get("case") == 0:
        log("about to die of case 0")
        os._exit(3)
    say(line(right(request)))


def other_each_time(request):
    if request["method"] == "forward":
        os._exit(0)
    DESCRIPTION["config"] = {"started": time.time_ns()}
    say(line(right(request)))


def answer_as(id_of):
    return only("forward", lambda request: say(line({**right(request), "id": id_of(request)})))


def six_digits(value):
    value["data"] = [float(f"{number:.6g}") for number in value["data"]]


def replace(data):
    return lambda value: value.update(data=data)


BEHAVIOURS = {
    "right": lambda request: say(line(right(request))),
    # Accepted
    "windows": lambda request: say("\ufeff" + line(right(request)).replace("\n", "\r\n")),
    "blank lines": lambda request: say("\n\r\n" + line(right(request)) + "\n"),
    "base64": in_base64,
    "strict": strict,
    "bare NaN": every(replace([math.nan, math.inf, -math.inf, 1.0, -0.0, 0.5])),
    "NaN texts": every(replace(["NaN", "Infinity", "-Infinity", 1, -0.0, 0.5])),
    "echo": echo,
    "sign bit": echo_negative_zero,
    "logs": lambda request: (log(f"asked for {request['method']}"), say(line(right(request)))),
    "with child": with_child,
    "deaf with child": with_child,
    # Lines that are no answers
    "banner": lambda request: (say("Loading weights...\n"), say(line(right(request)))),
    "stray": only("forward", lambda request: (say("loss = 3\n"), say(line(right(request))))),
    "stray in backward": only("backward", lambda request: (say("dx = 3\n"), say(line(right(request))))),
    "afterwards": only("forward", lambda request: (say(line(right(request)) + "done\n"))),
    "json stray": only("forward", lambda request: (say('{"loss": 3}\n'), say(line(right(request))))),
    "c nan": only("forward", lambda request: say('{"id":%d,"result":{"outputs":{"y":{"shape":[1],"data":[nan]}}}}\n' % request["id"])),
    "old id": answer_as(lambda _: 0),
    "text id": answer_as(lambda request: str(request["id"])),
    "no id": answer_as(lambda _: None),
    "twice": only("forward", lambda request: say(2 * line(right(request)))),
    "no result": only("forward", lambda request: say(line({"id": request["id"]}))),
    "list result": only("forward", lambda request: say(line({"id": request["id"], "result": [1.0]}))),
    "error": only("backward", lambda request: say(line({"id": request["id"], "error": {"message": "weights not loaded"}}))),
    # Wrong tensors
    "no outputs": changed(lambda answer: answer["result"].pop("outputs", None)),
    "missing output": changed(lambda answer: answer["result"].get("outputs", {}).pop("y", None)),
    "extra output": only("forward", lambda request: say(line({"id": request["id"], "result": {"outputs": {**right(request)["result"]["outputs"], "z": None}}}))),
    "null output": changed(lambda answer: answer["result"].get("outputs", {}).update(y=None)),
    "bare list": only("forward", lambda request: say(line({"id": request["id"], "result": {"outputs": {"y": [1.0]}}}))),
    "rows": every(replace([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
    "words": every(replace([1.0, 2.0, "three", 4.0, 5.0, 6.0])),
    "too few": every(replace([1.0, 2.0])),
    "half a number": every(lambda value: (value.pop("data"), value.update(base64="AAAA"))),
    "no shape": every(lambda value: value.pop("shape")),
    "missing gradient": gradient(lambda gradients: gradients.clear()),
    "null gradient": gradient(lambda gradients: gradients.update(x=None)),
    "extra gradient": gradient(lambda gradients: gradients.update(z=gradients["x"])),
    "gradient shape": gradient(lambda gradients: gradients["x"].update(shape=[3, 2])),
    "gradient count": gradient(lambda gradients: gradients["x"].update(data=[1.0])),
    "gradient words": gradient(lambda gradients: gradients["x"].update(data=["one"] * 6)),
    "six digits": every(six_digits),
    # Silence and the end
    "silent": hang,
    "silent in forward": only("forward", hang),
    "unflushed": lambda request: print(line(right(request)), end=""),
    "begins": only("forward", begin),
    "exits": exits(3),
    "exits in forward": only("forward", exits(3)),
    "killed in forward": only("forward", lambda _: os.kill(os.getpid(), 11)),
    "one question": lambda request: (say(line(right(request))), os._exit(0)),
    "case 0 kills": by_case,
    "other each time": other_each_time,
    "closes output": only("forward", close_and_hang(1)),
    "closes input": lambda request: (say(line(right(request))), close_and_hang(0)(request)),
    # Floods
    "flood of lines": only("forward", endlessly("y\n" * 1000)),
    "flood of blank lines": only("forward", endlessly("\n" * 1000)),
    "flood of one line": only("forward", endlessly("y" * 65536)),
    "flood when idle": only("forward", lambda request: (say(line(right(request))), endlessly("y" * 1000)(request))),
    "flood of log": only("forward", endlessly("y" * 1000, sys.stderr)),
}

sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8", line_buffering=False, write_through=False)
behave = BEHAVIOURS[HOW]
while asked := sys.stdin.readline():
    behave(json.loads(asked))
if HOW.startswith("deaf"):
    hang()
