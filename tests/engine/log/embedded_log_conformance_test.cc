#include <filesystem>
#include <optional>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/log_conformance.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

template <bool compress>
class EmbeddedHarness final : public LogHarness {
 public:
  explicit EmbeddedHarness(const LogIdentity& identity) : identity_(identity) { open(); }

  Log& log() override { return *log_; }
  [[nodiscard]] bool has_threads() const override { return true; }
  void settle() override {}  // the log's own thread works
  void reopen() override {
    log_.reset();
    open();
  }
  /// The files as they are at this moment are what a killed process leaves.
  void crash() override {
    const std::string left = directory_ / std::to_string(++crashes_);
    std::error_code vanished;  // a file that RocksDB removed meanwhile: copy again
    do {
      std::filesystem::remove_all(left);
      std::filesystem::create_directories(left);
      std::filesystem::copy(dir_ + "/log", left + "/log", std::filesystem::copy_options::recursive,
                            vanished);
    } while (vanished);
    log_.reset();
    dir_ = left;
    open();
  }

 private:
  void open() {
    EmbeddedLogOptions options;
    options.compress = compress;
    options.write_buffer_bytes = std::size_t{1} << 20;  // so that flushes and compactions happen
    auto opened = EmbeddedLog::open(dir_, identity_, options);
    CHECK(opened.has_value());
    log_ = std::move(*opened);
  }

  TemporaryDirectory directory_;
  int crashes_ = 0;
  std::string dir_ = directory_ / "0";
  LogIdentity identity_;
  std::unique_ptr<EmbeddedLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Embedded, LogConformance,
                         ::testing::Values(log_kind<EmbeddedHarness<true>>("Packed"),
                                           log_kind<EmbeddedHarness<false>>("Plain")),
                         name_of);

}  // namespace
}  // namespace jari
