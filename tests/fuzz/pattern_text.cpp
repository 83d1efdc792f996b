#include "avow/model/pattern_text.hpp"

#include "avow/base/check.hpp"

// Any bytes as a typed pattern: nothing may crash, and what reads prints and reads back as the same
// pattern, whose wire form reads back too.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace avow;
  const Result<NamedPattern> pattern = parse_pattern_text(text_of({data, size}));
  if (!pattern) return 0;

  const Result<NamedPattern> again = parse_pattern_text(to_pattern_text(*pattern));
  AVOW_CHECK(again.has_value());
  AVOW_CHECK(again->pattern == pattern->pattern);
  AVOW_CHECK(again->names == pattern->names && again->same == pattern->same);

  const Result<Pattern> from_wire = Pattern::parse(pattern->pattern.to_value());
  AVOW_CHECK(from_wire.has_value() && *from_wire == pattern->pattern);
  AVOW_CHECK(pattern->names.size() == pattern->pattern.capture_count());
  (void)describe(*pattern);
  return 0;
}
