"""ops/examples/front_end.py, as tests run it: by the Python that its packages are for.

Errors:  where those cannot be had, the script that asks is skipped.
"""

import subprocess

from jari_service import ROOT, skip

EXAMPLE = ROOT / "ops" / "examples" / "front_end.py"
DEBIANS_PYTHON = "/usr/bin/python3"


def need_the_example():
    """Skips the script where the example cannot run."""
    have = subprocess.run([DEBIANS_PYTHON, "-c", "import confluent_kafka, flatbuffers"],
                          capture_output=True, check=False)
    if have.returncode != 0:
        skip("python3-confluent-kafka and python3-flatbuffers cannot be had")
