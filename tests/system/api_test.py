"""The API against a running service: every documented answer is produced, and every answer that
comes is documented.

Each answer of every test is checked against schemas/openapi.yaml as it arrives (contract.py). When
all tests have run, what was seen is compared with what is documented; NOT_PRODUCED says what a test
cannot bring about over HTTP, and why.

Run one test with: api_test.py Bookings.test_granted
"""

import sys
import unittest

import api_booking_cases
import api_form_cases
import api_key_cases
import api_limit_cases
import api_operator_cases
import api_queue_cases
import api_read_cases
from api_world import ApiCase, world
from contract import Contract
from jari_service import need_binary

CASES = (api_form_cases, api_queue_cases, api_booking_cases, api_operator_cases, api_key_cases,
         api_read_cases, api_limit_cases)

# (status, code) of any operation -> why no test over HTTP brings it about.
NOT_PRODUCED = {
    (503, "overloaded"): "needs more waiting work than a test can make; tests of the door do it",
    (503, "shutting-down"): "the moment between the closing of the port and the end is too short to "
                            "meet for sure; tests of the door do it, stop_test.py of /readyz",
}
# The same for single operations.
NOT_PRODUCED_BY = {
    ("show_readiness", 503, "not-caught-up"): "serves only once it has caught up, in one process",
    ("show_readiness", 503, "partition-parked"): "one that is parked leaves the others ready",
}


def is_excused(answer):
    return answer[1:] in NOT_PRODUCED or answer in NOT_PRODUCED_BY


class EveryDocumentedAnswer(ApiCase):
    """Runs last: what the others have seen, against what is documented."""

    def test_every_documented_answer_was_produced(self):
        contract = Contract.shared()
        missing = sorted(contract.documented() - contract.seen)
        missing = [answer for answer in missing if not is_excused(answer)]
        seen = len(contract.documented() & contract.seen)
        print(f"\n{seen} of {len(contract.documented())} documented answers produced", flush=True)
        lines = [f"{name} {status} {code}" for name, status, code in missing]
        self.assertEqual([], lines, f"{len(lines)} documented answers were not produced")

    def test_every_answer_was_documented(self):
        self.assertEqual([], Contract.shared().violations)

    def test_what_is_excused_is_documented(self):
        documented = Contract.shared().documented()
        pairs = {answer[1:] for answer in documented}
        self.assertEqual(set(), set(NOT_PRODUCED) - pairs)
        self.assertEqual(set(), set(NOT_PRODUCED_BY) - documented)

    def test_the_service_says_nothing_of_a_sale_beyond_what_there_was(self):
        text = self.world.everybody.request("GET", "/metrics").expect(200).body.decode()
        sold = [line for line in text.splitlines() if line.startswith("jari_oversold_total")]
        self.assertEqual(["0"], [line.rpartition(" ")[2] for line in sold])


def suite(names):
    """The named tests, else all, with the comparison last."""
    loader = unittest.TestLoader()
    this = sys.modules[__name__]
    if names:
        found = {name: getattr(module, name) for module in CASES for name in dir(module)}
        for name, case in found.items():
            setattr(this, name, case)
        return loader.loadTestsFromNames(names, this)
    tests = unittest.TestSuite(loader.loadTestsFromModule(module) for module in CASES)
    tests.addTest(loader.loadTestsFromTestCase(EveryDocumentedAnswer))
    return tests


def main():
    need_binary()
    runner = unittest.TextTestRunner(verbosity=2, failfast="--failfast" in sys.argv)
    result = runner.run(suite([name for name in sys.argv[1:] if not name.startswith("-")]))
    world().service.close(keep=not result.wasSuccessful())
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
