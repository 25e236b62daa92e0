// consumers/api/api.h — Api: the door and the query service as a Handler of HTTP and a Listener of
// the engine.
//
// Reads forms, asks the engine, writes documents; decides nothing and writes no state.
//
// Units:   durations in std::chrono.
// Errors:  every request is answered; what cannot be done now says so with a code.
// Threads: Handler's functions in io threads, Listener's in the engine's, the rest from any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "consumers/api/admission_tokens.h"
#include "consumers/api/asking.h"
#include "consumers/api/call_rate.h"
#include "consumers/api/changes.h"
#include "consumers/api/door.h"
#include "consumers/api/events.h"
#include "consumers/api/executor.h"
#include "consumers/api/figures.h"
#include "consumers/api/published.h"
#include "engine/http/cors.h"

namespace jari::api {

struct ApiSettings {
  DoorSettings door;
  Serving serving;
  std::vector<std::string> cors_origins;
  std::string openapi_json;                                                    // served as it is
  std::function<void(const Error&)> on_unreadable_keys = [](const Error&) {};  // in an io thread
  std::uint32_t io_threads = 1;    // of the server that calls
  std::uint32_t address_rate = 0;  // calls without a token, of an address in a second; 0 = no bound
};

/// What an Api is made of; all of it must outlive it.
struct ApiParts {
  Engine& engine;
  World world;  // its `engine` is set by the Api
  http::Keys& keys;
  const http::TokenSigner* signer = nullptr;  // null: no admission tokens
  Clock& clock;
  metrics::Metrics& metrics;
};

class Api final : public http::Handler, public Listener {
 public:
  Api(ApiParts parts, ApiSettings settings);
  ~Api() override;

  /// A partition's state was made again: queries go to this consumer now. On the engine's thread.
  void replace(PartitionRef where, const Consumer& consumer) { world_.set(where, consumer); }
  /// From here on it takes requests; before, it answers 503.
  void begin(Executor& executor);
  /// /readyz says shutting-down; all else is answered as before.
  void announce_stop() { is_ready_.store(false); }
  /// Refuses changes and ends what only waits; what was taken is still answered.
  void begin_stop();
  /// Refuses changes with disk-full until it is said to be over.
  void hold_changes(bool is_disk_full);
  /// What /v1/operator/status says of the old database from now on.
  void show_legacy(std::optional<LegacyLag> lag);
  /// How much of what may be outstanding is.
  [[nodiscard]] std::uint32_t load_percent() const {
    return static_cast<std::uint32_t>(door_.outstanding() * 100 / settings_.door.outstanding_max);
  }

  std::optional<http::Response> before_body(const http::RequestHead& head,
                                            http::BodyRules& rules) override;
  std::optional<http::Response> before_upload(const http::RequestHead& head,
                                              const http::BodyRules& rules) override;
  void answer(const http::Request& request, http::Responder responder) override;
  void refused(const http::RequestHead* head, http::Response& response) override;

  void decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
               Turn& turn) override;
  void batch_applied(Turn& turn) override;
  void counted(PartitionRef where, std::string_view what, std::string_view label,
               std::uint64_t add) override;

 private:
  // Asking: api.cc.
  [[nodiscard]] bool serves(const http::RouteMatch& match) const;
  [[nodiscard]] std::string methods_of(std::string_view path) const;
  [[nodiscard]] http::Response wrong_method(const http::RequestHead& head,
                                            const http::RouteMatch& match);
  void begin_call(const http::RequestHead& head, std::uint32_t route, Call& call);
  [[nodiscard]] std::optional<Fault> check_asker(const http::RequestHead& head, Call& call);
  [[nodiscard]] std::optional<Fault> read(const http::Request& request, Call& call);
  [[nodiscard]] bool is_too_fast(const http::RequestHead& head, const Call& call);
  void take(CallPtr call, const http::RequestHead& head);
  void answer_itself(CallPtr call);
  void show_figures(CallPtr call);
  [[nodiscard]] Code why_not_ready() const;
  void pulse();
  void ask_for_events(const std::string& queue);

  // Answering: answering.cc.
  void deliver(std::vector<CallPtr> calls);
  void answer_delivered(CallPtr call);
  void answer_published(CallPtr call);
  void answer_events(CallPtr call);
  void answer_changes(CallPtr call);
  void send(CallPtr call);
  void send(CallPtr call, http::Response response);
  void send_copy(CallPtr call, const Copy& copy);
  [[nodiscard]] http::Response response_of(Call& call);
  [[nodiscard]] std::string document_of(Call& call);
  [[nodiscard]] http::Response refused_response(const Call& call);
  [[nodiscard]] http::Response refused_at_once(Call& call);
  void add_origin(std::string_view origin, http::Response& response) const;
  [[nodiscard]] Copy copy_of(const Call& call) const;

  Engine& engine_;
  World world_;
  http::Keys& keys_;
  Clock& clock_;
  const ApiSettings settings_;
  http::Cors cors_;
  http::Router router_;
  Figures figures_;
  AdmissionTokens admission_tokens_;
  Published published_;
  Events events_;
  Changes changes_;
  std::vector<std::unique_ptr<http::TokenVerifier>> verifiers_;  // by io thread
  std::mutex address_mutex_;                                     // guards what follows
  CallRate address_rate_;
  std::atomic<Executor*> executor_{nullptr};
  std::atomic<bool> is_disk_full_{false};
  std::atomic<bool> is_ready_{true};  // for more: a load balancer may send it
  std::atomic<bool> is_stopping_{false};
  milliseconds keys_read_{0};
  Door door_;
};

}  // namespace jari::api
