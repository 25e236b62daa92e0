#include "tests/bench/rows.h"

#include <fstream>
#include <stdexcept>
#include <thread>

#include "engine/http/json_writer.h"

namespace jari::bench {

void Rows::write(std::string_view failed) const {
  if (file_.empty()) return;
  std::string text;
  http::JsonWriter json(text);
  json.begin_object().field("bench", bench_);
  json.field("processors", std::thread::hardware_concurrency());
  if (!failed.empty()) json.field("failed", failed);
  json.key("rows").begin_array();
  for (const Row& row : rows_) {
    json.begin_object().field("what", row.what).key("figures").begin_array();
    for (const Measured& one : row.figures) {
      json.begin_object().field("name", one.name).field("value", one.value);
      json.field("unit", one.unit).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  std::ofstream out(file_);
  out << text << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file_);
}

}  // namespace jari::bench
