#include "server/recovery_thread.hpp"

#include <cstdio>
#include <utility>

namespace avow::server {
namespace {

Result<void> recover(Engine& engine, RecoveryProgress& progress) {
  constexpr std::uint64_t worth_telling = 100'000;
  const auto note = [&progress](std::uint64_t rows, std::uint64_t of) {
    progress.of = of;
    progress.rows = rows;
    if (of < worth_telling) return;
    std::fprintf(stderr, "recovering: %llu of %llu\n", static_cast<unsigned long long>(rows),
                 static_cast<unsigned long long>(of));
  };
  AVOW_TRY(const HistoryStart start, engine.recover(note));
  AVOW_CHECK(start.epoch != 0);
  return {};
}

}  // namespace

RecoveryThread::RecoveryThread(Engine& engine, Transport& transport, RecoveryProgress& progress,
                               std::function<void(const Result<void>&)> done)
    : thread_([&engine, &transport, &progress, done = std::move(done)]() mutable {
        Result<void> result = recover(engine, progress);
        transport.post([done = std::move(done), result = std::move(result)] { done(result); });
      }) {}

}  // namespace avow::server
