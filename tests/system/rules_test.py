"""The rules, one story each, told to the running service over HTTP.

A class is a rule and a test one sentence of it, so a rule that breaks names itself. One service
tells all the stories (rules_story.py); the log of all of them is proven at the end. Choose with
`rules_test.py Holds` or `rules_test.py Holds.test_a_hold_given_back_is_over`.

Errors:  AssertionError with the request and its answer.
Threads: one, except where a story says that many ask at once.
"""

from jari_service import main
from rules_booking_cases import *  # noqa: F401,F403  (each file's __all__ is its classes)
from rules_key_cases import *  # noqa: F401,F403
from rules_queue_cases import *  # noqa: F401,F403
from rules_site_cases import *  # noqa: F401,F403
from rules_who_cases import *  # noqa: F401,F403


def load_tests(loader, tests, _pattern):
    """All stories by name, then the proof of the log that they left."""
    suites = sorted(tests, key=lambda suite: ("TheLog" in str(suite), str(suite)))
    return loader.suiteClass(suites)


if __name__ == "__main__":
    main()
