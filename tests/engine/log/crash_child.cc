// Appends to the log in the directory named until it is killed, and prints the number of each batch
// once it is answered as durable: what embedded_log_crash_test.cc kills.
#include <cstdio>
#include <cstdlib>
#include <random>

#include <unistd.h>

#include "engine/log/embedded/embedded_log.h"
#include "tests/engine/log/log_writer.h"

namespace {

jari::LogSection section(jari::PartitionRef where, jari::Offset base, const std::string& text) {
  jari::LogSection section;
  section.where = where;
  section.base_offset = base;
  section.add(jari::bytes_of(text));
  return section;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  std::mt19937_64 random(std::strtoull(arguments[2], nullptr, 10));
  jari::EmbeddedLogOptions options;
  options.write_buffer_bytes = std::size_t{256} << 10;  // so that it is killed in flushes, too
  auto opened = jari::EmbeddedLog::open(arguments[1], jari::identity_for_tests(), options);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
    return 1;
  }
  auto& log = **opened;
  for (jari::Offset number = log.end({0, 0});; ++number) {
    jari::LogBatch batch;
    const std::string text = std::to_string(number);
    for (const jari::PartitionRef where : {jari::PartitionRef{0, 0}, {1, 1}, {2, 0}}) {
      batch.sections.push_back(section(where, number, text));
    }
    std::string noise(random() % 2000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    batch.sections.push_back(section({1, 2}, number, noise));
    log.append(std::move(batch), [number](jari::Result<void> result) {
      if (!result) std::_Exit(1);
      if (::write(STDOUT_FILENO, &number, sizeof number) != sizeof number) std::_Exit(1);
    });
  }
}
