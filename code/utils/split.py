"""Which recordings train and which validate: by phrase, by signer, by session, by any column, or at random.

What a figure on the validation side says depends on this: split by phrase it speaks of new phrases by known people,
split by signer of new people; a random split shares phrases and says little about either.
"""

import dataclasses
import math

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from ground.errors import DataError
from ground.settings import check_settings
from ground.table import cell, same_spelling
from utils.recordings import Recording, sign_counts

TRIES = 100  # shuffles looked at for one in which training sees every sign


@dataclasses.dataclass(frozen=True)
class Split:
    """Recordings by side. `test` is kept aside by the user's choice; nothing is chosen on it."""

    kind: str
    seed: int
    training: list[Recording]
    validation: list[Recording]
    test: list[Recording]

    def sides(self) -> dict[str, list[Recording]]:
        return {"training": self.training, "validation": self.validation, "test": self.test}

    def unseen_signs(self) -> list[str]:
        """Signs that validation or test asks for and training never shows."""
        shown = sign_counts(self.training)
        return [sign for sign in sign_counts(self.validation + self.test) if sign not in shown]


def choose_generated(recordings: list[Recording], use: bool | str, enough: int) -> list[Recording]:
    """The recordings to work with: the generated ones too (True), never (False), or ("auto") only while there are
    fewer than `enough` of people's. Raises DataError for another choice and when nothing is left."""
    check_settings({"USE_GENERATED": use})
    own = [recording for recording in recordings if not recording.generated]
    chosen = recordings if use is True or (use == "auto" and len(own) < enough) else own
    if not chosen:
        raise DataError("USE_GENERATED", "bez virtuālā rādītāja ierakstiem nav neviena ieraksta",
                        'Pievienojiet savus video vai izvēlieties "auto"')
    return chosen


def split_recordings(recordings: list[Recording], table: pd.DataFrame, kind: str, share: float, seed: int,
                     test_column: str = "", test_values: list | str | int | None = None) -> Split:
    """Splits by `kind`: "phrase", "random", or a column of the table ("signer", "session", your own).

    `share` is the part of the groups that validates; people's recordings alone validate where there are any, and
    generated ones of the same phrases are then left out. Recordings whose `test_column` holds one of
    `test_values` are kept aside first. Of up to 100 shuffles (all from `seed`) the first is taken in which
    training misses the fewest signs. Raises DataError when there are not two groups.
    """
    if not 0 < share < 1:
        raise DataError("VALIDATION_SHARE", f"{share} nav starp 0 un 1", "Parasti 0.2")
    test = _kept_aside(recordings, table, test_column, test_values)
    aside = {r.name for r in test}
    rest = [r for r in recordings if r.name not in aside]
    own = [r for r in rest if not r.generated]
    if 0 < len(own) < len(rest):
        return _beside_generated(rest, own, test, table, kind, share, seed)
    groups = [group_of(r, kind, table) for r in rest]
    if (count := len(set(groups))) < 2:
        raise DataError(f"SPLIT = {kind!r}", _one_group(groups), _more_needed(kind))
    if math.ceil(share * count) == count:
        raise DataError(f"VALIDATION_SHARE = {share}", f"apmācībai nepaliek neviena grupa («{kind}», grupu "
                        f"skaits {count})", "Samaziniet to, parasti 0.2")
    best: Split | None = None
    for training, validation in _shuffles(groups, share, seed):
        split = Split(kind, seed, [rest[i] for i in training], [rest[i] for i in validation], test)
        if best is None or len(split.unseen_signs()) < len(best.unseen_signs()):
            best = split
        if not best.unseen_signs():
            break
    return best


def _kept_aside(recordings: list[Recording], table: pd.DataFrame, column: str, values) -> list[Recording]:
    """The recordings whose column holds one of the values; every value must occur, or a mistyped one would test less
    than was meant."""
    wanted = {same_spelling(str(value)): str(value)
              for value in (values if isinstance(values, list) else [values]) if value not in (None, "")}
    if bool(column) != bool(wanted):
        raise DataError("TEST_COLUMN un TEST_VALUES", "viens ir aizpildīts, otrs ne", "Aizpildiet abus vai nevienu")
    if not wanted:
        return []
    groups = ["" if recording.generated and not cell(table, recording.row or recording.name, column) else
              same_spelling(group_of(recording, column, table, "vai atstājiet TEST_COLUMN un TEST_VALUES tukšus"))
              for recording in recordings]
    if missing := [value for group, value in wanted.items() if group not in groups]:
        there = sorted({cell(table, r.row or r.name, column) or group for r, group in zip(recordings, groups)})
        raise DataError("TEST_VALUES", f"kolonnā «{column}» nevienam ierakstam nav {', '.join(missing)}",
                        f"Tajā ir: {', '.join(there[:10])}")
    return [recording for recording, group in zip(recordings, groups) if group in wanted]


def _beside_generated(rest: list[Recording], own: list[Recording], test: list[Recording], table: pd.DataFrame,
                      kind: str, share: float, seed: int) -> Split:
    """People's recordings split as if alone (all validate when there is one group); generated ones only train."""
    if len({group_of(r, kind, table) for r in own}) < 2:
        split = Split(kind, seed, [], own, test)
    else:
        split = split_recordings(own, table, kind, share, seed)
    judged = {r.phrase for r in split.validation + test}
    generated = [r for r in rest if r.generated and r.phrase not in judged]
    if not split.training + generated:
        raise DataError(f"SPLIT = {kind!r}", "apmācībai nepaliek neviens ieraksts: visi cilvēku ieraksti vērtē, un "
                        "citu frāžu virtuālajam rādītājam nav", f"{_more_needed(kind)}; vai PRACTICE_PHRASES = 600")
    return Split(kind, seed, split.training + generated, split.validation, test)


def group_of(recording: Recording, kind: str, table: pd.DataFrame,
             otherwise: str = 'vai izvēlieties SPLIT = "phrase"') -> str:
    """What must not stand on both sides; "Anna" and "anna" are one. Raises DataError for a recording whose cell is
    empty; `otherwise` ends the remedy."""
    if kind == "phrase":
        return recording.phrase
    if kind == "random":
        return recording.name
    value = cell(table, recording.row or recording.name, kind)
    if not value:
        fault = f"kolonnā «{kind}» nav vērtības" if kind in table.columns else f"tabulā nav kolonnas «{kind}»"
        raise DataError(recording.name, fault, f"Aizpildiet tabulu (landmarks.csv) {otherwise}")
    return same_spelling(value)


def _shuffles(groups: list[str], share: float, seed: int):
    splitter = GroupShuffleSplit(n_splits=TRIES, test_size=share, random_state=seed)
    return splitter.split(np.zeros(len(groups)), groups=groups)


def _one_group(groups: list[str]) -> str:
    if not groups:
        return "pēc testa ierakstu atlikšanas nepaliek neviena ieraksta"
    if len(groups) == 1:
        return "ir tikai viens ieraksts, bet apmācībai un validācijai vajag katrai savu"
    return f"visiem ierakstiem ({len(groups)}) ir viena grupa «{groups[0]}», tāpēc tos nevar sadalīt"


def _more_needed(kind: str) -> str:
    if kind == "random":
        return "Ierakstiet vēl vismaz vienu video"
    return ("Ierakstiet vēl kādu frāzi; ja vajag tikai izmēģināt, izvēlieties SPLIT = \"random\""
            if kind == "phrase" else "Aizpildiet kolonnu ar vismaz divām vērtībām vai izvēlieties SPLIT = \"phrase\"")
