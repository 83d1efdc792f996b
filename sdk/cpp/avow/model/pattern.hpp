#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/delivery_policy.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"

// Dataspace patterns: what to match, and what to capture of it. Source: the Syndicate protocol's
// dataspace-patterns schema (docs/PROTOCOL.md repeats the table).

namespace avow {

/// One node of a pattern. Data: compared by content, safe to share once const.
struct PatternNode {
  enum class Kind : std::uint8_t { discard, bind, literal, group };
  enum class Group : std::uint8_t { record, sequence, dictionary };

  Kind kind = Kind::discard;
  Group group = Group::record;
  Value literal{};                      ///< A literal's atom or reference; a record group's label.
  std::vector<Value> keys{};            ///< A group's keys, ascending in total order.
  std::vector<PatternNode> children{};  ///< Of a bind: one. Of a group: one for each key.

  bool operator==(const PatternNode&) const = default;
};

/// What a pattern asks of a value, without the captures of the whole around it.
[[nodiscard]] const PatternNode& beneath_binds(const PatternNode& root);

/// A parsed pattern.
class Pattern {
 public:
  /// Matches anything, captures nothing.
  Pattern() = default;
  explicit Pattern(PatternNode root);

  /// Reads the wire form, `<group <rec temperature> {0: <bind <_>>}>`. Fields more than needed are
  /// ignored. Errors: `bad-pattern`; `limit` (over `limits`).
  [[nodiscard]] static Result<Pattern> parse(ValueView wire, const PatternLimits& limits = {});

  [[nodiscard]] const PatternNode& root() const { return root_; }
  [[nodiscard]] std::size_t capture_count() const { return capture_count_; }
  /// The wire form, normalised: no extra fields.
  [[nodiscard]] Value to_value() const;

  /// Whether `value` matches: for less than it costs to know what is captured.
  [[nodiscard]] bool matches(ValueView value) const;
  /// The sequence of captures if `value` matches, outer before inner, entries in total order of
  /// their keys. Cost: a walk over the pattern; the server's index does not use it.
  [[nodiscard]] std::optional<Value> match(ValueView value) const;

  bool operator==(const Pattern&) const = default;

 private:
  PatternNode root_;
  std::size_t capture_count_ = 0;
};

/// Pairs of captures that must be equal, by number: `same: [[0 2]]`.
using SamePairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// Whether the captures (a sequence) are equal where `same` demands it.
[[nodiscard]] bool satisfies(const SamePairs& same, ValueView captures);

/// The same pattern with the whole matching value as its first capture: `<bind pattern>`.
[[nodiscard]] Pattern capturing_whole(const Pattern& pattern);

/// How matches are counted.
struct TallyOptions {
  bool counts = false;  ///< The number of facts with the same captures is told.
  bool others = false;  ///< What the observer's own session observes is left out.
  bool whole = false;   ///< The whole fact is told too.
};

/// Where an observer goes on that has been told everything up to a revision before.
struct ResumePoint {
  std::uint64_t revision = 0;
  std::uint64_t epoch = 0;  ///< Of the history that the revision belongs to.
  /// Whether it wants to be told all that is there if what is missing cannot be told any more.
  bool or_resync = false;

  bool operator==(const ResumePoint&) const = default;
};

/// How an observer wants to be told.
struct DeliveryOptions {
  /// Only what has changed since, instead of all that is there.
  std::optional<ResumePoint> resume{};
  /// How long it may be told nothing before it is told how far it has been told all. Zero: for
  /// ever.
  std::uint64_t progress_ms = 0;
  std::optional<SlowPolicy> policy{};  ///< Nothing: as if it were `resync`.
  std::optional<DeliveryCredit> credit{};
  Conflation conflation{};

  bool operator==(const DeliveryOptions&) const = default;
};

/// What an `<Observe pattern #:observer options>` assertion asks for. Options that are understood:
/// `same: [[0 2]]`, by the numbers of the pattern's captures; `whole: #t`, which makes the whole
/// value the first capture, so that a pattern reads the same to whoever observes interests, whether
/// its observer wants captures or facts; `count: #t` and `others: #t`: to count facts, or to leave
/// some out, each has to be known, so the whole value is the first capture then too; and
/// `from: 41 epoch: "5c1f0e62b7a94d38" else: resync`, where to go on, and `progress: 1000`; those
/// of delivery_policy.hpp.
struct Interest {
  Pattern pattern{};
  ReferenceId observer{};
  SamePairs same{};
  /// Nothing if matches are neither counted nor left out.
  std::optional<TallyOptions> tally{};
  DeliveryOptions delivery{};
  /// Whether the third field is a dictionary: then errors are asserted at the observer.
  bool has_options = false;
};

/// The options of an Observe: `{}`, `{same: [[0 2]] whole: #t}`.
[[nodiscard]] Value interest_options(const SamePairs& same, bool whole,
                                     const DeliveryOptions& delivery = {},
                                     const TallyOptions& tally = {});

/// Why a record with the label Observe is not in force.
struct InterestFailure {
  Error error{};  ///< `bad-pattern`, `bad-option`, `unknown-option`, `limit`.
  /// Whom to tell, where the second field is a reference and the third a dictionary.
  std::optional<ReferenceId> tell{};
  /// Where it is about what can be told no more: the revision from which on it can.
  std::optional<std::uint64_t> floor{};
};

/// Reads `assertion` (references in memory form). Nothing if it is no Observe at all: another
/// label, fewer than two fields, or (without a dictionary of options) a pattern that is none: then
/// it is just a fact. A pattern over a limit without options is a failure with nobody to tell.
struct ParsedInterest {
  std::optional<Interest> interest{};
  std::optional<InterestFailure> failure{};
};
[[nodiscard]] ParsedInterest parse_interest(ValueView assertion, const PatternLimits& limits = {});

}  // namespace avow
