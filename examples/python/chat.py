"""Says one thing over HTTP and prints the answer as it comes (server-sent events). Standard library only."""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid

GATEWAY = os.environ.get("PARLEY_URL", "http://127.0.0.1:3000")
KEY = os.environ.get("PARLEY_API_KEY", "")


def events(response):
    """Yields the data of each server-sent event."""
    data = []
    for line in response:
        line = line.decode("utf-8").rstrip("\r\n")
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif line == "" and data:
            yield json.loads("\n".join(data))
            data = []


def say(content):
    """Sends the message and prints the reply; returns the exit code."""
    request = urllib.request.Request(
        f"{GATEWAY}/api/v1/chat/stream",
        data=json.dumps({"content": content}).encode("utf-8"),
        headers={
            "Authorization": f"Bearer {KEY}",
            "Content-Type": "application/json",
            # Makes it safe to send again after a lost connection: the gateway answers a message once.
            "Idempotency-Key": str(uuid.uuid4()),
        },
    )
    with urllib.request.urlopen(request, timeout=150) as response:
        for event in events(response):
            if event["type"] == "tool-called":
                print(f"[{event['skill']} {json.dumps(event['input'])}]")
            elif event["type"] == "text-delta":
                print(event["text"], end="", flush=True)
            elif event["type"] == "turn-completed":
                print(f"\n[{event['meta']['model']}]")
                return 0
            elif event["type"] in ("turn-failed", "turn-cancelled"):
                print(f"\n{event['type']}: {event.get('error', {}).get('detail', '')}", file=sys.stderr)
                return 1
    return 1


if __name__ == "__main__":
    try:
        sys.exit(say(sys.argv[1] if len(sys.argv) > 1 else "What is 6 * 7?"))
    except urllib.error.HTTPError as refusal:
        problem = json.load(refusal)
        sys.exit(f"{problem['code']}: {problem['detail']}")
    except urllib.error.URLError as error:
        sys.exit(f"no gateway answers at {GATEWAY}: {error.reason}")
