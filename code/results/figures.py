"""The notebooks' figures, with labels in Latvian. Each function returns a Matplotlib figure."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ground.files import written_whole
from ground.landmarks import ARM_BONES, HAND_BONES, HAND_JOINTS, LEFT_HAND, POSE, RIGHT_HAND, seen
from ground.signs import NOTHING
from results.drawn import LEFT_COLOUR, RIGHT_COLOUR
from results.fonts import give_fonts
from utils.recordings import Recording

BODY_COLOUR = "#444444"
TRAINING_COLOUR, VALIDATION_COLOUR = "#7f7f7f", "#1b6ca8"
BAD_COLOUR = "#c0392b"
WHICH_HAND = "Zils – labā roka, oranžs – kreisā (runātāja skatījumā)"
SIDES = {"training": "apmācība", "validation": "validācija", "test": "tests"}

#: The starts of the transfer study: label, colour, line.
STARTS = {"scratch": ("no nulles", "#888888"), "asl": ("no ASL bāzes", "#1f77b4"),
          "example": ("no gatavā piemēra", "#dd8452")}
LOWEST_WER = 1e-3  # on a logarithmic axis no error at all stands here


def montage(rows: list[tuple[str, list[np.ndarray], list[np.ndarray]]]) -> Figure:
    """Frames with the landmarks drawn: a row a recording (title, images, arrays (543, 3) of the same frames)."""
    columns = max(len(images) for _, images, _ in rows)
    figure, axes = plt.subplots(len(rows), columns, figsize=(2.6 * columns, 2.3 * len(rows)), squeeze=False)
    for line, (title, images, arrays) in zip(axes, rows):
        for axis in line:
            axis.axis("off")
        for axis, image, array in zip(line, images, arrays):
            height, width = image.shape[:2]
            axis.imshow(image)
            _draw_bones(axis, array[POSE] * [width, height, 1], ARM_BONES, BODY_COLOUR)
            _draw_bones(axis, array[LEFT_HAND] * [width, height, 1], HAND_BONES, LEFT_COLOUR)
            _draw_bones(axis, array[RIGHT_HAND] * [width, height, 1], HAND_BONES, RIGHT_COLOUR)
            axis.set(xlim=(0, width), ylim=(height, 0))
        line[0].set_title(title, fontsize=9, loc="left")
    figure.suptitle(WHICH_HAND, fontsize=10)
    return finished(figure)


def hand_presence(arrays: dict[str, np.ndarray]) -> Figure:
    """A timeline a recording: in which frames the right and the left hand are seen."""
    figure, axis = plt.subplots(figsize=(10, 0.42 * len(arrays) + 1.2))
    for row, array in enumerate(arrays.values()):
        for part, colour, shift in ((RIGHT_HAND, RIGHT_COLOUR, -0.18), (LEFT_HAND, LEFT_COLOUR, 0.18)):
            axis.broken_barh(_runs(seen(array, part)), (row + shift - 0.15, 0.3), color=colour)
        axis.plot([0, len(array)], [row + 0.4] * 2, color="#dddddd", linewidth=1)
    axis.set(yticks=range(len(arrays)), yticklabels=list(arrays), xlabel="kadrs", xlim=(0, None),
             title="Kuros kadros redzama roka (zils – labā, oranžs – kreisā)")
    axis.invert_yaxis()
    return finished(figure)


def save(figure: Figure, path: Path) -> None:
    """Writes a figure as PNG, whole or not at all."""
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=120)


def signs_by_split(counts: dict[str, dict[str, int]], char_map: dict[str, int]) -> Figure:
    """How often each sign occurs on each side; a sign that training never sees is red."""
    used = [sign for sign in char_map if any(side.get(sign) for side in counts.values())]
    figure, axis = plt.subplots(figsize=(max(6, 0.22 * len(used) + 1.5), 3.4))
    below = np.zeros(len(used))
    for side, colour in zip(SIDES, (TRAINING_COLOUR, VALIDATION_COLOUR, "#9ecae1")):
        height = np.array([counts.get(side, {}).get(sign, 0) for sign in used])
        if height.any():
            axis.bar(range(len(used)), height, bottom=below, label=SIDES[side], color=colour)
        below += height
    axis.set_xticks(range(len(used)), [named(sign) for sign in used], rotation=90 if _long(used) else 0)
    axis.margins(x=0.01)
    for label, sign in zip(axis.get_xticklabels(), used):
        if not counts["training"].get(sign):
            label.set(color=BAD_COLOUR, fontweight="bold")
    _whole_numbers(axis.yaxis)
    axis.set(ylabel="reizes", title="Zīmes apmācības un validācijas pusē")
    axis.legend(frameon=False)
    return finished(figure)


def lengths(recordings: list[Recording], fewest: int) -> Figure:
    """Two histograms: frames a recording and frames a sign, with the fewest that CTC needs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
    frames = [recording.frames for recording in recordings]
    left.hist(frames, bins=20, color=TRAINING_COLOUR)
    left.set(xlabel="kadri ierakstā", ylabel="ieraksti", title="Ierakstu garums")
    right.hist([count / len(r.signs) for count, r in zip(frames, recordings)], bins=60, color=TRAINING_COLOUR)
    right.axvline(fewest, color=BAD_COLOUR, linestyle="--", label=f"vajag vismaz {fewest}")
    right.set(xlabel="kadri uz zīmi", ylabel="ieraksti", title="Cik lēni rāda", xlim=(0, None))
    right.legend(frameon=False)
    _whole_numbers(left.yaxis, right.yaxis)
    return finished(figure)


def skeletons(recordings: list[Recording], columns: int = 8) -> Figure:
    """Hands read back from a record file, evenly through each recording, in true proportions."""
    size = (1.5 * columns, 2.0 * len(recordings) + 0.3)
    figure, axes = plt.subplots(len(recordings), columns, figsize=size, squeeze=False)
    for line, recording in zip(axes, recordings):
        points = recording.hands * [recording.aspect, 1, recording.aspect]
        visible = points[np.any(recording.hands != 0, axis=2)]
        lowest, highest = visible.min(axis=0), visible.max(axis=0)
        middle, reach = (lowest + highest) / 2, (highest - lowest)[:2].max() / 2 + 0.02
        numbers = np.linspace(0, recording.frames - 1, columns).round().astype(int)
        for axis, number in zip(line, numbers):
            _draw_bones(axis, points[number, :HAND_JOINTS], HAND_BONES, LEFT_COLOUR)
            _draw_bones(axis, points[number, HAND_JOINTS:], HAND_BONES, RIGHT_COLOUR)
            axis.set(xlim=(middle[0] - reach, middle[0] + reach), ylim=(middle[1] + reach, middle[1] - reach),
                     xticks=[], yticks=[], aspect="equal", xlabel=f"{number + 1}. kadrs")
        line[0].set_title(recording.name, fontsize=9, loc="left")
    figure.suptitle(WHICH_HAND, fontsize=10)
    return finished(figure)


def losses_and_wer(epochs: list[dict], best_epoch: int, title: str) -> Figure:
    """Losses and validation WER over epochs, the phases marked, a dot at the epoch whose weights were kept."""
    table = pd.DataFrame(epochs)
    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5.6), sharex=True)
    above.plot(table["epoch"], table["loss"], color=TRAINING_COLOUR, label="apmācības zudums")
    above.plot(table["epoch"], table["val_loss"], color=VALIDATION_COLOUR, label="validācijas zudums")
    figure.suptitle(title)
    above.set(ylabel="CTC zudums", yscale="log")
    above.legend(frameon=False)
    below.plot(table["epoch"], table["val_wer"], color=VALIDATION_COLOUR)
    best = epochs[best_epoch - 1]["val_wer"]
    below.plot(best_epoch, best, "o", color=BAD_COLOUR, label=f"labākais: {best:.3f} ({best_epoch}. epoha)")
    below.set(xlabel="epoha", ylabel="validācijas WER", ylim=(0, max(1.0, table["val_wer"].max()) * 1.05))
    below.legend(frameon=False)
    for phase, part in table.groupby("phase"):
        for axis in (above, below):
            axis.axvline(part["epoch"].iloc[0] - 0.5, color="#bbbbbb", linestyle=":")
        above.annotate(f"{phase}.", (part["epoch"].mean(), 1.02), xycoords=("data", "axes fraction"), ha="center",
                       fontsize=9, color="#666666")
    _whole_numbers(below.xaxis)
    above.annotate("fāze:", (-0.01, 1.02), xycoords="axes fraction", ha="right", fontsize=9, color="#666666")
    return finished(figure)


def wer_by_sign(by_sign: dict[str, dict]) -> Figure:
    """Share of each sign's occurrences that were misread or missed, with the number of occurrences."""
    signs = sorted(by_sign, key=lambda sign: -by_sign[sign]["error"])
    figure, axis = plt.subplots(figsize=(max(6, 0.24 * len(signs) + 1.5), 3.4))
    errors = [by_sign[sign]["error"] for sign in signs]
    axis.bar(range(len(signs)), errors, color=VALIDATION_COLOUR)
    for place, sign in enumerate(signs):
        axis.annotate(str(by_sign[sign]["count"]), (place, errors[place]), ha="center", va="bottom", fontsize=8)
    axis.set_xticks(range(len(signs)), [named(sign) for sign in signs], rotation=90 if _long(signs) else 0)
    axis.margins(x=0.01)
    axis.set(ylabel="nepareizi nolasīto daļa", ylim=(0, max([0.1, *errors]) * 1.15),
             title="Kļūdas pa zīmēm (virs staba – cik reižu zīme ir kopā)")
    return finished(figure)


def confusion_pairs(pairs: list[tuple[str, str, int]], count: int = 15) -> Figure:
    """The most frequent confusions as bars: signed -> read."""
    pairs = pairs[:count]
    figure, axis = plt.subplots(figsize=(7, 0.34 * max(len(pairs), 2) + 1.2))
    names = [f"{named(truth)} → {named(read)}" for truth, read, _ in pairs]
    axis.barh(range(len(pairs)), [times for _, _, times in pairs], color=VALIDATION_COLOUR)
    axis.set_yticks(range(len(pairs)), names)
    axis.invert_yaxis()
    _whole_numbers(axis.xaxis)
    axis.set(xlabel="reizes", title=f"Biežākās kļūdas: rādīts → nolasīts ({NOTHING} – nekas)")
    if not pairs:
        axis.text(0.5, 0.5, "Kļūdu nav", transform=axis.transAxes, ha="center")
        axis.set(xticks=[])
    return finished(figure)


def calibration(assessments: dict[str, dict]) -> Figure:
    """Confidence against the share of recordings wholly right; the diagonal is a confidence that keeps its word."""
    figure, axis = plt.subplots(figsize=(5.2, 4.6))
    axis.plot([0, 1], [0, 1], color="#bbbbbb", linestyle=":", label="tā, kā solīts")
    for (name, assessment), colour in zip(assessments.items(), (VALIDATION_COLOUR, TRAINING_COLOUR, BAD_COLOUR)):
        bins = assessment["calibration"]["bins"]
        axis.plot([row["confidence"] for row in bins], [row["right"] for row in bins], "-", color=colour, label=name)
        axis.scatter([row["confidence"] for row in bins], [row["right"] for row in bins], color=colour,
                     s=[12 + 3 * row["sequences"] for row in bins], alpha=0.6, clip_on=False)
    axis.set(xlabel="modeļa pārliecība", ylabel="pilnīgi pareizo daļa", xlim=(0, 1.02), ylim=(0, 1.02),
             title="Vai pārliecībai var ticēt? (aplis – ierakstu skaits)")
    axis.legend(frameon=False, loc="upper left")
    return finished(figure)


def experiments(rows: list[dict]) -> Figure:
    """Validation WER of every experiment with its 95 % interval."""
    figure, axis = plt.subplots(figsize=(max(6, 0.5 * len(rows) + 3), 3.4))
    for place, row in enumerate(rows):
        low, high = row["interval"]
        axis.plot([place, place], [low, high], color=VALIDATION_COLOUR, linewidth=3, alpha=0.4)
        axis.plot(place, row["wer"], "o", color=VALIDATION_COLOUR)
    axis.set_xticks(range(len(rows)), [str(row["number"]) for row in rows])
    highest = max([0.01, *(row["interval"][1] for row in rows)])
    axis.set(xlabel="eksperiments", ylabel="validācijas WER", ylim=(0, 1.1 * highest), xlim=(-0.6, len(rows) - 0.4),
             title="Eksperimenti (punkts – WER, josla – 95 % intervāls)")
    return finished(figure)


def transfer_curves(rows: list[dict]) -> Figure:
    """WER over the number of phrases for each start, read in another place: letters, and all signs."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    table = pd.DataFrame(rows)
    table["wer"] = table["wer"].clip(lower=LOWEST_WER)
    for axis, (learnt, title) in zip(axes, (("letters", "Burti a ā b u"), ("all", "Visas 15 zīmes"))):
        for name, (label, colour) in STARTS.items():
            part = table[(table["learnt"] == learnt) & (table["start"] == name)].groupby("phrases")["wer"]
            if len(part):
                axis.plot(part.mean().index, part.mean(), color=colour, label=label, marker="o", markersize=4)
                axis.fill_between(part.mean().index, part.min(), part.max(), color=colour, alpha=0.12, linewidth=0)
        axis.set(xscale="log", yscale="log", xlabel="apmācības frāzes", title=title)
        axis.set_xticks(sorted(set(table[table["learnt"] == learnt]["phrases"])))
        axis.get_xaxis().set_major_formatter(plt.ScalarFormatter())
        axis.get_xaxis().set_minor_locator(plt.NullLocator())
    shown = [value for value in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1) if value > table["wer"].min() / 2]
    axes[0].set_yticks(shown, [str(value) for value in shown])
    axes[0].get_yaxis().set_minor_locator(plt.NullLocator())
    axes[0].set_ylabel("WER (josla – no mazākā līdz lielākajam)")
    axes[1].legend(frameon=False)
    return finished(figure)


def people_curve(rows: list[dict]) -> Figure:
    """How people who were held out are read, over the number of people whose letters were trained on: the mean, and a
    thin line for each person held out."""
    figure, axis = plt.subplots(figsize=(7, 4))
    table = pd.DataFrame(rows).sort_values("people")
    for column, label, colour in (("exact", "burts un nekas cits", "#1f77b4"),
                                  ("contained", "burts starp nolasītajiem", "#dd8452")):
        for _, person in table.groupby("held_out"):
            axis.plot(person["people"], person[column], color=colour, alpha=0.25, linewidth=1)
        mean = table.groupby("people")[column].mean()
        axis.plot(mean.index, mean, color=colour, label=label, marker="o")
    axis.set(xlabel="cilvēki, uz kuru burtiem mācīts", ylabel="ierakstu daļa", ylim=(0, 1.02))
    axis.set_xticks(sorted(set(table["people"])))
    axis.legend(frameon=False, loc="lower right")
    return finished(figure)


def _draw_bones(axis, points: np.ndarray, bones, colour: str) -> None:
    if not np.any(points):
        return
    for start, end in bones:
        axis.plot(points[[start, end], 0], points[[start, end], 1], color=colour, linewidth=1.3)


def _runs(visible: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], visible.astype(int), [0]])))
    return [(int(start), int(end - start)) for start, end in zip(edges[::2], edges[1::2])]


def named(sign: str) -> str:
    """A sign as it can stand on an axis or in a sentence."""
    return "␣" if sign == " " else sign


def _whole_numbers(*axes) -> None:
    """Of what is counted there is no half."""
    for axis in axes:
        axis.get_major_locator().set_params(integer=True)


def _long(signs: list[str]) -> bool:
    return any(len(named(sign)) > 3 for sign in signs)


def finished(figure: Figure) -> Figure:
    """The last touch of every figure: no frame, letters of any alphabet, nothing cut off, shown once."""
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    give_fonts(figure)
    figure.tight_layout()
    plt.close(figure)  # else Jupyter shows it a second time at the cell's end
    return figure
