"""What `jari sync` and `jari reconcile` make of a `sync` that has lost rows for good.

    sync = LostRowsSync(story, node, database, flags)    # the table is as all was told
    sync.stops("why")                                    # there is no going on from where it was
    sync.goes_on_behind_lost_rows(told)                  # nodes went on with --lost-sinks

Errors:  AssertionError, with what the programs said.
Threads: one.
"""

import re

from legacy_database import COLUMNS, Sync, documents, row_of, same

COLUMN_OF_VERSION = COLUMNS.index("ver_no")


class LostRowsSync:
    """Of one node's log into one database."""

    def __init__(self, story, node, database, flags):
        self.story, self.node, self.database, self.flags = story, node, database, flags
        self.sync = Sync(node, database, flags=flags)
        story.addCleanup(self.sync.remove)
        self.sync.once()
        print(f"  {same(node, database)} rows", flush=True)
        self.before = documents(node)  # some of which no log will have

    def once(self, *flags, code=0):
        done = self.sync.call("--data", str(self.node.directory), "--metrics", "127.0.0.1:0",
                              "--once", *self.flags, *flags, check=False)
        self.story.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def stops(self, why):
        said = self.once(code=1)
        self.story.assertRegex(said, f"partition 0 of sync: {why}: this is not the log ")
        self.story.assertIn("--begin-again", said)

    def goes_on_behind_lost_rows(self, told):
        """What it had written before they were lost stays. A table that never had them shows of each
        appointment what is `told`: {appointment: newest version that `sync` has}."""
        newest = self.before | documents(self.node)
        for name, document in self.before.items():
            if newest[name]["version"] < document["version"]:
                newest[name] = document
        lost = self.given_up(self.once("--begin-again", code=1))
        self.shows(newest, set())
        self.once()  # once is enough
        done = self.reconciled("--repair")
        self.story.assertIn(f"sync lacks {lost} rows: ", done.stdout)
        self.story.assertNotRegex(done.stdout, "(?m)^(missing|stale|refused) ")
        self.shows(newest, set())
        self.database.empty()
        self.story.assertEqual(self.given_up(self.once(code=1)), lost)
        behind = {name for name in newest if told.get(name) != newest[name]["version"]}
        self.story.assertTrue(0 < len(behind) <= lost, behind)
        print(f"  {len(behind)} of {len(newest)} appointments are not as they are", flush=True)
        self.shows(newest, behind)
        versions = {name: int(row[COLUMN_OF_VERSION]) for name, row in self.database.table().items()}
        self.story.assertEqual(versions, told)
        done = self.reconciled()
        self.story.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def shows(self, newest, behind):
        """The table has all of these but for those that are behind."""
        table = self.database.table()
        for name in newest.keys() - behind:
            self.story.assertEqual(table.get(name), row_of(newest[name]), name)
        self.story.assertLessEqual(table.keys(), newest.keys())

    def given_up(self, said):
        """How many rows are; each is named."""
        gaps = re.findall(r"sync/0 has none of bookings/\d with (?:number|the numbers) (\d+)"
                          r"(?: to (\d+))? before offset \d+; see the runbook", said)
        lost = sum(int(last or first) - int(first) + 1 for first, last in gaps)
        self.story.assertGreater(lost, 0, said)
        self.story.assertIn(f"rows of sync were given up: {lost}, ", said)
        print(f"  {said.strip().splitlines()[-1]}", flush=True)
        return lost

    def reconciled(self, *flags):
        return self.node.cli("reconcile", "--data", self.node.directory, *self.flags, "--legacy",
                             self.sync.file, "--legacy-database", self.database.address, *flags,
                             check=False)
