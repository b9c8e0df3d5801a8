"""Peer: Celery on Redis. A worker of one process for each GPU, which takes the next painting when it is free: no prefetching.

Set as Celery's own guide says for long tasks: late acknowledgement, a prefetch of one, three tries. REDIS, GPU (the URL of this
worker's), SIDE and PATIENCE are in the environment. Run as a program it gives visits, in the way of `peer_threads`.
"""

import json
import os
import sys
import time

import httpx
from celery import Celery

ARTISTS = 4

app = Celery("peer_celery", broker=os.environ["REDIS"], backend=os.environ["REDIS"])
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True)


@app.task(name="paint", autoretry_for=(httpx.HTTPError,), max_retries=2, default_retry_delay=0.2)
def paint(name):
    body = {"id": name, "side": int(os.environ["SIDE"])}
    response = httpx.post(f"{os.environ['GPU']}/paint", json=body, timeout=float(os.environ["PATIENCE"]))
    response.raise_for_status()
    return response.json()["id"]


def main():
    number = 0
    for line in sys.stdin:
        visits = [[paint.delay(f"{number + visit}/{artist}") for artist in range(ARTISTS)] for visit in range(int(line))]
        number += len(visits)
        for job in (job for visit in visits for job in visit):
            while not job.ready():  # one after the other: asking for all of them all the time would cost the queue much
                time.sleep(0.02)
        print(json.dumps([sum(job.successful() for job in visit) for visit in visits]), flush=True)


if __name__ == "__main__":
    main()
