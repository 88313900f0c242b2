"""Makes the calls in argv[1] (JSON: [["status", "order-101"], …]) with Midtrans' Python library, prints what it gave."""

import functools
import json
import os
import sys
import types

import midtransclient
import requests
from midtransclient.config import ApiConfig
from midtransclient.error_midtrans import MidtransAPIError

ApiConfig.CORE_SANDBOX_BASE_URL = os.environ["SANDBOX_URL"]

core = midtransclient.CoreApi(is_production=False, server_key=os.environ["SANDBOX_SERVER_KEY"], client_key="")

# Its own time limit is none; whoever wants one puts it around the `requests` that it holds.
if "SDK_TIMEOUT_MS" in os.environ:
    seconds = int(os.environ["SDK_TIMEOUT_MS"]) / 1000
    core.http_client.http_client = types.SimpleNamespace(
        request=functools.partial(requests.request, timeout=seconds)
    )

verbs = {
    "charge": core.charge,
    "capture": core.capture,
    "status": core.transactions.status,
    "statusb2b": core.transactions.statusb2b,
    "approve": core.transactions.approve,
    "deny": core.transactions.deny,
    "cancel": core.transactions.cancel,
    "expire": core.transactions.expire,
    "refund": core.transactions.refund,
    "refundDirect": core.transactions.refundDirect,
    "notification": core.transactions.notification,
}

results = []
for verb, *args in json.loads(sys.argv[1]):
    try:
        results.append({"ok": verbs[verb](*args)})
    except MidtransAPIError as error:
        results.append(
            {"error": "MidtransError", "code": error.http_status_code, "body": error.api_response_dict}
        )
    except Exception as error:  # what the library itself does not turn into its own
        results.append({"error": type(error).__name__, "code": None, "body": None})
json.dump(results, sys.stdout)
