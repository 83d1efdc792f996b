#pragma once

#include <optional>
#include <string_view>

#include "avow/base/result.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"

// The options of an Observe that say how it wants to be told, one after another:
//
//   from: 41  epoch: "5c1f0e62b7a94d38"  else: resync  progress: 5000
//
// and those of delivery_policy.hpp.

namespace avow {

/// A word among options, be it a name or a value: a symbol or, as it comes from JSON, a string.
[[nodiscard]] std::optional<std::string_view> option_word(ValueView value);

/// How often a subscription can be told how far it has been told all.
inline constexpr std::uint64_t progress_ms_min = 100;
inline constexpr std::uint64_t progress_ms_max = 86'400'000;

class DeliveryReader {
 public:
  /// Takes one option. Nothing if it is none of these. Errors: `bad-option`.
  [[nodiscard]] std::optional<Result<void>> take(std::string_view name, ValueView value);
  /// What was asked for. Errors: `bad-option`, if one goes only with another that is not there.
  [[nodiscard]] Result<DeliveryOptions> finish() const;

 private:
  [[nodiscard]] Result<void> take_epoch(ValueView value);
  [[nodiscard]] Result<void> take_else(ValueView value);
  [[nodiscard]] Result<void> take_progress(ValueView value);
  [[nodiscard]] Result<void> take_conflation(ValueView value);

  std::optional<std::uint64_t> from_;
  std::optional<std::uint64_t> epoch_;
  bool or_resync_ = false;
  DeliveryOptions options_;
};

/// Adds them to a dictionary that is being built.
void add_delivery_options(Builder& options, const DeliveryOptions& delivery);

}  // namespace avow
