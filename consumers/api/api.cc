#include "consumers/api/api.h"

#include <utility>

#include "consumers/api/documents.h"
#include "consumers/api/refusals.h"

namespace jari::api {
namespace {

constexpr milliseconds kPulse{100};
constexpr milliseconds kKeysEvery{2'000};

World with_engine(World world, const Engine& engine) {
  world.engine = &engine;
  return world;
}

/// The key as it was sent, where it is one.
std::string_view key_of(const http::RequestHead& head) {
  const std::string_view key = head.header("idempotency-key").value_or("");
  return is_id(key) ? key : std::string_view{};
}

http::Response problem_response(const http::RequestHead& head, const Refusal& refusal) {
  return http::to_response(problem_of(refusal, key_of(head)));
}

}  // namespace

Api::Api(ApiParts parts, ApiSettings settings)
    : engine_(parts.engine),
      world_(with_engine(std::move(parts.world), parts.engine)),
      keys_(parts.keys),
      clock_(parts.clock),
      settings_(std::move(settings)),
      cors_(settings_.cors_origins),
      figures_(parts.metrics),
      admission_tokens_(parts.signer),
      changes_(parts.engine.log()),
      address_rate_(settings_.address_rate),
      door_(parts.engine, world_, parts.clock, settings_.door,
            [this](std::vector<CallPtr> calls) { deliver(std::move(calls)); }) {
  const auto& all = routes();
  for (std::size_t i = 0; i < all.size(); ++i) {
    router_.add(all[i].method, all[i].pattern, static_cast<int>(i));
  }
  for (std::uint32_t i = 0; i < settings_.io_threads; ++i) {
    verifiers_.push_back(std::make_unique<http::TokenVerifier>(keys_));
  }
}

Api::~Api() = default;

void Api::begin(Executor& executor) {
  executor_.store(&executor);
  executor.after(kPulse, [this] { pulse(); });
}

void Api::begin_stop() {
  announce_stop();
  is_stopping_.store(true);
  door_.close(Code::ShuttingDown);
  events_.end_all();
  deliver(changes_.end());
}

void Api::hold_changes(bool is_disk_full) {
  is_disk_full_.store(is_disk_full);
  if (!is_stopping_.load()) door_.close(is_disk_full ? Code::DiskFull : Code::None);
}

void Api::show_legacy(std::optional<LegacyLag> lag) {
  // An engine that takes no task any more answers none either.
  static_cast<void>(engine_.post([this, lag](Turn&) { world_.legacy = lag; }));
}

bool Api::serves(const http::RouteMatch& match) const {
  return match.kind == http::RouteMatch::Kind::Found &&
         is_served(routes()[static_cast<std::size_t>(match.route)], settings_.serving);
}

/// What this node takes there, as Allow says it.
std::string Api::methods_of(std::string_view path) const {
  using http::Method;
  std::string methods;
  for (const Method method :
       {Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete}) {
    if (serves(router_.match(method, path))) methods.append(to_text(method)).append(", ");
  }
  return methods.append(to_text(Method::Options));
}

http::Response Api::wrong_method(const http::RequestHead& head, const http::RouteMatch& match) {
  const std::string allow = methods_of(head.path);
  if (head.method == http::Method::Options) return cors_.preflight(head, allow);
  Refusal refusal{.code = Code::MethodNotAllowed};
  if (match.kind == http::RouteMatch::Kind::Found) {
    const Route& route = routes()[static_cast<std::size_t>(match.route)];
    refusal.detail = is_change(route) ? settings_.serving.why_no_changes
                                      : "This node shows nothing: ask one with the role query.";
  }
  http::Response response = problem_response(head, refusal);
  response.headers.add("Allow", allow);
  cors_.add_headers(head, response);
  figures_.refused(to_text(Code::MethodNotAllowed));
  return response;
}

std::optional<http::Response> Api::before_body(const http::RequestHead& head,
                                               http::BodyRules& rules) {
  const http::RouteMatch match = router_.match(head.method, head.path);
  using Kind = http::RouteMatch::Kind;
  if (serves(match)) {
    const Route& route = routes()[static_cast<std::size_t>(match.route)];
    rules.bytes_max = route.body_bytes_max;
    rules.is_kept = is_change(route);  // nobody reads what comes with a GET
    rules.route = static_cast<std::uint32_t>(match.route);
    return std::nullopt;
  }
  http::Response response;
  if (match.kind == Kind::WrongMethod || match.kind == Kind::Found) {
    response = wrong_method(head, match);
  } else {
    response = problem_response(head, {.code = Code::NotFound});
    cors_.add_headers(head, response);
    figures_.refused(to_text(Code::NotFound));
  }
  figures_.answered(nullptr, static_cast<std::uint16_t>(response.status), milliseconds{0});
  return response;
}

/// Who may not make the call is told so before a body of theirs takes any memory.
std::optional<http::Response> Api::before_upload(const http::RequestHead& head,
                                                 const http::BodyRules& rules) {
  Call call;
  begin_call(head, rules.route, call);
  const auto fault = check_asker(head, call);
  if (!fault) return std::nullopt;
  if (is_change(*call.route)) call.key = key_of(head);
  refuse(call.reply, refusal_of(*fault));
  return refused_at_once(call);
}

void Api::refused(const http::RequestHead* head, http::Response& response) {
  if (head != nullptr) cors_.add_headers(*head, response);
  for (const Code code :
       {Code::BodyTooLarge, Code::UriTooLong, Code::HeadersTooLarge, Code::Overloaded}) {
    if (status_of(code) == response.status) figures_.refused(to_text(code));
  }
  figures_.answered(nullptr, static_cast<std::uint16_t>(response.status), milliseconds{0});
}

void Api::answer(const http::Request& request, http::Responder responder) {
  auto call = std::make_unique<Call>();
  begin_call(request.head, request.route, *call);
  call->responder = std::move(responder);
  if (is_change(*call->route) && !door_.has_room_for(*call->route)) {  // not worth reading
    call->key = key_of(request.head);
    refuse(call->reply, Code::Overloaded);
    return send(std::move(call));
  }
  if (const auto fault = read(request, *call)) {
    if (is_change(*call->route) && call->key.empty()) call->key = key_of(request.head);
    refuse(call->reply, refusal_of(*fault));
    return send(std::move(call));
  }
  if (call->route->answers == Answers::Itself) return answer_itself(std::move(call));
  if (is_too_fast(request.head, *call)) {
    refuse(call->reply, {.code = Code::SlowDown,
                         .detail = "Too many requests without a token from this address in this "
                                   "second. Send it again in the next.",
                         .limit = settings_.address_rate});
    return send(std::move(call));
  }
  if (executor_.load() == nullptr) {
    refuse(call->reply, Code::NotCaughtUp);
    return send(std::move(call));
  }
  take(std::move(call), request.head);
}

void Api::begin_call(const http::RequestHead& head, std::uint32_t route, Call& call) {
  call.route = &routes()[route];
  call.is_head = head.method == http::Method::Head;
  call.began = clock_.read().since_boot;
  if (const auto origin = head.header("origin")) call.origin = *origin;
  call.captures = router_.match(head.method, head.path).captures;
}

/// Whether they may make this call at all: what its head says alone.
std::optional<Fault> Api::check_asker(const http::RequestHead& head, Call& call) {
  const Route& route = *call.route;
  if (auto fault = check_media_type(head, route)) return fault;
  if (route.answers == Answers::Itself) return std::nullopt;
  CHECK(head.thread < verifiers_.size());
  http::TokenVerifier& tokens = *verifiers_[head.thread];
  if (auto fault = read_caller(head, route, tokens, clock_.read().wall, call.caller)) return fault;
  return check_sites(route, call);
}

std::optional<Fault> Api::read(const http::Request& request, Call& call) {
  const Route& route = *call.route;
  const http::RequestHead& head = request.head;
  if (auto fault = check_asker(head, call)) return fault;
  if (route.answers == Answers::Itself) return std::nullopt;
  if (auto fault = read_head(head, route, world_.log, call)) return fault;
  return is_change(route) ? read_body(head, request.body, world_.log, call) : std::nullopt;
}

/// Who shows a token that holds is counted by name, where the call asks for one, and never by
/// address.
bool Api::is_too_fast(const http::RequestHead& head, const Call& call) {
  if (settings_.address_rate == 0 || call.route->access != Access::Everybody) return false;
  if (shows_token(head, *verifiers_[head.thread], clock_.read().wall)) return false;
  const std::scoped_lock lock(address_mutex_);
  return !address_rate_.admits(head.peer, clock_.read().since_boot);
}

/// Of what is the same for everybody, a copy will do, unless a position is asked for.
void Api::take(CallPtr call, const http::RequestHead& head) {
  const std::uint32_t lane = head.thread;
  if (call->route->answers == Answers::Published && !call->position) {
    call->published_as.append(head.path).append("?").append(head.query);
    const bool is_hint = call->route->pattern.ends_with("/availability");
    auto found =
        published_.find(call, is_hint ? kHint : kLive, door_.changes(), clock_.read().since_boot);
    if (found.is_kept) return;
    if (found.copy != nullptr) return send_copy(std::move(call), *found.copy);
  }
  door_.take(lane, std::move(call));
}

Code Api::why_not_ready() const {
  if (!is_ready_.load()) return Code::ShuttingDown;
  if (executor_.load() == nullptr || !door_.has_begun()) return Code::NotCaughtUp;
  return door_.closed();
}

void Api::answer_itself(CallPtr call) {
  const std::string_view path = call->route->pattern;
  if (path == "/metrics") return show_figures(std::move(call));
  if (path == "/readyz" && why_not_ready() != Code::None) {
    refuse(call->reply, why_not_ready());
    return send(std::move(call));
  }
  std::string body = path == "/openapi.json" ? settings_.openapi_json
                     : path == "/healthz"    ? R"({"state":"alive"})"
                     : path == "/readyz"     ? R"({"state":"ready"})"
                                             : admission_tokens_.jwks();
  send(std::move(call), http::json_response(200, std::move(body)));
}

void Api::show_figures(CallPtr call) {
  const auto show = [this](CallPtr answered) {
    http::Response response;
    response.content_type = http::kPlainText;
    response.body = figures_.exposition();
    send(std::move(answered), std::move(response));
  };
  Executor* const executor = executor_.load();
  if (executor == nullptr) return show(std::move(call));
  // Held here, and given back where the engine takes no task any more.
  auto held = std::make_shared<CallPtr>(std::move(call));  // the task is the other owner
  const bool is_taken = engine_.post([this, held, show, executor](Turn& turn) {
    figures_.take(world_, turn, door_.outstanding());
    const std::uint32_t thread = (*held)->responder.thread();
    executor->run_on(thread, [held, show] { show(std::move(*held)); });
  });
  if (!is_taken) show(std::move(*held));
}

void Api::decided(PartitionRef where, std::string_view who, std::string_view request, Bytes outcome,
                  Turn& turn) {
  door_.decided(where, who, request, outcome, turn);
}

void Api::batch_applied(Turn& turn) {
  door_.batch_applied(turn);
}

void Api::counted(PartitionRef where, std::string_view what, std::string_view label,
                  std::uint64_t add) {
  figures_.counted(where, world_.log, what, label, add);
}

/// Ten times a second, in one io thread: waits that end, watchers that are due, keys that changed.
void Api::pulse() {
  const milliseconds now = clock_.read().since_boot;
  door_.pulse();
  for (const std::string& queue : events_.due(now)) ask_for_events(queue);
  events_.comment(now);
  for (CallPtr& call : changes_.due(now)) answer_changes(std::move(call));
  if (now - keys_read_ >= kKeysEvery) {
    keys_read_ = now;
    if (const auto read = keys_.reload_if_changed(); !read) {  // said once for each change
      figures_.count_unreadable_keys();
      settings_.on_unreadable_keys(read.error());
    }
  }
  executor_.load()->after(kPulse, [this] { pulse(); });
}

/// Nobody waits for the answer but those who watch.
void Api::ask_for_events(const std::string& queue) {
  for (const Route& route : routes()) {
    if (route.answers != Answers::Events) continue;
    auto call = std::make_unique<Call>();
    call->route = &route;
    call->captures[0] = queue;
    door_.take(0, std::move(call));
  }
}

}  // namespace jari::api
