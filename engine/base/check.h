// engine/base/check.h — CHECK: a broken invariant stops the process, in every build.
//
// Not for bad input (that is a refusal) and not for a failing world (that is an Error).
//
// Errors:  CHECK prints file, line and expression to stderr, calls the hook, then aborts.
// Threads: the hook is per thread; whoever applies records sets it to leave a marker behind.
#pragma once

#include <string_view>

namespace jari {

/// What else is to be done before the process ends: says where in the log we were.
using CheckHook = void (*)(void* context, std::string_view what) noexcept;

/// Sets the hook of this thread; nullptr takes it away.
void set_check_hook(CheckHook hook, void* context) noexcept;

[[noreturn]] void check_failed(const char* file, int line, const char* expression) noexcept;

}  // namespace jari

#define CHECK(condition)                                    \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::jari::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
