"""Record files: recordings as tf.train.Example in TFRecords, one file a side, or shards of it in a large corpus.

A record holds the raw hand landmarks of one recording, nothing normalised: in training a model sees what it will see
from a camera. A small corpus is read into memory; shards are read as they are learnt from, in memory that does not grow
with the corpus. Formats: TensorFlow's "TFRecord and tf.train.Example", and its way to name shards.
"""

import dataclasses
import errno
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError

from ground.backend import tf
from ground.counted import counted
from ground.errors import DataError
from ground.files import fingerprint, remove, shown, written_whole
from ground.landmarks import HAND_JOINTS
from utils.recordings import Recording

RECORDINGS_A_FILE = 2000  # of a side with more, each file is a shard
AGAIN = "Izveidojiet ierakstus vēlreiz: palaidiet preprocess_landmarks no sākuma (Kaggle ierakstiem – kaggle)"
FIRST = ("Ierakstus izveido burtnīca preprocess_landmarks (pirms tās vajag extract_landmarks), Kaggle ierakstus – "
         "komanda kaggle: palaidiet to")
OPEN_AT_ONCE, SHUFFLED_AT_ONCE = 4, 512  # shards, and records of them: some 40 MB
CROSSING = 64  # records that go from TensorFlow to Python at once: one by one, the way took longer than the reading
FAULTS = (tf.errors.DataLossError, tf.errors.InvalidArgumentError, DecodeError, LookupError, ValueError)


@dataclasses.dataclass(frozen=True)
class Shards:
    """One side of a large corpus, in files; `beside`: recordings in memory that are mixed in."""

    files: tuple[Path, ...]
    count: int  # recordings in the files
    char_map: dict[str, int]
    beside: tuple[Recording, ...] = ()

    def __len__(self) -> int:
        return self.count + len(self.beside)

    def __iter__(self) -> Iterator[Recording]:
        """All recordings in the files' order, read one by one. Raises DataError for a damaged file."""
        yield from self.beside
        for path in self.files:
            yield from _recordings_in(path, tf.data.TFRecordDataset(str(path)), self.char_map)

    def in_random_order(self, seed: int) -> Iterator[Recording]:
        """All recordings once: files at random, some open at a time, what is read from them shuffled."""
        rng = np.random.default_rng(seed)
        names = tf.data.Dataset.from_tensor_slices([str(self.files[i]) for i in rng.permutation(len(self.files))])
        records = names.interleave(tf.data.TFRecordDataset, cycle_length=OPEN_AT_ONCE, deterministic=True,
                                   num_parallel_calls=tf.data.AUTOTUNE)
        read = _recordings_in(self.files[0].parent, records.shuffle(SHUFFLED_AT_ONCE, seed).prefetch(8), self.char_map)
        waiting = [self.beside[i] for i in rng.permutation(len(self.beside))]
        try:
            for left in range(len(self), 0, -1):
                yield waiting.pop() if rng.random() < len(waiting) / left else next(read)
        except StopIteration:
            raise DataError(shown(self.files[0].parent), "ierakstu ir mazāk, nekā sola apraksts", AGAIN) from None
        except DataError:
            for _ in self:  # one by one: the damaged file is named
                pass
            raise

    def some(self, most: int) -> list[Recording]:
        """At most so many recordings, about as many from each file."""
        each = -(-most // len(self.files))
        parts = (itertools.islice(_recordings_in(path, tf.data.TFRecordDataset(str(path)), self.char_map), each)
                 for path in self.files)
        return list(itertools.islice(itertools.chain.from_iterable(parts), most))


def write_side(folder: Path, side: str, recordings: list[Recording], char_map: dict[str, int]) -> dict:
    """Writes a side into `folder` and takes away what an earlier writing left of it; returns its description.

    Of shards each holds recordings from the whole side, so that the first are a fair sample.
    """
    count = -(-len(recordings) // RECORDINGS_A_FILE)
    paths = [folder / f"{side}.tfrecord"] if count == 1 else shard_paths(folder, side, count)
    for number, path in enumerate(paths):
        write_records(path, recordings[number::count], char_map)
    for old in written_files(folder, side):
        if old not in paths:
            remove(old)
    if count > 1:
        return described(paths, [len(recordings[number::count]) for number in range(count)])
    return {"path": shown(paths[0]), "recordings": len(recordings), "sha256": fingerprint(paths[0])} if paths else {}


def shard_paths(folder: Path, side: str, count: int) -> list[Path]:
    """training-00000-of-00016.tfrecord and so on."""
    return [folder / f"{side}-{number:05}-of-{count:05}.tfrecord" for number in range(count)]


def written_files(folder: Path, side: str) -> list[Path]:
    """The record files of a side that lie in a folder."""
    return sorted([*folder.glob(f"{side}.tfrecord"), *folder.glob(f"{side}-*-of-*.tfrecord")])


def described(paths: list[Path], counts: list[int]) -> dict:
    """What dataset_info.json says of a side in shards. Their hashes name the records that an experiment learnt from; by
    sizes alone a file is checked, since reading a large corpus for it would take as long as an epoch."""
    return {"path": shown(paths[0].with_name(f"{paths[0].name.partition('-')[0]}-*-of-{len(paths):05}.tfrecord")),
            "recordings": sum(counts), "shards": [
                {"file": path.name, "recordings": count, "bytes": path.stat().st_size, "sha256": fingerprint(path)}
                for path, count in zip(paths, counts)]}


def read_side(folder: Path, side: str, file: dict, char_map: dict[str, int], info: str) -> list[Recording] | Shards:
    """A side as `file` describes it: its recordings, or the shards they lie in. Raises DataError for a file that is
    missing, cut or another; `info` names the description."""
    if "shards" not in file:
        path = folder / f"{side}.tfrecord"
        if path.exists() and fingerprint(path) != file["sha256"]:
            raise DataError(shown(path), f"fails nav tas, ko apraksta {info}", AGAIN)
        return read_records(path, char_map)
    paths = [folder / shard["file"] for shard in file["shards"]]
    for path, shard in zip(paths, file["shards"]):
        if not path.exists():
            raise DataError(shown(path), "faila nav", FIRST)
        if (size := path.stat().st_size) != shard["bytes"]:
            raise DataError(shown(path), f"failā ir {counted(size, 'baits', 'baiti')}, bet {info} sola "
                            f"{shard['bytes']}", AGAIN)
    return Shards(tuple(paths), file["recordings"], char_map)


def write_records(path: Path, recordings: Iterable[Recording], char_map: dict[str, int]) -> None:
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
    return list(_recordings_in(path, tf.data.TFRecordDataset(str(path)), char_map))


def _recordings_in(path: Path, records: tf.data.Dataset, char_map: dict[str, int]) -> Iterator[Recording]:
    signs = {index: sign for sign, index in char_map.items()}
    try:
        for part in records.batch(CROSSING).as_numpy_iterator():
            for serialized in part:
                yield _recording(serialized, signs)
    except FAULTS as error:
        raise DataError(shown(path), "fails ir bojāts vai aprauts", AGAIN) from error


def _example(recording: Recording, char_map: dict[str, int]):
    hands = np.ascontiguousarray(recording.hands, np.float32)
    feature = {
        "landmarks": _bytes(hands.tobytes()),
        "phrase": _ints([char_map[sign] for sign in recording.signs]),
        "length": _ints([len(hands)]),
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
    return Recording(signs=[signs[index] for index in phrase], landmarks=landmarks.reshape(length, 2 * HAND_JOINTS, 3),
                     aspect=feature["aspect"].float_list.value[0],
                     generated=bool(feature["generated"].int64_list.value[0]), **text)


def _bytes(value: bytes):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _ints(values: list[int]):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
