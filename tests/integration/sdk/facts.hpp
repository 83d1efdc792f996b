#pragma once

#include <string>

#include "avow/blocking.hpp"

namespace avow::test {

struct Present {
  static constexpr Label label = "present";
  std::string who;
  std::string room;
  bool operator==(const Present&) const = default;
};

struct Temperature {
  static constexpr Label label = "temperature";
  std::string room;
  double celsius = 0;
  bool operator==(const Temperature&) const = default;
};

}  // namespace avow::test
