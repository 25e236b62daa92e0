// tests/bench/settings.h — how much is measured, where, and which figures.
//
// Units:   requests are those of one figure in one round.
// Errors:  none.
// Threads: plain values.
#pragma once

#include <cstddef>
#include <string>

#include "tests/bench/figures.h"

namespace jari::bench {

struct Settings {
  std::string dir;   // on the disk whose sync is measured; what is made in it is removed
  std::string json;  // where the figures go, too; empty: nowhere
  std::string jari;  // the program that serves HTTP; empty: no figures over HTTP
  std::string only;  // figures whose name has this text; empty: all
  std::size_t rounds = 5;
  std::size_t requests = 100'000;
  bool is_quick = false;

  [[nodiscard]] bool wants(const FigureName& name) const {
    return name.text().find(only) != std::string::npos;
  }
};

}  // namespace jari::bench
