"""What decides is a function of its records: it links no clock, chance, locale, thread or file.

Reads the undefined symbols of the built archives with `nm` (binutils). Each must be one of a short
list: memory, the C++ runtime, abseil's tables, XXH3 and OpenSSL's digests. A new one fails here,
and is either taken out again or named below with its reason.

Errors:  AssertionError that names the library and the symbol.
"""

import re
import subprocess
import unittest

from jari_service import jari_binary, main, need_binary

# engine/base holds CHECK, which says what is wrong on stderr and ends the program.
DECIDING = ["queue", "programmes", "appointments", "inventory", "requests", "settings", "model",
            "partition", "record", "base"]
MAY = [
    r"jari::.*", r"(vtable for|typeinfo for|typeinfo name for|void|bool|.*) ?jari::.*",
    r"operator (new|delete)(\[\])?\(.*\)", r"mem(cpy|move|set|cmp|chr)|strlen",
    r"__cxa_\w+|_Unwind_Resume|__gxx_personality_v0|__stack_chk_fail",
    r"__dso_handle|_GLOBAL_OFFSET_TABLE_",
    r"(vtable|typeinfo) for (__cxxabiv1::__\w+|std::\w+)", r"std::\w+::~\w+\(\)",
    r"std::__throw_\w+\(.*\)",
    r"std::ios_base::Init::~?Init\(\)",  # <iostream> among the headers of a library, never used
    r"absl::\w+::(hash_internal|container_internal|base_internal)::.*",
    r".*absl::\w+::container_internal::.*",
    r"XXH3_\w+", r"EVP_(Digest\w*|MD_\w+)|HMAC|SHA256_\w+",
    r"abort|stderr|fprintf|fwrite|fputs",
]
# Headers of the C++ library and abseil that would slip through the list above.
NEVER = re.compile(r"std::(chrono|locale|random|thread|this_thread|filesystem|mutex|condition)"
                   r"|random_device|clock|pthread|rand\b|getenv|setlocale|fopen|\bopen\b|socket")


def undefined(archive):
    """The names that an archive needs from others, demangled."""
    done = subprocess.run(["nm", "--undefined-only", "--demangle", str(archive)], check=True,
                          capture_output=True, text=True)
    return {line.split("U ", 1)[1].strip() for line in done.stdout.splitlines() if " U " in line}


class Symbols(unittest.TestCase):
    """One library after the other."""

    def test_nothing_but_memory_and_hashes(self):
        may = re.compile("|".join(f"(?:{name})" for name in MAY))
        for library in DECIDING:
            with self.subTest(library):
                found = list(jari_binary().parent.glob(f"*/*/libjari_{library}.a"))
                self.assertEqual(len(found), 1, library)
                names = undefined(found[0])
                self.assertTrue(names, library)
                for name in sorted(names):
                    self.assertTrue(may.fullmatch(name), f"{library} links {name}")
                    self.assertFalse(NEVER.search(name), f"{library} links {name}")

    def test_a_library_with_a_clock_is_found_out(self):
        names = undefined(next(jari_binary().parent.glob("*/*/libjari_program.a")))
        self.assertTrue(any(NEVER.search(name) for name in names))


if __name__ == "__main__":
    need_binary()
    main()
