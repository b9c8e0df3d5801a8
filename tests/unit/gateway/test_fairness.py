"""Every visitor's first painting comes before anyone's second."""

from hypothesis import given
from hypothesis import strategies as st

from articket_gateway.dispatch.fairness import FairQueue


def order(queue: FairQueue[str]) -> list[str]:
    return [place.item for place in queue]


def filled(*items: str) -> FairQueue[str]:
    queue: FairQueue[str] = FairQueue()
    for item in items:
        queue.add(item[0], item)
    return queue


def test_visitors_take_turns():
    assert order(filled("a1", "a2", "a3", "b1", "b2", "c1")) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_late_visitor_does_not_wait_behind_a_crowd_of_one():
    queue = filled(*[f"a{number}" for number in range(100)])
    for _ in range(10):
        queue.take(next(iter(queue)))
    queue.add("b", "b1")
    assert order(queue)[:2] == ["a10", "b1"]


def test_a_preferred_painting_goes_before_its_own_visits_others_only():
    queue = filled("a1", "a2", "a3", "b1", "b2")
    queue.prefer(next(place for place in queue if place.item == "a3"))
    assert order(queue) == ["a3", "b1", "a1", "b2", "a2"]


def test_an_item_put_back_keeps_its_place():
    queue = filled("a1", "b1", "c1")
    first = next(iter(queue))
    queue.take(first)
    queue.put_back(first)
    assert order(queue) == ["a1", "b1", "c1"]


def test_removing_what_does_not_wait_does_nothing():
    queue = filled("a1", "b1")
    first = next(iter(queue))
    queue.take(first)
    queue.remove(first)
    assert order(queue) == ["b1"]


def test_a_visitor_who_was_served_long_ago_starts_like_a_new_one():
    queue = filled("a1")
    queue.take(next(iter(queue)))
    for number in range(50):
        queue.add(f"x{number}", f"x{number}")
    for _ in range(50):
        queue.take(next(iter(queue)))
    queue.add("b", "b1")
    queue.add("a", "a2")
    assert order(queue) == ["b1", "a2"]


@given(st.lists(st.sampled_from("abcd"), max_size=60))
def test_no_visitor_is_ever_two_turns_ahead_of_one_who_waits(visitors: list[str]):
    queue: FairQueue[str] = FairQueue()
    for visitor in visitors:
        queue.add(visitor, visitor)
    taken: dict[str, int] = dict.fromkeys(visitors, 0)
    while len(queue):
        place = next(iter(queue))
        queue.take(place)
        taken[place.item] += 1
        waiting = {other.item for other in queue}
        assert all(taken[place.item] - taken[other] <= 1 for other in waiting)
