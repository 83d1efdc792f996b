#include "server/session/native_runs.hpp"

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

 private:
  void add(std::uint32_t index) {
    const OutboundEvent& event = turn_.events()[index];
    if (is_told_by_topic(event)) {
      // Every observer of the topic has an event of its own, one after another: say it once.
      if (last_change_ == event.change) return;
      last_change_ = event.change;
    }
    NativeRun& run = run_for(event);
    run.indices.push_back(is_told_by_topic(event) ? event.change : index);
    bytes_ += size_of(event);
  }

  // Bodies with references are each session's own, and addressed to the entity.
  static bool is_told_by_topic(const OutboundEvent& event) {
    return event.by_topic && event.change != OutboundEvent::none &&
           event.body == OutboundEvent::none;
  }

  NativeRun& run_for(const OutboundEvent& event) {
    const NativeRun wanted = shape_of(event);
    const bool fits = !runs_.empty() && runs_.back().addressing == wanted.addressing &&
                      runs_.back().space == wanted.space &&
                      runs_.back().is_snapshot == wanted.is_snapshot &&
                      runs_.back().with_captures == wanted.with_captures &&
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

}  // namespace avow::server
