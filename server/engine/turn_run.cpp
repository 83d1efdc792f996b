#include "server/engine/turn_run.hpp"

#include <optional>
#include <utility>

#include "server/engine/admission.hpp"
#include "server/engine/client_entity.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/space.hpp"
#include "server/engine/subscriptions.hpp"

namespace avow::server {
namespace {

constexpr std::size_t spare_writers_max = 4'096;

}  // namespace

std::unique_ptr<OutboundTurnWriter> TurnParts::take_writer() {
  if (spare_writers.empty()) return std::make_unique<OutboundTurnWriter>();
  std::unique_ptr<OutboundTurnWriter> writer = std::move(spare_writers.back());
  spare_writers.pop_back();
  return writer;
}

void TurnParts::give_back(std::unique_ptr<OutboundTurnWriter> writer) {
  if (writer == nullptr) return;  // The output gate has it.
  writer->clear();
  if (spare_writers.size() < spare_writers_max) spare_writers.push_back(std::move(writer));
}

TurnRun::TurnRun(TurnParts& parts, Turn& turn) : parts_(parts), turn_(turn) {
  parts_.content.begin(turn.seq());
  parts_.spaces.clear();
  parts_.sessions.clear();
  parts_.syncs.clear();
}

void TurnRun::give_writer(ClientSession& session) {
  session.writer = parts_.take_writer();
  parts_.sessions.push_back(&session);
}

void TurnRun::touch(Space& space) {
  if (space.is_touched()) return;
  const auto index = static_cast<std::uint32_t>(parts_.spaces.size());
  parts_.content.add_space(space.begin_revision(index));
  parts_.spaces.push_back(&space);
}

void TurnRun::answer_sync(Reference& peer) {
  parts_.references.retain(peer);
  parts_.syncs.push_back(&peer);
}

void TurnRun::settle_step() {
  if (turn_.step_by_step()) settle_spaces();
}

void TurnRun::settle_spaces() {
  for (Space* const space : parts_.spaces) space->settle(*this);
  if (parts_.after_settle.empty()) return;
  for (AfterSettle* const who : std::exchange(parts_.after_settle, {})) who->settled(*this);
}

void TurnRun::settle() {
  settle_spaces();
  parts_.subscriptions.catch_up(*this);
  for (Reference* const peer : parts_.syncs) {
    const Value answer = Value::boolean(true);
    if (ClientEntity* const client = peer->entity->as_client()) {
      if (std::optional<Admitted> admitted = admit(parts_.references, *peer, answer)) {
        client->answer_sync(*this, admitted->body());
      }
    } else {
      parts_.echoes.send(*this, *peer, answer);
    }
    parts_.references.release(*peer);
  }
}

}  // namespace avow::server
