// consumers/legacy/postgres_login.h — what libpq says of a login that failed, as an error with its
// SQLSTATE: wrong settings are told from a server that is away.
//
// Asks nobody; knows the forms of libpq's texts, none of a server's language.
//
// Units:   none.
// Errors:  it is about them. Of several servers that do not say the same, nothing is known: an
//          error without SQLSTATE.
// Threads: pure.
#pragma once

#include <string_view>

#include "consumers/legacy/postgres_session.h"

namespace jari::legacy {

/// Whether a server has said it, and not libpq alone.
[[nodiscard]] bool is_answer(std::string_view said);

/// Of what was said verbosely. What somebody must mend in the settings has a class of its own (28,
/// 3D, 42) and a remedy.
[[nodiscard]] PostgresError login_error(std::string_view said, bool lacks_password);

}  // namespace jari::legacy
