#include "engine/record/envelope.h"

namespace jari {

Result<Envelope> read_envelope(Bytes record) {
  Envelope envelope;
  if (!flat::read_root(record, envelope)) {
    return Error{ErrorCode::BadBytes,
                 "the bytes are no record (they do not verify as an Envelope)"};
  }
  if (envelope.kind == RecordKind::Unknown || envelope.kind > RecordKind::Own) {
    return Error{ErrorCode::BadBytes, "the record is of an unknown kind"};
  }
  return envelope;
}

Bytes write_envelope(flat::Builder& to, const Envelope& envelope) {
  return flat::write_root(to, envelope);
}

}  // namespace jari
