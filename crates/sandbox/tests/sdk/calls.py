"""Makes the calls in argv[1] (JSON: [["status", "order-101"], …]) with Midtrans' Python library, prints what it gave."""

import json
import os
import sys

import midtransclient
from midtransclient.config import ApiConfig
from midtransclient.error_midtrans import MidtransAPIError

ApiConfig.CORE_SANDBOX_BASE_URL = os.environ["SANDBOX_URL"]

core = midtransclient.CoreApi(is_production=False, server_key=os.environ["SANDBOX_SERVER_KEY"], client_key="")

verbs = {
    "charge": core.charge,
    "status": core.transactions.status,
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
json.dump(results, sys.stdout)
