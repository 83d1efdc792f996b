#include "server/dataspace/index.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

Index::Index(const KeyedHash& keyed, Bag& bag, ObserverHost& host,
             const DirectoryPolicy& directories, std::uint32_t facts_held_at_once, Regions& memory)
    : keyed_(keyed),
      bag_(bag),
      labels_(keyed, bag, directories, memory),
      topics_(keyed, labels_, memory),
      captures_(keyed, topics_, bag.bytes(), memory),
      facts_held_at_once_(facts_held_at_once),
      matcher_(keyed, labels_, topics_, captures_),
      messages_(labels_, topics_, captures_, matcher_),
      interests_(topics_, host, memory),
      host_(host),
      capture_flips_(1),
      leaves_(1) {}

Result<void> Index::check(const Interest& interest, std::uint32_t shapes_max) const {
  return topics_.check(outline_of(interest), shapes_max);
}

void Index::begin_interest(Turn& turn, std::uint32_t fact, const Interest* interest,
                           std::uint32_t flip) {
  const std::uint32_t registration = bag_[fact].interest;
  interests_change_ = true;
  messages_.freeze();
  if (registration != 0) {
    interests_.begin_again(registration, flip);
  } else {
    bag_[fact].interest = interests_.begin(turn, *interest, flip);
  }
}

void Index::end_interest(std::uint32_t fact) {
  interests_change_ = true;
  messages_.freeze();
  interests_.end(bag_[fact].interest);
}

void Index::settle(Turn& turn, std::span<const Flip> flips, DeliverySink& sink) {
  // Messages alone change nothing that is held.
  if (flips.size() == 1) return messages_.tell(sink);
  if (interests_change_) find_joins_and_leaves(flips);
  fill_new_topics(turn);
  fill_for_joins(turn, sink);
  apply(turn, flips);
  begin_to_fill(turn, sink);
  tell_appearances(sink);
  messages_.tell(sink);
  tell_disappearances(sink);
  clean_up(flips);
}

bool Index::is_net(const CaptureFlip& flip, const Capture& capture, std::uint32_t number) {
  return capture.flip == number && flip.was_held != (capture.facts != 0);
}

// Answers how many bytes of captures are told.
std::size_t Index::tell(ChangeKind kind, const Capture& capture, Cause cause,
                        std::span<const Observer> observers, DeliverySink& sink) {
  if (observers.empty()) return 0;
  const bool is_named = kind == ChangeKind::disappear && !sink.tells_what_went(observers);
  const ByteView sequence = is_named ? ByteView() : captures_.sequence_of(capture);
  sink.deliver({.topic = topics_[capture.topic].id,
                .capture = capture.id,
                .kind = kind,
                .cause = cause,
                .holds_references = capture.holds_references},
               sequence, observers);
  return sequence.size();
}

void Index::tell_appearances(DeliverySink& sink) {
  auto join = joins_.begin();
  for (std::uint32_t i = 1; i < capture_flips_.size(); ++i) {
    const CaptureFlip& flip = capture_flips_[i];
    const Capture& capture = captures_[flip.capture];
    if (flip.was_held || !is_net(flip, capture, i)) continue;
    for (; join != joins_.end() && join->flip <= flip.flip; ++join) tell_join(*join, sink);
    const Topic& topic = topics_[capture.topic];
    const auto joined_at = [this](std::uint32_t one) { return interests_.joined_at(one); };
    tell(ChangeKind::appear, capture, Cause::none, topic.observers.present_at(flip.flip, joined_at),
         sink);
  }
  for (; join != joins_.end(); ++join) tell_join(*join, sink);
}

void Index::tell_disappearances(DeliverySink& sink) {
  std::uint32_t leave = 1;
  for (std::uint32_t i = 1; i < capture_flips_.size(); ++i) {
    const CaptureFlip& flip = capture_flips_[i];
    const Capture& capture = captures_[flip.capture];
    if (!flip.was_held || !is_net(flip, capture, i)) continue;
    for (; leave < leaves_.size() && leaves_[leave].flip <= flip.flip; ++leave) {
      tell_leave(leaves_[leave], sink);
    }
    const Topic& topic = topics_[capture.topic];
    tell(ChangeKind::disappear, capture, flip.cause, topic.observers.stayed(), sink);
    if (first_leaves_.empty()) continue;
    tell(ChangeKind::disappear, capture, flip.cause, left_after(capture.topic, flip.flip), sink);
  }
  for (; leave < leaves_.size(); ++leave) tell_leave(leaves_[leave], sink);
}

// The observers of the topic that were still there at `flip`, but left later in this turn.
std::span<const Observer> Index::left_after(std::uint32_t topic, std::uint32_t flip) {
  gathered_.clear();
  const std::uint32_t* const first = first_leaves_.find(topic);
  for (std::uint32_t i = first != nullptr ? *first : 0; i != 0; i = leaves_[i].next) {
    if (leaves_[i].flip > flip) gathered_.push_back(leaves_[i].observer);
  }
  std::reverse(gathered_.begin(), gathered_.end());
  return gathered_;
}

// Tells an observer that left the end of all that it held still.
void Index::tell_leave(const Leave& leave, DeliverySink& sink) {
  if (!sink.hears(leave.observer)) return;
  const Topic& topic = topics_[leave.topic];
  for (std::uint32_t i = topic.first_capture; i != 0; i = captures_[i].next) {
    const Capture& capture = captures_[i];
    const CaptureFlip& flip = capture_flips_[capture.flip];
    const bool was_held = capture.flip != 0 ? flip.was_held : true;
    const bool went_before = capture.facts == 0 && flip.flip < leave.flip;
    if (!was_held || went_before) continue;
    tell(ChangeKind::disappear, capture, leave.cause, {&leave.observer, 1}, sink);
  }
}

}  // namespace avow::server
