"""How fast everything is, measured here and now: both sides of each ratio in one go.

    python3 code/run.py bench [-p LANDMARKS_FOLDER DIR] [-p TABLE FILE] [-p CHAR_MAP FILE] [-p VIDEOS_FOLDER DIR]
                              [-p EPOCHS N]
                                 (some minutes; prints the figures of docs/results, writes nothing)

The other side of each ratio is written here plainly, as the published notebooks do it: batches of 4, records of 543
landmarks, padding to the longest, `ctc_batch_cost`, WER by `predict` a batch, one video after another.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient

from frames.video import RECORDED, find_videos
from ground.backend import keras, tf
from ground.errors import in_a_sentence
from ground.files import ROOT, from_root
from ground.kinds import Whole
from ground.landmarks import HANDS, hands_of, hands_seen, load_array
from ground.names import array_path
from ground.options import numbers_of, options
from ground.signs import load_char_map
from ground.table import DONE, TABLE_NAME, read_table
from utils.augmentation import Augmentation
from utils.base import new_network
from utils.dataset import load_dataset, write_dataset
from utils.evaluation import wer
from utils.experiment import Experiment
from utils.reading import Reading
from utils.recordings import Recording, find_recordings
from utils.split import split_recordings
from utils.training import PhaseSettings, Training, train_phase

SETTINGS = {"LANDMARKS_FOLDER": "data/processed_landmarks/training_landmarks", "TABLE": "", "CHAR_MAP": "char_map.json",
            "VIDEOS_FOLDER": "data/videos", "EPOCHS": "3"}
PARALLEL = """
import sys
from pathlib import Path
from frames.extraction import extract_all
from ground.files import ROOT
from ground.signs import load_char_map
if __name__ == "__main__":
    extract_all(Path(sys.argv[1]), Path(sys.argv[2]), load_char_map(ROOT / "char_map.json"), [], 2, False, sys.argv[3])
"""
READ_FRAMES = 150
SHIPPED = Experiment(1, ROOT / "models" / "lzv" / "1")
ONE_CORE = """
import statistics, time
from pathlib import Path
import numpy as np
from ground.backend import tf
tf.config.threading.set_inter_op_parallelism_threads(1)
from recognition.litert import LiteReader
from utils.model_file import load_model
content, model = Path({lite!r}).read_bytes(), load_model(Path({keras!r}))
hands = np.random.default_rng(0).uniform(0.2, 0.8, ({frames}, 42, 3)).astype(np.float32)
lite, aspect = LiteReader(content), np.array([[1.78]], np.float32)
compiled = tf.function(lambda landmarks, aspect: model([landmarks, aspect], training=False),
                       input_signature=[tf.TensorSpec((1, None, 42, 3)), tf.TensorSpec((1, 1))])
def milliseconds(read):
    times = []
    for _ in range(60):
        started = time.perf_counter()
        read()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[10:])
lite_time = milliseconds(lambda: lite(hands, 1.78))
keras_time = milliseconds(lambda: compiled(tf.constant(hands[None]), tf.constant(aspect)).numpy())
print(f"Viens ieraksts, {frames} kadri, viens kodols: LiteRT {{lite_time:.1f}} ms, Keras {{keras_time:.1f}} ms")
"""
PLAIN_LOOP = """
import sys
from pathlib import Path
import numpy as np
from ground.errors import DataError
from frames.extraction import extract_video
from frames.video import find_videos
target = Path(sys.argv[2])
target.mkdir()
for number, path in enumerate(find_videos(Path(sys.argv[1])).values()):
    try:
        np.save(target / f"{number}.npy", extract_video(path, False, "holistic")[0])
    except DataError:
        continue
"""
PLAIN_TRAINING = """
import json, sys
from pathlib import Path
from studies import bench
from ground.backend import tf
from ground.signs import load_char_map
tf.config.threading.set_intra_op_parallelism_threads(0)  # as many as TensorFlow likes, like the published notebooks
print(json.dumps(bench.train_plainly(Path(sys.argv[1]), load_char_map(Path(sys.argv[2])), int(sys.argv[3]))))
"""
PLAIN_BATCH = 4
DEFAULT_RATE = 3e-3
OUR_BATCH, OUR_RATE = 16, 6e-3  # fewer, larger steps: a recurrent network spends most of a small one waiting


def main() -> None:
    """Measures what the data at hand allow and says what is left out."""
    settings = options(SETTINGS)
    epochs = numbers_of(settings, {"EPOCHS": Whole(1, 10_000)})["EPOCHS"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_reading()
        arrays = from_root(settings["LANDMARKS_FOLDER"])
        if any(arrays.rglob("*.npy")):
            bench_training(arrays, settings, folder, epochs)
        else:
            print(f"Apmācība: nav masīvu mapē {arrays}, izlaists")
        videos = from_root(settings["VIDEOS_FOLDER"])
        if any(path.suffix.lower() in RECORDED for path in videos.rglob("*")):
            bench_extraction(videos, folder)
        else:
            print(f"Punktu iegūšana: nav video mapē {videos}, izlaists")


def bench_reading() -> None:
    """Milliseconds to read 150 frames on one core: LiteRT, and the compiled Keras model."""
    program = [sys.executable, "-c", ONE_CORE.format(frames=READ_FRAMES, lite=str(SHIPPED.lite_model),
                                                     keras=str(SHIPPED.prediction_model))]
    print(subprocess.run(program, cwd=ROOT / "code", check=True, capture_output=True, text=True).stdout.strip())


def bench_training(arrays: Path, settings: dict, folder: Path, epochs: int) -> None:
    """Record size and epoch time against the plain recipe, and the time to a notebook's first plot."""
    char_map = load_char_map(from_root(settings["CHAR_MAP"]))
    table = read_table(from_root(settings["TABLE"]) if settings["TABLE"] else arrays / TABLE_NAME)
    recordings, _ = find_recordings(arrays, char_map, table)
    split = split_recordings(recordings, table, "phrase", 0.2, 42)
    write_dataset(split, char_map, folder, folder / "dataset_info.json", "bench", arrays, {})
    for side in ("training", "validation"):
        write_plain_records(folder / f"plain_{side}.tfrecord", getattr(split, side), arrays, char_map)
    ours = sum((folder / f"{side}.tfrecord").stat().st_size for side in ("training", "validation"))
    theirs = sum((folder / f"plain_{side}.tfrecord").stat().st_size for side in ("training", "validation"))
    print(f"Ierakstu faili: {ours / 1e6:.1f} MB pret {theirs / 1e6:.1f} MB ar 543 punktiem: "
          f"{theirs / ours:.1f} reizes mazāki")
    plain = subprocess.run([sys.executable, "-c", PLAIN_TRAINING, str(folder), str(from_root(settings["CHAR_MAP"])),
                            str(epochs)], cwd=ROOT / "code", check=True, capture_output=True, text=True).stdout
    plain_seconds, plain_wer = json.loads(plain.splitlines()[-1])
    our_seconds, our_wer = train_ours("bilstm", folder, char_map, epochs, OUR_RATE, None)
    print(f"Epoha ({len(split.training)} ieraksti, «bilstm»): {our_seconds:.2f} s pret {plain_seconds:.2f} s: "
          f"{plain_seconds / our_seconds:.1f} reizes ātrāk; validācijas WER pēc {epochs} epohām "
          f"{our_wer:.3f} pret {plain_wer:.3f}")
    seconds, _ = train_ours("conv", folder, char_map, epochs, DEFAULT_RATE, Augmentation())
    print(f"Epoha ({len(split.training)} ieraksti, «conv», ar augmentāciju, kā train_42): {seconds:.2f} s")
    common = {"CHAR_MAP": settings["CHAR_MAP"], "RECORDS_FOLDER": str(folder),
              "DATASET_INFO": str(folder / "dataset_info.json")}
    print_first_plot("preprocess_landmarks", {**common, "LANDMARKS_FOLDER": str(arrays),
                                              "TABLE": settings["TABLE"] or None})
    print_first_plot("train_42", common)


def bench_extraction(videos: Path, folder: Path) -> None:
    """Two processes against a plain loop, and the hand tracker against Holistic, each as a program of its own; whether
    the arrays are the same, and in how many frames the trackers find a hand."""
    seconds = {}
    for name, program, tracker in (("parallel", PARALLEL, "holistic"), ("hands", PARALLEL, "hands"),
                                   ("plain", PLAIN_LOOP, "holistic")):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program, str(videos), str(folder / name), tracker], cwd=ROOT / "code",
                       check=True, stderr=subprocess.DEVNULL)
        seconds[name] = time.perf_counter() - started
    found = find_videos(videos)
    table = read_table(folder / "parallel" / TABLE_NAME)
    done = table[table["status"] == DONE].to_dict("records")
    same = all(np.array_equal(load_array(array_path(folder / "parallel", row["phrase"], row["name"])),
                              load_array(folder / "plain" / f"{list(found).index(row['source'])}.npy")) for row in done)
    print(f"Punktu iegūšana no {len(found)} video: {seconds['parallel']:.0f} s ar 2 procesiem pret "
          f"{seconds['plain']:.0f} s pēc kārtas: {seconds['plain'] / seconds['parallel']:.2f} reizes ātrāk; "
          f"{len(done)} masīvi {'vienādi' if same else 'ATŠĶIRAS'}")
    with_hand = {name: sum(int(hands_seen(hands_of(load_array(path))).any(axis=1).sum())
                           for path in (folder / name).rglob("*.npy")) for name in ("parallel", "hands")}
    print(f"Plaukstu meklētājs pret Holistic, abi ar 2 procesiem: {seconds['hands']:.0f} s pret "
          f"{seconds['parallel']:.0f} s: {seconds['parallel'] / seconds['hands']:.2f} reizes ātrāk; kadri ar roku "
          f"{with_hand['hands']} pret {with_hand['parallel']}: {with_hand['hands'] / with_hand['parallel']:.3f}")
    print_first_plot("extract_landmarks", {"VIDEOS_FOLDER": str(videos), "LANDMARKS_FOLDER": str(folder / "parallel")})


def print_first_plot(name: str, parameters: dict) -> None:
    """Runs a notebook from a new kernel to its first figure and prints the seconds."""
    notebook = nbformat.read(ROOT / "code" / f"{name}.ipynb", 4)
    first = next(i for i, cell in enumerate(notebook.cells)
                 if cell.cell_type == "code" and "display(" in cell.source and
                 any(word in cell.source for word in ("montage", "signs_by_split", "skeletons")))
    at = next(i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    setting = "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
    notebook.cells = [*notebook.cells[:at + 1], nbformat.v4.new_code_cell(setting), *notebook.cells[at + 1:first + 1]]
    started = time.perf_counter()
    NotebookClient(notebook, resources={"metadata": {"path": str(ROOT / "code")}}).execute()
    print(f"{name}: līdz pirmajam attēlam {time.perf_counter() - started:.1f} s")


def train_ours(architecture: str, folder: Path, char_map: dict[str, int], epochs: int, rate: float,
               augmentation: Augmentation | None) -> tuple[float, float]:
    """Median seconds an epoch and the best validation WER, as train_42 does it."""
    _, sides = load_dataset(folder, folder / "dataset_info.json", char_map)
    network = new_network(architecture, char_map, None, sides["training"], 42, 0.1)
    training = Training(network, sides["training"], sides["validation"], char_map, OUR_BATCH, augmentation, 42, True,
                        folder / "lzv")
    train_phase(training, 3, PhaseSettings(epochs, rate, epochs))
    return statistics.median(e["seconds"] for e in training.epochs), min(e["val_wer"] for e in training.epochs)


def train_plainly(folder: Path, char_map: dict[str, int], epochs: int) -> tuple[float, float]:
    """The same two figures for the published recipe."""
    training, validation = (plain_batches(folder / f"plain_{side}.tfrecord") for side in ("training", "validation"))
    values = np.concatenate([batch[0].numpy().reshape(-1, 126) for batch in training])
    mean, deviation = values.mean(axis=0), values.std(axis=0) + 1e-6
    inputs = keras.Input((None, 126))
    x = keras.layers.Conv1D(128, 5, padding="same", activation="relu")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))(x)
    x = keras.layers.BatchNormalization()(x)
    model = keras.Model(inputs, keras.layers.Dense(len(char_map) + 1, activation="softmax")(x))
    optimizer = keras.optimizers.Adam(1e-3, clipnorm=1.0)
    step = _plain_step(model, optimizer)
    seconds, errors, signs = [], [], sorted(char_map, key=char_map.get)
    for _ in range(epochs):
        started = time.perf_counter()
        for landmarks, labels, lengths, counts in training.shuffle(100):
            step((tf.reshape(landmarks, (len(landmarks), -1, 126)) - mean) / deviation, labels, lengths, counts)
        readings = []
        for landmarks, labels, lengths, counts in validation:
            scored = (tf.reshape(landmarks, (len(landmarks), -1, 126)) - mean) / deviation
            readings += _read_plainly(model.predict(scored, verbose=0), labels, lengths, counts, signs)
        errors.append(wer(readings))
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), min(errors)


def plain_batches(path: Path) -> tf.data.Dataset:
    """Batches of 4 from records of 543 landmarks, padded to the longest of each."""
    form = {"landmarks": tf.io.FixedLenFeature([], tf.string), "phrase": tf.io.VarLenFeature(tf.int64)}

    def parse(serialized):
        example = tf.io.parse_single_example(serialized, form)
        landmarks = tf.reshape(tf.io.decode_raw(example["landmarks"], tf.float32), (-1, 543, 3))[:, HANDS]
        phrase = tf.sparse.to_dense(example["phrase"])
        return landmarks, phrase, tf.shape(landmarks)[:1], tf.shape(phrase)[:1]

    return tf.data.TFRecordDataset(str(path)).map(parse).padded_batch(PLAIN_BATCH)


def write_plain_records(path: Path, recordings: list[Recording], arrays: Path, char_map: dict[str, int]) -> None:
    """Records with all 543 landmarks."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for recording in recordings:
            array = load_array(array_path(arrays, recording.phrase, recording.name))
            phrase = tf.train.Int64List(value=[char_map[sign] for sign in recording.signs])
            writer.write(tf.train.Example(features=tf.train.Features(feature={
                "landmarks": tf.train.Feature(bytes_list=tf.train.BytesList(value=[array.tobytes()])),
                "phrase": tf.train.Feature(int64_list=phrase)})).SerializeToString())


def _plain_step(model: keras.Model, optimizer):
    @tf.function(reduce_retracing=True)
    def step(scored, labels, lengths, counts):
        with tf.GradientTape() as tape:
            probabilities = model(scored, training=True)
            loss = tf.reduce_mean(tf.keras.backend.ctc_batch_cost(labels, probabilities, lengths, counts))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))

    return step


def _read_plainly(probabilities, labels, lengths, counts, signs: list[str]) -> list[Reading]:
    readings = []
    for row, label, length, count in zip(probabilities, labels.numpy(), lengths.numpy()[:, 0], counts.numpy()[:, 0]):
        best = row[:length].argmax(axis=-1)
        kept = best[np.concatenate([[True], best[1:] != best[:-1]])]
        truth = Recording("", [signs[i] for i in label[:count]], np.zeros((0, 42, 3)))
        readings.append(Reading(truth, [signs[i] for i in kept if i < len(signs)], 0.0))
    return readings


if __name__ == "__main__":
    in_a_sentence(main)
