"""What decides is a function of its records: it links no clock, chance, locale, thread or file.

Reads the symbols of the built archives with `nm` (binutils). What the deciding libraries need from
others must be one of a short list: memory, the C++ runtime, abseil's tables, XXH3 and OpenSSL's
digests; or ours. An object of ours that they reach so, and each that it reaches in turn, is held
against the same list: the tables of engine/store stand in one archive with what opens RocksDB. A
new name fails here, and is either taken out again or named below with its reason.

Errors:  AssertionError that names the library, the object and the symbol.
"""

import collections
import re
import subprocess
import unittest

from jari_service import jari_binary, main, need_binary

DECIDING = ["queue", "programmes", "appointments", "inventory", "requests", "settings", "model",
            "business", "partition", "record", "base"]
# Stands in the archive of the business and decides nothing: it draws which log a new one is.
DRAWS = [("business", "new_identity.cc.o")]
OURS = re.compile(r"(.* )?jari::.*")
MAY = [
    r"operator (new|delete)(\[\])?\(.*\)", r"mem(cpy|move|set|cmp|chr)|strlen",
    r"__cxa_\w+|_Unwind_Resume|__gxx_personality_v0|__stack_chk_fail",
    r"__dso_handle|_GLOBAL_OFFSET_TABLE_",
    r"(vtable|typeinfo) for (__cxxabiv1::__\w+|std::\w+)", r"std::\w+::~\w+\(\)",
    r"std::__throw_\w+\(.*\)",
    r"std::ios_base::Init::~?Init\(\)",  # abseil's b-tree includes <iostream>, and prints nothing
    # The seed of its hash tables, another in each process: the order of a table is for no decision
    # to see, which symbols cannot show; same_state_test.py and the simulator's digests do.
    r"absl::\w+::hash_internal::MixingHashState::kSeed",
    r"absl::\w+::base_internal::ThrowStd\w+\(.*\)",
    r".*absl::\w+::container_internal::.*",
]
# What engine/base has for all: the hashes, and CHECK, which says what is wrong and ends the program.
MAY_IN_BASE = [r"XXH3_\w+", r"EVP_Digest|EVP_MD_fetch|HMAC|SHA256_(Init|Update|Final)",
               r"abort|stderr|fprintf"]
# Of other libraries, for their objects that are reached.
MAY_IN = {
    "base": MAY_IN_BASE,
    "store": [r"std::_Hash_bytes\(.*\)"],  # of a name's text, with a seed that stands in the code
    # A shared_ptr: which type it was made of, and how it counts (the same count either way).
    "log": [r"strcmp", r"__libc_single_threaded"],
}
# Headers of the C++ library and abseil that would slip through the list above.
NEVER = re.compile(r"std::(chrono|locale|random|thread|this_thread|filesystem|mutex|condition)"
                   r"|random_device|clock|pthread|rand\b|getenv|setlocale|fopen|\bopen\b|socket")
LINE = re.compile(r".*/libjari_(\w+)\.a\[(.+)\]: (\S+) ([A-Za-z])\b")


class Objects:
    """All objects of our archives: what each defines and what it needs from others.

    An object is (library, file); symbols are as the linker sees them, `names` has them readable.
    """

    def __init__(self, archives):
        self.needs = collections.defaultdict(set)
        self.strong, self.weak = collections.defaultdict(set), collections.defaultdict(set)
        for archive in archives:
            self.read(run("nm", "--print-file-name", "--format=posix", archive))
        for (library, file), needed in self.needs.items():
            mine = (self.strong, self.weak)
            needed -= {s for s in needed if any((library, file) in by[s] for by in mine if s in by)}
        every = sorted(set().union(*self.needs.values(), self.strong, self.weak))
        self.names = dict(zip(every, run("c++filt", text="\n".join(every)).splitlines()))

    def read(self, listing):
        for line in listing.splitlines():
            found = LINE.match(line)
            if not found:
                continue
            library, file, symbol, kind = found.groups()
            if kind in "Uwv":
                self.needs[(library, file)].add(symbol)
            elif kind in "WVu":
                self.weak[symbol].add((library, file))
            elif kind.isupper():
                self.strong[symbol].add((library, file))

    def of(self, library):
        return [one for one in self.needs if one[0] == library]

    def definers(self, symbol):
        """Whom the linker may take for it; none: nobody of ours."""
        return self.strong.get(symbol) or self.weak.get(symbol) or set()

    def reached(self, symbols):
        """{object: the symbol that it is reached by}, and what those reach in turn."""
        found, waiting = {}, list(symbols)
        while waiting:
            symbol = waiting.pop()
            for one in self.definers(symbol) - found.keys():
                found[one] = symbol
                waiting += self.needs[one]
        return found

    def wrong_in(self, one):
        """The names that this object may not need."""
        also = MAY_IN.get(one[0], [])
        may = re.compile("|".join(f"(?:{name})" for name in MAY + also))
        for symbol in sorted(self.needs[one]):
            name = self.names[symbol]
            is_ours = OURS.fullmatch(name) and self.definers(symbol)
            if not (is_ours or may.fullmatch(name)) or NEVER.search(name):
                yield name

    def wrong_behind(self, symbols):
        """What is wrong in the objects that stand behind these symbols, a line for each name."""
        return [f"{'/'.join(one)}, which has {self.names[symbol]}, links {name}"
                for one, symbol in self.reached(symbols).items() for name in self.wrong_in(one)]


def run(*command, text=None):
    return subprocess.run([str(part) for part in command], input=text, check=True,
                          capture_output=True, text=True).stdout


class Symbols(unittest.TestCase):
    """One library after the other."""

    @classmethod
    def setUpClass(cls):
        cls.objects = Objects(jari_binary().parent.glob("*/*/libjari_*.a"))

    def symbol(self, name):
        """The one that a readable name begins with."""
        found = [s for s in self.objects.strong if self.objects.names[s].startswith(name)]
        self.assertEqual(len(found), 1, name)
        return found[0]

    def test_nothing_but_memory_and_hashes(self):
        for library in DECIDING:
            with self.subTest(library):
                deciding = [one for one in self.objects.of(library) if one not in DRAWS]
                self.assertTrue(deciding, library)
                for one in deciding:
                    self.assertEqual([], list(self.objects.wrong_in(one)), one)
                    wrong = self.objects.wrong_behind(self.objects.needs[one])
                    self.assertEqual([], wrong, f"{library} reaches what it may not")

    def test_what_opens_a_disk_is_found_out_behind_its_name(self):
        wrong = self.objects.wrong_behind([self.symbol("jari::open_state_disk(")])
        for what in ("store/rocks_disk.cc.o, which has jari::open_", "rocksdb::", "pthread"):
            self.assertTrue(any(what in line for line in wrong), f"{what} in {wrong[:9]}")

    def test_what_draws_is_found_out_behind_its_name(self):
        wrong = self.objects.wrong_behind([self.symbol("jari::ops::random_hash(")])
        self.assertTrue(any(line.endswith("links RAND_bytes") for line in wrong), wrong)

    def test_a_library_with_a_clock_is_found_out(self):
        wrong = [name for one in self.objects.of("program") for name in self.objects.wrong_in(one)]
        self.assertTrue(any("clock" in name for name in wrong))

    def test_who_prints_or_hashes_without_the_base_is_found_out(self):
        one = ("queue", "made-up.o")
        self.addCleanup(self.objects.needs.pop, one)
        for name in ("fprintf", "SHA256_Init", "getenv", "setlocale", "rand"):
            self.objects.names[name] = name
            self.objects.needs[one] = {name}
            self.assertEqual([name], list(self.objects.wrong_in(one)))

    def test_a_name_of_ours_that_nobody_has_is_found_out(self):
        one = ("queue", "made-up.o")
        self.objects.names["_made_up"] = "jari::made_up()"
        self.objects.needs[one].add("_made_up")
        self.addCleanup(self.objects.needs.pop, one)
        self.assertEqual(["jari::made_up()"], list(self.objects.wrong_in(one)))


if __name__ == "__main__":
    need_binary()
    main()
