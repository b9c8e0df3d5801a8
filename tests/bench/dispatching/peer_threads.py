"""Peer: the original booth. A thread pool, and each artist paired with a fixed URL; a visit ends when its slowest artist does.

URLS, SIDE and PATIENCE are in the environment. Each line on stdin is a number of visits, which come all at once; when the last
of them is over it is answered with a line of JSON: how many paintings each of them got.
"""

import json
import os
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

ARTISTS = 4
VISITORS_AT_ONCE = 128
URLS = os.environ["URLS"].split()
SIDE = int(os.environ["SIDE"])
PATIENCE = float(os.environ["PATIENCE"])


def paint(artist, name):
    body = json.dumps({"id": name, "side": SIDE}).encode()
    request = urllib.request.Request(f"{URLS[artist % len(URLS)]}/paint", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)["id"] == name
    except OSError:  # an error's status, or the end of the patience: this booth shows what it has
        return False


def main():
    number = 0
    with ThreadPoolExecutor(VISITORS_AT_ONCE * ARTISTS) as painters:
        for line in sys.stdin:
            visits = [
                [painters.submit(paint, artist, f"{number + visit}/{artist}") for artist in range(ARTISTS)]
                for visit in range(int(line))
            ]
            number += len(visits)
            print(json.dumps([sum(job.result() for job in visit) for visit in visits]), flush=True)


if __name__ == "__main__":
    main()
