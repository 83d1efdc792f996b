#pragma once

#include <string>
#include <string_view>

// The lines of stdout: each is out before the next thing happens, also into a pipe.

namespace avow::cli {

/// Leaves it to `Output` to notice a reader that has gone.
void ignore_broken_pipes();

class Output {
 public:
  /// Colours are used on a terminal, unless NO_COLOR is set or TERM is `dumb`.
  Output();

  /// Writes a whole line. Waits for a slow reader: then what comes from the server waits too.
  /// False once the reader has gone.
  bool line(std::string_view text);
  [[nodiscard]] bool broken() const { return broken_; }

  /// `text` in the colour of its sign (`+`, `-`, `!`, `=`), where colours are used.
  [[nodiscard]] std::string painted(char sign, std::string text) const;

 private:
  bool colours_;
  bool broken_ = false;
};

}  // namespace avow::cli
