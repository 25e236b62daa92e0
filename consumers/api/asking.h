// consumers/api/asking.h — who asks, and how: the token, the headers and the body of a request read
// into a Call.
//
// Looks at no state. The order of refusals is its order: 415, 401, scope-required, 400.
//
// Errors:  a Fault: the first thing that is wrong.
// Threads: any; a TokenVerifier belongs to one io thread.
#pragma once

#include "consumers/api/routes.h"
#include "engine/http/json_reader.h"
#include "engine/http/target.h"
#include "engine/http/token.h"

namespace jari::api {

inline constexpr std::size_t kOperatorNameBytesMax = 256;

/// What an operator, or who acts for somebody, may be called: it is shown line by line later.
[[nodiscard]] bool is_operator_name(std::string_view name);

/// 415 for a body of another kind than JSON.
[[nodiscard]] std::optional<Fault> check_media_type(const http::RequestHead& head,
                                                    const Route& route);

/// Whether it comes with a token that holds, whatever it is good for.
[[nodiscard]] bool shows_token(const http::RequestHead& head, http::TokenVerifier& tokens,
                               Instant now);
/// Who it is, if the route asks.
[[nodiscard]] std::optional<Fault> read_caller(const http::RequestHead& head, const Route& route,
                                               http::TokenVerifier& tokens, Instant now,
                                               Caller& caller);
/// Whether that caller may make this call, as far as the path says.
[[nodiscard]] std::optional<Fault> check_sites(const Route& route, const Call& call);

/// Ids of the path, headers, query.
[[nodiscard]] std::optional<Fault> read_head(const http::RequestHead& head, const Route& route,
                                             const LogIdentity& log, Call& call);
/// The body, and the records that follow from all of it; the content of its key.
[[nodiscard]] std::optional<Fault> read_body(const http::RequestHead& head, std::string_view body,
                                             const LogIdentity& log, Call& call);

}  // namespace jari::api
