#pragma once

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "tests/support/random.hpp"

namespace avow::test {

/// Some other binary way of writing `value`: sets and dictionaries in any order, annotations here
/// and there, integers and lengths longer than need be.
[[nodiscard]] Bytes scrambled(Random& random, ValueView value);

}  // namespace avow::test
