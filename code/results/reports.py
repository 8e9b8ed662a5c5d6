"""The notebooks' tables and sentences (Latvian): what came out, said so that it can be acted upon."""

import textwrap
from pathlib import Path

import pandas as pd

from frames.following import TWIN
from ground.counted import counted
from ground.files import shown
from ground.signs import NOTHING
from ground.table import DONE, FAILED, left_out, number, same_spelling
from results.figures import SIDES, named
from utils.evaluation import error_counts, held_and_doubled, worst
from utils.recordings import Problem, Reading, Recording, sign_counts
from utils.split import Split

KINDS = {"diacritics": "ar garumzīmi, ķeksīti vai mīkstinājumu", "moving": "kustīgās", "digits": "cipari",
         "space": "atstarpe", "plain": "pārējās"}
TRACKERS = {"holistic": "Holistic", "hands": "plaukstu meklētājs"}
LINE = 100  # letters
FEW = 10  # recordings: an interval of fewer says nothing


def say(text: str) -> None:
    """Prints lines short enough for the page: JupyterLab breaks a longer one anywhere, within a word too. Nothing for
    an empty text."""
    if text:
        print("\n".join(textwrap.fill(line, LINE, break_long_words=False, break_on_hyphens=False)
                        for line in text.splitlines()))


def found_sentence(found: dict[str, Path], folder: Path) -> str:
    """How many videos there are, and where the first ones would go."""
    if not found:
        return (f"Mapē {shown(folder)} video vēl nav. Savus ielieciet "
                f"mapēs ar frāžu nosaukumiem, piemēram, {shown(folder)}/g-u-n-t-a/1.mp4.")
    return f"{len(found)} video mapē {shown(folder)}, frāžu mapes: " \
           f"{len({path.parent for path in found.values()} - {folder})}"


def passed_over_sentence(counts: dict[str, int]) -> str:
    """Names the files that were taken for no video, "" where there are none."""
    files = ", ".join(f"{ending} ({count})" for ending, count in counts.items())
    return f"Par video nav uzskatīti: {files}." if counts else ""


def quality_table(table: pd.DataFrame) -> pd.DataFrame:
    """landmarks.csv as a reader wants it: a row a video, shares in per cent."""
    shown = pd.DataFrame({"ieraksts": table["name"], "video": table["source"], "kadri": table["frames"],
                          "k/s": table["fps"], "platums × augstums": table["width"] + "×" + table["height"]})
    for column, title in (("right_hand", "labā roka, %"), ("left_hand", "kreisā roka, %"), ("body", "ķermenis, %")):
        shown[title] = [_percent(value) for value in table[column]]
    shown["meklēja"] = [TRACKERS.get(value, value) for value in table["tracker"]]
    shown["virtuāls"] = ["jā" if value == "1" else "" for value in table["generated"]]
    return shown.assign(pārtraukums=table["longest_gap"], statuss=table["status"],
                        iemesls=table["reason"]).reset_index(drop=True)


def poor_recordings(table: pd.DataFrame, least: float) -> list[str]:
    """A sentence for each recording too poor to train on: left out, damaged, or a hand in less than `least` of its
    frames."""
    sentences = []
    for row in table.to_dict("records"):
        if row["status"] != DONE:
            sentences.append(f"{row['source']}: {left_out(row) or row['status']}")
            continue
        if row["reason"]:
            used = "" if TWIN in row["reason"] else (" Mācībām to tomēr ņem; ja nevajag, ierakstiet tabulā statusu "
                                                     f"«{FAILED}».")
            sentences.append(f"{row['source']}: {row['reason'].strip(' .')}.{used}")
        hands = max(number(row["right_hand"]) or 0, number(row["left_hand"]) or 0)
        if hands < least:
            sentences.append(f"{row['source']}: roka redzama tikai {int(100 * hands)}% kadru (vajag vismaz "
                             f"{least:.0%}); garākais pārtraukums kadros: {row['longest_gap']}. "
                             "Filmējiet tuvāk, gaišāk, ar visu plaukstu kadrā.")
    return sentences


pd.set_option("display.max_colwidth", None, "display.max_rows", 1000)  # a reason that is cut off helps nobody


def unready_sentence(table: pd.DataFrame) -> str:
    """How many rows of the table are not learnt from, and why the first is not; "" where all are."""
    reasons = [f"{row['name']}: {reason}" for row in table.to_dict("records") if (reason := left_out(row))]
    return f"Tabulā izlaisti vai vēl nav gatavi: {len(reasons)}. Pirmais: {reasons[0]}" if reasons else ""


def problems_table(problems: list[Problem]) -> pd.DataFrame:
    """What was left out, or taken with a doubt, and why."""
    return pd.DataFrame([{"fails": p.name, "izmantots": "jā" if p.used else "nē", "iemesls": p.reason}
                         for p in problems], columns=["fails", "izmantots", "iemesls"])


def split_table(split: Split) -> pd.DataFrame:
    """Recordings, phrases, signs and signers on each side."""
    return pd.DataFrame([{"puse": SIDES[side], "ieraksti": len(recordings),
                          "frāzes": len({r.phrase for r in recordings}),
                          "zīmes kopā": sum(len(r.signs) for r in recordings),
                          "dažādas zīmes": len({sign for r in recordings for sign in r.signs}),
                          "runātāji": len({same_spelling(r.signer) for r in recordings} - {""}) or "nav zināms"}
                         for side, recordings in split.sides().items() if recordings])


def unseen_sentences(split: Split, char_map: dict[str, int]) -> str:
    """A loud warning when validation asks for a sign that training never shows, and what else training lacks."""
    asked, shown = split.unseen_signs(), sign_counts(split.training)
    others = [named(sign) for sign in char_map if sign not in shown and sign not in asked]
    first = ("⚠ UZMANĪBU: apmācība nekad neredz zīmes, ko prasa validācija vai tests: "
             f"{', '.join(map(named, asked))}. Ierakstiet vēl kādu frāzi ar tām vai mainiet SEED." if asked else
             "Apmācība redz visas zīmes, kuras prasa validācija.")
    second = f"Nevienā apmācības ierakstā nav arī šo saraksta zīmju: {', '.join(others)}." if others else ""
    third = "Zīmi, kuras apmācībā nav, modelis nolasīs tikai tad, ja to jau zina bāze." if asked or others else ""
    return "\n".join(sentence for sentence in (first, second, third) if sentence)


def aspect_sentence(recordings: list[Recording]) -> str:
    """Says for how many recordings the picture's proportions had to be assumed."""
    assumed = sum(recording.aspect_assumed for recording in recordings)
    if not assumed:
        return "Attēla malu attiecība ir zināma visiem ierakstiem."
    return (f"{assumed} no {counted(len(recordings), 'ieraksta', 'ierakstiem')} tabulā nav attēla izmēra; "
            "pieņemts 16:9. Ja filmēts ar stāvu telefonu, ierakstiet tabulā width un height.")


def generated_sentence(generated: int, recordings: int) -> str:
    """Says how many recordings show no person, so that nobody takes a figure on them for more than it is."""
    own = recordings - generated
    if not generated:
        return f"Visi ieraksti ({own}) ir cilvēku."
    if not own:
        return (f"⚠ Visi ieraksti ({generated}) ir virtuālā rādītāja: rezultāts rāda, ka viss darbojas, "
                "bet par īstiem cilvēkiem neko nesaka. Pievienojiet savus video burtnīcā extract_landmarks.")
    return f"Cilvēku ieraksti: {own}; virtuālā rādītāja: {generated}, tie tikai māca, bet nevērtē."


def result_sentences(figures: dict, name: str) -> str:
    """The figures of one set in plain words, with the interval and the number of sequences."""
    low, high = figures["interval"]
    return (f"{name}: WER {figures['wer']:.3f} (95 % intervāls {low:.3f}–{high:.3f}). "
            f"No {counted(figures['signs'], 'zīmes', 'zīmēm')} aizstātas {figures['substitutions']}, "
            f"izlaistas {figures['deletions']}, liekas {figures['insertions']}. Pilnīgi pareizi {figures['right']} no "
            f"{counted(figures['sequences'], 'ieraksta', 'ierakstiem')}."
            + " Ierakstu ir tik maz, ka ne WER, ne intervāls vēl neko nepierāda." * (figures["sequences"] < FEW))


def empty_sentence(figures: dict) -> str:
    """The share of empty readings and what to do when it is high."""
    share = figures["empty"] / figures["sequences"]
    sentence = f"Tukši nolasījumi (ticamākā zīme ik solī): {figures['empty']} no {figures['sequences']} ({share:.0%})."
    if share > 0.1:
        sentence += (" Tas ir daudz: modelis vēl nav sācis lasīt. Palieliniet EPOCHS_PHASE_3 vai LR_PHASE_3 trīs "
                     "reizes un pārbaudiet, vai ierakstos ir vismaz 4 kadri uz zīmi.")
    return sentence


def groups_table(assessments: dict[str, dict]) -> pd.DataFrame:
    """Share of signs missed, by kind of sign, for each set of recordings that was assessed."""
    rows = []
    for name, title in KINDS.items():
        cells = {title_of: _missed(assessment["by_group"].get(name)) for title_of, assessment in assessments.items()}
        if any(cell != "–" for cell in cells.values()):
            rows.append({"zīmes": title, **cells})
    return pd.DataFrame(rows)


def speed_table(assessments: dict[str, dict]) -> pd.DataFrame:
    """WER by frames a sign, for each set of recordings that was assessed."""
    columns = {name: {row["from"]: f"{row['wer']:.3f} ({counted(row['signs'], 'zīme', 'zīmes')})"
                      for row in assessment["by_speed"]}
               for name, assessment in assessments.items()}
    ends = {row["from"]: row["to"] for assessment in assessments.values() for row in assessment["by_speed"]}
    return pd.DataFrame([{"kadri uz zīmi": f"{low}–{ends[low]}" if ends[low] else f"{low} un vairāk"}
                         | {name: column.get(low, "–") for name, column in columns.items()} for low in sorted(ends)])


def decoding_table(assessments: dict[str, dict[str, dict]]) -> pd.DataFrame:
    """WER and whole recordings right by way of decoding (rows), for each set of recordings (columns)."""
    return pd.DataFrame([{"atkodēšana": way} | {name: f"{_wer(assessment)}, pareizi {assessment['figures']['right']}"
                                                for name, assessment in sets.items()}
                         for way, sets in assessments.items()])


def held_and_doubled_sentence(readings: list[Reading]) -> str:
    """Whether a sign that is held is told from one made twice."""
    counts = held_and_doubled(readings)
    return (f"Vienreiz rādītās zīmes: {counts['held']}, no tām divreiz nolasītas {counts['read_twice']}; dubultās: "
            f"{counts['doubled']}, no tām vienreiz nolasītas {counts['read_once']}.")


def comparison_sentence(compared: tuple[dict, int, int] | None) -> str:
    """The paired test of two experiments on the recordings that both read (`experiment.last_two`)."""
    if compared is None:
        return "Vēl nav divu eksperimentu ar kopīgiem ierakstiem, ko salīdzināt."
    test, earlier, later = compared
    low, high = test["interval"]
    verdict = ("starpība nav nejauša" if test["p"] < 0.05 else "tik liela starpība var būt arī nejauša")
    chance = f"p = {test['p']:.3f}" if test["p"] >= 0.001 else "p < 0.001"
    return (f"{later}. eksperiments pret {earlier}.: WER mainās par {test['difference']:+.3f} (95 % intervāls "
            f"{low:+.3f} līdz {high:+.3f}, {chance}, {test['recordings']} kopīgi ieraksti): {verdict}.")


def calibration_sentence(calibration: dict) -> str:
    """How far the confidence is from the share of recordings wholly right."""
    return (f"Pārliecība no patiesības atšķiras vidēji par {calibration['error']:.2f}. Ja modelis saka 0.9, "
            "pilnīgi pareiziem vajadzētu būt 9 nolasījumiem no 10.")


def worst_table(readings: list[Reading]) -> pd.DataFrame:
    """The ten worst sequences: truth, reading, errors, confidence."""
    return pd.DataFrame([{"ieraksts": reading.recording.name, "rādīts": reading.recording.phrase,
                          "nolasīts": "-".join(reading.signs) or NOTHING, "kļūdas": errors,
                          "pārliecība": f"{reading.confidence:.2f}"} for reading, errors in worst(readings)],
                        columns=["ieraksts", "rādīts", "nolasīts", "kļūdas", "pārliecība"])


def readings_table(readings: list[Reading], count: int = 6) -> pd.DataFrame:
    """A few readings, evenly through the set."""
    chosen = readings[::max(1, len(readings) // count)][:count]
    return pd.DataFrame([{"rādīts": r.recording.phrase, "nolasīts": "-".join(r.signs) or NOTHING,
                          "kļūdas": int(errors[:3].sum()), "pārliecība": f"{r.confidence:.2f}"}
                         for r, errors in zip(chosen, error_counts(chosen))])


def comparison_table(rows: list[dict]) -> pd.DataFrame:
    """All experiments, a row each."""
    return pd.DataFrame([{"Nr.": row["number"], "arhitektūra": row["architecture"], "bāze": _base(row["base"]),
                          "sadalījums": row["split"], "SEED": row["seed"], "apmācības ieraksti": row["training"],
                          "epohas": row["epochs"], "WER": f"{row['wer']:.3f}",
                          "95 % intervāls": "{:.3f}–{:.3f}".format(*row["interval"]),
                          "pareizi": f"{row['right']}/{row['sequences']}",
                          "testa WER": "–" if row["test_wer"] is None else f"{row['test_wer']:.3f}"} for row in rows])


def _base(path: str) -> str:
    """A base as a table names it: of the files of this program, which all bear like names, the folder."""
    parts = Path(path).parts
    return "/".join(parts[-3:-1]) if parts[-1].startswith(("lzv_", "cslr_")) else parts[-1]


def _missed(row: dict | None) -> str:
    return f"{row['error']:.1%} ({row['missed']} no {row['count']})" if row else "–"


def _wer(assessment: dict) -> str:
    low, high = assessment["figures"]["interval"]
    return f"WER {assessment['figures']['wer']:.3f} ({low:.3f}–{high:.3f})"


def _percent(text: str) -> str:
    value = number(text)
    return "" if value is None else f"{value:.0%}".rstrip("%")
