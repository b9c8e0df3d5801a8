"""`make chaos`: kill whatever can be killed while visitors come, and prove that nobody has lost anything."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench.reporting import table, verdict, write_section
from tests.chaos.visiting import Outcome, Plan, run

MOST_SHOWN = 10


def main() -> None:
    """Run once with the seed; exit with status 1 when something was lost or made twice."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--visits", type=int, default=usual.visits, help=f"visits (default {usual.visits})")
    parser.add_argument("--seconds", type=float, default=usual.spread_seconds, help="over how long they come")
    parser.add_argument("--every", type=float, default=usual.kill_every_seconds, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=usual.seed, help="decides who comes when and what is killed")
    parser.add_argument("--log", type=Path, help="file for what was killed when")
    asked = parser.parse_args()
    plan = Plan(visits=asked.visits, spread_seconds=asked.seconds, kill_every_seconds=asked.every, seed=asked.seed)
    try:
        outcome = run(plan)
    except FileNotFoundError as error:
        sys.exit(f"make chaos: {error}")
    if asked.log is not None:
        asked.log.write_text("\n".join(outcome.log) + "\n")
    text = report(plan, outcome)
    print(text)
    if plan == usual:  # what is written down is always the same run
        write_section("chaos", text, "make chaos")
    sys.exit(0 if outcome.damage.is_none else 1)


def report(plan: Plan, outcome: Outcome) -> str:
    """Give the outcome in Markdown, with the first of whatever went wrong."""
    damage = outcome.damage
    counts = {
        "acknowledged photos lost": damage.lost_photos,
        "visits without a ticket": damage.without_ticket,
        "visits with a second ticket": damage.second_tickets,
        "finished steps that were repeated": damage.repeated_steps,
    }
    rows: list[list[object]] = [[what, len(found), "0", verdict(reached=not found)] for what, found in counts.items()]
    rows.append(["unfinished paintings begun again", damage.begun_again, "", ""])
    rows.append(["answers that phones had to ask for again", outcome.refused, "", ""])
    waits = " / ".join(f"{outcome.wait(share):.1f} s" for share in (0.5, 0.95, 1.0))
    rows.append(["upload to everything done, median / p95 / longest", waits, "", ""])
    blows = ", ".join(f"{count} × {kind}" for kind, count in sorted(outcome.blows.items()))
    text = table(["what", "measured", "promised", "kept"], rows) + (
        f"\n\n{plan.visits} visits within {plan.spread_seconds:.0f} s at {plan.replicas} gateways and {plan.pods} simulated"
        f" GPUs ({plan.painting_seconds} s a painting), one database; every {plan.kill_every_seconds:g} s something is killed:"
        f" {blows}. Seed {plan.seed}."
    )
    for what, found in counts.items():
        for one in found[:MOST_SHOWN]:
            text += f"\n- {what}: {one}"
    return text


if __name__ == "__main__":
    main()
