"""JupyterLab started in a fresh copy of the repository as a user starts it, and the browser that looks at it.

    python3 code/run.py test --browser [--screenshots=DIR] [--quick]
"""

from pathlib import Path

import pytest
from lab import Lab, copy_repository
from page import Page, find_browser


def pytest_addoption(parser):
    parser.addoption("--screenshots", type=Path, metavar="DIR", help="where to keep pictures of the pages")
    parser.addoption("--quick", action="store_true", help="few practice recordings: while working on these tests")


@pytest.fixture(scope="session")
def screenshots(request, tmp_path_factory):
    folder = request.config.getoption("--screenshots") or tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"\nLapu attēli: {folder}")
    return folder


@pytest.fixture(scope="session")
def repository(request, tmp_path_factory):
    """A copy of the working tree's files: nothing that a test does there touches the user's."""
    return copy_repository(tmp_path_factory.mktemp("copy") / "repository", request.config.getoption("--quick"))


@pytest.fixture(scope="session")
def lab(repository, tmp_path_factory):
    lab = Lab(repository, tmp_path_factory.mktemp("home"))
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Palaidiet: python3 code/run.py test --browser")
    with playwright.sync_playwright() as started:
        browser = find_browser(started.chromium)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def opened(browser, lab, screenshots):
    """The page as JupyterLab itself opens it in the user's browser."""
    page = Page(browser, screenshots)
    page.open(lab.opened)
    page.picture("opened")
    return page
