#include "server/engine/sync_reply.hpp"

#include <utility>

#include "server/engine/turn_run.hpp"

namespace avow::server {

SyncReply::SyncReply(ReferenceTable& references, Reference& peer)
    : references_(references), peer_(&peer) {
  references_.retain(peer);
}

SyncReply::~SyncReply() {
  if (peer_ != nullptr) references_.release(*peer_);
}

void SyncReply::message(TurnRun& run, Admitted&&) {
  if (peer_ == nullptr) return;
  run.answer_sync(*peer_);
  references_.release(*std::exchange(peer_, nullptr));
}

void SyncReply::sync(TurnRun& run, Reference& peer) { run.answer_sync(peer); }

void Nobody::sync(TurnRun& run, Reference& peer) { run.answer_sync(peer); }

}  // namespace avow::server
