// Which versions of the logic this program can apply: in a file of its own, so that a test can link
// a program that knows others.

#include "consumers/model/record.h"
#include "ops/jari/business.h"

namespace jari::ops {

KnownVersions known_versions() {
  return {kLogicVersionFirst, kLogicVersion};
}

}  // namespace jari::ops
