#pragma once

#include <charconv>
#include <cstdio>
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
  /// A size: 0 only where it is what nothing means. Anything else ends the benchmark, with
  /// status 2.
  [[nodiscard]] std::size_t number(std::string_view name, std::size_t otherwise) const {
    const std::string given = text(name, "");
    if (given.empty()) return otherwise;
    std::size_t number = 0;
    const char* const end = given.data() + given.size();
    const auto read = std::from_chars(given.data(), end, number);
    const bool is_number = read.ec == std::errc() && read.ptr == end;
    if (is_number && (number > 0 || otherwise == 0)) return number;
    std::fprintf(stderr, "%.*s= is a whole number from %d on, not %s\n",
                 static_cast<int>(name.size()), name.data(), otherwise == 0 ? 0 : 1, given.c_str());
    std::exit(2);
  }

 private:
  int count_;
  char** words_;
};

}  // namespace avow::bench
