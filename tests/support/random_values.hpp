#pragma once

#include <cstddef>
#include <vector>

#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "tests/support/random.hpp"

namespace avow::test {

struct RandomValueOptions {
  std::size_t depth_max = 4;  ///< Of compounds inside each other; 0 gives atoms.
  std::size_t width_max = 4;  ///< Elements of one compound.
  /// Whether atoms come from a few small ones, so that equal values and matches are frequent;
  /// otherwise they are often hard ones: big integers, NaNs, text that needs quoting.
  bool small_atoms = false;
  /// Embedded references are drawn from these; none are made if there are none.
  std::vector<ReferenceId> references{};
};

/// A value of any kind.
[[nodiscard]] Value random_value(Random& random, const RandomValueOptions& options = {});

/// A pattern that often matches values such as `like`: parts of it are kept, captured, ignored or
/// changed.
[[nodiscard]] Pattern random_pattern(Random& random, ValueView like);

}  // namespace avow::test
