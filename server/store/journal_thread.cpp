#include "server/store/journal_thread.hpp"

#include <atomic>
#include <thread>
#include <utility>

#include "avow/base/check.hpp"
#include "server/store/journal_file.hpp"
#include "server/store/journal_queue.hpp"

namespace avow::server {
namespace {

using Clock = std::chrono::steady_clock;

bool is_full(const Result<void>& done) { return !done && done.error().code == "no-space"; }

Error ended_early() { return {"store-closed", "The server ended before the backup was made."}; }

Error disk_is_low() {
  return {"no-space",
          "The backup was given up: the disk is nearly full, and what is left is for the server. "
          "Make room, or write it to another disk."};
}

}  // namespace

struct JournalThread::State {
  explicit State(JournalThreadOptions given)
      : options(std::move(given)),
        space(options.file.file, options.space),
        queue(options.batch_turns_max, options.batch_bytes_max) {}

  const JournalThreadOptions options;
  DiskSpace space;
  JournalQueue queue;
  std::unique_ptr<JournalFile> file;  // Of the thread, while there is one.
  std::unique_ptr<BackupJob> job;
  BackupRequest job_request;
  bool job_is_beside = false;  // It fills the disk that the database is on.
  JournalListener* listener = nullptr;
  bool told_room = true;
  std::optional<Error> failed;  // Of the thread; read by others after it ended.
  std::atomic<std::uint64_t> floor = 0;
  std::atomic<std::uint64_t> head = 0;
  std::thread thread;

  // ---- the thread ----

  void run() {
    Clock::time_point next_look = Clock::now();
    for (bool is_end = false; !is_end && !failed;) {
      JournalWork work = queue.take(next_look, job != nullptr);
      is_end = work.is_end;
      note(work_on(work));
      if (Clock::now() >= next_look) {
        look_at_space();
        next_look = Clock::now() + options.look_every;
      }
    }
    if (const auto late = queue.take(Clock::now(), true).backup) late->done(ended_early());
    end_job(ended_early());
    if (failed) listener->failed(*failed);
  }

  void note(const Result<void>& done) {
    if (!done) failed = done.error();
  }

  Result<void> work_on(JournalWork& work) {
    AVOW_TRY_VOID(commit(work.turns));
    if (work.reserve) {
      AVOW_TRY_VOID(reserve(*work.reserve));
    }
    if (work.backup || job) AVOW_TRY_VOID(with_ballast([&] { return file->settle(); }));
    if (work.backup) begin_job(*std::move(work.backup));
    step_job();
    // After the answers are on their way: nobody waits for this.
    Result<void> maintained = file->maintain();
    floor = file->floor();  // Of the log old turns may have gone.
    if (!is_full(maintained)) return maintained;
    // All is in the write-ahead log: it is moved when there is room.
    space.release_ballast();
    tell_room();
    return {};
  }

  Result<void> commit(const std::vector<JournalTurn>& turns) {
    if (turns.empty()) return {};
    const Clock::time_point begin = Clock::now();
    AVOW_TRY_VOID(with_ballast([&] { return file->commit(turns); }));
    queue.committed(turns.size(), {.all = Clock::now() - begin, .flush = file->flush_time()});
    floor = file->floor();
    head = file->head();
    listener->committed(turns.back().seq);
    return {};
  }

  Result<void> reserve(std::uint64_t through) {
    std::uint64_t reserved = 0;
    AVOW_TRY_VOID(with_ballast([&]() -> Result<void> {
      AVOW_TRY(reserved, file->reserve(through));
      return {};
    }));
    listener->reserved(reserved);
    return {};
  }

  // A full disk leaves all as it was. So the ballast makes room, and the same is tried once more:
  // nobody was told that it failed, nor ever will be if it is written now.
  template <class Write>
  Result<void> with_ballast(const Write& write) {
    Result<void> done = write();
    if (!is_full(done)) return done;
    space.release_ballast();
    tell_room();
    return write();
  }

  void look_at_space() {
    space.check();
    tell_room();
  }
  void tell_room() {
    if (listener == nullptr || space.has_room() == told_room) return;
    told_room = space.has_room();
    listener->room(told_room);
  }

  // ---- backups ----

  void begin_job(BackupRequest request) {
    if (job) {
      request.done(Error{"store-in-use", "A backup is being made already. Wait for its end."});
      return;
    }
    job_request = std::move(request);
    job_is_beside = on_same_disk(options.file.file, job_request.file);
    const std::uint64_t spare = job_is_beside ? options.space.low_mark_bytes : 0;
    auto begun = BackupJob::begin(file->connection(), job_request.file, spare);
    if (!begun) {
      job_request.done(begun.error());
      return;
    }
    job = *std::move(begun);
  }
  void step_job() {
    if (!job) return;
    if (job_is_beside && !space.has_room()) return end_job(disk_is_low());
    const Result<bool> is_done = job->step();
    if (!is_done) return end_job(is_done.error());
    job_request.progress(job->progress());
    if (*is_done) end_job(job->facts());
  }
  void end_job(const Result<BackupFacts>& result) {
    if (!job) return;
    job.reset();
    job_request.done(result);
  }
};

JournalThread::JournalThread(std::unique_ptr<State> state) : state_(std::move(state)) {}

JournalThread::~JournalThread() {
  if (!state_->thread.joinable()) return;
  state_->queue.abandon();
  state_->thread.join();
}

Result<std::unique_ptr<JournalThread>> JournalThread::open(JournalThreadOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  auto file = JournalFile::open(state->options.file);
  if (!file && file.error().code == "no-space") {
    state->space.release_ballast();
    file = JournalFile::open(state->options.file);
  }
  if (!file) return std::move(file).error();
  state->file = *std::move(file);
  return std::unique_ptr<JournalThread>(new JournalThread(std::move(state)));
}

Result<HistoryStart> JournalThread::recover(RecoverySink& sink) {
  // What recovery writes fits nearly always into what the ballast takes.
  if (!state_->space.check()) state_->space.release_ballast();
  AVOW_TRY(const HistoryStart found, state_->file->recover(sink));
  state_->floor = found.floor;
  state_->head = found.head;
  return found;
}

void JournalThread::start(JournalListener& listener) {
  AVOW_CHECK(!state_->thread.joinable());
  state_->listener = &listener;
  state_->look_at_space();
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void JournalThread::append(JournalTurn turn) { state_->queue.append(std::move(turn)); }

void JournalThread::reserve(std::uint64_t through) { state_->queue.reserve(through); }

void JournalThread::backup(std::string file, std::function<void(const BackupProgress&)> progress,
                           std::function<void(const Result<BackupFacts>&)> done) {
  state_->queue.backup(
      {.file = std::move(file), .progress = std::move(progress), .done = std::move(done)});
}

Result<void> JournalThread::close(std::uint64_t last_seq) {
  if (state_->thread.joinable()) {
    state_->queue.end();
    state_->thread.join();
  }
  if (state_->failed) return *state_->failed;
  Result<void> closed = state_->file->close(last_seq);
  if (!is_full(closed)) return closed;
  state_->space.release_ballast();
  return state_->file->close(last_seq);
}

std::size_t JournalThread::waiting_bytes() const { return state_->queue.waiting_bytes(); }

LogSpan JournalThread::span() const { return {.floor = state_->floor, .head = state_->head}; }

}  // namespace avow::server
