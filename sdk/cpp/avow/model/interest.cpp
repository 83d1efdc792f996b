#include <algorithm>
#include <string>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/delivery_options.hpp"
#include "avow/model/pattern.hpp"

// What an assertion `<Observe pattern #:observer options>` asks for, and what is wrong with one
// that asks for what we cannot do. An Observe is a fact in any case; only whether it is also in
// force is decided here.

namespace avow {
namespace {

std::optional<std::uint32_t> capture_number(ValueView number, std::size_t capture_count) {
  const std::optional<std::uint64_t> index = number.as_uint64();
  if (!index || *index >= capture_count) return std::nullopt;
  return static_cast<std::uint32_t>(*index);
}

// Reads `[[0 2] …]`: pairs of numbers of captures.
Result<SamePairs> read_same(ValueView wire, std::size_t capture_count,
                            const PatternLimits& limits) {
  const Error wrong{"bad-option", "The option `same` is a sequence of pairs of capture numbers."};
  if (wire.kind() != Kind::sequence) return wrong;
  SamePairs pairs;
  for (const ValueView pair : wire.elements()) {
    if (pairs.size() == limits.nodes_max) {
      return Error{"limit", "The option `same` has more pairs than " +
                                std::to_string(limits.nodes_max) + "."};
    }
    if (pair.kind() != Kind::sequence || pair.element_count() != 2) return wrong;
    const auto first = capture_number(*pair.element(0), capture_count);
    const auto second = capture_number(*pair.element(1), capture_count);
    if (!first || !second) return wrong;
    pairs.emplace_back(*first, *second);
  }
  return pairs;
}

// The whole becomes the first capture, so all others move up by one.
void capture_whole(Interest& interest) {
  interest.pattern = capturing_whole(interest.pattern);
  for (auto& [first, second] : interest.same) {
    ++first;
    ++second;
  }
  for (std::uint32_t& capture : interest.delivery.conflation.key) ++capture;
}

Result<void> check_key(const Interest& interest) {
  const std::size_t captures = interest.pattern.capture_count();
  const std::vector<std::uint32_t>& key = interest.delivery.conflation.key;
  const bool are_captures =
      std::all_of(key.begin(), key.end(), [&](std::uint32_t one) { return one < captures; });
  if (are_captures && key.size() <= captures) return {};
  return Error{"bad-option", "The key of `conflate` names captures of the pattern, each once."};
}

bool* flag_of(std::string_view name, TallyOptions& flags) {
  if (name == "whole") return &flags.whole;
  if (name == "count") return &flags.counts;
  return name == "others" ? &flags.others : nullptr;
}

Error unknown_option(const std::optional<std::string_view>& name) {
  std::string detail = "Observe has no option ";
  detail.append(name ? *name : "of that kind")
      .append(
          "; this server knows `same`, `whole`, `count`, `others`, `from`, `epoch`, `else`, "
          "`progress`, `policy`, `credit` and `conflate`.");
  return {"unknown-option", std::move(detail)};
}

Result<void> read_options(ValueView options, const PatternLimits& limits, Interest& interest) {
  const Elements all = options.elements();
  TallyOptions flags;
  DeliveryReader delivery;
  for (auto at = all.begin(); at != all.end();) {
    const std::optional<std::string_view> name = option_word(*at++);
    const ValueView value = *at++;
    if (bool* const flag = name ? flag_of(*name, flags) : nullptr) {
      const std::optional<bool> wanted = value.as_boolean();
      if (!wanted) {
        return Error{"bad-option", "The option `" + std::string(*name) + "` is #t or #f."};
      }
      *flag = *flag || *wanted;
      continue;
    }
    if (name) {
      if (const std::optional<Result<void>> taken = delivery.take(*name, value)) {
        AVOW_TRY_VOID(*taken);
        continue;
      }
    }
    if (name != "same") return unknown_option(name);
    AVOW_TRY(SamePairs pairs, read_same(value, interest.pattern.capture_count(), limits));
    interest.same.insert(interest.same.end(), pairs.begin(), pairs.end());
  }
  AVOW_TRY(interest.delivery, delivery.finish());
  AVOW_TRY_VOID(check_key(interest));
  if (flags.counts || flags.others) interest.tally = flags;
  // Who counts facts, or leaves some out, has to know them.
  if (flags.whole || interest.tally) capture_whole(interest);
  return {};
}

}  // namespace

Pattern capturing_whole(const Pattern& pattern) {
  PatternNode whole{.kind = PatternNode::Kind::bind};
  whole.children.push_back(pattern.root());
  return Pattern(std::move(whole));
}

Value interest_options(const SamePairs& same, bool whole, const DeliveryOptions& delivery,
                       const TallyOptions& tally) {
  Builder options;
  options.begin_dictionary();
  if (!same.empty()) {
    options.symbol("same").begin_sequence();
    for (const auto& [first, second] : same) options.value(sequence(first, second));
    options.end();
  }
  if (whole) options.symbol("whole").boolean(true);
  if (tally.counts) options.symbol("count").boolean(true);
  if (tally.others) options.symbol("others").boolean(true);
  add_delivery_options(options, delivery);
  return options.end().finish().value();
}

bool satisfies(const SamePairs& same, ValueView captures) {
  if (same.empty()) return true;
  const Elements elements = captures.elements();
  const std::vector<ValueView> all(elements.begin(), elements.end());
  for (const auto& [first, second] : same) {
    AVOW_CHECK(first < all.size() && second < all.size());
    if (!(all[first] == all[second])) return false;
  }
  return true;
}

ParsedInterest parse_interest(ValueView assertion, const PatternLimits& limits) {
  if (!assertion.is_record("Observe")) return {};
  const std::optional<ValueView> wire = assertion.element(0);
  const std::optional<ValueView> peer = assertion.element(1);
  const std::optional<ValueView> options = assertion.element(2);
  const std::optional<ReferenceId> observer = peer ? peer->as_reference() : std::nullopt;
  if (!wire || !observer) return {};

  Interest interest;
  interest.observer = *observer;
  interest.has_options = options && options->kind() == Kind::dictionary;
  const auto failed = [&](Error error) -> ParsedInterest {
    return {.failure = InterestFailure{.error = std::move(error),
                                       .tell = interest.has_options ? observer : std::nullopt}};
  };
  Result<Pattern> pattern = Pattern::parse(*wire, limits);
  if (!pattern) {
    // Without options nobody asked to hear of it: what is no pattern is then just a fact.
    const bool is_just_a_fact = !interest.has_options && pattern.error().code == "bad-pattern";
    return is_just_a_fact ? ParsedInterest{} : failed(std::move(pattern).error());
  }
  interest.pattern = std::move(pattern).value();
  if (interest.has_options) {
    Result<void> read = read_options(*options, limits, interest);
    if (!read) return failed(std::move(read).error());
  }
  return {.interest = std::move(interest)};
}

}  // namespace avow
