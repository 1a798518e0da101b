# Plots a run: loss and measures over samples.
# SPDX-License-Identifier: MIT

import csv

FIELDS = ("step", "samples", "seconds", "loss", "rate", "pck_video", "pck_rendered")


def draw_curve(folder):
    """Plots log.csv of the folder to curve.png; does nothing if matplotlib is missing or there is only one row."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return
    with open(folder / "log.csv", encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        return
    x = [int(row["samples"]) / 1000 for row in rows]
    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(7, 6))
    above.plot(x, [float(row["loss"]) for row in rows], color="tab:blue")
    above.set(ylabel="loss", yscale="log")
    for name, label in (("pck_video", "held-out video, against the teacher"), ("pck_rendered", "held-out rendered people, exact")):
        known = [(at, float(row[name])) for at, row in zip(x, rows) if row[name]]
        if known:
            below.plot(*zip(*known), label=label)
    below.set(xlabel="thousand samples", ylabel="PCK@0.2", ylim=(0, 1))
    below.legend(loc="lower right")
    for axes in (above, below):
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(folder / "curve.part.png", dpi=110)
    pyplot.close(figure)
    (folder / "curve.part.png").replace(folder / "curve.png")
