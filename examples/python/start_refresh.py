"""Refreshes one connection from Python, by workflow name and JSON: python start_refresh.py <connectionId>"""

import asyncio
import json
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone

from temporalio.client import Client


async def main(connection_id: str) -> int:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    now = datetime.now(timezone.utc)
    # Data of the last quarter of an hour will do.
    wishes = {
        "products": ["BALANCES", "TRANSACTIONS"],
        "freshSince": (now - timedelta(minutes=15)).isoformat(),
    }
    # One open refresh per connection. Temporal starts it with the first argument, or hands the signal to the one that
    # is open: either way these wishes are part of it.
    refresh = await client.start_workflow(
        "refreshConnection",
        {"connectionId": connection_id, **wishes},
        id=f"refresh-connection-{connection_id}",
        task_queue="meld-refresh",
        start_signal="join",
        start_signal_args=[{"joinId": str(uuid.uuid4()), "requestedAt": now.isoformat(), **wishes}],
    )
    result = await refresh.result()
    print(json.dumps(result, indent=2))
    if result["outcome"] in ("refreshed", "already_fresh"):
        return 0
    print(f"no fresh data: {result.get('reason', result['outcome'])}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    code = asyncio.run(main(sys.argv[1]))
    # A short-lived client aborts now and then while the interpreter shuts down (temporalio/sdk-python#300): skip that.
    sys.stdout.flush()
    os._exit(code)
