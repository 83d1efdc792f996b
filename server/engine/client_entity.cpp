#include "server/engine/client_entity.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "server/engine/admission.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/sync_reply.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {

ClientEntity::ClientEntity(ReferenceTable& references, ClientSession& session, wire::Number oid)
    : references_(references), session_(&session), oid_(std::move(oid)) {
  session.entities.push_back(*this);
}

AssertionToken ClientEntity::publish(TurnRun& run, Admitted assertion) {
  if (session_ == nullptr) return {};
  Pins pins;
  Value wire = session_->membrane.write_assertion(assertion.body(), pins);
  session_->membrane.pin_import(*self_, pins);
  const std::uint64_t handle = run.next_handle();
  if (!pins.empty()) session_->told_pins.emplace(handle, std::move(pins));
  run.touch(*session_).add_publish(oid_, handle, std::move(wire));
  return AssertionToken{handle};
}

void ClientEntity::retract(TurnRun& run, AssertionToken token, Cause cause) {
  if (session_ == nullptr || token == AssertionToken{}) return;
  const auto handle = static_cast<std::uint64_t>(token);
  run.touch(*session_).add_retract(oid_, handle, cause);
  session_->unpin_told(handle);
}

void ClientEntity::message(TurnRun& run, Admitted message) {
  if (session_ == nullptr) return;
  std::optional<Value> wire = session_->membrane.write_message(message.body());
  if (!wire) {
    ++run.parts().counters.messages_dropped;
    return;
  }
  run.touch(*session_).add_message(oid_, *std::move(wire));
  run.count_message();
}

void ClientEntity::sync(TurnRun& run, Reference& peer) {
  if (session_ == nullptr) return;
  Reference& reply = references_.add(std::make_unique<SyncReply>(references_, peer));
  Membrane& membrane = session_->membrane;
  const std::int64_t oid = membrane.export_pinned(reply);
  membrane.find_export(oid)->awaits_sync = true;
  run.touch(*session_).add_sync(
      oid_, wire::wire_reference_to_value({wire::WireReference::Owner::sender, oid, {}}));
}

void ClientEntity::answer_sync(TurnRun& run, const Value& answer) {
  if (session_ == nullptr) return;
  std::optional<Value> wire = session_->membrane.write_message(answer);
  if (wire) run.touch(*session_).add_synced(oid_, *std::move(wire));
}

}  // namespace avow::server
