#include "consumers/api/call.h"

#include <algorithm>

namespace jari::api {

bool Caller::may_touch(std::string_view site) const {
  return !is_limited || std::find(sites.begin(), sites.end(), site) != sites.end();
}

}  // namespace jari::api
