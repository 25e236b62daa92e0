// tests/engine/record/binary_schema.h — a .fbs file as flatc compiled it, to look tables up in.
//
// Errors:  a file that is missing or is no schema stops the test (CHECK).
// Threads: a plain value.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include <flatbuffers/reflection.h>

#include "engine/base/check.h"

namespace jari::schema_match {

/// The binary schema that flatc makes of a .fbs file.
class Schema {
 public:
  explicit Schema(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    bytes_ = all.str();
    const auto* start = reinterpret_cast<const std::uint8_t*>(bytes_.data());
    flatbuffers::Verifier verifier(start, bytes_.size());
    CHECK(reflection::VerifySchemaBuffer(verifier));
    root_ = reflection::GetSchema(start);
  }
  [[nodiscard]] const reflection::Schema& root() const { return *root_; }
  [[nodiscard]] const reflection::Object* table(const std::string& name) const {
    return root_->objects()->LookupByKey(name.c_str());
  }
  [[nodiscard]] const reflection::Object* table_at(int index) const {
    return root_->objects()->Get(static_cast<flatbuffers::uoffset_t>(index));
  }

 private:
  std::string bytes_;
  const reflection::Schema* root_ = nullptr;
};

}  // namespace jari::schema_match
