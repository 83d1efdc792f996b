#include "tests/bench/durable/server.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "server/session/conversation.hpp"
#include "server/store/turn_record.hpp"

namespace avow::bench {
namespace {

constexpr Milliseconds tick_interval{250};

void must(const Result<void>& done) {
  if (done) return;
  std::fprintf(stderr, "%s\n", done.error().detail.c_str());
  std::exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result) must(Result<void>(result.error()));
  return std::move(result).value();
}

}  // namespace

DurableServer::DurableServer(const std::string& file) {
  server::JournalThreadOptions options;
  options.file.file = file;
  journal_ = must(server::JournalThread::open(std::move(options)));
  server::EngineOptions of_engine;
  of_engine.hash_key = {1, 2};
  of_engine.journal = this;
  engine_ = std::make_unique<server::Engine>(std::move(of_engine));
  (void)must(engine_->recover());
  transport_ = std::make_unique<server::Transport>(
      server::TransportOptions{},
      [this](server::Protocol protocol, server::Peer peer, server::Shell& shell, Moment now) {
        return server::open_conversation(*engine_, sessions_, protocol, std::move(peer), shell,
                                         now);
      },
      [](const server::HttpRequest&) { return server::HttpResponse{}; });
  const std::string url = must(transport_->listen_tcp({"127.0.0.1", 0}));
  port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  transport_->every(tick_interval, [this](Moment now) { engine_->tick(now); });
  transport_->on_time([this] { return engine_->next_deadline(); },
                      [this](Moment now) { engine_->tick(now); });
  journal_->start(*this);
  thread_ = std::thread([this] { transport_->run(); });
}

DurableServer::~DurableServer() { stop(); }

void DurableServer::stop() {
  if (!thread_.joinable()) return;
  transport_->shut_down();
  thread_.join();
  must(journal_->close(engine_->seq()));
}

void DurableServer::append(server::JournalTurn turn) {
  if (turn.changes.size() == 1 && turn.changes[0].act == server::StoredChange::Act::put) {
    BareRows& rows = rows_.emplace_back();
    rows.seq = static_cast<std::int64_t>(turn.seq);
    rows.key = turn.changes[0].key;
    server::write_turn_record(rows.record, turn);
  }
  journal_->append(std::move(turn));
}

void DurableServer::committed(std::uint64_t seq) {
  transport_->post([this, seq] {
    const auto end =
        std::upper_bound(rows_.begin(), rows_.end(), seq, [](std::uint64_t at, const auto& rows) {
          return at < static_cast<std::uint64_t>(rows.seq);
        });
    batch_ends_.push_back(static_cast<std::size_t>(end - rows_.begin()));
    engine_->committed(seq);
  });
}

void DurableServer::reserved(std::uint64_t through) {
  transport_->post([this, through] { engine_->reserved(through); });
}

void DurableServer::room(bool is_there) {
  transport_->post([this, is_there] { engine_->room(is_there); });
}

void DurableServer::failed(const Error& why) { must(Result<void>(why)); }

}  // namespace avow::bench
