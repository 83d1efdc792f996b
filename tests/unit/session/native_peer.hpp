#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "avow/model/text.hpp"
#include "avow/wire/native.hpp"
#include "avow/wire/preserves.hpp"
#include "server/engine/engine.hpp"
#include "server/session/native_conversation.hpp"

// The client's side of a native conversation. Bodies are given as text, and every message of the
// server is shown as a line of text, such as
//
//   turn 1 batches 1 applied 1 receipt 1@3 subscribed 7:2 synced 7@1
//   batch topics @3: +2/5 ["kitchen"] !2 ["hall"] -2/5 retracted

namespace avow::server::test {

namespace native = wire::native;

class NativePeer final : private Shell {
 public:
  explicit NativePeer(Engine& engine, const ConversationLimits& limits = {})
      : own_sessions_(std::in_place, Bytes{}),
        conversation_(begin(engine, *own_sessions_, limits)) {
    hello_ = take().at(0);
  }
  /// One that may come back: `sessions` must outlive it.
  NativePeer(Engine& engine, ResumableSessions& sessions, const ConversationLimits& limits = {})
      : conversation_(begin(engine, sessions, limits)) {
    hello_ = take().at(0);
  }
  ~NativePeer() {
    if (!departed_) leave();
  }

  [[nodiscard]] const std::string& hello() const { return hello_; }
  [[nodiscard]] NativeConversation& conversation() { return conversation_; }

  std::vector<std::string> say(const native::ClientMessage& message) {
    Bytes frame;
    native::append_message(frame, message);
    return say_bytes(frame);
  }
  std::vector<std::string> say_bytes(ByteView frame) {
    conversation_.receive(Moment{}, FrameType::binary, frame);
    return take();
  }

  struct Event {
    std::uint64_t target;
    wire::EventKind kind;
    std::uint64_t handle;
    std::string body;
  };
  /// A turn that asks for a receipt.
  std::vector<std::string> turn(const std::vector<Event>& events) {
    std::vector<Value> bodies;
    bodies.reserve(events.size());
    std::vector<native::Event> encoded;
    for (const Event& event : events) {
      bodies.push_back(event.body.empty() ? Value() : parse_text(event.body).value());
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
      encoded.push_back({.target = events[i].target,
                         .handle = events[i].handle,
                         .body = bodies[i].bytes(),
                         .kind = events[i].kind});
    }
    return say(native::ClientTurn{.number = ++turns_, .events = encoded, .wants_receipt = true});
  }

  /// The frames that came since, as they came.
  std::vector<OutgoingFrame> take_frames(std::size_t bytes_max = 1) {
    std::vector<OutgoingFrame> frames;
    while (std::optional<OutgoingFrame> frame = conversation_.outbox().take(bytes_max)) {
      AVOW_CHECK(frame->type == FrameType::binary);
      frames.push_back(*std::move(frame));
      conversation_.written();
    }
    return frames;
  }
  std::vector<std::string> take() {
    std::vector<std::string> shown;
    for (const OutgoingFrame& frame : take_frames()) {
      show_frame(frame.bytes(), shown);
    }
    return shown;
  }

  void leave(Departure how = Departure::closed) {
    departed_ = true;
    conversation_.departed(how);
  }

 private:
  void output_ready() override {}
  NativeConversation begin(Engine& engine, ResumableSessions& sessions,
                           const ConversationLimits& limits) {
    return NativeConversation(engine, sessions, {.description = "test"}, *this, Moment{}, limits);
  }

  static void show_frame(ByteView bytes, std::vector<std::string>& shown) {
    auto reader = native::ServerFrameReader::open(bytes, {.bytes_max = 64 << 20}).value();
    while (true) {
      const native::ServerMessage* const message = reader.next().value();
      if (message == nullptr) return;
      shown.push_back(std::visit([](const auto& part) { return show(part); }, *message));
    }
  }

  static std::string number(std::uint64_t number) { return std::to_string(number); }
  static std::string body(ByteView bytes) {
    return bytes.empty() ? "" : " " + to_text(wire::decode_value(bytes).value());
  }
  static std::string fault(const std::optional<native::Fault>& fault) {
    return fault ? " error " + fault->error.code : "";
  }

  static std::string show(const native::Hello& hello) {
    return "hello " + hello.server + " limits " + number(hello.limits.size());
  }
  static std::string show(const native::Opened& opened) {
    if (opened.resumed) {
      return "resumed " + number(opened.id) + " applied " + number(opened.applied) + " received " +
             number(opened.received);
    }
    if (opened.fault) return "opened " + number(opened.id) + fault(opened.fault);
    return "opened " + number(opened.id) + " " + opened.name + " as " + number(opened.reference) +
           " space " + number(opened.space) + "@" + number(opened.revision);
  }
  static std::string show(const native::SessionPart& part) {
    std::string text = "turn " + number(part.turn) + " batches " + number(part.batches) +
                       " applied " + number(part.applied);
    for (const native::Receipt& receipt : part.receipts) {
      text += " receipt " + number(receipt.turn) + fault(receipt.fault);
      for (const auto& at : receipt.revisions) text += "@" + number(at.revision);
    }
    for (const auto& each : part.subscribed) {
      text += " subscribed " + number(each.observer) + ":" + number(each.topic);
    }
    for (const auto& each : part.unsubscribed) {
      text += " unsubscribed " + number(each.observer) + ":" + number(each.topic);
    }
    for (const auto& each : part.gaps) {
      text += " gap " + number(each.observer) + " after " + number(each.after);
      if (each.resync) text += " resync " + std::string(name_of(each.reason));
    }
    for (const auto& each : part.faults) {
      text += " fault " + number(each.observer) + " " + each.fault.error.code;
      if (each.ended) text += " ended after " + number(each.after);
    }
    for (const auto& each : part.synced) {
      text += " synced " + number(each.observer) + "@" + number(each.revision);
      if (each.missed > 0) text += " missed " + number(each.missed);
    }
    return text;
  }
  static std::string show(const native::Batch& batch) {
    std::string text =
        batch.addressing == native::Addressing::topics ? "batch topics" : "batch entities";
    if (batch.snapshot) text += " snapshot";
    text += " @" + number(batch.revision) + ":";
    for (const native::Event& event : batch.events) {
      text += std::string(" ") + "+-!?"[static_cast<std::size_t>(event.kind)];
      text += number(event.target);
      const bool has_handle =
          event.kind == wire::EventKind::publish || event.kind == wire::EventKind::retract;
      if (has_handle) text += "/" + number(event.handle);
      text += body(event.body);
      if (event.cause != Cause::none) text += " " + std::string(name_of(event.cause));
    }
    return text;
  }
  static std::string show(const native::Rows& rows) {
    std::string text = "rows " + number(rows.id) + (rows.last ? " last" : "") + " @" +
                       number(rows.revision) + fault(rows.fault) + ":";
    for (const native::Row& row : rows.rows) {
      text += " " + number(row.pattern) + body(row.captures);
    }
    return text;
  }
  static std::string show(const native::Ping& ping) { return "ping " + number(ping.number); }
  static std::string show(const native::Pong& pong) { return "pong " + number(pong.number); }
  static std::string show(const native::Close& close) { return "close " + close.fault.error.code; }
  static std::string show(const native::OutcomeAnswer& answer) {
    return "outcome " + number(answer.id);
  }
  static std::string show(const native::Acknowledge& acknowledge) {
    return "acknowledge " + number(acknowledge.number);
  }
  static std::string show(const native::Unknown&) { return "unknown"; }

  std::optional<ResumableSessions> own_sessions_;
  NativeConversation conversation_;
  std::string hello_;
  std::uint64_t turns_ = 0;
  bool departed_ = false;
};

}  // namespace avow::server::test
