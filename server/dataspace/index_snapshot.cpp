#include <algorithm>
#include <limits>

#include "server/dataspace/index.hpp"

// What a topic holds, told to an observer that is new to it: at once, or in parts. Captures stand
// in the order of their ids, new ones come last: whoever was told all up to one of them knows what
// to leave out of what happens meanwhile, and has everything once it has come to the end.

namespace avow::server {

// What is behind that capture, or all after 0.
template <class IsThere>
SnapshotPart Index::tell_after(std::uint32_t last, std::uint32_t registration, std::size_t room,
                               const IsThere& is_there, DeliverySink& sink) {
  const Observer observer = interests_.observer_of(registration);
  const std::uint32_t topic = interests_.registrations()[registration].topic();
  SnapshotPart part;
  std::uint32_t next = capture_after(topic, last);
  for (; next != 0 && part.bytes < room; next = capture_after(topic, last)) {
    last = next;
    const Capture& capture = captures_[last];
    part.through = capture.id;
    if (capture.facts == 0 || !is_there(capture)) continue;
    part.bytes += SnapshotPart::bytes_beside_each +
                  tell(ChangeKind::appear, capture, Cause::none, {&observer, 1}, sink);
  }
  fillings_.note_told(topic, part.through);
  part.is_complete = next == 0 && !fillings_.contains(topic);
  if (!part.is_complete) snapshot_places_.put(registration, last);
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
  sink.joined(observer, tell_after(0, join.registration, sink.room_for(observer), was_there, sink));
}

SnapshotPart Index::tell_part(Turn& turn, std::uint32_t fact, CaptureId after, std::size_t room,
                              DeliverySink& sink) {
  const std::uint32_t registration = bag_[fact].interest;
  const std::uint32_t topic = interests_.registrations()[registration].topic();
  if (after == CaptureId{}) (void)snapshot_places_.take(registration);
  std::size_t looked_at = 0;
  if (fillings_.contains(topic)) {
    const bool needs_more =
        room == std::numeric_limits<std::size_t>::max() ||
        capture_after(topic, snapshot_places_.find(registration).value_or(0)) == 0;
    if (needs_more) looked_at = fill_later(turn, topic, room, sink);
  }
  SnapshotPart part = tell_after(
      snapshot_places_.take(registration).value_or(0), registration, room,
      [](const Capture&) { return true; }, sink);
  if (part.through == CaptureId{}) part.through = after;
  part.bytes = std::max(part.bytes, looked_at);
  return part;
}

void Index::remove_capture(std::uint32_t capture) {
  snapshot_places_.pass(capture, [&](std::uint32_t) { return captures_[capture].previous; });
  captures_.remove(capture);
}

}  // namespace avow::server
