#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/value.hpp"

// How an observer is told less than everything, if it says so in the options of its Observe:
//
//   policy: pause                         what becomes of it when its client does not keep up
//   credit: {turns: 10 bytes: 65536}      how much it may be told until its client grants more
//   conflate: {key: [0] every: 250}       only the latest match of each key, at most so often

namespace avow {

/// What becomes of an observer that cannot be told: since its client does not take what it is told,
/// or has granted no more.
enum class SlowPolicy : std::uint8_t {
  resync,  ///< It is told of a gap at once, and later what is different, or everything anew.
  pause,   ///< The same, but that it misses anything is told only with what it has missed.
  close,   ///< It ends, with an error.
};

[[nodiscard]] std::optional<SlowPolicy> slow_policy_in(std::string_view word);
[[nodiscard]] std::string_view name_of(SlowPolicy policy);

/// What an observer may be told. Of what is not named there is no limit.
struct DeliveryCredit {
  std::optional<std::uint64_t> turns{};  ///< That tell it anything.
  std::optional<std::uint64_t> bytes{};  ///< Of captures.

  bool operator==(const DeliveryCredit&) const = default;
};

/// What can be granted of either, at once and all together.
inline constexpr std::uint64_t credit_max = (std::uint64_t{1} << 63) - 1;

/// Of the matches whose captures agree in `key`, only the one that came last is told.
struct Conflation {
  std::vector<std::uint32_t> key{};  ///< Numbers of captures. None: all matches have the same.
  std::uint64_t every_ms = 0;        ///< It is told no more often. Zero: all is told at once.

  [[nodiscard]] bool is_wanted() const { return every_ms != 0; }

  bool operator==(const Conflation&) const = default;
};

inline constexpr std::uint64_t conflation_ms_min = 10;
inline constexpr std::uint64_t conflation_ms_max = 3'600'000;

/// What is wrong with a number of either kind; nothing if it is one.
[[nodiscard]] Result<std::uint64_t> check_credit(const std::optional<std::uint64_t>& number);
[[nodiscard]] Result<std::uint64_t> check_conflation_ms(const std::optional<std::uint64_t>& ms);

// The values of these options. Errors: `bad-option`.
[[nodiscard]] Result<SlowPolicy> read_slow_policy(ValueView value);
[[nodiscard]] Result<DeliveryCredit> read_delivery_credit(ValueView value);
[[nodiscard]] Result<Conflation> read_conflation(ValueView value);

void add_delivery_credit(Builder& options, const DeliveryCredit& credit);
void add_conflation(Builder& options, const Conflation& conflation);

}  // namespace avow
