"""A training followed on a page: a picture that grows, a line that renews itself, few lines at last; and the stop."""

import sys
import time

import pytest
from jupyter_client.manager import KernelManager

from ground.files import ROOT
from start.surroundings import environment

TRAIN = """
from ground.environment import check_environment
check_environment()
import made
from pathlib import Path
from results.progress import LINES_KEPT, GrowingPicture
from utils.base import new_network
from utils.training import PhaseSettings, Training, train_phase
sides = made.recordings(3)
network = new_network("conv", made.CHAR_MAP, None, sides, seed=1)
training = Training(network, sides, sides[:4], made.CHAR_MAP, 4, None, 1, True, Path(FOLDER), shown=GrowingPicture())
train_phase(training, 3, PhaseSettings(EPOCHS, 1e-2, 1000))
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel as a notebook has it; gives a function that runs code and returns the messages it sent."""
    manager = KernelManager()
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(cwd=str(ROOT / "code"), env=environment())
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    paths = [str(ROOT / "code"), str(ROOT / "tests")]
    client.execute(f"import sys; sys.path[:0] = {paths!r}; FOLDER = {str(tmp_path_factory.mktemp('lzv'))!r}")

    def run(code, interrupt_at=None):
        mine, messages = client.execute(code), []
        while True:
            message = client.get_iopub_msg(timeout=180)
            if message["parent_header"].get("msg_id") != mine:
                continue
            messages.append(message)
            if message["msg_type"] == interrupt_at:
                interrupt_at = None
                time.sleep(0.2)
                manager.interrupt_kernel()
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return messages

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def texts(messages, kind):
    """The lines that a cell renewed (display_data, update_display_data)."""
    return [message["content"]["data"]["text/plain"] for message in messages
            if message["msg_type"] == kind and set(message["content"]["data"]) == {"text/plain"}]


def test_the_picture_grows_the_line_renews_itself_and_a_few_lines_stay(kernel):
    messages = kernel(TRAIN.replace("EPOCHS", "30"))
    pictures = [message for message in messages if "image/png" in message["content"].get("data", {})]
    assert pictures and pictures[0]["msg_type"] == "display_data"
    lines = texts(messages, "display_data") + texts(messages, "update_display_data")
    assert len(lines) == 30 and "3. fāze  30/30" in lines[-1] and "atlicis" in lines[-1]
    cleared = [message["msg_type"] for message in messages].index("clear_output")
    kept = "".join(message["content"]["text"] for message in messages[cleared:] if message["msg_type"] == "stream")
    assert 4 <= len(kept.splitlines()) <= 7
    assert "3. fāze   1/30" in kept and "3. fāze  30/30" in kept and "← labākā" in kept and "fāzes laiks" in kept
    assert not [message for message in messages if message["msg_type"] == "error"]


def test_stopping_leaves_one_sentence_and_the_picture(kernel):
    messages = kernel(TRAIN.replace("EPOCHS", "5000"), interrupt_at="update_display_data")
    (error,) = [message["content"] for message in messages if message["msg_type"] == "error"]
    (sentence,) = error["traceback"]
    assert sentence.startswith("Apturēts. Labākais tīkls ir saglabāts.") and "\n" not in sentence
    assert "clear_output" not in [message["msg_type"] for message in messages]
    assert not [message for message in messages if message["content"].get("name") == "stderr"]


def test_after_a_stop_the_next_cell_follows_its_own_training(kernel):
    messages = kernel("train_phase(training, 1, PhaseSettings(2, 1e-3, 10))")
    assert "image/png" in str(messages) and len(texts(messages, "display_data")) == 1
