#pragma once

// Our own mistakes stop the program, in release builds too: going on with a broken invariant would
// show somebody a state that never was. Never use these on input from outside.

namespace avow {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace avow

/// Stops the program with a message unless `condition` holds. For our own invariants only.
#define AVOW_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::avow::check_failed(#condition, __FILE__, __LINE__))
