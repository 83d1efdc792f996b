#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/dataspace/change.hpp"
#include "server/engine/reference_table.hpp"

// Observers that want their matches counted, or not their own interests among them.
//
//   count: #t    the number of facts with these captures comes behind them. When it changes, the
//                captures with the new number appear, and those with the old one go, in that turn.
//   others: #t   what the observer's own session observes is left out, and not counted.
//
// The dataspace tells such an observer of each fact alone (the whole fact is the first capture),
// and what it is told is put together here, at the end of the turn. What the observer cannot see is
// not told to it, and so is not counted.

namespace avow::server {

class Tally {
 public:
  /// `own` is the session that is told; zero if it is none.
  Tally(const TallyOptions& options, SessionId own) : options_(options), own_(own) {}

  /// What the observer is told of captures that begin with the whole fact.
  [[nodiscard]] Value told_of(ValueView captures) const;
  /// A fact has come or gone; `captures` begin with it.
  void take(const Change& change, ValueView captures, ReferenceTable& references);
  /// Whether something is to be told.
  [[nodiscard]] bool has_news() const { return !news_.empty(); }

  /// What is told: captures that come, under a number that `next` gives, or go.
  struct News {
    Change change;
    Value captures;
  };
  /// All is told anew. Visits the number under which each was told, in an order of its own.
  void begin_anew(const std::function<void(CaptureId)>& told);
  [[nodiscard]] std::vector<News> settle(TopicId topic, const std::function<CaptureId()>& next);

 private:
  struct Entry {
    std::uint64_t now = 0;
    std::uint64_t told = 0;  ///< 0: its captures are not told.
    CaptureId capture{};     ///< Under which they are.
    Cause cause = Cause::none;
    bool is_news = false;
  };
  using Entries = std::map<Bytes, Entry, BytesLess>;

  [[nodiscard]] bool is_own(ValueView fact, ReferenceTable& references) const;
  [[nodiscard]] Value captures_of(const Bytes& key, std::uint64_t count) const;
  void note(Entries::iterator entry);

  TallyOptions options_;
  SessionId own_;
  Entries entries_;  // By what is told, without the number.
  std::vector<Entries::iterator> news_;
  boost::unordered_flat_set<std::uint64_t> left_out_;  // Numbers of captures. Never walked over.
};

}  // namespace avow::server
