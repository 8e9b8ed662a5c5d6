"""Record files (tf.train.Example in a TFRecord) and dataset_info.json, which says what they hold.

A record holds the raw hand landmarks of one recording, nothing normalised: in training a model sees what it will see
from a camera. Formats: TensorFlow's "TFRecord and tf.train.Example".
"""

import contextlib
import errno
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError

from ground.backend import tf
from ground.errors import DataError
from ground.files import fingerprint, read_json, remove, shown, write_json, written_whole
from ground.landmarks import HAND_JOINTS, LANDMARK_SET
from ground.signs import char_map_hash
from utils.recordings import Recording, sign_counts
from utils.split import Split

RECORD_VERSION = 1
AGAIN = "Palaidiet preprocess_landmarks no sākuma"
FIRST = "Ierakstus izveido burtnīca preprocess_landmarks (pirms tās vajag extract_landmarks): palaidiet to"


def write_dataset(split: Split, char_map: dict[str, int], folder: Path, info_path: Path, name: str,
                  source: Path, left_out: dict[str, str]) -> dict:
    """Writes training.tfrecord, validation.tfrecord (test.tfrecord where recordings are kept aside) and the info.

    The info is taken away first and written last: a stop in between leaves no info that fits other records. The same
    records again keep their date, so that the repository's own dataset_info.json stays as it is. Returns the info.
    """
    before = {}
    with contextlib.suppress(DataError):  # none yet, or a damaged one: it is written anew
        before = read_json(info_path)
    remove(info_path)
    files = {}
    for side, recordings in split.sides().items():
        path = folder / f"{side}.tfrecord"
        if recordings:
            write_records(path, recordings, char_map)
            files[side] = {"path": shown(path), "recordings": len(recordings), "sha256": fingerprint(path)}
        else:
            remove(path)
    info = _describe(split, char_map, files, name, source, left_out)
    if before | {"written_utc": ""} == info | {"written_utc": ""}:
        info["written_utc"] = before["written_utc"]
    write_json(info_path, info)
    return info


def write_records(path: Path, recordings: list[Recording], char_map: dict[str, int]) -> None:
    """Writes one record a recording, the file whole or not at all."""
    with written_whole(path) as temporary:
        try:
            with tf.io.TFRecordWriter(str(temporary)) as writer:
                for recording in recordings:
                    writer.write(_example(recording, char_map).SerializeToString())
        except tf.errors.ResourceExhaustedError as error:
            raise OSError(errno.ENOSPC, str(error)) from error


def read_records(path: Path, char_map: dict[str, int]) -> list[Recording]:
    """Reads a record file back. Raises DataError when it is missing, cut short or of another form."""
    if not path.exists():
        raise DataError(shown(path), "faila nav", FIRST)
    signs = {index: sign for sign, index in char_map.items()}
    try:
        return [_recording(example.numpy(), signs) for example in tf.data.TFRecordDataset(str(path))]
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError, DecodeError, LookupError, ValueError) as error:
        raise DataError(shown(path), "fails ir bojāts vai aprauts", AGAIN) from error


def load_dataset(folder: Path, info_path: Path, char_map: dict[str, int]) -> tuple[dict, dict[str, list[Recording]]]:
    """The info and the recordings by side, after checking that info, files and char_map belong together."""
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
    sides = {}
    for side, file in info.get("record_files", {}).items():
        path = folder / f"{side}.tfrecord"
        if path.exists() and fingerprint(path) != file["sha256"]:
            raise DataError(shown(path), f"fails nav tas, ko apraksta {shown(info_path)}", AGAIN)
        sides[side] = read_records(path, char_map)
    return info, sides


def _example(recording: Recording, char_map: dict[str, int]):
    feature = {
        "landmarks": _bytes(np.ascontiguousarray(recording.hands, np.float32).tobytes()),
        "phrase": _ints([char_map[sign] for sign in recording.signs]),
        "length": _ints([len(recording.hands)]),
        "phrase_length": _ints([len(recording.signs)]),
        "aspect": tf.train.Feature(float_list=tf.train.FloatList(value=[recording.aspect])),
        "name": _bytes(recording.name.encode()),
        "signer": _bytes(recording.signer.encode()),
        "session": _bytes(recording.session.encode()),
        "generated": _ints([int(recording.generated)]),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature))


def _recording(serialized: bytes, signs: dict[int, str]) -> Recording:
    feature = tf.train.Example.FromString(serialized).features.feature
    landmarks = np.frombuffer(feature["landmarks"].bytes_list.value[0], np.float32)
    length = feature["length"].int64_list.value[0]
    phrase = list(feature["phrase"].int64_list.value)
    if len(phrase) != feature["phrase_length"].int64_list.value[0]:
        raise ValueError("phrase_length")
    text = {key: feature[key].bytes_list.value[0].decode() for key in ("name", "signer", "session")}
    return Recording(signs=[signs[index] for index in phrase], hands=landmarks.reshape(length, 2 * HAND_JOINTS, 3),
                     aspect=feature["aspect"].float_list.value[0],
                     generated=bool(feature["generated"].int64_list.value[0]), **text)


def _bytes(value: bytes):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _ints(values: list[int]):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _describe(split: Split, char_map: dict[str, int], files: dict, name: str, source: Path,
              left_out: dict[str, str]) -> dict:
    everything = [recording for side in split.sides().values() for recording in side]
    frames = [len(recording.hands) for recording in everything]
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
