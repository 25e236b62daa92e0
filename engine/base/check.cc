#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace jari {
namespace {
thread_local CheckHook hook_of_thread = nullptr;
thread_local void* hook_context = nullptr;
}  // namespace

void set_check_hook(CheckHook hook, void* context) noexcept {
  hook_of_thread = hook;
  hook_context = context;
}

void check_failed(const char* file, int line, const char* expression) noexcept {
  std::fprintf(stderr, "jari: a broken invariant at %s:%d: CHECK(%s)\n", file, line, expression);
  if (const CheckHook hook = hook_of_thread; hook != nullptr) {
    hook_of_thread = nullptr;  // a CHECK inside the hook must not come back here
    hook(hook_context, expression);
  }
  std::abort();
}

}  // namespace jari
