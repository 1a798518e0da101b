# Invented reports in the format of `layers diff --json`: a large net, dumps without a graph, NaN, hostile names.
# SPDX-License-Identifier: MIT
import base64
import math
import random

HOSTILE = ["</script><script>document.title='broken'</script>", "<!-- <script>", "\u00e9\u4e2d\U0001f600 & \"quotes\" 'here'", "x" * 3000, "__proto__",
           "a&b=c#d%20+e", "{{data}}", "\\u003c\u2028\u202e", "<img src=x onerror=alert(1)>"]
BINS = 24


def word(value):
    """Returns a finite number, or the text of another one, since JSON has no NaN and no infinities."""
    return value if math.isfinite(value) else "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def histogram(count, centre):
    """Returns counts of 0, 1, 2-3, 4-7, ... ulp around bin `centre`, without empty bins at the end."""
    counts = [int(count * math.exp(-((i - centre) / 1.6) ** 2) / 3) for i in range(BINS)]
    counts[0] += max(0, count - sum(counts))
    while len(counts) > 1 and counts[-1] == 0:
        counts.pop()
    return counts


def statistics(worst, shape, nan=0, inf=0):
    """Returns statistics of a layer whose worst error is `worst` times the bound."""
    count, finite = math.prod(shape), worst if math.isfinite(worst) else 1e6
    return {"ok": worst <= 1, "worst": word(worst), "max_abs": word(worst * 3e-6), "max_rel": word(worst * 1e-4), "rel_l2": word(worst * 7e-8),
            "cosine": word(1 - worst * 1e-9), "ulp": {"q50": finite / 4, "q90": finite, "q99": 3 * finite, "max": word(40 * worst)},
            "ulp_histogram": histogram(count, math.log2(1 + 4 * finite)), "nan": [nan, 0], "inf": [inf, 0],
            "worst_at": {"index": [0, shape[1] // 2, *(int(0.3 * n) for n in shape[2:3]), *(int(0.7 * n) for n in shape[3:])], "ours": word(0.5 + worst * 3e-6), "reference": 0.5,
                         "bound": 3e-6}, "count": count}


def picture(shape, worst):
    """Returns waves with an error in the upper right."""
    w, h = min(shape[3], 128), min(shape[2], 128)

    def coded(value):
        return base64.b64encode(bytes(max(0, min(255, int(value(x / w, y / h)))) for y in range(h) for x in range(w))).decode()

    def waves(x, y):
        return 128 + 110 * math.sin(9 * x + 2 * y) * math.cos(7 * y - x)

    def error(x, y):
        return 235 * math.exp(-40 * ((x - 0.7) ** 2 + (y - 0.3) ** 2)) + 10 * (1 + math.sin(50 * x + 30 * y))
    return {"n": 0, "channel": shape[1] // 2, "w": w, "h": h, "low": -1.25, "high": 3.5, "ours": coded(waves), "reference": coded(lambda x, y: waves(x, y) + 1),
            "error": coded(error), "error_high": word(worst * 3e-6)}


def layer(index, name, op, inputs, shape, total, own=None, oracle=None, with_picture=False, nan=0):
    """total, own: errors in units of the bound; oracle: the errors of ours and of the reference."""
    ok = total <= 1 if own is None else own <= 1
    return {"index": index, "name": name, "op": op, "kernel": "avx512_winograd4" if op == "conv2d" else f"ref_{op}" if op else "", "inputs": inputs,
            "shape": shape, "ok": ok, "total": statistics(total, shape, nan), "own": None if own is None else statistics(own, shape),
            "oracle": oracle and {"ours": statistics(oracle[0], shape), "reference": statistics(oracle[1], shape),
                                  "closer": "ours" if oracle[0] < oracle[1] else "reference" if oracle[0] > oracle[1] else "equal"},
            "picture": picture(shape, total) if with_picture else None}


def report(layers, title="net", **changes):
    bad = next((l["name"] for l in layers if not l["ok"]), None)
    return {"format": 1, "kind": "layers diff",
            "ours": {"title": title, "source": f"{title}.safetensors", "metadata": {"target": "avx512", "precision": "fp32", "threads": "1"}},
            "reference": {"title": title, "source": f"{title}-pytorch.safetensors", "metadata": {"torch": "1.13.1", "dtype": "float32"}},
            "tolerance": {"kind": "bound", "rtol": 0, "atol": 0}, "teacher_forced": any(l["own"] for l in layers), "oracle": any(l["oracle"] for l in layers),
            "first_bad": bad, "only_ours": [], "only_reference": [], "layers": layers} | changes


def residual(count=300, bad_at=137, pictures=True):
    """Returns blocks of two convolutions and an addition, some joined with an earlier map; layer `bad_at` is wrong by itself."""
    rng, layers, block, total = random.Random(1), [], "data", 0.1
    size, channels = 64, 32
    for i in range(count):
        if i % 75 == 74:
            size, channels = max(4, size // 2), channels * 2
        kind, before = i % 3, layers[-1]["name"] if layers else "data"
        name = f"stage{i // 75 + 1}.block{i // 3}.{('conv1', 'conv2', 'sum')[kind]}"
        inputs = [before] if kind < 2 else [before, block]
        if i % 60 == 59:
            inputs, name = inputs + [layers[i - 45]["name"]], f"stage{i // 75 + 1}.join{i // 60}"
        if kind == 2:
            block = name
        own = 37.5 if i == bad_at else 0.0 if kind == 2 and i % 2 else 10 ** rng.uniform(-1.6, -0.2)
        total = max(own, 0.75 if i < bad_at else total) * rng.uniform(0.82, 1.16) if i != bad_at else own
        layers.append(layer(i + 1, name, "concat" if "join" in name else "add" if kind == 2 else "conv2d", inputs, [1, channels, size, size],
                            total if i >= bad_at else min(0.97, max(own, total * 0.8)), own, (own * rng.uniform(0.4, 1.2), own * rng.uniform(0.6, 1.4)),
                            pictures and i % 50 == bad_at % 50))
    long_graph = {"graph": "{" + "node " * 2000 + "}"}
    made = report(layers, "residual", only_ours=["data.normalised"], only_reference=[f"probe{i}" for i in range(12)])
    made["ours"]["metadata"] |= long_graph
    return made


def plain_dumps(count=40):
    """Returns two dumps without a graph, within torch's tolerance; layers of other ranks."""
    shapes = ([1, 8, 6, 5], [1, 10], [1, 12, 7])
    return report([layer(i, f"features.{i}", "", [], shapes[i % 3], 0.02 * (i % 30)) for i in range(count)],
                  tolerance={"kind": "torch", "rtol": 1.3e-6, "atol": 1e-5})


def not_finite():
    layers = [layer(i, f"conv{i}", "conv2d", [f"conv{i - 1}"] if i else ["data"], [2, 4, 9, 9], 0.3 if i < 5 else (math.nan, math.inf)[i % 2], nan=(0, 324)[i >= 5],
                    with_picture=i == 5) for i in range(9)]
    return report(layers, tolerance={"kind": "given", "rtol": 1e-4, "atol": 0.001})


def hostile():
    """Returns names that would end the script, the string or the address that contains them."""
    layers = [layer(i, name, "conv2d", [HOSTILE[i - 1]] if i else [], [1, 3, 8, 8], 3.0 if i == 0 else 0.5, with_picture=i == 0) for i, name in enumerate(HOSTILE)]
    return report(layers, HOSTILE[0], only_reference=HOSTILE)


def empty():
    return report([], only_ours=["a"], only_reference=["b"])
