"""Peer: FastAPI with a background task for each artist, which asks the GPUs' URLs in turn and after a failure the next one.

Run with `uvicorn peer_fastapi:app`; URLS, SIDE and PATIENCE are in the environment. POST /visits begins a visit, GET /visits
gives how many paintings each has, and how many are still to come.
"""

import asyncio
import itertools
import os

import httpx
from fastapi import BackgroundTasks, FastAPI

ARTISTS = 4
TRIES = 3
URLS = os.environ["URLS"].split()
SIDE = int(os.environ["SIDE"])
PATIENCE = float(os.environ["PATIENCE"])

app = FastAPI()
visits: list[dict] = []
turn = itertools.cycle(URLS)
client = httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_connections=None))


async def paint(visit: dict, name: str) -> None:
    for _ in range(TRIES):
        try:
            response = await client.post(f"{next(turn)}/paint", json={"id": name, "side": SIDE})
            response.raise_for_status()
        except httpx.HTTPError:
            continue
        visit["painted"] += 1
        break
    visit["left"] -= 1


async def paint_all(visit: dict) -> None:
    await asyncio.gather(*(paint(visit, f"{visit['number']}/{artist}") for artist in range(ARTISTS)))


@app.post("/visits")
async def begin(background: BackgroundTasks) -> dict:
    visit = {"number": len(visits), "painted": 0, "left": ARTISTS}
    visits.append(visit)
    background.add_task(paint_all, visit)
    return visit


@app.get("/visits")
async def look() -> list[dict]:
    return visits
