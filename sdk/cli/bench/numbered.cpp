#include "cli/bench/numbered.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"

namespace avow::cli::bench {
namespace {

constexpr std::uint64_t base = 1'000'000'000'000;
constexpr std::uint64_t numbers_max = std::uint64_t{1} << 46;  // From there on it is seven bytes.
constexpr std::size_t integer_bytes = 6;
constexpr std::size_t run_at = 1 + 2 + 5 + 2;
constexpr std::size_t key_at = run_at + integer_bytes + 2;
constexpr std::size_t number_at = key_at + integer_bytes + 2;
constexpr std::size_t captured_at = 1 + 2;
constexpr std::string_view label = "bench";

void put(std::uint8_t* to, std::uint64_t number) {
  const std::uint64_t integer = base + number;
  for (unsigned i = 0; i < integer_bytes; ++i) {
    to[i] = static_cast<std::uint8_t>(integer >> (8 * (integer_bytes - 1 - i)));
  }
}

std::uint64_t get(const std::uint8_t* from) {
  std::uint64_t integer = 0;
  for (unsigned i = 0; i < integer_bytes; ++i) integer = integer << 8 | from[i];
  return integer - base;
}

std::string text_of_pattern(std::uint64_t run, const std::string& key) {
  return "<bench " + std::to_string(base + run) + " " + key + " $ $>";
}
Value pattern(std::uint64_t run, const std::string& key) {
  return parse_pattern_text(text_of_pattern(run, key)).value().pattern.to_value();
}

}  // namespace

Numbered::Numbered(std::uint64_t run, std::size_t text_bytes, std::size_t slots)
    : run_(run % base), text_bytes_(text_bytes) {
  const Value one = record(label, base + run_, base, base, std::string(text_bytes, 'x'));
  size_ = one.bytes().size();
  AVOW_CHECK(get(one.bytes().data() + run_at) == run_ && get(one.bytes().data() + number_at) == 0);
  for (std::size_t slot = 0; slot < slots; ++slot) append(slots_, one.bytes());
  captures_size_ = captures(0).size();
}

ByteView Numbered::write(std::size_t slot, std::uint64_t key, std::uint64_t number) {
  AVOW_CHECK(key < numbers_max && number < numbers_max);
  std::uint8_t* const at = slots_.data() + slot * size_;
  put(at + key_at, key);
  put(at + number_at, number);
  return {at, size_};
}

Value Numbered::any() const { return pattern(run_, "_"); }
Value Numbered::of_key(std::uint64_t key) const {
  return pattern(run_, std::to_string(base + key));
}

std::string Numbered::pattern_text() const { return text_of_pattern(run_, "_"); }

Bytes Numbered::captures(std::uint64_t number) const {
  const Value told = sequence(base + number, std::string(text_bytes_, 'x'));
  return {told.bytes().begin(), told.bytes().end()};
}

std::optional<std::uint64_t> Numbered::number_in(ByteView captures) const {
  const std::uint8_t* const at = captures.data();
  const bool fits = captures.size() == captures_size_ && at[0] == tag::sequence &&
                    at[1] == tag::integer && at[2] == integer_bytes &&
                    at[captured_at + integer_bytes] == tag::string;
  if (!fits) return std::nullopt;
  return get(at + captured_at);
}

}  // namespace avow::cli::bench
