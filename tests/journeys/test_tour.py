"""What the tour tells to type works: a text like a carrier's lands where an agent finds it, once however often it is
sent."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FreshDatabase
from tests.faults.waiting import until
from tests.support.running import clinic
from tests.support.serving import free_port

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"


@pytest.mark.parametrize(("token", "answer", "landed"), [("demo-token", "200", 1), ("wrong-token", "403", 0)])
def test_the_text_of_the_tour(
    fresh_database: FreshDatabase, tmp_path: Path, token: str, answer: str, landed: int
) -> None:
    port = free_port()
    script = TOUR.read_text().split("```sh\n.venv/bin/python - <<'PY'\n")[1].split("PY\n```")[0]
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace('b"demo-token"', f'b"{token}"')
    with clinic(fresh_database("sqlite"), tmp_path, port=port) as running, running.api("jess") as jess:
        for _ in range(2):
            told = subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
            )
            assert told.stdout.split()[1] == answer
        running.sms("Is it the Tuesday after?")
        words = {"q": "Tuesday"}
        until(lambda: len(jess.get("/conversations", params=words).json()["items"]) == landed + 1, "all landed", 30)
        said = [item["snippet"] for item in jess.get("/conversations", params=words).json()["items"]]
        assert said.count("Can I move my visit to Tuesday?") == landed
