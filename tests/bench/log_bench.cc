// How fast the embedded log takes and gives back records of 150 bytes, each batch synced.
//
// build/release/log_bench --benchmark_min_time=2    (TMPDIR names the disk)
#include <condition_variable>
#include <mutex>

#include <benchmark/benchmark.h>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/log_writer.h"
#include "tests/engine/log/temporary_directory.h"

namespace jari {
namespace {

constexpr std::size_t kRecordBytes = 150;
constexpr PartitionRef kWhere{1, 0};

/// Records that LZ4 packs about as well as it packs bookings.
std::string record_of(std::uint64_t number) {
  std::string record = "person-" + std::to_string(number * 0x9e3779b97f4a7c15ULL) + " site-" +
                       std::to_string(number % 500) + " slot-" + std::to_string(number % 50'000);
  record.resize(kRecordBytes, '.');
  return record;
}

LogBatch batch_of(std::size_t records, Offset base) {
  LogSection section;
  section.where = kWhere;
  section.base_offset = base;
  for (std::size_t i = 0; i < records; ++i) section.add(bytes_of(record_of(base + i)));
  LogBatch batch;
  batch.sections.push_back(std::move(section));
  return batch;
}

/// Appends one batch after another, at most two on their way: one is written while the next is
/// made.
class Pump {
 public:
  Pump(EmbeddedLog& log, int under_way_max) : log_(log), under_way_max_(under_way_max) {}
  void append(LogBatch batch) {
    {
      std::unique_lock lock(mutex_);
      is_answered_.wait(lock, [&] { return under_way_ < under_way_max_; });
      ++under_way_;
    }
    log_.append(std::move(batch), [this](Result<void> result) {
      result.value();
      const std::lock_guard lock(mutex_);
      --under_way_;
      is_answered_.notify_one();
    });
  }
  void wait() {
    std::unique_lock lock(mutex_);
    is_answered_.wait(lock, [&] { return under_way_ == 0; });
  }

 private:
  EmbeddedLog& log_;
  std::mutex mutex_;
  std::condition_variable is_answered_;
  int under_way_max_;
  int under_way_ = 0;
};

void append_with_sync(benchmark::State& state) {
  const TemporaryDirectory directory;
  LogWrite all;
  std::uint64_t syncs = 0;
  EmbeddedLogOptions options;
  options.on_write = [&](const LogWrite& write) {  // before the Done that wait() waits for
    all.raw_bytes += write.raw_bytes;
    all.kept_bytes += write.kept_bytes;
    ++syncs;
  };
  auto log = EmbeddedLog::open(directory / "d", identity_for_tests(), options).value();
  Pump pump(*log, 2);
  const auto records = static_cast<std::size_t>(state.range(0));
  Offset base = log->end(kWhere);
  for (auto round : state) {
    static_cast<void>(round);
    pump.append(batch_of(records, base));
    base += records;
  }
  pump.wait();
  state.SetItemsProcessed(static_cast<std::int64_t>(base));
  state.counters["kept/raw"] =
      static_cast<double>(all.kept_bytes) / static_cast<double>(all.raw_bytes);
  state.counters["syncs/s"] =
      benchmark::Counter(static_cast<double>(syncs), benchmark::Counter::kIsRate);
}
BENCHMARK(append_with_sync)->Arg(64)->Arg(256)->Arg(4096)->UseRealTime();

void read_back(benchmark::State& state) {
  constexpr std::size_t kRecords = 2'000'000;
  const TemporaryDirectory directory;
  auto log = EmbeddedLog::open(directory / "d", identity_for_tests()).value();
  Pump pump(*log, 500);
  const auto records = static_cast<std::size_t>(state.range(0));
  for (Offset base = 1; base < kRecords; base += records) pump.append(batch_of(records, base));
  pump.wait();
  std::uint64_t bytes = 0;
  std::int64_t count = 0;
  const std::vector<LogPlace> from{{kWhere, 0}};
  for (auto round : state) {
    static_cast<void>(round);
    log->read(from,
              [&](const LogRecord& record) {
                bytes += record.bytes.size();
                ++count;
                return true;
              })
        .value();
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(count);
}
BENCHMARK(read_back)->Arg(64)->Arg(256)->Arg(4096)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace jari

BENCHMARK_MAIN();
