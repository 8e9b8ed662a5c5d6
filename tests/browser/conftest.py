"""JupyterLab started in a fresh copy of the repository as a user starts it, and the browser that looks at it.

    python3 code/run.py test --browser [--screenshots=DIR] [--quick]
"""

import shutil
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
    yield folder
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\nLapu attēli: {folder}")


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Palaidiet: python3 code/run.py test --browser")
    with playwright.sync_playwright() as started:
        browser = find_browser(started.chromium)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(request, browser, tmp_path_factory):
    """JupyterLab on a copy of its own; FEW in a module: with few practice recordings."""
    few = request.config.getoption("--quick") or getattr(request.module, "FEW", False)
    lab = Lab(copy_repository(tmp_path_factory.mktemp("copy") / "repository", few), tmp_path_factory.mktemp("home"))
    yield lab
    lab.stop()
    shutil.rmtree(lab.repository)  # half a gigabyte of arrays; the terminal's text stays in the home folder


@pytest.fixture(scope="module")
def opened(browser, lab, screenshots):
    """The page as JupyterLab itself opens it in the user's browser."""
    page = Page(browser, screenshots)
    page.open(lab.opened)
    yield page
    page.close()
