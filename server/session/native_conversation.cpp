#include "server/session/native_conversation.hpp"

#include <memory>
#include <utility>

#include "server/session/native_encoder.hpp"

namespace avow::server {
namespace {

namespace native = wire::native;

Error not_here() {
  return {"unsupported",
          "What is to happen after the end of a session, and what came of a turn, is asked of the "
          "keeper."};
}

}  // namespace

NativeConversation::NativeConversation(Engine& engine, ResumableSessions& sessions,
                                       const Peer& peer, Shell& shell, Moment now,
                                       const ConversationLimits& limits)
    : ResumableConversation(engine, sessions, Outbox::Framing::merged, peer, shell, now, limits) {
  begin(std::make_unique<NativeSession>(
      engine, line(),
      [this](Milliseconds asked, std::string place) { agree(asked, std::move(place)); }));
  say(encode_native_hello(server_hello(engine, limits, sessions.limits())));
}

std::size_t NativeConversation::receive(Moment, FrameType type, ByteView data) {
  if (!line().is_over()) receive_message(type, data);
  return data.size();
}

void NativeConversation::receive_message(FrameType type, ByteView data) {
  if (type == FrameType::text) {
    return fail(CloseCode::unsupported_data,
                {"bad-frame", "The subprotocol avow.capnp.v1 has binary frames only."});
  }
  read_frame(data);
  if (line().is_over()) return;
  tie().note_bytes(data.size());
  settle_acknowledgements();
}

void NativeConversation::read_frame(ByteView frame) {
  const native::FrameLimits limits{.bytes_max = line().limits().packet.bytes_max,
                                   .events_max = line().limits().packet.events_max};
  native::SmallTurn small;
  if (!small.read(frame, limits)) return read_messages(frame, limits);
  line().heard();
  if (const Result<void> handled = handle(small.turn()); !handled) refuse(handled.error());
}

void NativeConversation::read_messages(ByteView frame, const native::FrameLimits& limits) {
  native::ClientFrameReader reader(limits);
  const Result<void> begun = reader.begin(frame);
  if (!begun) return refuse(begun.error());
  while (!line().is_over()) {
    const Result<const native::ClientMessage*> message = reader.next();
    if (!message) return refuse(message.error());
    if (*message == nullptr) return;
    line().heard();
    const Result<void> handled = handle(**message);
    if (!handled) return refuse(handled.error());
  }
}

void NativeConversation::refuse(const Error& why) { fail(CloseCode::protocol_error, why); }

Result<void> NativeConversation::handle(const native::ClientMessage& message) {
  return std::visit([this](const auto& each) { return handle(each); }, message);
}

// What the session does, it counts.
template <class Message>
Result<void> NativeConversation::hand_on(const Message& message) {
  if (not_resumed()) return *not_resumed();
  tie().note_received();
  return native_session().handle(message);
}

Result<void> NativeConversation::handle(const native::Open& open) {
  if (open.resume_token.empty()) {
    begin_anew();
    return hand_on(open);
  }
  resume(open);
  return {};
}

void NativeConversation::resume(const native::Open& open) {
  ResumeRequest asked{.token = open.resume_token,
                      .received = open.received,
                      .place = NativeSession::place_of(open.reference),
                      .epoch = std::nullopt};
  if (open.epoch != 0) asked.epoch = open.epoch;
  if (const Result<void> resumed = ResumableConversation::resume(asked); !resumed) {
    native::Opened answer;
    answer.id = open.id;
    answer.fault = native::Fault{.error = resumed.error()};
    return say(answer);
  }
  say(native_session().resumed(open.id));
  tie().acknowledged();
  tie().tell_again_after(open.received);
}

Result<void> NativeConversation::handle(const native::Acknowledge& acknowledge) {
  return tie().acknowledge(acknowledge.number);
}

void NativeConversation::settle_acknowledgements() {
  if (!tie().owes_acknowledgement()) return;
  tie().acknowledged();
  say(native::Acknowledge{tie().received()});
}

Result<void> NativeConversation::handle(const native::Ping& ping) {
  say(native::Pong{ping.number});
  return {};
}

Result<void> NativeConversation::handle(const native::Close&) {
  tie().end(CloseCode::normal, "The client said that the session is over.", Cause::closed);
  return {};
}

Result<void> NativeConversation::handle(const native::LastTurn&) { return not_here(); }

Result<void> NativeConversation::handle(const native::OutcomeQuestion&) { return not_here(); }

void NativeConversation::say(const native::ServerMessage& message) {
  line().push_again(FrameType::binary, packets_of(native_packet(message)));
}

Bytes NativeConversation::farewell(const Error& why) const { return NativeSession::farewell(why); }

}  // namespace avow::server
