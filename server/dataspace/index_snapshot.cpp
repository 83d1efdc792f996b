#include "server/dataspace/index.hpp"

// What a topic holds, told to an observer that is new to it: at once, or in parts. Captures stand
// in the order of their ids, new ones come last: whoever was told all up to one of them knows what
// to leave out of what happens meanwhile, and has everything once it has come to the end.

namespace avow::server {
namespace {

// What telling takes beside the captures, about.
constexpr std::size_t bytes_beside_captures = 64;

}  // namespace

// From `capture` on, which may be 0: then there is nothing.
template <class IsThere>
SnapshotPart Index::tell_from(std::uint32_t capture, std::uint32_t registration, std::size_t room,
                              const IsThere& is_there, DeliverySink& sink) {
  const Observer observer = interests_.observer_of(registration);
  SnapshotPart part;
  for (; capture != 0 && part.bytes < room; capture = captures_[capture].next) {
    part.through = captures_[capture].id;
    if (captures_[capture].facts == 0 || !is_there(captures_[capture])) continue;
    part.bytes += bytes_beside_captures +
                  tell(ChangeKind::appear, capture, Cause::none, {&observer, 1}, sink);
  }
  part.is_complete = capture == 0;
  if (!part.is_complete) places_.stop_before(registration, capture);
  return part;
}

// Tells an observer that joined what its topic held by then; the rest is told as it appears.
void Index::tell_join(const Join& join, DeliverySink& sink) {
  const Registration& registration = interests_.registrations()[join.registration];
  if (registration.joins_silently) return;
  const Observer observer = interests_.observer_of(join.registration);
  const auto was_there = [&](const Capture& capture) {
    const CaptureFlip& flip = capture_flips_[capture.flip];
    const bool appears_later = capture.flip != 0 && !flip.was_held && flip.flip >= join.flip;
    return !appears_later;
  };
  sink.joined(observer, tell_from(topics_[registration.topic].first_capture, join.registration,
                                  sink.room_for(observer), was_there, sink));
}

SnapshotPart Index::tell_part(std::uint32_t fact, CaptureId after, std::size_t room,
                              DeliverySink& sink) {
  const std::uint32_t registration = bag_[fact].interest;
  const Topic& topic = topics_[interests_.registrations()[registration].topic];
  std::uint32_t next = places_.take(registration);
  if (after == CaptureId{}) {
    next = topic.first_capture;
  } else if (next == 0) {
    next = first_after(topic, after);
  }
  SnapshotPart part = tell_from(
      next, registration, room, [](const Capture&) { return true; }, sink);
  if (part.through == CaptureId{}) part.through = after;
  return part;
}

// All that was behind that capture by then has gone: what is there now came since, at the end.
std::uint32_t Index::first_after(const Topic& topic, CaptureId id) const {
  std::uint32_t first = 0;
  for (std::uint32_t i = topic.last_capture; i != 0 && captures_[i].id > id;
       i = captures_[i].previous) {
    first = i;
  }
  return first;
}

void Index::remove_capture(std::uint32_t capture) {
  places_.pass(capture);
  captures_.remove(capture);
}

}  // namespace avow::server
