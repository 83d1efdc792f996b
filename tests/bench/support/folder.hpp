#pragma once

#include <cstdlib>
#include <filesystem>

#include "tests/support/store/temporary_folder.hpp"

namespace avow::bench {

/// A folder of a benchmark's own, in $AVOW_BENCH_FOLDER or where temporary files are.
[[nodiscard]] inline test::TemporaryFolder bench_folder() {
  const char* const given = std::getenv("AVOW_BENCH_FOLDER");
  return given != nullptr ? test::TemporaryFolder(given) : test::TemporaryFolder();
}

}  // namespace avow::bench
