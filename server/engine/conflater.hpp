#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/delivery_policy.hpp"
#include "avow/model/value.hpp"
#include "server/dataspace/change.hpp"

// An observer that wants to be told only the latest match of each key, and not too often.
//
//   matches     <price "tea" 1> came, <price "tea" 1> went, <price "tea" 2> came, <price "oil" 7> …
//   key         the captures that it named: "tea"
//   told        of each key the match that came last, of those that are there; when that is another
//               than the one told before, the new one appears and the old one goes in one turn
//
// It takes what changes, and is asked now and then what is to be told. What it keeps is at most the
// matches that are there, and of each key the one that was told.

namespace avow::server {

class Conflater {
 public:
  explicit Conflater(std::vector<std::uint32_t> key) : key_(std::move(key)) {}

  /// A match has come or gone, in the turn that takes `revision`.
  void take(const Change& change, ValueView captures, std::uint64_t revision);
  /// Whether a key has changed since it was settled last.
  [[nodiscard]] bool has_news() const { return !news_.empty(); }
  /// If so: up to which revision all has been told.
  [[nodiscard]] std::uint64_t told_through() const { return told_through_; }
  [[nodiscard]] bool holds_references() const { return with_references_ > 0; }

  /// What was told is void. Visits the number under which each was told.
  void begin_anew(const std::function<void(CaptureId)>& told);

  /// What is told: captures that come, under a number that `next` gives, or go.
  struct News {
    Change change;
    Value captures;
  };
  [[nodiscard]] std::vector<News> settle(TopicId topic, const std::function<CaptureId()>& next);

 private:
  struct Told {
    CaptureId capture{};
    Value captures;
    Cause went = Cause::none;  // Why it went; none if it is still there.
  };
  struct Matches {
    // By the numbers of their captures, which rise: the last is the latest.
    std::map<std::uint64_t, Value> there;
    std::optional<Told> told;
    bool is_news = false;
  };
  using Keys = std::map<Bytes, Matches, BytesLess>;

  [[nodiscard]] Bytes key_of(ValueView captures) const;
  void note(Keys::iterator key, std::uint64_t revision);
  void count(const Value& captures, std::int64_t more);
  void tell_of(Matches& matches, TopicId topic, const std::function<CaptureId()>& next,
               std::vector<News>& all);

  std::vector<std::uint32_t> key_;
  Keys keys_;
  std::vector<Keys::iterator> news_;  // In the order in which they changed first.
  std::uint64_t told_through_ = 0;
  std::int64_t with_references_ = 0;  // Matches that are there, or told, and mention references.
};

}  // namespace avow::server
