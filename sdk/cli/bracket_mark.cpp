#include "cli/bracket_mark.hpp"

namespace avow::cli {
namespace {

constexpr char mark = '\1';

}  // namespace

std::string marked(std::string word) { return word.starts_with('[') ? mark + word : word; }

CLI::Validator unmarked() {
  return {[](std::string& word) {
            if (word.starts_with(mark)) word.erase(0, 1);
            return std::string();
          },
          ""};
}

}  // namespace avow::cli
