"""Kaggle's ASL Fingerspelling (2023) to record files: lists and parquet files in, shards and dataset_info.json out.

    python3 code/run.py kaggle -p KAGGLE_FOLDER DIR [-p RECORDS_FOLDER data/kaggle] [-p VALIDATION_SHARE 0.1]
                               [-p SEED 1] [-p FRAMES_PER_SIGN 2] [-p ASPECT 1.78] [-p PROCESSES 2] [-p CHAR_MAP FILE]

KAGGLE_FOLDER: the competition's files as they come: train.csv and supplemental_metadata.csv (path, file_id,
sequence_id, participant_id, phrase), and the parquet files that they name, 1,630 columns each: frame, and x, y and z of
543 landmarks, NaN where not seen; the rows of one sequence have its sequence_id. Only the hands' columns are read. No
participant is on both sides. Each parquet file becomes one shard of a side; after a stop the same command goes on with
the next file. ASPECT: the pictures' width / height, which the corpus does not tell. The records are for train_42's
ASL_RECORDS. Source: the competition's data page.
"""

import functools
import math
import sys
import zlib
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
from sklearn.model_selection import GroupShuffleSplit
from tqdm import tqdm

from ground.counted import counted
from ground.errors import DataError, in_a_sentence
from ground.files import fingerprint, from_root, make_folder, read_json, remove, shown, write_json
from ground.kinds import Number, Whole
from ground.landmarks import HAND_JOINTS, hands_seen
from ground.options import needed_folder, numbers_of, options
from ground.signs import char_map_hash, load_char_map
from utils.dataset import describe_dataset
from utils.recordings import UNKNOWN_ASPECT, Recording, frames_needed
from utils.records import described, shard_paths, write_records, written_files
from utils.split import Split

#: What each number may be.
KINDS = {"VALIDATION_SHARE": Number(0, 0.9, above=True), "SEED": Whole(0, 2**31 - 1), "FRAMES_PER_SIGN": Whole(1, 1000),
         "ASPECT": Number(0.1, 10), "PROCESSES": Whole(1, 1024)}
SETTINGS = {"KAGGLE_FOLDER": "", "RECORDS_FOLDER": "data/kaggle", "CHAR_MAP": "models/asl/42/char_map_asl.json",
            "VALIDATION_SHARE": "0.1", "SEED": "1", "FRAMES_PER_SIGN": "2", "ASPECT": "", "PROCESSES": "2"}
LISTS = ("train.csv", "supplemental_metadata.csv")
LIST_COLUMNS = ("path", "file_id", "sequence_id", "participant_id", "phrase")
INDEX = ("sequence_id", "__index_level_0__")  # under which name pandas wrote the rows' index
COLUMNS = [f"{axis}_{hand}_hand_{joint}"
           for hand in ("left", "right") for joint in range(HAND_JOINTS) for axis in "xyz"]
SIDES = ("training", "validation")
SHOWN_PROBLEMS = 10
ROWS_AT_ONCE = 8192  # frames of a parquet file
ACCOUNTS = ".kaggle-*-of-*.json"


def main() -> None:
    settings = options(SETTINGS)
    folder, records = needed_folder(settings, "KAGGLE_FOLDER"), from_root(settings["RECORDS_FOLDER"])
    values = numbers_of(settings, KINDS, ("ASPECT",))
    if "ASPECT" not in values:
        print("Attēla malu attiecību korpuss nepasaka; pieņemts 16:9. Ja to zināt, dodiet, piemēram, -p ASPECT 0.75")
    info = convert(folder, records, load_char_map(from_root(settings["CHAR_MAP"]), in_folders=False),
                   values["VALIDATION_SHARE"], values["SEED"], values["FRAMES_PER_SIGN"], values.get("ASPECT"),
                   values["PROCESSES"])
    made = {side: file["recordings"] for side, file in info["record_files"].items()}
    for side, file in info["record_files"].items():
        print(f"{file['path']}, ierakstu skaits: {made[side]}")
    if not made["validation"]:
        print("⚠ Validācijai nav neviena ieraksta: bāzes epohu izvēlēsies pēc virtuālā rādītāja. Skatiet, kas izlaists "
              "(zemāk), vai palieliniet VALIDATION_SHARE")
    left_out = info["dataset_stats"]["left_out"]
    lines = left_out_lines(left_out)
    more = [f"  … viss saraksts: {shown(records / 'dataset_info.json')}"] if len(lines) > SHOWN_PROBLEMS else []
    rows = len(left_out) + sum(made.values())
    print(f"Izlaisti: {len(left_out)} no {rows}", *lines[:SHOWN_PROBLEMS], *more, sep="\n")


def left_out_lines(left_out: dict[str, str]) -> list[str]:
    """The sequences that were left out and why; one line for those of one parquet file that have one reason."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name, reason in left_out.items():
        alike.setdefault((name.partition("_")[0], reason), []).append(name)
    return [f"  {names[0] if len(names) == 1 else f'{file}, {len(names)} sekvences'}: {reason}"
            for (file, reason), names in alike.items()]


def convert(folder: Path, records: Path, char_map: dict[str, int], share: float, seed: int, frames_per_sign: int,
            aspect: float | None, processes: int) -> dict:
    """Writes the record files and the info into `records`; returns the info. Raises DataError for lists that are not
    Kaggle's and where nothing can be used. `aspect`: None where it is not known."""
    table = read_lists(folder)
    judged = judged_participants(table["participant_id"], share, seed)
    table["side"] = np.where(table["participant_id"].isin(judged), *SIDES[::-1])
    files = list(table.groupby("path", sort=True))
    make_folder(records)
    if ready := len(list(records.glob(f".kaggle-*-of-{len(files):05}.json"))):
        print(f"Parquet faili, kas padarīti jau iepriekš: {ready} no {len(files)}; tos tikai pārbauda")
    remove(records / "dataset_info.json")
    work = functools.partial(_convert_file, folder, records, len(files), char_map, frames_per_sign, aspect)
    jobs = (joblib.delayed(work)(number, path, rows) for number, (path, rows) in enumerate(files))
    parallel = joblib.Parallel(n_jobs=processes, return_as="generator", pre_dispatch="2*n_jobs")
    accounts = list(tqdm(parallel(jobs), total=len(files), desc="parquet", file=sys.stdout, ascii=True))
    info = _describe(accounts, records, char_map, seed, folder)
    write_json(records / "dataset_info.json", info)
    _tidy(records, len(files))
    return info


def read_lists(folder: Path) -> pd.DataFrame:
    """Kaggle's lists, those that are there: LIST_COLUMNS as text. Raises DataError where there is none, and for a
    missing column."""
    paths = [folder / name for name in LISTS if (folder / name).exists()]
    if not paths:
        raise DataError(shown(folder), f"nav ne {LISTS[0]}, ne {LISTS[1]}", "Norādiet mapi ar Kaggle failiem")
    tables = []
    for path in paths:
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
        except ValueError:  # empty, of another form or not text at all
            raise DataError(shown(path), "nav CSV saraksts vai ir bojāts", "Lejupielādējiet to no Kaggle") from None
        tables.append(table)
        if missing := [column for column in LIST_COLUMNS if column not in table.columns]:
            raise DataError(shown(path), f"nav kolonnas «{missing[0]}»", f"Vajag {', '.join(LIST_COLUMNS)}")
    return pd.concat(tables, ignore_index=True)[list(LIST_COLUMNS)]


def judged_participants(participants: pd.Series, share: float, seed: int) -> set[str]:
    """Whose sequences validate: about `share` of the people. Raises DataError where nobody is left to train on."""
    people = np.array(sorted(set(participants)))
    if len(people) < 2:
        raise DataError("participant_id", f"visiem ierakstiem ir viens dalībnieks ({people[0]})", "Vajag vismaz divus")
    if math.ceil(share * len(people)) == len(people):
        raise DataError(f"VALIDATION_SHARE = {share}", f"no {len(people)} dalībniekiem apmācībai nepaliek neviens",
                        "Samaziniet to, parasti 0.1")
    _, judged = next(GroupShuffleSplit(1, test_size=share, random_state=seed).split(people, groups=people))
    return set(people[judged])


def sequences(path: Path) -> dict[str, np.ndarray]:
    """The hands, float32 (T, 42, 3), of each sequence of a parquet file; a hand not seen is zeros. Raises DataError for
    a file that is missing, damaged or lacks a column."""
    if not path.exists():
        raise DataError(shown(path), "faila nav", "Lejupielādējiet to no Kaggle")
    try:
        file = pyarrow.parquet.ParquetFile(path)
        index = next((name for name in INDEX if name in file.schema_arrow.names), INDEX[0])
        if missing := [name for name in (index, *COLUMNS) if name not in file.schema_arrow.names]:
            raise DataError(shown(path), f"trūkst kolonnas «{missing[0]}» (pavisam trūkst {len(missing)})",
                            "Vajag Kaggle failu ar 1630 kolonnām")
        points, ids = np.zeros((file.metadata.num_rows, len(COLUMNS)), np.float32), []
        done = 0
        for rows in file.iter_batches(ROWS_AT_ONCE, columns=[index, *COLUMNS]):
            ids.append(rows.column(index).to_numpy(zero_copy_only=False))
            for column, name in enumerate(COLUMNS):
                points[done:done + len(rows), column] = rows.column(name).to_numpy(zero_copy_only=False)
            done += len(rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(shown(path), "fails ir bojāts", "Lejupielādējiet to vēlreiz") from error
    pyarrow.default_memory_pool().release_unused()  # or the next file's memory would come on top
    if done != len(points):
        raise DataError(shown(path), "fails ir bojāts", "Lejupielādējiet to vēlreiz")
    ids = np.concatenate(ids) if ids else np.zeros(0, np.int64)
    hands = points.reshape(len(ids), 2, HAND_JOINTS * 3)
    hands[np.isnan(hands).any(axis=2)] = 0
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else []
    return {str(ids[start]): hands[start:end].reshape(-1, 2 * HAND_JOINTS, 3)
            for start, end in zip(starts, [*starts[1:], len(ids)])}


def _convert_file(folder: Path, records: Path, count: int, char_map: dict[str, int], frames_per_sign: int,
                  aspect: float | None, number: int, path: str, rows: pd.DataFrame) -> dict:
    """Makes the shards of one parquet file, unless they are there; its account: the recordings' facts by side, and what
    was left out and why."""
    account_path, source = _account_path(records, number, count), folder / path
    shards = {side: shard_paths(records, side, count)[number] for side in SIDES}
    known = source.stat() if source.exists() else None
    made_from = zlib.crc32(repr([path, known and (known.st_size, known.st_mtime_ns), char_map_hash(char_map),
                                 frames_per_sign, aspect, rows.values.tolist()]).encode())
    account = read_json(account_path) if account_path.exists() else {}
    if account.get("made_from") == made_from and account["shards"] == _fingerprints(shards):
        return account
    kept, left_out = _looked_through(source, rows, char_map, frames_per_sign, aspect)
    for side, recordings in kept.items():
        write_records(shards[side], recordings, char_map)
    facts = {side: [[recording.name, "".join(recording.signs), recording.length] for recording in recordings]
             for side, recordings in kept.items()}
    account = {"made_from": made_from, "shards": _fingerprints(shards), "aspect_assumed": not aspect,
               "left_out": left_out, **facts}
    write_json(account_path, account)
    return account


def _looked_through(source: Path, rows: pd.DataFrame, char_map: dict[str, int], frames_per_sign: int,
                    aspect: float | None) -> tuple[dict[str, list[Recording]], dict[str, str]]:
    """The usable recordings of a parquet file by side, and the others' names with the reason."""
    try:
        found, fault = sequences(source), "parquet failā tādas sekvences nav."
    except DataError as error:
        found, fault = {}, f"{error.fault}. {error.remedy}."
    kept: dict[str, list[Recording]] = {side: [] for side in SIDES}
    left_out = {}
    for row, again in zip(rows.itertuples(), rows.duplicated("sequence_id")):
        name = f"{row.file_id}_{row.sequence_id}"
        if again:
            left_out[f"{name} (vēlreiz)"] = "sarakstā tā jau ir; ņemta pirmā rinda."
            continue
        hands = found.get(row.sequence_id)
        recording = Recording(name, list(row.phrase), hands if hands is not None else np.zeros((0, 42, 3), np.float32),
                              aspect or UNKNOWN_ASPECT, row.participant_id, aspect_assumed=not aspect)
        reason = fault if hands is None else _reason(recording, char_map, frames_per_sign)
        if reason:
            left_out[name] = reason
        else:
            kept[row.side].append(recording)
    return kept, left_out


def _fingerprints(shards: dict[str, Path]) -> dict[str, str]:
    """Of the shards' content, so that a damaged one is made anew."""
    return {side: fingerprint(path) if path.exists() else "" for side, path in shards.items()}


def _reason(recording: Recording, char_map: dict[str, int], frames_per_sign: int) -> str:
    """Why a sequence cannot be used; "" when it can."""
    if unknown := [sign for sign in recording.signs if sign not in char_map]:
        return f"frāzē «{''.join(recording.signs)}» ir «{unknown[0]}», kā zīmju sarakstā nav."
    if not recording.signs:
        return "frāze ir tukša."
    if not hands_seen(recording.hands).any():
        return "nevienā kadrā nav rokas."
    needed = frames_needed(recording.signs, frames_per_sign)
    if recording.frames < needed:
        return f"{counted(recording.frames, 'kadrs', 'kadri')} ar roku, bet vajag {needed}."
    return ""


def _tidy(records: Path, count: int) -> None:
    """Takes away what an earlier conversion of another number of files left."""
    mine = {path for side in SIDES for path in shard_paths(records, side, count)}
    mine |= {_account_path(records, number, count) for number in range(count)}
    for path in [*records.glob(ACCOUNTS), *(path for side in SIDES for path in written_files(records, side))]:
        if path not in mine:
            remove(path)


def _describe(accounts: list[dict], records: Path, char_map: dict[str, int], seed: int, folder: Path) -> dict:
    # From here on only the number of its frames is wanted of a recording: a view that takes no memory.
    sides = {side: [Recording(name, list(phrase), np.broadcast_to(np.float32(0), (frames, 42, 3)),
                              aspect_assumed=account["aspect_assumed"])
                    for account in accounts for name, phrase, frames in account[side]] for side in SIDES}
    if not sides["training"]:
        raise DataError(shown(folder), "nav neviena ieraksta, no kā mācīties", "Pārbaudiet, vai parquet faili ir mapē")
    files = {side: described(shard_paths(records, side, len(accounts)), [len(account[side]) for account in accounts])
             for side in SIDES}
    left_out = {name: reason for account in accounts for name, reason in account["left_out"].items()}
    return describe_dataset(Split("signer", seed, sides["training"], sides["validation"], []), char_map, files,
                            "Kaggle ASL Fingerspelling", folder, left_out)


def _account_path(records: Path, number: int, count: int) -> Path:
    return records / f".kaggle-{number:05}-of-{count:05}.json"


if __name__ == "__main__":
    in_a_sentence(main)
