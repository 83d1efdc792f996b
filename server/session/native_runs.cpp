#include "server/session/native_runs.hpp"

#include <utility>

#include "server/session/native_encoder.hpp"

namespace avow::server {
namespace {

using wire::native::Addressing;

class RunCutter {
 public:
  explicit RunCutter(const OutboundTurn& turn) : turn_(turn) {
    for (const TopicNotice& notice : turn.topics()) some_observer_began_ |= notice.began;
  }

  std::vector<NativeRun> cut() {
    for (std::uint32_t index = 0; index < turn_.events().size(); ++index) add(index);
    return std::move(runs_);
  }

  // Whether all is one run; no memory is taken for it that `run` does not have.
  bool cut_only(NativeRun& run) {
    run.indices.clear();
    for (std::uint32_t index = 0; index < turn_.events().size(); ++index) {
      const OutboundEvent& event = turn_.events()[index];
      if (is_said_already(event)) continue;
      const NativeRun shape = shape_of(event);
      if (run.indices.empty()) {
        take_shape(run, shape);
      } else if (!is_same_shape(run, shape)) {
        return false;
      }
      run.indices.push_back(place_of(event, index));
      bytes_ += size_of(event);
    }
    return bytes_ <= native_chunk_bytes;
  }

 private:
  void add(std::uint32_t index) {
    const OutboundEvent& event = turn_.events()[index];
    if (is_said_already(event)) return;
    NativeRun& run = run_for(event);
    run.indices.push_back(place_of(event, index));
    bytes_ += size_of(event);
  }

  // Every observer of a topic has an event of its own, one after another: it is said once.
  bool is_said_already(const OutboundEvent& event) {
    return is_told_by_topic(event) && std::exchange(last_change_, event.change) == event.change;
  }

  static std::uint32_t place_of(const OutboundEvent& event, std::uint32_t index) {
    return is_told_by_topic(event) ? event.change : index;
  }
  static bool is_same_shape(const NativeRun& run, const NativeRun& other) {
    return run.addressing == other.addressing && run.space == other.space &&
           run.is_snapshot == other.is_snapshot && run.with_captures == other.with_captures;
  }
  static void take_shape(NativeRun& run, const NativeRun& from) {
    run.addressing = from.addressing;
    run.space = from.space;
    run.is_snapshot = from.is_snapshot;
    run.with_captures = from.with_captures;
  }

  // Bodies with references are each session's own, and addressed to the entity.
  static bool is_told_by_topic(const OutboundEvent& event) {
    return event.by_topic && event.change != OutboundEvent::none &&
           event.body == OutboundEvent::none;
  }

  NativeRun& run_for(const OutboundEvent& event) {
    const NativeRun wanted = shape_of(event);
    const bool fits = !runs_.empty() && is_same_shape(runs_.back(), wanted) &&
                      bytes_ + size_of(event) <= native_chunk_bytes;
    if (!fits) {
      runs_.push_back(wanted);
      bytes_ = 0;
    }
    return runs_.back();
  }

  NativeRun shape_of(const OutboundEvent& event) const {
    NativeRun run;
    run.addressing = is_told_by_topic(event) ? Addressing::topics : Addressing::entities;
    if (event.change == OutboundEvent::none) return run;
    run.space = turn_.content().changes()[event.change].space;
    run.with_captures = event.with_captures;
    run.is_snapshot =
        some_observer_began_ && !event.by_topic && event.kind == OutboundKind::publish;
    return run;
  }

  std::size_t size_of(const OutboundEvent& event) const {
    const bool has_body = event.kind != OutboundKind::retract || event.with_captures;
    const std::size_t body = has_body ? turn_.body(event).bytes().size() : 0;
    return body + sizeof(wire::native::Event);
  }

  const OutboundTurn& turn_;
  bool some_observer_began_ = false;
  std::uint32_t last_change_ = OutboundEvent::none;
  std::vector<NativeRun> runs_;
  std::size_t bytes_ = 0;  // Of the last run.
};

}  // namespace

std::vector<NativeRun> native_runs(const OutboundTurn& turn) { return RunCutter(turn).cut(); }

bool only_native_run(const OutboundTurn& turn, NativeRun& into) {
  constexpr std::size_t few = 16;
  const std::size_t count = turn.events().size();
  return count > 0 && count <= few && RunCutter(turn).cut_only(into);
}

}  // namespace avow::server
