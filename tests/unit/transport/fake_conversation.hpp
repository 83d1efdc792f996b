#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/session/conversation.hpp"
#include "tests/unit/transport/journal.hpp"

// A conversation that echoes what it hears and notes what happens to it. Some words make it do
// more:
//
//   end    answers `farewell`, and ends with `ending_reason`
//   hold   wants no further input until `release` is called
//   flood  says one packet that no socket buffer holds
//   later  sets a deadline, and says `now` when that has passed
//   toil   takes a while, and answers nothing; on a stream several of it may come at once

namespace avow::server {

class FakeConversation final : public Conversation {
 public:
  static constexpr std::size_t flood_bytes = 64 << 20;
  /// Longer than a close frame holds; its byte 123 is in the middle of a letter.
  static std::string ending_reason() { return std::string(122, 'x') + "\xC3\xA4 and so on"; }

  FakeConversation(Protocol protocol, Shell& shell, Journal& journal)
      : shell_(shell),
        journal_(journal),
        outbox_(protocol == Protocol::syndicate_stream ? Outbox::Framing::merged
                                                       : Outbox::Framing::packet_per_frame,
                waiting_bytes_max) {
    journal_.note("opened");
  }
  ~FakeConversation() override { journal_.note("gone"); }

  std::size_t receive(Moment now, FrameType type, ByteView data) override {
    ByteView rest = data;
    while (rest.size() > toil.size() && text_of(rest).starts_with(toil)) {
      hear(now, type, toil);
      rest = rest.subspan(toil.size());
      if (!shell_.goes_on()) return data.size() - rest.size();
    }
    hear(now, type, text_of(rest));
    return data.size();
  }

  void on_time(Moment now) override {
    journal_.note(now >= deadline_ ? "on time" : "too early");
    deadline_.reset();
    say(FrameType::text, "now");
  }

  void departed(Departure how) override {
    journal_.note(how == Departure::closed ? "departed closed" : "departed lost");
  }
  void shut_down() override { end(CloseCode::going_away, "The server is shutting down."); }

  /// Wants input again.
  void release() {
    held_ = false;
    shell_.output_ready();
  }

  [[nodiscard]] std::optional<Moment> deadline() const override { return deadline_; }
  [[nodiscard]] Outbox& outbox() override { return outbox_; }
  [[nodiscard]] const std::optional<Ending>& ending() const override { return ending_; }
  [[nodiscard]] bool wants_input() const override { return !held_; }

 private:
  static constexpr std::size_t waiting_bytes_max = 8 << 20;
  static constexpr std::string_view toil = "toil";

  void hear(Moment now, FrameType type, std::string_view words) {
    const std::string said(words);
    journal_.note((type == FrameType::text ? "text " : "heard ") + said);
    if (said == "end") {
      say(type, "farewell");
      end(CloseCode::policy_violation, ending_reason());
    } else if (said == "hold") {
      held_ = true;
    } else if (said == "flood") {
      say(type, std::string(flood_bytes, '~'));
    } else if (said == "later") {
      deadline_ = now + Milliseconds(1);
    } else if (said == toil) {
      const Moment end = std::chrono::steady_clock::now() + Milliseconds(2);
      while (std::chrono::steady_clock::now() < end) continue;
    } else {
      say(type, said);
    }
  }

  void say(FrameType type, std::string_view words) {
    // In three blocks, as real packets are made of several.
    const std::size_t third = words.size() / 3;
    std::vector<Block> packet{block(words.substr(0, third)), block(words.substr(third, third)),
                              block(words.substr(2 * third))};
    if (!outbox_.push(type, std::move(packet))) journal_.note("outbox full");
    shell_.output_ready();
  }

  void end(CloseCode code, std::string reason) {
    ending_ = Ending{code, std::move(reason)};
    shell_.output_ready();
  }

  static Block block(std::string_view words) {
    const ByteView bytes = bytes_of(words);
    return std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  }

  Shell& shell_;
  Journal& journal_;
  Outbox outbox_;
  std::optional<Ending> ending_;
  std::optional<Moment> deadline_;
  bool held_ = false;
};

}  // namespace avow::server
