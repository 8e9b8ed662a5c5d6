"""Fits the figures of MediaPipe's errors (noise.json) to video whose truth is known, and keeps the measured table.

    python3 code/run.py noise [-p ISOLATED FILE]     (some minutes; writes code/signer/noise.json)

The people and cameras are neither those of the test set nor drawn by practice. ISOLATED names real recordings of
still signs (see studies.measure): jitter and drift of a hand at rest are measured on them, since on drawn video they
are mixed with what changes as the hand moves.
"""

import itertools
from pathlib import Path

import joblib
import numpy as np

from drawing.filming import LZV, Shot, taken
from drawing.scenes import FIT_CAMERAS, FIT_PEOPLE
from frames.tracking import track
from ground.environment import quiet
from ground.errors import in_a_sentence
from ground.files import write_json
from ground.landmarks import FACE, HAND_JOINTS, KNUCKLES, POSE, WRIST, hands_of, palm_lengths, seen
from ground.options import needed_file, options
from signer.alphabet import load_alphabet
from signer.body import MIRROR
from signer.noise import FIGURES
from signer.phrases import spell
from signer.practice import demonstrate
from signer.view_error import load_view_error
from studies.measure import STILL, isolated

PHRASES = ("čūska", "žagars", "ģimene", "ķirbis", "ļoti", "ņemt", "vējš", "zāle", "hokejs", "fabrika", "10 14",
           "2 5 8", "369", "70", "ērglis", "īss", "ūdens", "pods")
SEED = 500
WINDOW = 9  # frames of the moving average that parts drift from jitter
GROSS = 0.2  # palm lengths
FAST = 0.15  # palm lengths a frame


def main() -> None:
    settings = options({"ISOLATED": ""})
    single = needed_file(settings, "ISOLATED") if settings["ISOLATED"] else None
    pairs = itertools.cycle(itertools.product(FIT_CAMERAS, FIT_PEOPLE))
    shots = [Shot(spell(text, {"10"}), *pair, seed) for seed, (text, pair) in enumerate(zip(PHRASES, pairs), SEED)]
    watched = joblib.Parallel(n_jobs=2)(joblib.delayed(_watched)(shot) for shot in shots)
    measured = {"drawn": drawn_errors(watched)}
    if single:
        measured["real, still signs"] = still_noise(single)
    write_json(FIGURES, {"about": "MediaPipe's errors on a hand in palm lengths; made by `run.py noise`",
                         "figures": figures(measured), "measured": measured})
    for name, value in figures(measured).items():
        print(name, value)


def _watched(shot: Shot) -> dict:
    """A shot's truth and what MediaPipe found, both (T, 2, 21, 3) in palm lengths, and the hands' views."""
    with quiet():
        scene = taken(shot)
        array = track(scene.pictures, "holistic")
    found = hands_of(array)
    aspect = shot.camera.width / shot.camera.height
    shape = (len(found), 2, HAND_JOINTS, 3)
    heights = scene.truth.reshape(shape) * [aspect, 1, aspect]
    palm = np.linalg.norm(heights[:, :, KNUCKLES[1]] - heights[:, :, WRIST], axis=-1)[:, :, None, None]
    unit = palm / np.array([aspect, 1, aspect])
    inside = ((scene.truth[..., :2] > 0) & (scene.truth[..., :2] < 1)).all(-1).reshape(shape[:3]).mean(2) > 0.9
    return {"truth": scene.truth.reshape(shape) / unit, "seen": found.any(-1).reshape(shape[:3]).all(2),
            "found": found.reshape(shape) / unit, "inside": inside, "held": scene.motion.sign >= 0,
            "body": seen(array, POSE), "face": seen(array, FACE)}


def drawn_errors(watched: list[dict]) -> dict:
    """Errors in all, the parts of them that the view does not explain, depth, lag and losses, from drawn video whose
    truth is known."""
    bias, drift, jitter, depth, error, held, unexplained = [], [], [], [], [], [], []
    for take, side in itertools.product(watched, range(2)):
        both = take["seen"][:, side] & take["inside"][:, side]
        if both.sum() < 2 * WINDOW:
            continue
        truth, found = take["truth"][both, side], take["found"][both, side]
        true_depth, found_depth = truth[:, 1:, 2].ravel(), found[:, 1:, 2].ravel()
        depth.append((true_depth @ found_depth) / (true_depth @ true_depth))
        wrong = found - truth * [1, 1, depth[-1]]
        error.append(np.linalg.norm(wrong[..., :2], axis=-1).mean(axis=1))
        held.append(error[-1][take["held"][both]])
        as_right = MIRROR if side == 0 else 1
        wrong = wrong - load_view_error().of(truth * as_right) * as_right * [1, 1, depth[-1]]
        unexplained.append(np.linalg.norm(wrong[..., :2], axis=-1).mean(axis=1))
        slow = _moving_average(wrong)
        bias.append(wrong.mean(axis=0)), drift.append(slow - wrong.mean(axis=0)), jitter.append(wrong - slow)
    deviation = {name: np.concatenate([part.reshape(-1, 3) for part in parts]).std(axis=0).round(4).tolist()
                 for name, parts in (("bias", bias), ("drift", drift), ("jitter", jitter))}
    return {**deviation, "depth": round(float(np.median(depth)), 3),
            "depth_spread": _log_spread(depth),
            **_gross(unexplained), "error": _middle(error), "error_held": _middle(held),
            "error_unexplained": _middle(unexplained), "lag": _lag(watched),
            **_losses(watched)}


def _gross(parts: list[np.ndarray]) -> dict[str, float]:
    """Share of frames whose joints are far off on the mean, for how long, and how far."""
    runs = [len(run) for part in parts for run in "".join("x" if far else " " for far in part > GROSS).split()]
    values = np.concatenate(parts)
    return {"gross": round(float((values > GROSS).mean()), 4), "gross_frames": round(float(np.mean(runs or [1])), 2),
            "gross_size": round(float(values[values > GROSS].mean()) if runs else GROSS, 3)}


def _middle(parts: list[np.ndarray]) -> dict[str, float]:
    """Mean and median over frames of the joints' mean distance in the picture, in palm lengths."""
    values = np.concatenate(parts)
    return {"mean": round(float(values.mean()), 4), "median": round(float(np.median(values)), 4)}


def _moving_average(values: np.ndarray) -> np.ndarray:
    padded = np.concatenate([values[:1].repeat(WINDOW // 2, 0), values, values[-1:].repeat(WINDOW // 2, 0)])
    return np.stack([padded[start:start + WINDOW].mean(axis=0) for start in range(len(values))])


def _lag(watched: list[dict]) -> float:
    """Frames by which what is found is late: the shift of the truth that fits the wrist's path best."""
    shifts = np.arange(0, 3.1, 0.25)
    wrong = np.zeros(len(shifts))
    for take, side in itertools.product(watched, range(2)):
        there = take["seen"][:, side]
        if there.sum() < 2 * WINDOW:
            continue
        frames = np.arange(len(there))
        for number, shift in enumerate(shifts):
            late = np.stack([np.interp(frames - shift, frames, take["truth"][:, side, WRIST, axis]) for axis in (0, 1)])
            difference = (take["found"][:, side, WRIST, :2] - late.T)[there]
            wrong[number] += np.linalg.norm(difference - difference.mean(axis=0), axis=1).sum()
    return float(shifts[wrong.argmin()])


def _losses(watched: list[dict]) -> dict:
    """How often a hand in view is not found, slow and fast, how long, and how often it is in a wrong slot."""
    slow, fast, lengths, swapped, doubled = [], [], [], 0, 0
    for take in watched:
        main = int(take["inside"][:, 1].sum() >= take["inside"][:, 0].sum())
        wrist = take["truth"][:, main, WRIST, :2]
        speed = np.linalg.norm(np.diff(wrist, axis=0, prepend=wrist[:1]), axis=1)
        inside, there, other = take["inside"][:, main], take["seen"][:, main], take["seen"][:, 1 - main]
        lost = inside & ~there & ~other
        slow.append(lost[inside & (speed < FAST)])
        fast.append(lost[inside & (speed >= FAST)])
        lengths += [len(run) for run in "".join("x" if one else " " for one in lost).split()]
        absent = inside & ~take["inside"][:, 1 - main]
        swapped += bool((absent & ~there & other).any())
        doubled += bool((absent & there & other).any())
    slow_share, fast_share = float(np.concatenate(slow).mean()), float(np.concatenate(fast).mean())
    return {"lost": round(slow_share, 4), "lost_fast": round(fast_share, 4), "runs_lost": lengths,
            "swapped": swapped, "doubled": doubled,
            **{f"{part}_found": round(float(np.concatenate([take[part] for take in watched]).mean()), 4)
               for part in ("body", "face")},
            "recordings": len(watched), "frames": sum(len(take["seen"]) for take in watched)}


def still_noise(path: Path) -> dict:
    """Drift, jitter and depth of real, still signs (the hand's own tremor is in them).

    Depth is compared with the hand as the alphabet describes it, turned to the camera: a person's own posture is in it.
    """
    drift, jitter, depth = [], [], []
    described = {sign: _described_depth(sign) for sign in STILL}
    for recording in isolated(path, STILL):
        stretch = [recording.aspect, 1, recording.aspect]
        hands = recording.hands.reshape(len(recording.hands), 2, HAND_JOINTS, 3) * stretch
        hand = hands[:, int(hands[:, 1].any())]
        joints = (hand - hand[:, [WRIST]])[:, 1:] / palm_lengths(hand).mean()
        slow = _moving_average(joints)
        drift.append((slow - joints.mean(axis=0)).std(axis=0).mean(axis=0))
        jitter.append((joints - slow).std(axis=0).mean(axis=0))
        usual = described[recording.signs[0]]
        depth.append(joints[len(joints) // 2, :, 2] @ usual / (usual @ usual))
    return {"depth": round(float(np.median(depth)), 3), "depth_spread": _log_spread(depth),
            "drift": np.median(drift, axis=0).round(4).tolist(), "jitter": np.median(jitter, axis=0).round(4).tolist(),
            "recordings": len(drift)}


def _described_depth(sign: str) -> np.ndarray:
    """z (20,) of the joints but the wrist, from the wrist, in palm lengths, nearer smaller: the sign as described."""
    shown = demonstrate([sign], load_alphabet(LZV))
    hand = shown.joints[int(np.flatnonzero(shown.motion.sign == 0).mean()), 1]
    return -(hand - hand[WRIST])[1:, 2] / palm_lengths(hand[None])[0]


def _log_spread(values: list[float]) -> float:
    return round(float(np.std(np.log(np.clip(values, 0.05, 5)))), 3)


def figures(measured: dict) -> dict:
    """The figures that `noise.Noise` takes, from the measured table."""
    drawn, real = measured["drawn"], measured.get("real, still signs", measured["drawn"])
    lengths = drawn["runs_lost"]
    long = [length for length in lengths if length > 1]
    starts = len(lengths) / max(sum(lengths), 1)  # a share of frames lost to a chance that a loss begins
    return {"posture": np.hypot(drawn["drift"], drawn["jitter"]).round(4).tolist(),
            # Most of what stays over a recording comes with its postures already.
            "bias": (0.5 * np.array(drawn["bias"])).round(4).tolist(),
            "drift": real["drift"], "jitter": real["jitter"],
            **{name: drawn[name] for name in ("gross", "gross_frames", "gross_size")}, **_depth(drawn, real),
            "lost": round(drawn["lost"] * starts, 4),
            "lost_at_speed": round(max(drawn["lost_fast"] - drawn["lost"], 0) / (2 * FAST) * starts, 4),
            "burst": round(len(long) / max(len(lengths), 1), 2),
            "burst_frames": round(float(np.mean(long)) if long else 1.0, 1),
            # Half a case more than was seen: what did not happen in so few recordings may still happen.
            **{name: round((drawn[name] + 0.5) / (drawn["recordings"] + 1), 3) for name in ("swapped", "doubled")}}


def _depth(drawn: dict, real: dict) -> dict[str, float]:
    """One distribution for both, which differ: the middle of both, spread within and between them."""
    between = np.log(drawn["depth"] / real["depth"]) / 2
    within = (drawn["depth_spread"] ** 2 + real["depth_spread"] ** 2) / 2
    return {"depth": round(float(np.sqrt(drawn["depth"] * real["depth"])), 3),
            "depth_spread": round(float(np.sqrt(within + between ** 2)), 3)}


if __name__ == "__main__":
    in_a_sentence(main)
