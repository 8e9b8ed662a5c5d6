"""The base: where the arrays come from that a training starts from, and how they move into a new network.

Three kinds are understood: a `.keras` of ours; an `.npz` of plain arrays; a published `.keras` (LZV-CSLR), which
carries code in Lambda layers. Of the last only the arrays are read, by layer name; its code is never executed.
Of the ASL base the encoder goes over. Of a finished experiment, whose char_map lies beside it, the head's part for
signs of the same name goes over too: they are the same signs.
"""

import dataclasses
import itertools
import zipfile
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from ground.backend import keras
from ground.counted import counted
from ground.errors import DataError
from ground.files import fingerprint, from_root, shown
from ground.signs import load_char_map
from utils.batches import padded
from utils.devices import on_all_devices
from utils.model_file import is_ours, load_model, named_classes
from utils.network import HEAD, adapt_statistics, as_loose_as_new, build_network
from utils.recordings import Recording

OWN_BASE = Path("models/asl/42/cslr_model_best_42.keras")
BASE_NUMBER = 42
ASL_CHAR_MAP, EXPERIMENTS_CHAR_MAP = "char_map_asl.json", "char_map.json"
EXPERIMENTS = Path("models/lzv")
EXAMPLE = EXPERIMENTS / "1" / "lzv_prediction_model_final_exp1.keras"  # the finished one of the repository
ENOUGH = 0.25  # of a list's signs: with 4 of 15 the example was still the better start by far (docs/results)
PUBLISHED_CLASSES = 60  # Kaggle's 59 characters and the blank

# Our layer -> its arrays in an .npz, in the order of our layer's weights.
NPZ_NAMES = {
    "conv1d_layer": ("conv1d_layer/kernel", "conv1d_layer/bias"),
    "batchnorm_conv": tuple(f"batchnorm_conv/{n}" for n in ("gamma", "beta", "moving_mean", "moving_variance")),
    "bilstm_1": tuple(f"bilstm_1/{d}/{n}" for d in ("forward", "backward")
                      for n in ("kernel", "recurrent_kernel", "bias")),
    "batchnorm_lstm1": tuple(f"batchnorm_lstm1/{n}" for n in ("gamma", "beta", "moving_mean", "moving_variance")),
    HEAD: ("output_dense_softmax/kernel", "output_dense_softmax/bias"),
}
# The same arrays in the model.weights.h5 of the published `.keras`.
H5_NAMES = {
    "conv1d_layer": ("conv1d/vars/0", "conv1d/vars/1"),
    "batchnorm_conv": tuple(f"batch_normalization/vars/{i}" for i in range(4)),
    "bilstm_1": tuple(f"bidirectional/{d}_layer/cell/vars/{i}" for d in ("forward", "backward") for i in range(3)),
    "batchnorm_lstm1": tuple(f"batch_normalization_1/vars/{i}" for i in range(4)),
    HEAD: ("time_distributed/layer/vars/0", "time_distributed/layer/vars/1"),
}


@dataclasses.dataclass(frozen=True)
class Base:
    """An encoder to start from: arrays by layer name, the head's among them."""

    path: str
    kind: str  # "own" or "published"
    architecture: str
    arrays: dict[str, list[np.ndarray]]
    fingerprint: str
    char_map: dict[str, int] = dataclasses.field(default_factory=dict)  # the head's signs, where they mean the same

    @property
    def classes(self) -> int:
        """Classes of its head, the blank included."""
        return len(self.arrays[HEAD][-1])


def chosen_base(setting: str | int | None, char_map: dict[str, int], of_people: bool,
                architecture: str = "conv") -> tuple[str | int | None, str]:
    """What BASE = "auto" stands for, and why in a sentence (Latvian); any other setting stays, "".

    The finished example where people's recordings are learnt from (`of_people`) and enough of the list's signs are the
    example's too; otherwise the ASL base, where there is one; no base for a network of another kind.
    Measured by `studies.transfer`.
    """
    if setting != "auto":
        return setting, ""
    if architecture != "conv":
        return None, f"Sāk no nulles: bāzes ir tīklam «conv», nevis «{architecture}»."
    example = EXAMPLE.parent.as_posix()
    asl = str(OWN_BASE) if from_root(OWN_BASE).exists() else None
    instead = "no ASL bāzes" if asl else "no nulles (ASL bāzes nav)"
    if not of_people:
        return asl, f"Sāk {instead}: no gatavā piemēra sāk tad, ja ieraksti ir cilvēku un bāzi nemāca."
    if not from_root(EXAMPLE).exists():
        return asl, f"Sāk {instead}: gatavā piemēra {example} nav."
    theirs = load_char_map(from_root(EXAMPLE).with_name(EXPERIMENTS_CHAR_MAP), in_folders=False)
    known = len(set(theirs) & set(char_map))
    common = f"tā sarakstā ir {known} no jūsu {counted(len(char_map), 'zīmes', 'zīmēm')}"
    if known >= ENOUGH * len(char_map):
        return str(EXAMPLE), f"Sāk no gatavā piemēra {example}: {common}."
    return asl, f"Sāk {instead}: gatavais piemērs {example} zina pārāk maz ({common})."


def load_base(setting: str | int | None, experiments: Path = EXPERIMENTS) -> Base | None:
    """The base that the setting BASE names: a path, the number of a finished experiment in the folder `experiments`, or
    None (for "auto": `chosen_base`).

    Raises DataError when the file is missing or of another form; nothing in it is executed.
    """
    if setting is None:
        return None
    if str(setting).isdecimal():
        setting = experiments / str(setting) / f"lzv_prediction_model_final_exp{setting}.keras"
    path = from_root(setting)
    if not path.is_file():
        raise DataError(shown(path), "bāzes faila nav", 'Norādiet citu BASE vai BASE = None (no nulles)')
    if path.suffix == ".npz":
        base = Base(shown(path), "published", "bilstm", _npz_arrays(path), fingerprint(path))
    elif path.suffix == ".keras":
        base = _own(path) if is_ours(path) else Base(shown(path), "published", "bilstm", _h5_arrays(path),
                                                     fingerprint(path))
    else:
        raise DataError(shown(path), f"bāze ir «{path.suffix}» fails, vajag .keras vai .npz",
                        "Norādiet citu BASE")
    _check(base, path)
    return base


def new_network(architecture: str, char_map: dict[str, int], base: Base | None, recordings: Iterable[Recording],
                seed: int, dropout: float = 0.2) -> keras.Model:
    """A network with the base's encoder, where one is given, and what its head knows of the same signs; with its
    statistics set.

    Statistics of a base of ours come with it; a published base has none, so the recordings give them.
    """
    keras.utils.set_random_seed(seed)
    network = on_all_devices(lambda: build_network(architecture, len(char_map), dropout))
    if base is None or base.kind == "published":
        order = iter(recordings)
        chunks = iter(lambda: list(itertools.islice(order, 32)), [])
        inputs = (padded(chunk, char_map)[0] for chunk in chunks)
        adapt_statistics(network, ((batch["landmarks"], batch["aspect"]) for batch in inputs))
    if base is not None:
        transfer(base, network, char_map)
    return network


def transfer(base: Base, network: keras.Model, char_map: dict[str, int]) -> None:
    """Copies the encoder (all but the head) of the base into the network, and the head's columns of the signs that both
    have and of the blank. Where a finished experiment meets new signs, its network is made ready to learn them. Raises
    DataError where it does not fit."""
    if base.architecture != network.name:
        raise DataError(base.path, f"bāzes arhitektūra ir «{base.architecture}», vajag «{network.name}»",
                        f"Iestatiet ARCHITECTURE = {base.architecture!r} vai citu BASE")
    for name, arrays in base.arrays.items():
        if name != HEAD:
            layer = network.get_layer(name)
            layer.set_weights([_widened(ours, theirs) for ours, theirs in zip(layer.get_weights(), arrays)])
    common = [sign for sign in char_map if sign in base.char_map]
    if common:
        theirs = [*(base.char_map[sign] for sign in common), base.classes - 1]
        ours = [*(char_map[sign] for sign in common), len(char_map)]
        head = network.get_layer(HEAD)
        kernel, bias = head.get_weights()
        known = _widened(np.zeros((len(kernel), base.classes), np.float32), base.arrays[HEAD][0])
        kernel[:, ours], bias[ours] = known[:, theirs], base.arrays[HEAD][1][theirs]
        head.set_weights([kernel, bias])
        if len(common) < len(char_map):
            as_loose_as_new(network)


def _widened(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """An array of a wider network that computes what a narrower one's did: the old channels get nothing from the new
    ones, which start as they are. After Chen, Goodfellow, Shlens 2016, "Net2Net", with zeros in place of copies."""
    new = ours.copy()
    if theirs.ndim > 1:
        new[..., theirs.shape[-2]:, :theirs.shape[-1]] = 0
    new[tuple(slice(length) for length in theirs.shape)] = theirs
    return new


def _check(base: Base, path: Path) -> None:
    model = build_network(base.architecture, base.classes - 1)
    for name, arrays in base.arrays.items():
        expected = [tuple(weight.shape) for weight in model.get_layer(name).weights]
        found = [array.shape for array in arrays]
        if found != expected and not (base.kind == "own" and all(map(_fits, found, expected))):
            remedy = ("Tas mācīts ar agrāku šīs programmas tīklu: apmāciet to vēlreiz" if base.kind == "own" else
                      "Vajag bāzi, kas apmācīta ar 42 roku punktiem")
            raise DataError(shown(path), f"slānis «{name}» neder: atrasts {found}, vajag {expected}", remedy)
    signs = path.parent / ASL_CHAR_MAP
    expected = len(load_char_map(signs, in_folders=False)) + 1 if signs.exists() else (
        PUBLISHED_CLASSES if base.kind == "published" else base.classes)
    if base.classes != expected:
        raise DataError(shown(path), f"bāzes klašu skaits ir {base.classes}, vajag {expected}",
                        "Vai blakus bāzei ir tās char_map_asl.json?")


def _fits(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    """Whether an array goes into one of a network that may be wider."""
    return len(found) == len(expected) and all(ours >= theirs for theirs, ours in zip(found, expected))


def _npz_arrays(path: Path) -> dict[str, list[np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as packed:
            return {layer: [packed[name] for name in names] for layer, names in NPZ_NAMES.items()}
    except Exception:  # a damaged archive ends in as many ways as it has layers
        raise DataError(shown(path), "failā nav vajadzīgo masīvu vai tas ir bojāts",
                        f"Vajag: {', '.join(NPZ_NAMES['conv1d_layer'])} …") from None


def _h5_arrays(path: Path) -> dict[str, list[np.ndarray]]:
    try:
        with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as file, h5py.File(file) as weights:
            return {layer: [weights[f"layers/{name}"][()] for name in names] for layer, names in H5_NAMES.items()}
    except Exception:
        raise DataError(shown(path), "fails ir bojāts vai tajā nav ne šīs programmas, ne publicētā LZV-CSLR modeļa "
                        "uzbūves; atrasts: "
                        + (", ".join(sorted({name for name, _ in named_classes(path)})) or "nekas"),
                        "Fails netika izpildīts. Norādiet citu BASE") from None


def _own(path: Path) -> Base:
    model = load_model(path)
    architecture = model.name.removesuffix("_prediction")
    arrays = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    beside = path.with_name(EXPERIMENTS_CHAR_MAP)
    char_map = load_char_map(beside, in_folders=False) if beside.exists() else {}
    return Base(shown(path), "own", architecture, arrays, fingerprint(path),
                char_map if len(char_map) == len(arrays[HEAD][-1]) - 1 else {})
