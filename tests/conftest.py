"""Paths to the real recordings, which only a development machine has; tests that need them skip elsewhere."""

from pathlib import Path

import made
import pytest

from frames import extraction
from frames.video import VideoFacts, read_frames

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    if not SHARED.exists():
        pytest.skip("the real recordings are not on this machine")
    return SHARED


@pytest.fixture
def fast(monkeypatch):
    """Extraction without MediaPipe, in this process, counted: what is done again and what is not."""
    calls = []

    def pretend(path, mirror, tracker):
        facts = VideoFacts()
        frames = list(read_frames(path, facts))
        calls.append((path.name, mirror))
        return made.array(["a"] * (1 + len(frames) // made.FRAMES_PER_SIGN))[:len(frames)], facts, "holistic"

    monkeypatch.setattr(extraction, "extract_video", pretend)
    monkeypatch.setattr(extraction, "_run", lambda jobs, arrays, processes: (
        extraction._extract_job(job, arrays) for job in jobs))
    return calls
