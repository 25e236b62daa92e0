"""People who book a place and give it back, over and over, and when each of it was granted.

One Booker asks at one partition: its people and its site are of the partition of that number, so
that a booking crosses `bookings` and `inventory` of one number. What the nodes say on the way (no
answer, 503) it asks again with the same key, until it is granted.

Units:   seconds of the monotonic clock.
Errors:  a Booker keeps its own in `failure`; grants_since() and stop_all() raise it.
Threads: one of each Booker; `granted` may be read by any.
"""

import itertools
import threading
import time

from http_client import Unreachable
from jari_service import new_key, one_dose
from partitioning import one_of

PAIR_SECONDS = 0.03  # a booking and its cancellation: 67 a second, of the 100 a person may ask for
PROGRAMME, PRODUCT, SLOT = "bookers", "vaccine-a", "am"
SEEN_MAX = 50  # of the newest grants, as far back as anybody asks


class Booker(threading.Thread):
    """Books and cancels for one after the other, and notes when each was asked and granted."""

    def __init__(self, fleet, site, people):
        super().__init__(daemon=True)
        self.site, self.client = site, fleet.client()
        self.tokens = itertools.cycle([fleet.token(person, "person") for person in people])
        self.is_over, self.failure = threading.Event(), None
        self.granted = []

    def run(self):
        try:
            while not self.is_over.is_set():
                self.client.token = next(self.tokens)
                booked = self.ask("POST", "/v1/appointments", 201, {
                    "programme": PROGRAMME, "site": self.site, "slot": SLOT, "product": PRODUCT})
                if booked:
                    self.ask("DELETE", f"/v1/appointments/{booked['appointment']}", 200)
                self.is_over.wait(PAIR_SECONDS)
        except Exception as error:
            self.failure = error

    def ask(self, method, path, wanted, body=None):
        key, began = new_key("booker"), time.monotonic()
        while not self.is_over.is_set():
            try:
                answer = self.client.request(method, path, body, key=key, prefer="wait=30")
            except Unreachable:
                continue
            if answer.status in (202, 503):  # promised: what came of it is asked with the same key
                continue
            assert answer.status == wanted, answer
            self.granted.append((began, time.monotonic()))
            return answer.json
        return None

    def grants_since(self, moment):
        """[(asked, granted)] of what was granted after `moment`, oldest first."""
        if self.failure:
            raise self.failure
        return [(began, at) for began, at in self.granted[-SEEN_MAX:] if at > moment]

    def slowest_between(self, begin, end):
        """The longest that an answer of this time has taken; 0 where there was none."""
        waits = itertools.takewhile(lambda one: one[1] > begin, reversed(self.granted))
        return max((at - began for began, at in waits if at <= end), default=0)

    def first_since(self, moment):
        """When the first that was asked after `moment` was granted; None: none was yet."""
        return next((at for began, at in self.grants_since(moment) if began > moment), None)


def start_bookers(fleet, partitions, people_each):
    """One Booker a partition, asking already. Of one person no more than 1,024 keys are remembered
    in a partition: whoever asks long needs more people."""
    operator = fleet.operator()
    operator.put_programme(PROGRAMME, products=[one_dose(PRODUCT)]).expect(200)
    bookers = []
    for partition in range(partitions):
        people = [one_of(partition, f"booker-{n}", partitions) for n in range(people_each)]
        operator.grant(PROGRAMME, people).expect(200)
        site = one_of(partition, "site", partitions)
        operator.put_site(site).expect(200)
        operator.add_stock(site, PRODUCT, 1000).expect(200)
        operator.put_slot(site, SLOT, capacity=10).expect(200)
        bookers.append(Booker(fleet, site, people))
    for booker in bookers:
        booker.start()
    return bookers


def stop_all(bookers):
    for booker in bookers:
        booker.is_over.set()
    for booker in bookers:
        booker.join()
        if booker.failure:
            raise booker.failure


def at_share(values, share):
    """The value that this share of them does not pass."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
