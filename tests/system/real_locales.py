"""Locales that are there: `localedef` makes them in a directory of its own, and LOCPATH names it.

Debian installs the C locale only, and a program that asks for another one gets C and says nothing.
So a test that sets LC_ALL asks here whether it is in force. The package `locales` has their text.

    locales = Locales("tr_TR")
    run(program, env=dict(os.environ, **locales.of("tr_TR")))          # who asks for it, has it
    run(program, env=dict(os.environ, **inside(locales.of("tr_TR"))))  # in force, asked or not

Errors:  AssertionError that says which locale is missing, and what to do.
Threads: any.
"""

import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from jari_service import jari_binary

ASKS = """
import locale
locale.setlocale(locale.LC_ALL, "")
print(locale.format_string("%.1f", 1234567.5, grouping=True))
"""


def inside(place):
    """The same, for a program that asks for no locale: it is made to (locale_on.cc)."""
    # Where address sanitizer is linked in, it asks to stand before what is preloaded; and the C
    # library does not free the path where it has looked for a locale.
    asan = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0",
                                   "detect_leaks=0"]))
    return dict(place, LD_PRELOAD=str(jari_binary().resolve().with_name("libjari_locale_on.so")),
                ASAN_OPTIONS=asan)


class Locales:
    """Some locales, all UTF-8, as long as this process runs."""

    def __init__(self, *names):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jari-locales-"))
        atexit.register(shutil.rmtree, self.directory, True)
        for name in names:
            made = self.directory / f"{name}.UTF-8"
            done = subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(made)],
                                  capture_output=True, text=True, check=False)
            assert done.returncode == 0, (
                f"cannot make the locale {name}: install the package `locales`\n{done.stderr}")

    def of(self, name):
        """The environment in which a program that asks for its locale has this one."""
        return {"LOCPATH": str(self.directory), "LC_ALL": f"{name}.UTF-8", "LANG": f"{name}.UTF-8"}

    @staticmethod
    def said_in(place):
        """1234567.5 as they write it there."""
        done = subprocess.run([sys.executable, "-c", ASKS], env=dict(os.environ, **place),
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, (
            f"the locale {place.get('LC_ALL')} is not in force: {done.stderr.strip()[-200:]}")
        return done.stdout.strip()

    def check_said(self, place, stderr):
        """Where a locale is named, it is in force; inside the program, where that was asked."""
        if "LC_ALL" not in place:
            return
        said = self.said_in(place)
        if "LD_PRELOAD" in place:
            line = f"locale in force: {place['LC_ALL']}, which writes {said}"
            assert line in stderr, f"not in what the program said: {line!r}: {stderr[-2000:]}"
