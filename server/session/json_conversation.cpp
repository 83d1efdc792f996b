#include "server/session/json_conversation.hpp"

#include <memory>
#include <string>
#include <utility>

namespace avow::server {
namespace {

using wire::JsonRequest;

wire::JsonRequestLimits request_limits(const Engine& engine, const ConversationLimits& limits) {
  wire::JsonRequestLimits ours;
  ours.json.bytes_max = limits.packet.bytes_max;
  ours.value = limits.packet.value;
  ours.pattern = engine.limits().pattern;
  ours.requests_max = limits.packet.events_max;
  return ours;
}

template <class What>
bool is_alone(const JsonSession::Received& received) {
  return received.size() == 1 && received.front().request &&
         std::holds_alternative<What>(received.front().request->what);
}

bool begins_with_open(const JsonSession::Received& received) {
  return !received.empty() && received.front().request &&
         std::holds_alternative<JsonRequest::Open>(received.front().request->what);
}

}  // namespace

JsonConversation::JsonConversation(Engine& engine, ResumableSessions& sessions, const Peer& peer,
                                   Shell& shell, Moment now, const ConversationLimits& limits)
    : ResumableConversation(engine, sessions, Outbox::Framing::packet_per_frame, peer, shell, now,
                            limits) {
  begin(std::make_unique<JsonSession>(
      engine, line(),
      [this](Milliseconds asked, std::string place) { agree(asked, std::move(place)); }));
  line().push_again(FrameType::text,
                    packets_of(encode_json_hello(server_hello(engine, limits, sessions.limits()))));
}

std::size_t JsonConversation::receive(Moment, FrameType type, ByteView data) {
  if (!line().is_over()) receive_message(type, data);
  return data.size();
}

void JsonConversation::receive_message(FrameType type, ByteView data) {
  if (type == FrameType::binary) {
    return fail(CloseCode::unsupported_data,
                {"bad-frame", "The subprotocol avow.json.v1 has text frames only."});
  }
  line().heard();
  Result<JsonSession::Received> received =
      wire::read_json_requests(text_of(data), request_limits(engine(), line().limits()));
  if (received && takes_itself(*received)) return;
  tie().note_received();
  tie().note_bytes(data.size());
  if (received) {
    take(*std::move(received));
  } else {
    json_session().tell(received.error());
  }
  settle_acknowledgements();
}

void JsonConversation::take(JsonSession::Received received) {
  if (not_resumed()) {
    if (!begins_with_open(received)) return refuse_all(received, *not_resumed());
    begin_anew();
  }
  json_session().take_requests(std::move(received));
}

// What is about the session itself stands alone in its message, and is not counted.
bool JsonConversation::takes_itself(const JsonSession::Received& received) {
  if (is_alone<JsonRequest::Resume>(received)) {
    resume(*received.front().request);
  } else if (is_alone<JsonRequest::Acknowledge>(received)) {
    acknowledge(*received.front().request);
  } else {
    return false;
  }
  return true;
}

void JsonConversation::resume(const JsonRequest& request) {
  const auto& asked = std::get<JsonRequest::Resume>(request.what);
  const Result<void> resumed = ResumableConversation::resume({.token = asked.token,
                                                              .received = asked.received,
                                                              .place = asked.space,
                                                              .epoch = asked.epoch});
  if (!resumed) {
    JsonMessage message;
    message.error(request.id, resumed.error());
    return line().push_again(FrameType::text, packets_of(std::move(message).finish()));
  }
  line().push_again(FrameType::text, packets_of(json_session().resumed(*request.id)));
  tie().acknowledged();
  tie().tell_again_after(asked.received);
}

void JsonConversation::acknowledge(const JsonRequest& request) {
  const auto& [number] = std::get<JsonRequest::Acknowledge>(request.what);
  if (const Result<void> known = tie().acknowledge(number); !known) {
    json_session().tell(known.error());
  }
}

void JsonConversation::refuse_all(const JsonSession::Received& received, const Error& why) {
  json_session().refuse(received, std::vector<std::optional<Error>>(received.size(), why));
}

void JsonConversation::settle_acknowledgements() {
  if (line().is_over() || !tie().owes_acknowledgement()) return;
  JsonMessage message;
  message.acknowledge(tie().received());
  tie().acknowledged();
  line().push_again(FrameType::text, packets_of(std::move(message).finish()));
}

Bytes JsonConversation::farewell(const Error& why) const { return JsonSession::farewell(why); }

}  // namespace avow::server
