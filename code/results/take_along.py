"""What makes an experiment's folder of use without this repository: the LiteRT model, proven equal to the Keras model,
a program that reads a video with it, and a model card (Mitchell et al. 2019, "Model Cards for Model Reporting").
"""

import dataclasses
import shutil
from pathlib import Path

import numpy as np

from ground.backend import keras, tf
from ground.counted import counted
from ground.errors import DataError
from ground.files import shown, written_whole
from ground.landmarks import HAND_JOINTS
from recognition.litert import LiteReader, to_litert
from utils.decoding import read_with_beam
from utils.experiment import Experiment
from utils.recordings import Recording

EXAMPLE = Path(__file__).with_name("example.py")
CARD = "model_card.md"
ANY_LENGTH = [[tf.TensorSpec((1, None, 2 * HAND_JOINTS, 3)), tf.TensorSpec((1, 1))]]


@dataclasses.dataclass(frozen=True)
class Proof:
    """On how many recordings both models read the same, and the largest difference between their probabilities."""

    recordings: int
    largest: float

    @property
    def sentence(self) -> str:
        """The same for a reader (Latvian)."""
        return (f"LiteRT modelis visus validācijas ierakstus ({self.recordings}) nolasa tieši tāpat kā Keras modelis; "
                f"lielākā varbūtību atšķirība ir {self.largest:.0e}.")


def save_lite(model: keras.Model, recordings: list[Recording], char_map: dict[str, int], path: Path) -> Proof:
    """Writes a prediction model as `.tflite`, and `example.py` beside it, once both models have read the same text from
    each recording. Raises DataError naming the first recording that they read differently; nothing is written then."""
    content = to_litert(model)
    lite, signs = LiteReader(content), sorted(char_map, key=char_map.get)
    compiled = tf.function(lambda inputs: model(inputs, training=False), input_signature=ANY_LENGTH)
    largest = 0.0
    for recording in recordings:
        aspect = np.array([[recording.aspect]], np.float32)
        expected = compiled([tf.constant(recording.hands[None]), tf.constant(aspect)])[0].numpy()
        found = lite(recording.hands, recording.aspect)
        if found.shape != expected.shape or read_with_beam(found, signs)[0] != read_with_beam(expected, signs)[0]:
            raise DataError(shown(path), f"LiteRT modelis ierakstu «{recording.name}» nolasa citādi nekā Keras modelis",
                            "Modelis nav uzrakstīts; lietojiet .keras un ziņojiet par kļūdu")
        largest = max(largest, float(np.abs(found - expected).max()))
    with written_whole(path) as temporary:
        temporary.write_bytes(content)
    shutil.copyfile(EXAMPLE, path.with_name(EXAMPLE.name))
    return Proof(len(recordings), largest)


def write_card(experiment: Experiment, content: dict, proof: Proof) -> Path:
    """Writes the model card from what the experiment's JSON says; in Latvian, then in English."""
    path = experiment.folder / CARD
    with written_whole(path) as temporary:
        lines = [*_latvian(experiment, content, proof), "", *_english(experiment, content, proof), ""]
        temporary.write_text("\n".join(lines), encoding="utf-8")
    return path


def _latvian(experiment: Experiment, content: dict, proof: Proof) -> list[str]:
    data = content["dataset_info"]
    return [
        f"# {experiment.number}. eksperiments: {data['dataset_name']} pirkstu alfabēta lasītājs", "",
        f"No MediaPipe 42 roku punktiem nolasa {counted(data['num_classes'], 'zīmi', 'zīmes')}. Ieeja: neapstrādāti "
        "punkti un attēla malu attiecība; izeja: zīmju varbūtības, pēdējā ir CTC tukšā zīme. Tīkls "
        f"«{_network(content)}», {_parameters(content)} parametri; sākts no: "
        f"{content['base_asl_model_path'] or 'nulles'}.", "",
        "## Uz kā mācīts", "",
        f"{counted(data['recordings']['training'], 'ieraksts', 'ieraksti')} (validācijā vēl "
        f"{data['recordings']['validation']}); no visiem virtuālā rādītāja ir {data['generated']}. Datu kopa "
        f"«{data['dataset_name']}», dalīta pēc: {data['split']['kind']}."
        + _drawn(content, " Daļa no jauniem vingrinājumiem ir gabali no {} uzzīmētu video "
                                                      "ierakstiem, ko redzējis MediaPipe."),
        *_lent(content, "Daļu vingrinājumu rāda īstu cilvēku rokas no ASL burtu ierakstiem ar to pašu rokas formu; "
                        "paldies autoriem:"), "",
        "## Cik labi lasa", "",
        *(f"- {name}: {_figures(figures, 'kļūdu daļa WER', '95 % intervāls', 'pareizas virknes')}"
          for name, figures in _judged(content, ("validācija (pēc tās izvēlēta epoha)", "tests", "uzzīmētie video"))),
        f"- {proof.sentence}", "",
        "## Ko tas neprot", "",
        "Vārdu zīmes, sejas izteiksmi un ķermeni tas neredz. Kustību starp zīmēm (roka paceļas, atpūšas, pārķer) tas "
        "mēdz nolasīt kā zīmi. Ja apmācībā bija tikai virtuālais rādītājs, par īstiem "
        f"{data['dataset_name']} lietotājiem šie skaitļi neko nesaka. Nelietojiet tur, kur kļūda kādam kaitē.", "",
        "## Licence", "",
        "MIT, kā viss repozitorijs. Ja mācīts uz jūsu ierakstiem, pirms modeļa nodošanas jautājiet tiem, kas tajos "
        "rāda.",
    ]


def _english(experiment: Experiment, content: dict, proof: Proof) -> list[str]:
    data = content["dataset_info"]
    return [
        f"# Experiment {experiment.number}: a reader of {data['dataset_name']} fingerspelling", "",
        f"Reads {data['num_classes']} signs from MediaPipe's 42 hand landmarks. In: raw landmarks and the picture's "
        f"width / height; out: the signs' probabilities, CTC's blank last. Network \"{_network(content)}\", "
        f"{_parameters(content)} parameters; started from: {content['base_asl_model_path'] or 'scratch'}.", "",
        "## Trained on", "",
        f"{data['recordings']['training']} recordings ({data['recordings']['validation']} more in validation); of all, "
        f"{data['generated']} are the virtual signer's. Data set \"{data['dataset_name']}\", split by: "
        f"{data['split']['kind']}." + _drawn(content, " A part of the fresh practice is parts of {} recordings of "
                                                      "drawn video that MediaPipe has seen."),
        *_lent(content, "A part of the practice is shown by people's hands, from recordings of ASL letters with the "
                        "same handshape; with thanks to their authors:"), "",
        "## How good", "",
        *(f"- {name}: {_figures(figures, 'share of errors WER', '95 % interval', 'sequences right')}"
          for name, figures in _judged(content, ("validation (the epoch was chosen on it)", "test", "drawn videos"))),
        f"- The LiteRT model reads all validation recordings ({proof.recordings}) exactly as the Keras model does; the "
        f"largest difference between probabilities is {proof.largest:.0e}.", "",
        "## What it cannot do", "",
        "It does not see signs for words, the face or the body. It tends to read what a hand does between signs (it "
        "rises, rests, grips anew) as a sign. Where only the virtual signer was trained on, these figures say nothing "
        f"of real signers of {data['dataset_name']}. Not for use where an error harms somebody.", "",
        "## Licence", "",
        "MIT, as the whole repository. If it was trained on recordings of yours, ask those who sign in them before you "
        "pass it on.",
    ]


def _lent(content: dict, sentence: str) -> list[str]:
    return ["", sentence, "", *(f"- {name}: {text}" for name, text in content["hands_lent_by"].items())] if content.get(
        "hands_lent_by") else []


def _drawn(content: dict, sentence: str) -> str:
    return sentence.format(content["drawn_video_in_practice"]) if content.get("drawn_video_in_practice") else ""


def _judged(content: dict, names: tuple[str, str, str]) -> list[tuple[str, dict]]:
    results = content["results"]
    sets = zip(names, (results["validation"], results["test"], results["rendered_test"]))
    return [(name, figures) for name, figures in sets if figures]


def _figures(figures: dict, wer: str, interval: str, right: str) -> str:
    low, high = figures["interval"]
    return (f"{wer} {figures['wer']:.3f} ({interval} {low:.3f}–{high:.3f}); {right}: {figures['right']} / "
            f"{figures['sequences']}")


def _network(content: dict) -> str:
    return content["model_architecture_fine_tuned"]["config"]["ARCHITECTURE"]


def _parameters(content: dict) -> str:
    return f"{content['model_architecture_fine_tuned']['params_total']:,}".replace(",", " ")
