"""The base's model card (Mitchell et al. 2019, "Model Cards for Model Reporting"), from its description alone."""

from pathlib import Path

from ground.files import written_whole

NO_RECORDS, OWN_VALIDATION = "no other records", "a user's own"


def write_card(path: Path, content: dict) -> None:
    """Writes what the base was trained on, how good it is and what it is not for; in Latvian, then in English."""
    with written_whole(path) as temporary:
        temporary.write_text("\n".join([*_latvian(content), "", *_english(content), ""]), encoding="utf-8")


def _latvian(content: dict) -> list[str]:
    trained, (wer, low, high, sequences) = content["trained_on"], _figures(content)
    own = "" if trained["own"] == NO_RECORDS else "; arī lietotāja paša ieraksti"
    chosen = ("lietotāja paša" if trained["validation"] == OWN_VALIDATION else
              "ģenerēti un no tiem pašiem cilvēku burtiem salikti; pēc tiem izvēlēta epoha")
    return [
        "# Modeļa apraksts: ASL pirkstu alfabēts, bāze LZV modelim", "",
        "No MediaPipe 42 roku punktiem nolasa amerikāņu pirkstu alfabētu: 59 rakstzīmes tādā secībā kā Kaggle ASL "
        "Fingerspelling, un CTC tukšā zīme. Domāts, lai no tā sāktu citus pirkstu alfabētus, nevis lai lasītu ASL.", "",
        "## Uz kā mācīts", "",
        "- virtuālā rādītāja ASL, katrā epohā jauns" + own,
        "- īstu cilvēku atsevišķi burti, savienoti vārdos" if trained["letters"] else "- bez īstu cilvēku burtiem", "",
        "Burtu ieraksti (tikai punkti); paldies autoriem:", "", *_sets(trained, "nav"), "",
        "## Cik labi lasa", "",
        f"Validācija (ierakstu skaits {sequences}, {chosen}): WER {wer:.3f} (95 % intervāls {low:.3f} līdz "
        f"{high:.3f}). Kā repozitorija bāze lasa cilvēkus, kurus tā nav redzējusi, teikts failā docs/results.md.", "",
        "## Ko tā neprot", "",
        "Mācīti tikai burti, cipari un atstarpe; pārējām rakstzīmēm piemēru nav, ja to nav lietotāja ierakstos. 2 un "
        "v, 6 un w, 9 un f, 0 un o ir viena rokas forma. Veselus vārdus cilvēki ierakstos nerāda. Tumšādainu cilvēku, "
        "bērnu un roku bez kāda pirksta ierakstos nav; arī pats MediaPipe tās redz sliktāk.",
    ]


def _english(content: dict) -> list[str]:
    trained, (wer, low, high, sequences) = content["trained_on"], _figures(content)
    return [
        "# Model card: ASL fingerspelling, the base for LZV", "",
        "Reads American fingerspelling from 42 hand landmarks of MediaPipe; 59 characters in the order of Kaggle's ASL "
        "Fingerspelling and the CTC blank. Made to start other manual alphabets from, not to be relied on for ASL.", "",
        "## Trained on", "", f"- {trained['generated']}", f"- {trained['joined']}", f"- {trained['own']}", "",
        "Recordings of single letters (landmarks only), with thanks to their authors:", "", *_sets(trained, "none"), "",
        "## How good", "",
        f"Validation ({sequences} recordings, {trained['validation']}): WER {wer:.3f} (95 % interval {low:.3f} to "
        f"{high:.3f}). How the base that the repository ships reads people it never saw is in docs/results.en.md.", "",
        "## Limits", "",
        "Only letters, digits and the space were practised; the other characters have a class and no example, unless "
        "the user's own records show them. 2 and v, 6 and w, "
        "9 and f, 0 and o are one handshape. Whole words by people were not among the recordings. Signers of darker "
        "skin, children and hands with missing fingers are not represented; MediaPipe itself reads them less well.",
    ]


def _figures(content: dict) -> tuple[float, float, float, int]:
    figures = content["results"]["validation"]
    return figures["wer"], *figures["interval"], figures["sequences"]


def _sets(trained: dict, none: str) -> list[str]:
    return [f"- {name}: {text}" for name, text in trained["letters"].items()] or [f"- {none}"]
