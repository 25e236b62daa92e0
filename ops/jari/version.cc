#include "ops/jari/version.h"

#include <iostream>

#include <boost/version.hpp>
#include <flatbuffers/base.h>
#include <openssl/crypto.h>
#include <rocksdb/version.h>

#include "ops/jari/business.h"
#include "ops/jari/commands.h"

namespace jari::ops {

void add_version(CLI::App& app, int&) {
  CLI::App* command =
      app.add_subcommand("version", "The version, what logs it can apply, and its libraries");
  command->callback([] {
    std::cout << kVersionLine << '\n'
              << "logic versions: " << known_versions().from << " to " << known_versions().to
              << '\n'
              << "libraries: RocksDB " << ROCKSDB_MAJOR << '.' << ROCKSDB_MINOR << '.'
              << ROCKSDB_PATCH << ", FlatBuffers " << FLATBUFFERS_VERSION_MAJOR << '.'
              << FLATBUFFERS_VERSION_MINOR << '.' << FLATBUFFERS_VERSION_REVISION << ", Boost "
              << BOOST_LIB_VERSION << ", " << OpenSSL_version(OPENSSL_VERSION) << '\n';
  });
}

}  // namespace jari::ops
