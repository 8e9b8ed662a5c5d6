"""A data set: the record files of its sides, and dataset_info.json, which says what they hold and that they fit.
"""

import contextlib
from datetime import datetime, timezone
from pathlib import Path

from ground.errors import DataError
from ground.files import read_json, remove, shown, write_json
from ground.landmarks import HAND_JOINTS, LANDMARK_SET
from ground.signs import char_map_hash
from utils.recordings import Recording, sign_counts
from utils.records import AGAIN, FIRST, Shards, read_side, write_side, written_files
from utils.split import Split

RECORD_VERSION = 1
JUDGED_AT_MOST = 2000  # recordings of validation or test that are read: more would only make every epoch longer


def write_dataset(split: Split, char_map: dict[str, int], folder: Path, info_path: Path, name: str,
                  source: Path, left_out: dict[str, str]) -> dict:
    """Writes training.tfrecord, validation.tfrecord (test.tfrecord where recordings are kept aside) and the info; a
    large side in shards (`records.write_side`).

    The info is taken away first and written last: a stop in between leaves no info that fits other records. The same
    records again keep their date, so that the repository's own dataset_info.json stays as it is. Returns the info.
    """
    before = {}
    with contextlib.suppress(DataError):  # none yet, or a damaged one: it is written anew
        before = read_json(info_path)
    remove(info_path)
    files = {}
    for side, recordings in split.sides().items():
        if recordings:
            files[side] = write_side(folder, side, recordings, char_map)
        else:
            for old in written_files(folder, side):
                remove(old)
    info = describe_dataset(split, char_map, files, name, source, left_out)
    if before | {"written_utc": ""} == info | {"written_utc": ""}:
        info["written_utc"] = before["written_utc"]
    write_json(info_path, info)
    return info


def load_dataset(folder: Path, info_path: Path,
                 char_map: dict[str, int]) -> tuple[dict, dict[str, list[Recording] | Shards]]:
    """The info and the recordings by side, after checking that info, files and char_map belong together. Training may
    be shards; of a large validation or test side JUDGED_AT_MOST recordings are read."""
    if not info_path.exists():
        raise DataError(shown(info_path), "faila nav", FIRST)
    info = read_json(info_path)
    expected = {"record_version": RECORD_VERSION, "char_map_hash": char_map_hash(char_map),
                "landmark_set": LANDMARK_SET}
    found = {"record_version": info.get("record_version"), "char_map_hash": info.get("char_map_hash"),
             "landmark_set": info.get("landmark_info", {}).get("set")}
    names = {"record_version": "ierakstu versija", "char_map_hash": "zīmju saraksta (char_map) kontrolsumma",
             "landmark_set": "punktu kopa"}
    for key, value in expected.items():
        if found[key] != value:
            raise DataError(shown(info_path),
                            f"ieraksti nesaskan ar konfigurāciju: {names[key]} ir {found[key]}, vajag {value}",
                            f"Pārbaudiet CHAR_MAP vai: {AGAIN[0].lower()}{AGAIN[1:]}")
    sides = {side: read_side(folder, side, file, char_map, shown(info_path))
             for side, file in info.get("record_files", {}).items()}
    return info, {side: recordings.some(JUDGED_AT_MOST) if isinstance(recordings, Shards) and side != "training" else
                  recordings for side, recordings in sides.items()}


def describe_dataset(split: Split, char_map: dict[str, int], files: dict, name: str, source: Path,
                     left_out: dict[str, str]) -> dict:
    """The content of dataset_info.json."""
    everything = [recording for side in split.sides().values() for recording in side]
    frames = [recording.length for recording in everything]
    return {
        "dataset_name": name,
        "written_utc": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "data_paths": {"landmarks": shown(source), **{side: file["path"] for side, file in files.items()}},
        "num_classes": len(char_map),
        "num_classes_with_blank": len(char_map) + 1,
        "dataset_stats": {
            "recordings": len(everything), "frames": sum(frames), "shortest": min(frames), "longest": max(frames),
            "generated": sum(recording.generated for recording in everything),
            "aspect_assumed": sorted(r.name for r in everything if r.aspect_assumed),
            "left_out": left_out,
        },
        "landmark_info": {"set": LANDMARK_SET, "order": "left hand 0-20, right hand 21-41", "count": 2 * HAND_JOINTS,
                          "coordinates": "x, y: fractions of the picture; z: on x's scale", "normalised": False},
        "record_version": RECORD_VERSION,
        "char_map_hash": char_map_hash(char_map),
        "record_files": files,
        "split": {"kind": split.kind, "seed": split.seed, "unseen_signs": split.unseen_signs(),
                  **{side: sorted(r.name for r in recordings) for side, recordings in split.sides().items()}},
        "sign_counts": {side: sign_counts(recordings) for side, recordings in split.sides().items()},
    }
