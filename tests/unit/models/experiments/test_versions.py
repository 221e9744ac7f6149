import json
import platform

import numpy as np

from models.experiments.versions import PACKAGES, versions


def test_versions_are_those_that_run_here_and_fit_into_json() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert set(PACKAGES) <= set(found)
    assert isinstance(found["cores"], int)
    assert found["cores"] >= 1
    assert found["processor"]
    assert json.loads(json.dumps(found)) == found
