#include "server/durability.hpp"

#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "server/store/journal_thread.hpp"
#include "server/store/memory_journal.hpp"

namespace avow::server {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds progress_interval{250};

// The journal calls within the engine's own calls, which expects that.
class InMemory final : public Durability, private JournalListener {
 public:
  Journal& journal() override { return journal_; }
  Level level() const override { return Level::accepted; }
  std::string place() const override { return "in memory"; }
  void start(Engine& engine, Transport&, const Log&) override {
    engine_ = &engine;
    journal_.start(*this);
  }
  void back_up(std::string, std::function<void(const BackupProgress&)>,
               std::function<void(const Result<BackupFacts>&)> done) override {
    done(Error{"unsupported", "This server keeps everything in memory: there is no backup of it."});
  }
  Result<void> close(std::uint64_t last_seq) override { return journal_.close(last_seq); }

 private:
  void committed(std::uint64_t seq) override { engine_->committed(seq); }
  void reserved(std::uint64_t through) override { engine_->reserved(through); }
  void room(bool is_there) override { engine_->room(is_there); }
  void failed(const Error& why) override { engine_->failed(why); }

  MemoryJournal journal_;
  Engine* engine_ = nullptr;
};

// The journal calls from a thread of its own: everything is posted to the loop.
class InFile final : public Durability, private JournalListener {
 public:
  InFile(std::unique_ptr<JournalThread> journal, std::string file)
      : journal_(std::move(journal)), file_(std::move(file)) {}

  Journal& journal() override { return *journal_; }
  Level level() const override { return Level::durable; }
  std::string place() const override { return file_; }
  void start(Engine& engine, Transport& transport, const Log& log) override {
    engine_ = &engine;
    transport_ = &transport;
    log_ = log;
    journal_->start(*this);
  }
  void back_up(std::string file, std::function<void(const BackupProgress&)> progress,
               std::function<void(const Result<BackupFacts>&)> done) override {
    // Each step reports: the loop is not to be woken that often.
    const auto tell = [this, progress = std::move(progress),
                       next = Moment::min()](const BackupProgress& so_far) mutable {
      const Moment now = std::chrono::steady_clock::now();
      if (now < next) return;
      next = now + progress_interval;
      transport_->post([progress, so_far] { progress(so_far); });
    };
    journal_->backup(std::move(file), tell,
                     [this, done = std::move(done)](const Result<BackupFacts>& result) {
                       transport_->post([done, result] { done(result); });
                     });
  }
  Result<void> close(std::uint64_t last_seq) override {
    if (failure_) return *failure_;
    return journal_->close(last_seq);
  }

 private:
  void committed(std::uint64_t seq) override {
    transport_->post([this, seq] { engine_->committed(seq); });
  }
  void reserved(std::uint64_t through) override {
    transport_->post([this, through] { engine_->reserved(through); });
  }
  void room(bool is_there) override {
    transport_->post([this, is_there] { note_room(is_there); });
  }
  void failed(const Error& why) override {
    transport_->post([this, why] { stop(why); });
  }

  void note_room(bool is_there) {
    log_(Severity::warning, is_there ? "there is room on the disk again"
                                     : "the disk is nearly full: durable turns are refused");
    engine_->room(is_there);
  }
  void stop(const Error& why) {
    failure_ = why;
    log_(Severity::error, why.detail);
    engine_->failed(why);
    transport_->shut_down();
  }

  std::unique_ptr<JournalThread> journal_;
  std::string file_;
  Engine* engine_ = nullptr;
  Transport* transport_ = nullptr;
  Log log_;
  std::optional<Error> failure_;
};

}  // namespace

Result<fs::path> default_data_file() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  fs::path folder;
  if (state != nullptr && *state != '\0') {
    folder = state;
  } else if (home != nullptr && *home != '\0') {
    folder = fs::path(home) / ".local" / "state";
  } else {
    return Error{"bad-options",
                 "There is no home folder for the data: name a file with --data, or keep it in "
                 "--memory."};
  }
  folder /= "avow";
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    return Error{"bad-options", "Cannot make the folder " + folder.string() + ": " +
                                    failure.message() + "; name a file with --data."};
  }
  return folder / "avow.db";
}

Result<fs::path> data_file_of(const ServerOptions& options) {
  return options.data ? Result<fs::path>(*options.data) : default_data_file();
}

Result<std::unique_ptr<Durability>> Durability::open(const ServerOptions& options) {
  if (options.in_memory) return std::unique_ptr<Durability>(std::make_unique<InMemory>());
  AVOW_TRY(const fs::path file, data_file_of(options));
  JournalThreadOptions with;
  with.file.file = file.string();
  AVOW_TRY(auto journal, JournalThread::open(std::move(with)));
  return std::unique_ptr<Durability>(std::make_unique<InFile>(std::move(journal), file.string()));
}

}  // namespace avow::server
