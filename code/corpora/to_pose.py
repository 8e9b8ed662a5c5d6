"""Landmark arrays to .pose files, for the sign-language-processing tools.

    python3 code/run.py to_pose -p POSE_FOLDER DIR [-p LANDMARKS_FOLDER data/processed_landmarks/training_landmarks]
                                [-p TABLE FILE]

Each <phrase>/<name>.npy becomes POSE_FOLDER/<phrase>/<name>.pose with the frames a second and the picture's size that
landmarks.csv, or TABLE, knows. The other way there is no command: .pose files in the phrase folders of data/videos are
read by extract_landmarks as videos are.
"""

from pathlib import Path

import pandas as pd
from tqdm import tqdm

from frames.pose_file import SUFFIX, PoseFile, write_pose
from ground.counted import counted
from ground.errors import DataError, in_a_sentence
from ground.files import from_root, shown
from ground.landmarks import load_array
from ground.names import name_of
from ground.options import needed_folder, options
from ground.table import TABLE_NAME, cell, number, read_table

SETTINGS = {"POSE_FOLDER": "", "LANDMARKS_FOLDER": "data/processed_landmarks/training_landmarks", "TABLE": ""}
FACTS = ("fps", "width", "height")


def main() -> None:
    settings = options(SETTINGS)
    if not settings["POSE_FOLDER"]:
        raise DataError("POSE_FOLDER", "vajag mapi, kur likt .pose failus", "Norādiet to: -p POSE_FOLDER mape")
    arrays = needed_folder(settings, "LANDMARKS_FOLDER")
    table = read_table(from_root(settings["TABLE"]), required=True) if settings["TABLE"] else read_table(
        arrays / TABLE_NAME)
    written, unknown = save_poses(arrays, table, from_root(settings["POSE_FOLDER"]))
    print(f"{shown(from_root(settings['POSE_FOLDER']))}: {counted(written, 'fails', 'faili')}")
    if unknown:
        print(f"Izlaisti {len(unknown)}, kam tabulā nav fps, width vai height: {', '.join(unknown[:10])}. "
              "Citu tabulu var norādīt: -p TABLE fails.csv")


def save_poses(arrays: Path, table: pd.DataFrame, folder: Path) -> tuple[int, list[str]]:
    """Writes a file for each array; how many, and the names of those whose rate or size the table does not know."""
    written, unknown = 0, []
    for path in tqdm(sorted(arrays.glob("*/*.npy")), desc=SUFFIX, ascii=True):
        fps, width, height = (number(cell(table, name_of(path), fact)) for fact in FACTS)
        if not (fps and width and height):
            unknown.append(name_of(path))
            continue
        write_pose(folder / path.parent.name / f"{path.stem}{SUFFIX}",
                   PoseFile(load_array(path), fps, int(width), int(height)))
        written += 1
    return written, unknown


if __name__ == "__main__":
    in_a_sentence(main)
