#include "server/engine/client_entity.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "avow/base/check.hpp"
#include "server/engine/admission.hpp"
#include "server/engine/session_table.hpp"
#include "server/engine/sync_reply.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {

ClientEntity::ClientEntity(SessionId session, const wire::Number& oid)
    : session_(number_of(session) & ((std::uint64_t{1} << session_bits) - 1)),
      is_big_(oid.small() ? 0 : 1),
      oid_{.small = oid.small().value_or(0)} {
  AVOW_CHECK(session_id() == session);
  if (is_big_ != 0) oid_.big = new wire::Number(oid);
}

AssertionToken ClientEntity::publish(TurnRun& run, const Admitted& assertion) {
  ClientSession* const session = run.parts().all_sessions.find(session_id());
  if (session == nullptr) return {};
  Pins pins;
  Value wire = session->membrane.write_assertion(assertion.body(), pins);
  session->membrane.pin_import(*this, pins);
  const std::uint64_t handle = run.next_handle();
  if (!pins.empty()) session->told_pins.emplace(handle, std::move(pins));
  run.touch(*session).add_publish(oid(), handle, std::move(wire));
  return AssertionToken{handle};
}

void ClientEntity::retract(TurnRun& run, AssertionToken token, Cause cause) {
  ClientSession* const session = run.parts().all_sessions.find(session_id());
  if (session == nullptr || token == AssertionToken{}) return;
  const auto handle = static_cast<std::uint64_t>(token);
  run.touch(*session).add_retract(oid(), handle, cause);
  session->unpin_told(handle);
}

void ClientEntity::message(TurnRun& run, Admitted&& message) {
  ClientSession* const session = run.parts().all_sessions.find(session_id());
  if (session == nullptr) return;
  std::optional<Value> wire = session->membrane.write_message(message.body());
  if (!wire) {
    ++run.parts().counters.messages_dropped;
    return;
  }
  run.touch(*session).add_message(oid(), *std::move(wire));
  run.count_message();
}

void ClientEntity::sync(TurnRun& run, Reference& peer) {
  ClientSession* const session = run.parts().all_sessions.find(session_id());
  if (session == nullptr) return;
  ReferenceTable& references = run.parts().references;
  Reference& reply = references.add(std::make_unique<SyncReply>(references, peer));
  Membrane& membrane = session->membrane;
  const std::int64_t reply_oid = membrane.export_pinned(reply);
  membrane.find_export(reply_oid)->awaits_sync = 1;
  run.touch(*session).add_sync(
      oid(), wire::wire_reference_to_value({wire::WireReference::Owner::sender, reply_oid, {}}));
}

void ClientEntity::answer_sync(TurnRun& run, const Value& answer) {
  ClientSession* const session = run.parts().all_sessions.find(session_id());
  if (session == nullptr) return;
  std::optional<Value> wire = session->membrane.write_message(answer);
  if (wire) run.touch(*session).add_synced(oid(), *std::move(wire));
}

}  // namespace avow::server
