"""README and docs: both languages in step, links that lead somewhere, commands and settings that exist."""

import ast
import re
from collections import Counter

import pytest

import run
from ground.files import ROOT
from ground.settings import SETTINGS
from start import surroundings

PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if not page.stem.endswith(".en"))]
BOTH = [page for latvian in PAGES for page in (latvian, latvian.with_suffix(".en.md"))]
MOST_LINES = 120
FENCE, INDENT = "```", " " * 4

of_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
of_both = pytest.mark.parametrize("page", BOTH, ids=lambda page: page.stem)


def text(page):
    return page.read_text(encoding="utf-8")


def english(page):
    return text(page.with_suffix(".en.md"))


def code(content):
    """The lines of code blocks, fenced or indented, without comments."""
    lines, fenced = [], False
    for line in content.splitlines():
        if line.startswith(FENCE):
            fenced = not fenced
        elif fenced or line.startswith(INDENT):
            lines.append(re.sub(r"(^|\s+)#.*", "", line).strip())
    return lines


def outside_code(content):
    return re.sub(rf"^{FENCE}.*?^{FENCE}$", "", content, flags=re.DOTALL | re.MULTILINE)


def headings(content):
    return [len(marks) for marks in re.findall(r"^(#+) ", outside_code(content), re.MULTILINE)]


def links(content):
    return re.findall(r"\]\(([^)]+)\)", outside_code(content))


def numbers(content):
    return Counter(re.findall(r"\d+(?:\.\d+)*", content))


def settings_of_programs():
    """The names in each program's SETTINGS, read without running it."""
    for path in sorted([*(ROOT / "code" / "studies").glob("*.py"), *(ROOT / "code" / "corpora").glob("*.py")]):
        for statement in ast.parse(text(path)).body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "SETTINGS":
                yield from ast.literal_eval(statement.value)


def packages(requirements):
    return set(re.findall(r"^([\w-]+)==", text(requirements), re.MULTILINE))


def test_every_page_has_both_languages():
    assert {page for page in (ROOT / "docs").glob("*.md")} | set(ROOT.glob("README*.md")) == set(BOTH)


@of_pages
def test_both_languages_have_the_same_headings(page):
    assert headings(text(page)) == headings(english(page))


@of_pages
def test_both_languages_give_the_same_commands(page):
    assert code(text(page)) == code(english(page))


@of_pages
def test_both_languages_state_the_same_numbers(page):
    latvian, other = numbers(text(page)), numbers(english(page))
    assert latvian - other == other - latvian == Counter()


@of_pages
def test_both_languages_link_to_the_same_places(page):
    here, there = (sorted(link.replace(".en.md", ".md") for link in links(content))
                   for content in (text(page), english(page)))
    assert here == there


@of_both
def test_numbers_have_a_decimal_point(page):
    assert not re.findall(r"\d,\d", text(page))


@of_both
def test_links_lead_to_files(page):
    for link in links(text(page)):
        assert (page.parent / link).exists(), link


@of_both
def test_one_link_changes_the_language_and_the_others_keep_it(page):
    english_page = page.stem.endswith(".en")
    other = page.name.replace(".en.md", ".md") if english_page else f"{page.stem}.en.md"
    pages = [link for link in links(text(page)) if (page.parent / link).resolve() in BOTH]
    assert [link for link in pages if link.endswith(".en.md") != english_page] == [other]


@pytest.mark.parametrize("page", BOTH[2:], ids=lambda page: page.stem)
def test_every_page_of_docs_begins_with_the_way_back(page):
    assert links(text(page))[0] == ("../README.en.md" if page.stem.endswith(".en") else "../README.md")


@of_both
def test_commands_are_ones_that_run_knows(page):
    known = {*run.NOTEBOOKS, *run.USES, *run.PROGRAMS, "test", "lab"}
    assert set(re.findall(r"run\.py\s+(\w+)", text(page))) <= known


@of_both
def test_names_in_capitals_are_settings_or_variables_that_the_code_knows(page):
    known = {*SETTINGS, *settings_of_programs(), *surroundings.FOREIGN, *surroundings.OURS}
    assert set(re.findall(r"(?:-p |`)([A-Z][A-Z_\d]+)(?: =|[ `])", text(page))) <= known


@pytest.mark.parametrize("page", BOTH[:2], ids=lambda page: page.stem)
def test_the_readme_is_short_and_says_what_every_package_is_for(page):
    assert len(text(page).splitlines()) <= MOST_LINES
    wanted = set().union(*map(packages, ROOT.glob("requirements*.txt")))
    assert {name for name in wanted if f"`{name}`" not in text(page)} == set()
