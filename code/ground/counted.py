"""Latvian words after a number: 1 ieraksts, 21 ieraksts, but 11 ieraksti."""


def counted(number: int, one: str, more: str) -> str:
    """The number and its word: `one` after a number that ends in 1 but not in 11, `more` after any other."""
    return f"{number} {one if number % 10 == 1 and number % 100 != 11 else more}"
