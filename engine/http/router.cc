#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/check.h"
#include "engine/http/target.h"

namespace jari::http {
namespace {

constexpr std::size_t kMethods = 8;
constexpr int kNoRoute = -1;

using Captured = std::array<std::string_view, RouteMatch::kCapturesMax>;

std::size_t index_of(Method method) {
  return static_cast<std::size_t>(method);
}

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// Takes the next segment off the front of a path whose leading slash is gone.
std::string_view take_segment(std::string_view& path, bool& is_last) {
  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  is_last = slash == std::string_view::npos;
  path.remove_prefix(is_last ? path.size() : slash + 1);
  return segment;
}

}  // namespace

struct Router::Node {
  struct Literal {
    std::string text;
    std::unique_ptr<Node> node;
  };
  std::vector<Literal> literals;
  std::unique_ptr<Node> capture;
  bool is_end = false;
  std::size_t captures = 0;  // above and here: how many a path that ends here has
  std::array<int, kMethods> routes{kNoRoute, kNoRoute, kNoRoute, kNoRoute,
                                   kNoRoute, kNoRoute, kNoRoute, kNoRoute};
  std::string allow;

  Node& below(std::string_view segment) {
    if (is_capture(segment)) {
      if (!capture) capture = std::make_unique<Node>();
      capture->captures = captures + 1;
      return *capture;
    }
    for (Literal& one : literals) {
      if (one.text == segment) return *one.node;
    }
    literals.push_back({std::string{segment}, std::make_unique<Node>()});
    literals.back().node->captures = captures;
    return *literals.back().node;
  }

  void refresh_allow() {
    constexpr std::array kInOrder{Method::Get,   Method::Head,   Method::Post,   Method::Put,
                                  Method::Patch, Method::Delete, Method::Options};
    allow.clear();
    for (const Method method : kInOrder) {
      if (method != Method::Options && route_of(method) == kNoRoute) continue;
      if (!allow.empty()) allow.append(", ");
      allow.append(to_text(method));
    }
  }

  [[nodiscard]] int route_of(Method method) const {
    const int own = routes[index_of(method)];
    return own == kNoRoute && method == Method::Head ? routes[index_of(Method::Get)] : own;
  }

  /// Where `path` ends, or null; fills `captured` with the segments as they came.
  const Node* find(std::string_view path, Captured& captured) const {
    bool is_last = false;
    const std::string_view segment = take_segment(path, is_last);
    const auto step = [&](const Node& next) {
      return is_last ? (next.is_end ? &next : nullptr) : next.find(path, captured);
    };
    for (const Literal& one : literals) {
      if (one.text != segment) continue;
      if (const Node* const found = step(*one.node); found != nullptr) return found;
      break;
    }
    if (!capture || segment.empty()) return nullptr;
    captured[captures] = segment;
    return step(*capture);
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view pattern, int route) {
  CHECK(!pattern.empty() && pattern.front() == '/' && route >= 0 && method != Method::Other);
  CHECK(std::count(pattern.begin(), pattern.end(), '{') <=
        static_cast<std::ptrdiff_t>(RouteMatch::kCapturesMax));
  pattern.remove_prefix(1);
  Node* node = root_.get();
  for (bool is_last = false; !is_last;) node = &node->below(take_segment(pattern, is_last));
  CHECK(node->routes[index_of(method)] == kNoRoute);
  node->routes[index_of(method)] = route;
  node->is_end = true;
  node->refresh_allow();
}

RouteMatch Router::match(Method method, std::string_view path) const {
  RouteMatch match;
  if (path.empty() || path.front() != '/') return match;
  Captured captured{};
  const Node* const node = root_->find(path.substr(1), captured);
  if (node == nullptr) return match;
  match.allow = node->allow;
  for (std::size_t i = 0; i < node->captures; ++i) {
    auto decoded = percent_decode(captured[i]);
    if (!decoded) {
      match.kind = RouteMatch::Kind::BadPath;
      return match;
    }
    match.captures[i] = std::move(*decoded);
  }
  match.route = node->route_of(method);
  match.kind = match.route == kNoRoute ? RouteMatch::Kind::WrongMethod : RouteMatch::Kind::Found;
  return match;
}

}  // namespace jari::http
