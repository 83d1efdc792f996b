#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "avow/model/value.hpp"
#include "server/dataspace/bag.hpp"
#include "server/dataspace/change.hpp"
#include "server/dataspace/matcher.hpp"

// The messages of a turn. Each is for those who are interested at its place in the turn; as long as
// no interest changes they can all be matched together, late, and told on the spot.

namespace avow::server {

class Messages {
 public:
  Messages(Labels& labels, Topics& topics, Captures& captures, Matcher& matcher)
      : labels_(labels), topics_(topics), captures_(captures), matcher_(matcher) {}

  /// Its number among those that `tell` tells next.
  std::uint32_t add(Value message) {
    waiting_.push_back(std::move(message));
    return first_waiting_ + static_cast<std::uint32_t>(waiting_.size() - 1);
  }
  /// Interests are about to change: finds for whom the messages so far are.
  void freeze();
  /// Tells all messages, in their order, and forgets them.
  void tell(DeliverySink& sink);

 private:
  // A message to one topic, told later.
  struct Frozen {
    Change change;
    Bytes captures;
    std::vector<Observer> observers;
  };

  void match_waiting(DeliverySink& sink);

  Labels& labels_;
  Topics& topics_;
  Captures& captures_;
  Matcher& matcher_;
  std::vector<Value> waiting_;
  std::uint32_t first_waiting_ = 0;  // How many before these are frozen.
  std::vector<Frozen> frozen_;
};

}  // namespace avow::server
