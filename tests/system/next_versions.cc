// The program of a release after this one, for kafka_upgrade_test.py: it knows one version of the
// logic more, and next_cancel_time.cc what that decides otherwise. All else is the program itself.

#include "consumers/model/record.h"
#include "ops/jari/business.h"

namespace jari::ops {

KnownVersions known_versions() {
  return {kLogicVersionFirst, kLogicVersion + 1};
}

}  // namespace jari::ops
