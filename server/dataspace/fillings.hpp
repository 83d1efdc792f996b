#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "server/base/cause.hpp"
#include "server/base/ids.hpp"
#include "server/dataspace/bookmarks.hpp"
#include "server/dataspace/outline.hpp"

// Topics that came to be where many facts were already. These are held against the topic a step at
// a time, in the order in which they came, as its observers are told of them in parts; what comes
// meanwhile is held against it at once. So nobody waits until a new pattern has been held against a
// million facts.
//
// When the last fact goes of which it is known that it has certain captures, there may be others
// with the same ones which nobody has looked at yet. Then the captures linger: observers that were
// told of them are told that they went, if they did, when all has been looked at. Only captures
// that name references go at once, and come anew with what is found then.

namespace avow::server {

class Fillings {
 public:
  struct Lingering {
    std::uint32_t capture = 0;
    Cause cause = Cause::none;
  };

  /// The topic, which holds nothing yet, is filled from now on. What it comes to hold has later ids
  /// than `began`.
  /// `awaited` is what it is found by, if there is soon to be a directory for that.
  void begin(std::uint32_t topic, CaptureId began, std::optional<Outline> awaited);
  [[nodiscard]] bool empty() const { return fillings_.empty(); }
  [[nodiscard]] bool contains(std::uint32_t topic) const {
    return !empty() && fillings_.find(topic) != fillings_.end();
  }

  /// Behind which fact the next step begins; to be put back after it, if that was not the last.
  [[nodiscard]] std::uint32_t take_place(std::uint32_t topic) { return *places_.take(topic); }
  void put_place(std::uint32_t topic, std::uint32_t fact) { places_.put(topic, fact); }
  [[nodiscard]] CaptureId began(std::uint32_t topic) const { return fillings_.at(topic).began; }
  /// What the directory for which the topic waits is for; nothing if it waits for none.
  [[nodiscard]] std::optional<Outline>& awaited(std::uint32_t topic) {
    return fillings_.at(topic).awaited;
  }
  /// The fact is about to leave its label.
  template <class Before>
  void pass(std::uint32_t fact, const Before& before) {
    if (!empty()) places_.pass(fact, before);
  }

  /// Somebody has been told what the topic holds up to that capture.
  void note_told(std::uint32_t topic, CaptureId through);
  /// Whether this capture of the topic, behind which there is no fact that is known, is to stay as
  /// if there were one: it does from now on.
  [[nodiscard]] bool linger(std::uint32_t topic, CaptureId id, const Lingering& capture);
  /// All facts have been held against the topic, or it has ended. What lingered.
  std::vector<Lingering> end(std::uint32_t topic);

 private:
  struct Filling {
    CaptureId began{};
    std::optional<Outline> awaited;
    CaptureId told_through{};
    std::vector<Lingering> lingering;
  };

  std::map<std::uint32_t, Filling> fillings_;  // By topic.
  Bookmarks places_;
};

}  // namespace avow::server
