"""pytest plugin: runs the Python library's own suite against the sandbox, with every charge turned into one by GoPay.

It writes the outcome of each test to the file that SUITE_OUTCOMES names, as JSON.
"""

import json
import os

import midtransclient
from midtransclient.config import ApiConfig

outcomes = {}


def pytest_configure():
    url = os.environ["SANDBOX_URL"]
    for host in ("CORE_SANDBOX", "CORE_PRODUCTION", "SNAP_SANDBOX", "SNAP_PRODUCTION"):
        setattr(ApiConfig, f"{host}_BASE_URL", url)
    import tests.config

    tests.config.USED_SERVER_KEY = os.environ["SANDBOX_SERVER_KEY"]
    charge = midtransclient.CoreApi.charge

    def charge_as_gopay(self, parameters=None):
        if parameters and "payment_type" in parameters:
            parameters = {**parameters, "payment_type": "gopay"}
        return charge(self, parameters)

    midtransclient.CoreApi.charge = charge_as_gopay


def pytest_runtest_logreport(report):
    name = report.nodeid.rsplit("::", 1)[-1]
    outcomes[name] = "passed" if report.passed and outcomes.get(name, "passed") == "passed" else "failed"


def pytest_sessionfinish():
    with open(os.environ["SUITE_OUTCOMES"], "w") as file:
        json.dump(outcomes, file)
