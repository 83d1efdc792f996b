#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"

// Caveats: restrictions on a reference that rewrite or stop what passes through it. Source: the
// Syndicate protocol's sturdy references (docs/PROTOCOL.md holds the table of caveats).

namespace avow {

/// Limits on what caveats from outside may cost.
struct AttenuationLimits {
  std::size_t caveats_max = 32;
  std::size_t bytes_max = 8'192;  ///< All caveats of one reference together.
  /// Steps of one value's way through all of them; a value that needs more is stopped.
  std::size_t fuel_max = 10'000;
  // What a value may become on its way; it is stopped otherwise.
  std::size_t value_bytes_max = 2 << 20;
  std::size_t depth_max = ValueLimits{}.depth_max;
};

/// Makes the reference that a template's `<attenuate t [caveat …]>` asks for: `reference` is an
/// embedded value in whichever form the caller uses, `caveats` are added to it as its newest.
/// Nothing if `reference` may not be attenuated (then the value is stopped).
using AttenuateReference =
    std::function<std::optional<Value>(ValueView reference, const std::vector<Value>& caveats)>;

/// A parsed list of caveats. An unknown caveat (or one that looks known and does not parse) is
/// kept and stops everything.
class Attenuation {
 public:
  /// Lets everything pass.
  Attenuation() = default;
  /// `caveats` in the order of the list: the newest is the last and is applied first.
  /// Errors: `invalid-caveat` if a rewrite's template names a binding that its pattern does not
  /// make; `limit`.
  [[nodiscard]] static Result<Attenuation> parse(const std::vector<Value>& caveats,
                                                 const AttenuationLimits& limits = {});

  [[nodiscard]] bool empty() const { return source_.empty(); }
  /// The caveats as they came (whole values, as signed).
  [[nodiscard]] const std::vector<Value>& source() const { return source_; }
  /// How many of them are not understood.
  [[nodiscard]] std::size_t unknown_count() const;
  /// What `value` becomes on its way to the target, or nothing if it is stopped.
  [[nodiscard]] std::optional<Value> apply(const Value& value,
                                           const AttenuateReference& attenuate) const;

  struct Caveat;  // In caveat.hpp of this folder; of no interest outside it.

 private:
  std::vector<Value> source_;
  std::vector<std::shared_ptr<const Caveat>> caveats_;
  AttenuationLimits limits_;
};

}  // namespace avow
