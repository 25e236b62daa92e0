#include "ops/jari/served_node.h"

#include <cstdlib>

#include <spdlog/spdlog.h>

#include "ops/jari/business.h"
#include "ops/jari/connection.h"
#include "ops/jari/system_ports.h"

namespace jari::ops {
namespace {

/// A marker counts while its offset is still to come: not beyond the log's end.
std::vector<ParkMarker> markers_in(const std::string& data, const Log& log) {
  std::vector<ParkMarker> markers;
  for (const ParkMarker& marker : read_markers(data)) {
    if (marker.offset >= log.end(marker.where)) {
      spdlog::warn("a marker at offset {}, beyond the end of its partition, is removed: {}",
                   marker.offset, marker.why);
      remove_marker(data, marker);
    } else {
      markers.push_back(marker);
    }
  }
  return markers;
}

}  // namespace

NodeOptions node_options(const ServiceSettings& settings, const Log& log) {
  NodeOptions options;
  options.name = settings.node;
  options.process = drawn_process(wall_now());
  options.known = known_versions();
  options.settings = kSettingsPartition;
  options.make_consumer = make_consumer;
  options.markers = markers_in(settings.data, log);
  options.leave_marker = [data = settings.data](const ParkMarker& marker) {
    leave_marker(data, marker);
  };
  options.on_failure = [](const Error& why) {
    // What is not durable must not be answered; the clients send the same request ids again.
    spdlog::critical("the log cannot be written, so this process ends: {}", why.detail);
    std::_Exit(1);
  };
  return options;
}

}  // namespace jari::ops
