#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace avow::bench {

/// `name=value` words of a benchmark's command line.
class Arguments {
 public:
  Arguments(int count, char** words) : count_(count), words_(words) {}

  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise) const {
    for (int i = 1; i < count_; ++i) {
      const std::string_view word = words_[i];
      if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
        return std::string(word.substr(name.size() + 1));
      }
    }
    return std::string(otherwise);
  }
  [[nodiscard]] std::size_t number(std::string_view name, std::size_t otherwise) const {
    const std::string given = text(name, "");
    return given.empty() ? otherwise : std::strtoull(given.c_str(), nullptr, 10);
  }

 private:
  int count_;
  char** words_;
};

}  // namespace avow::bench
