// ops/jari/system_ports.h — the system behind the ports: its clock, its free disk space, the
// markers that a CHECK leaves behind.
//
// Errors:  what cannot be read is said as an Error or left out, as each says.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/runtime/clock.h"
#include "engine/runtime/node.h"

namespace jari::ops {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] ClockReading read() const override;
};

/// Bytes that may still be written below `dir`; all there are where the system does not say.
[[nodiscard]] std::uint64_t free_bytes(const std::string& dir);

/// Markers stand in DIR/parked/, a file for each partition: `topic partition offset why`.
[[nodiscard]] std::vector<ParkMarker> read_markers(const std::string& data);
/// Within a CHECK: must not throw and must reach the disk.
void leave_marker(const std::string& data, const ParkMarker& marker) noexcept;
void remove_marker(const std::string& data, const ParkMarker& marker);

}  // namespace jari::ops
