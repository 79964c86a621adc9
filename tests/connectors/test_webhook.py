"""What is delivered: items that share an id within one delivery, and versions over several."""

import json

import pytest

from earful.values import Delivery


@pytest.fixture
def deliver(worlds):
    """Reads these deliveries, each a list of items."""
    world = worlds("webhook")

    def read(*several):
        world.delivered = [Delivery(number, json.dumps(items)) for number, items in enumerate(several, 1)]
        return world.read()[1]

    return read


BOB = {"id": 7, "text": "Caught fire", "author": "Bob"}


def test_who_only_shares_an_id_within_a_delivery_is_rejected(deliver):
    parsed = deliver([{"id": 1, "text": "x"}], [BOB, {"id": 7, "text": "Lovely lamp", "author": "Ann"}])
    assert [found.text for found in parsed.found] == ["x", "Caught fire"]
    (rejected,) = parsed.rejected
    assert rejected.where == "delivered line 2, id of line 1"
    assert "is `id` really an id" in rejected.reason


def test_deliveries_that_follow_each_other_are_versions(deliver):
    parsed = deliver(*([{"id": 7, "text": f"Version {number}"}] for number in range(5)))
    assert [found.text for found in parsed.found][-1] == "Version 4"
    assert (parsed.rejected, parsed.missed, parsed.notes) == ([], (), ())


def test_an_id_that_most_items_of_a_delivery_share_is_told(deliver):
    (missed,) = deliver([{"id": 7, "text": f"Text {number}"} for number in range(5)]).missed
    assert "4 of 5 rows" in missed.detail
