"""A page of JupyterLab 4 in a real browser: what a user clicks on, and what is then to be seen."""

import shutil
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
CHANNELS = ("chrome", "msedge")  # where these are on Windows and macOS Playwright knows
NO_BROWSER = ("Pārlūks nav atrasts: uzstādiet Chromium, Google Chrome vai Microsoft Edge "
              "(Debian un Ubuntu: sudo apt install chromium).")
SIZE = {"width": 1400, "height": 900}
TALLEST = 16000  # pixels of one picture
A_MINUTE = 60_000  # milliseconds
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
CELLS = """panel => [...panel.querySelectorAll('.jp-Notebook .jp-Cell')].map(cell => {
    const outputs = [...cell.querySelectorAll('.jp-OutputArea-output')];
    const images = outputs.flatMap(output => [...output.querySelectorAll('img')]);
    return {
        prompt: cell.querySelector('.jp-CodeCell .jp-InputPrompt, .jp-InputPrompt')?.innerText.trim() ?? '',
        images: images.filter(image => image.complete && image.naturalWidth > 1).length,
        text: outputs.map(output => output.innerText).join('\\n'),
        errors: outputs.filter(output => (output.dataset.mimeType ?? '').match(/error|stderr/)).map(o => o.innerText),
        wide: outputs.some(output => output.scrollWidth > output.clientWidth + 1),
    };
})"""
HEIGHT = """panel => {
    const cells = [...panel.querySelectorAll('.jp-Notebook .jp-Cell')];
    return Math.ceil(cells.at(-1).getBoundingClientRect().bottom - cells[0].getBoundingClientRect().top);
}"""


def find_browser(chromium):
    """An installed Chromium, Chrome or Edge, without a window; the test fails with one sentence where there is none."""
    found = [{"executable_path": path} for name in NAMES if (path := shutil.which(name))]
    faults = []
    for place in [*found, *({"channel": name} for name in CHANNELS), {}]:
        try:
            return chromium.launch(**place)
        except Exception as error:
            faults.append(f"{place.get('executable_path')} nevar palaist: {str(error).splitlines()[0]}")
    pytest.fail(faults[0] if found else NO_BROWSER, pytrace=False)


class Page:
    """One page; its pictures go to `folder`."""

    def __init__(self, browser, folder: Path):
        self.folder = folder
        self.page = browser.new_context(viewport=SIZE, locale="lv-LV").new_page()

    def open(self, address: str) -> None:
        """Opens JupyterLab and waits until it has built itself and a kernel is at rest where there is one."""
        self.page.goto(address)
        self.page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab", timeout=A_MINUTE)
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=A_MINUTE)
        self.page.wait_for_timeout(5000)  # what comes late: questions, a kernel, another tab

    def front(self) -> str:
        """The title of the tab in front."""
        return self.page.inner_text("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current .lm-TabBar-tabLabel")

    def questions(self) -> list[str]:
        """Every dialog and notification that stands on the page."""
        return self.page.locator(".jp-Dialog, .jp-toast-message, .Toastify__toast").all_inner_texts()

    def folders(self) -> list[str]:
        """What the file browser shows of the topmost folder."""
        self.page.click(".jp-BreadCrumbs-home")
        self.page.wait_for_selector(".jp-DirListing-itemText:has-text('models')", timeout=A_MINUTE)
        return self.page.locator(".jp-DirListing-itemText").all_inner_texts()

    def open_file(self, *path: str) -> None:
        """Walks from the topmost folder to a file and opens it, by double clicks in the file browser."""
        self.folders()
        for name in path:
            self.page.locator(".jp-DirListing-itemText").get_by_text(name, exact=True).dblclick(timeout=A_MINUTE)
        tab = self.page.wait_for_selector(f"#jp-main-dock-panel .lm-mod-current:has-text('{path[-1]}')",
                                          timeout=A_MINUTE)
        self.page.wait_for_selector(f"#{tab.get_attribute('data-id')}{NOTEBOOK} .jp-Cell", timeout=A_MINUTE)

    def menu(self, *labels: str) -> None:
        """Chooses from the menu."""
        self.page.click(f".lm-MenuBar-itemLabel:text-is('{labels[0]}')")
        for label in labels[1:]:
            self.page.click(f".lm-Menu-itemLabel:text-is('{label}')")

    def run_all(self) -> None:
        """Run All Cells; returns when the first of them runs."""
        self.page.wait_for_selector(f"{NOTEBOOK} .jp-Notebook-ExecutionIndicator[data-status='idle']",
                                    timeout=2 * A_MINUTE)
        self.page.wait_for_timeout(1000)
        self.menu("Run", "Run All Cells")
        self.wait("() => [...document.querySelectorAll('.jp-InputPrompt')].some(p => p.innerText.includes('*'))")

    def wait_until_done(self, minutes: int = 15) -> None:
        """Until no cell of any notebook runs or waits."""
        self.wait("() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.innerText.includes('*'))",
                  minutes)
        self.page.wait_for_timeout(1000)  # the last outputs' pictures

    def wait_for_cell(self, number: int, text: str = "") -> None:
        """Until a cell runs, and until a text stands in its output."""
        self.wait(f"""() => {{
            const cell = document.querySelectorAll("{NOTEBOOK} .jp-Notebook .jp-Cell")[{number}];
            const before = [...document.querySelectorAll("{NOTEBOOK} .jp-Notebook .jp-Cell")].slice(0, {number});
            return !before.some(one => one.querySelector('.jp-InputPrompt')?.innerText.includes('*'))
                && cell.querySelector('.jp-OutputArea')?.innerText.includes({text!r});
        }}""", 5)

    def stop(self) -> None:
        """The toolbar's ■."""
        self.page.click(f"{NOTEBOOK} .jp-NotebookPanel-toolbar [data-jp-item-name='interrupt']")

    def save(self) -> None:
        """Saves the notebook in front, and waits until it is on disk."""
        self.menu("File", "Save Notebook")
        self.page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:not(.jp-mod-dirty)", timeout=A_MINUTE)

    def cells(self) -> list[dict]:
        """What is to be seen of each cell of the notebook in front."""
        return self.page.locator(NOTEBOOK).evaluate(CELLS)

    def close(self) -> None:
        """Closes it, as a user closes the browser."""
        self.page.context.close()

    def picture(self, name: str, whole: bool = False) -> None:
        """A picture of the window, or of the whole notebook in it: as if the screen were tall enough."""
        if whole:
            notebook = self.page.locator(NOTEBOOK)
            self.page.set_viewport_size({**SIZE, "height": min(notebook.evaluate(HEIGHT) + 200, TALLEST)})
            notebook.evaluate("panel => panel.querySelector('.jp-WindowedPanel-outer').scrollTop = 0")
            self.page.wait_for_timeout(1500)
        self.page.screenshot(path=self.folder / f"{name}.png")
        self.page.set_viewport_size(SIZE)

    def wait(self, condition: str, minutes: int = 1) -> None:
        """Until a condition of the page holds."""
        self.page.wait_for_function(condition, timeout=minutes * A_MINUTE, polling=200)
