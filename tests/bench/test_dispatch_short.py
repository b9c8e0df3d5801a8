"""The short form of `make bench ARGS=dispatch`. What must never happen is asserted strictly, ratios loosely.

How loosely: a machine that runs other tests beside these makes every process late. The figures that are promised are measured
on a machine that does nothing else; here a ratio only has to show that the dispatcher does its work.
"""

from collections.abc import Iterator

import pytest

from tests.bench.dispatching import broken_pods, estimates, replicas, throughput
from tests.support.postgres import Postgres, find_binaries, running_postgres

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    if find_binaries() is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with running_postgres() as server:
        yield server


def test_pods_are_kept_busy_while_work_waits():
    assert throughput.measure(2, seconds=0.5, window_seconds=3).ratio >= 0.8


def test_two_gateways_begin_no_painting_twice_and_seldom_ask_a_busy_pod(postgres: Postgres):
    shared = replicas.measure(postgres, replicas=2, pods=3, paintings=32, seconds=0.5)
    assert (shared.done, shared.begun_twice) == (32, 0)
    assert shared.share_refused <= 0.15


def test_pods_that_fail_or_lack_memory_cost_no_visitor_the_ticket():
    # without the one that hangs: the first time it takes the dispatcher a minute to be sure of that
    outlived = broken_pods.measure(visits=3, seconds=0.5, faults=("fails", "small", "well"), deadline=90)
    assert outlived.with_ticket == outlived.visits == 3


def test_the_time_left_that_visitors_are_told_is_near_the_truth():
    honesty = estimates.measure(visits=5, spread_seconds=2)
    assert len(honesty.errors) >= 20
    assert honesty.median <= 0.5
