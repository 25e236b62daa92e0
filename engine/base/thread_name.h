// engine/base/thread_name.h — what a thread is called by `top -H`, `ps -L`, debuggers and perf.
//
// Errors:  none: a thread without a name works as well.
// Threads: names the one that calls.
#pragma once

#include <pthread.h>

namespace jari {

/// At most 15 characters, as Linux keeps them; ours begin with `jari-`.
inline void name_this_thread(const char* name) noexcept {
  ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace jari
