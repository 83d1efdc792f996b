#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "avow/wire/packet_stream.hpp"
#include "server/engine/engine.hpp"
#include "server/session/syndicate_conversation.hpp"

// The client's side of a plain Syndicate conversation: packets are given as text, in whatever form
// they travel.

namespace avow::server::test {

class SyndicatePeer final : private Shell {
 public:
  using Wire = SyndicateConversation::Wire;

  explicit SyndicatePeer(Engine& engine, PacketForm form = PacketForm::text,
                         Wire wire = Wire::stream, bool local = true,
                         const ConversationLimits& limits = {})
      : form_(form),
        conversation_(engine, wire, {.description = "test", .local = local}, *this, Moment{},
                      limits) {}
  ~SyndicatePeer() {
    if (!departed_) leave(Departure::closed);
  }

  [[nodiscard]] SyndicateConversation& conversation() { return conversation_; }

  /// The bytes of a packet, as this peer sends it.
  [[nodiscard]] Bytes bytes_of_packet(std::string_view packet) const {
    if (form_ == PacketForm::text) {
      const ByteView text = avow::bytes_of(packet);
      Bytes bytes(text.begin(), text.end());
      bytes.push_back('\n');
      return bytes;
    }
    const Value value = parse_text(packet).value();
    return {value.bytes().begin(), value.bytes().end()};
  }
  /// How many bytes were taken.
  std::size_t send(ByteView bytes, Moment now = {}) {
    return conversation_.receive(
        now, form_ == PacketForm::text ? FrameType::text : FrameType::binary, bytes);
  }
  /// From now on others should have their turn between two packets.
  void be_one_of_many() { goes_on_ = false; }
  /// Sends one packet and returns the packets that came by then, as text.
  std::vector<std::string> say(std::string_view packet, Moment now = {}) {
    send(bytes_of_packet(packet), now);
    return take();
  }
  /// Resolves the development reference, whose number is then returned.
  std::string resolve() {
    const std::vector<std::string> answer = say(
        "[[0 <A <resolve " + to_text(development_reference().to_value()) + " #:[0 999]> 999>]]");
    const std::size_t at = answer.at(0).find("#:[0 ") + 5;
    return answer[0].substr(at, answer[0].find(']', at) - at);
  }
  /// All bytes that have come since.
  Bytes take_bytes() {
    Bytes all;
    while (std::optional<OutgoingFrame> frame = conversation_.outbox().take(1 << 20)) {
      append(all, frame->bytes());
      conversation_.written();
    }
    return all;
  }
  /// The packets that have come whole since, as text.
  std::vector<std::string> take() {
    const Bytes bytes = take_bytes();
    std::vector<std::string> packets;
    for (ByteView rest = bytes;;) {
      const ByteView before = rest;
      const bool is_whole = splitter_.next(rest).value().has_value();
      append(begun_, before.first(before.size() - rest.size()));
      if (!is_whole) return packets;
      packets.push_back(text_of(std::exchange(begun_, {})));
    }
  }
  /// Of a packet that has begun to come and is not whole.
  [[nodiscard]] const Bytes& begun() const { return begun_; }

  void leave(Departure how) {
    departed_ = true;
    conversation_.departed(how);
  }

 private:
  void output_ready() override {}
  [[nodiscard]] bool goes_on() override { return goes_on_; }
  [[nodiscard]] std::string text_of(const Bytes& packet) const {
    if (form_ == PacketForm::binary) return to_text(ValueView(packet));
    return to_text(parse_text_prefix(avow::text_of(packet)).value()->value);
  }

  bool goes_on_ = true;
  PacketForm form_;
  SyndicateConversation conversation_;
  wire::PacketStream splitter_{wire::PacketLimits{}};
  Bytes begun_;
  bool departed_ = false;
};

}  // namespace avow::server::test
