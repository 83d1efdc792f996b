#include "avow/model/delivery_policy.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "avow/model/delivery_options.hpp"

namespace avow {
namespace {

// In the order of the policies.
constexpr std::string_view policy_names[] = {"resync", "pause", "close"};

Error bad_option(std::string detail) { return {"bad-option", std::move(detail)}; }

Error no_credit() {
  return bad_option(
      "The option `credit` is a dictionary with `turns`, `bytes` or both: how much may be told.");
}

Error no_conflation() {
  return bad_option(
      "The option `conflate` is a dictionary: `key` is a sequence of numbers of captures, and "
      "`every` a number of milliseconds.");
}

Result<std::vector<std::uint32_t>> read_key(ValueView value) {
  if (value.kind() != Kind::sequence) return no_conflation();
  std::vector<std::uint32_t> key;
  for (const ValueView number : value.elements()) {
    const std::optional<std::uint64_t> capture = number.as_uint64();
    if (!capture || *capture > UINT32_MAX) return no_conflation();
    key.push_back(static_cast<std::uint32_t>(*capture));
  }
  return key;
}

}  // namespace

std::optional<SlowPolicy> slow_policy_in(std::string_view word) {
  const auto* const found = std::find(std::begin(policy_names), std::end(policy_names), word);
  if (found == std::end(policy_names)) return std::nullopt;
  return static_cast<SlowPolicy>(found - std::begin(policy_names));
}

std::string_view name_of(SlowPolicy policy) {
  return policy_names[static_cast<std::size_t>(policy)];
}

Result<std::uint64_t> check_credit(const std::optional<std::uint64_t>& number) {
  if (number && *number >= 1 && *number <= credit_max) return *number;
  return bad_option("A credit is a whole number of turns or bytes, from 1 to 2^63 - 1.");
}

Result<std::uint64_t> check_conflation_ms(const std::optional<std::uint64_t>& ms) {
  if (ms && *ms >= conflation_ms_min && *ms <= conflation_ms_max) return *ms;
  return bad_option("Of `conflate`, `every` is a number of milliseconds, from 10 to 3600000.");
}

Result<SlowPolicy> read_slow_policy(ValueView value) {
  const std::optional<std::string_view> word = option_word(value);
  if (const auto policy = slow_policy_in(word.value_or(""))) return *policy;
  return bad_option("The option `policy` is `resync`, `pause` or `close`.");
}

Result<DeliveryCredit> read_delivery_credit(ValueView value) {
  if (value.kind() != Kind::dictionary || value.element_count() == 0) return no_credit();
  DeliveryCredit credit;
  const Elements all = value.elements();
  for (auto at = all.begin(); at != all.end();) {
    const std::optional<std::string_view> name = option_word(*at++);
    const ValueView number = *at++;
    if (name != "turns" && name != "bytes") return no_credit();
    std::optional<std::uint64_t>& to = name == "turns" ? credit.turns : credit.bytes;
    AVOW_TRY(to, check_credit(number.as_uint64()));
  }
  return credit;
}

Result<Conflation> read_conflation(ValueView value) {
  if (value.kind() != Kind::dictionary || value.element_count() == 0) return no_conflation();
  std::optional<std::vector<std::uint32_t>> key;
  Conflation conflation;
  const Elements all = value.elements();
  for (auto at = all.begin(); at != all.end();) {
    const std::optional<std::string_view> name = option_word(*at++);
    const ValueView content = *at++;
    if (name == "key") {
      AVOW_TRY(key, read_key(content));
    } else if (name == "every") {
      AVOW_TRY(conflation.every_ms, check_conflation_ms(content.as_uint64()));
    } else {
      return no_conflation();
    }
  }
  if (!key || conflation.every_ms == 0) return no_conflation();
  conflation.key = *std::move(key);
  return conflation;
}

void add_delivery_credit(Builder& options, const DeliveryCredit& credit) {
  options.symbol("credit").begin_dictionary();
  if (credit.turns) options.symbol("turns").integer(*credit.turns);
  if (credit.bytes) options.symbol("bytes").integer(*credit.bytes);
  options.end();
}

void add_conflation(Builder& options, const Conflation& conflation) {
  options.symbol("conflate").begin_dictionary();
  options.symbol("key").begin_sequence();
  for (const std::uint32_t capture : conflation.key) options.integer(std::uint64_t{capture});
  options.end();
  options.symbol("every").integer(conflation.every_ms).end();
}

}  // namespace avow
