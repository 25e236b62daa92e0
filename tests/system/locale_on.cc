// Put before a program with LD_PRELOAD: the locale that its environment names is in force in it, in
// C and in C++, as if one of its libraries had called setlocale. It says so, with 1234567.5 as it
// is written there, and ends the program where that locale is not installed. For
// same_state_test.py.

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <locale>
#include <sstream>

namespace {

[[gnu::constructor]] void turn_on() {
  const char* const name = std::setlocale(LC_ALL, "");
  if (name == nullptr) {
    std::fputs("the locale of the environment is not installed: see LOCPATH\n", stderr);
    std::abort();
  }
  std::locale::global(std::locale(""));
  std::ostringstream said;
  said << std::fixed << std::setprecision(1) << 1234567.5;
  std::fprintf(stderr, "locale in force: %s, which writes %s\n", name, said.str().c_str());
}

}  // namespace
